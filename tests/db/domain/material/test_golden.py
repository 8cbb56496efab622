"""Every golden case holds: one folder a rule, in words a planner can check by hand."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from db.domain.limits import Limits
from db.domain.material.moves import move_hints
from db.domain.material.outlook import outlook
from db.domain.material.pegging import peg
from db.domain.material.projection import stoppages
from db.domain.material.results import (
    BuildCase,
    BuildOutlook,
    CaseName,
    LineStop,
    Outlook,
    PartOutlook,
)
from tests.db.domain.material.cases import CASES, Case, Clock

ENOUGH = 40


def rounded(value: float | None) -> Any:
    return "unknown" if value is None else round(value, 3)


PART: Mapping[str, Callable[[Clock, PartOutlook], Any]] = {
    **{
        case: lambda clock, one, case=case: clock.say(one.cases[case].stops_at)
        for case in ("promised", "late", "none")
    },
    "covered": lambda clock, one: clock.say(one.cases["promised"].covered_at),
    "receipt": lambda clock, one: one.cases["promised"].receipt or "",
    "hours_earlier": lambda clock, one: rounded(one.cases["promised"].hours_earlier),
    "racks_at_risk": lambda clock, one: rounded(one.cases["promised"].racks_at_risk),
    "again": lambda clock, one: [
        [clock.say(it.stops_at), clock.say(it.covered_at), rounded(it.racks_at_risk)]
        for it in one.cases["promised"].again
    ],
    "kw_at_risk": lambda clock, one: rounded(one.cases["promised"].kw_at_risk),
    "balances": lambda clock, one: [rounded(x) for x in one.cases["promised"].balances],
    "kept": lambda clock, one: rounded(one.kept_qty),
    "used": lambda clock, one: rounded(one.used_qty),
    "none_says": lambda clock, one: one.cases["none"].sentence,
    "available": lambda clock, one: rounded(one.available_qty),
    "held": lambda clock, one: dict(one.held),
    "needs": lambda clock, one: [rounded(x) for x in one.needs],
    "need_per_day": lambda clock, one: rounded(one.need_per_day),
    "cover_days": lambda clock, one: rounded(one.cover_days),
    "surplus": lambda clock, one: rounded(one.surplus_qty),
    "is_below_safety": lambda clock, one: one.is_below_safety,
    "level": lambda clock, one: one.level,
    "yield_hours": lambda clock, one: rounded(one.yield_hours),
    "yield_extra": lambda clock, one: rounded(one.yield_extra_ratio),
    "alternates": lambda clock, one: {a.part: clock.say(a.lasts_until_at) for a in one.alternates},
    "not_counted": lambda clock, one: {r.key: r.why_not for r in one.receipts if not r.counts},
    "late_usable": lambda clock, one: [clock.say(r.late_usable_at) for r in one.receipts],
    "on_time_first": lambda clock, one: list(one.on_time_first),
    "on_time_last": lambda clock, one: list(one.on_time_last),
    "suppliers": lambda clock, one: {share.code: rounded(share.ratio) for share in one.suppliers},
    "hhi": lambda clock, one: rounded(one.hhi),
    "risks": lambda clock, one: list(one.risks),
    "sentence": lambda clock, one: one.sentence,
}

LINE: Mapping[str, Callable[[Clock, LineStop], Any]] = {
    "first": lambda clock, one: one.first.part if one.first else "",
    "at": lambda clock, one: clock.say(one.first.stops_at if one.first else None),
    "second": lambda clock, one: one.second.part if one.second else "",
    "second_at": lambda clock, one: clock.say(one.second.stops_at if one.second else None),
    "covered": lambda clock, one: clock.say(one.covered_at),
    "racks_at_risk": lambda clock, one: rounded(one.racks_at_risk),
    "kw_at_risk": lambda clock, one: rounded(one.kw_at_risk),
    "cannot_tell": lambda clock, one: one.cannot_tell,
}


def promised(one: BuildOutlook) -> BuildCase:
    return one.cases["promised"]


def in_case(name: CaseName) -> Callable[[Clock, BuildOutlook], Any]:
    def told(clock: Clock, one: BuildOutlook) -> Any:
        case = one.cases[name]
        by = [[clock.day(on), count] for on, count in case.buildable_by]
        return {"by": by, "late": case.racks_late, "action": case.best_action}

    return told


BUILD: Mapping[str, Callable[[Clock, BuildOutlook], Any]] = {
    "now": lambda clock, one: one.buildable_now,
    "fair": lambda clock, one: one.fair_share_now,
    "by": lambda clock, one: [[clock.day(on), count] for on, count in promised(one).buildable_by],
    "complete": lambda clock, one: clock.day(promised(one).complete_on),
    "late": lambda clock, one: promised(one).racks_late,
    "blockers": lambda clock, one: list(one.blockers),
    "if_late": in_case("late"),
    "if_none": in_case("none"),
    "action": lambda clock, one: promised(one).best_action,
    "cannot_tell": lambda clock, one: one.cannot_tell,
}


def part_facts(case: Case, told: Outlook, part: str, key: str) -> Any:
    one = next(found for found in told.parts if found.part == part)
    if key == "stoppages":
        spans = stoppages(case.facts, part, limits=Limits())
        return [[case.clock.say(down), case.clock.say(up)] for down, up in spans]
    if key == "pegs":
        arrivals = [
            (case.clock.on(case.clock.day(day)), receipt.key, receipt.open_qty)
            for receipt in one.receipts
            if receipt.counts and receipt.usable_at
            for day in [
                max(
                    d
                    for d, e in zip(told.days, told.day_edges, strict=False)
                    if e <= receipt.usable_at
                )
            ]
        ]
        pegs = peg(told.days, one.needs, one.available_qty, arrivals)
        return [
            [case.clock.day(p.need_on), rounded(p.qty), p.source, case.clock.day(p.covered_on)]
            for p in pegs
        ]
    return PART[key](case.clock, one)


def actual(case: Case, told: Outlook) -> dict[str, Any]:
    """What the outlook says of everything the case expects something of."""
    expected = case.expected
    found: dict[str, Any] = {}
    if "part" in expected:
        found["part"] = {
            part: {key: part_facts(case, told, part, key) for key in asked}
            for part, asked in expected["part"].items()
        }
    if "line" in expected:
        lines = {one.line: one for one in told.line_stops if one.case == "promised"}
        found["line"] = {
            line: {key: LINE[key](case.clock, lines[line]) for key in asked}
            for line, asked in expected["line"].items()
        }
    if "build" in expected:
        builds = {one.build: one for one in told.builds}
        found["build"] = {
            build: {key: BUILD[key](case.clock, builds[build]) for key in asked}
            for build, asked in expected["build"].items()
        }
    if "screws" in expected:
        found["screws"] = {one.part: one.racks_unlocked for one in told.golden_screws}
    if "findings" in expected:
        found["findings"] = [f"{one.kind}: {one.sentence}" for one in told.findings]
    if "ghosts" in expected:
        found["ghosts"] = list(told.ghosts)
    if "order" in expected:
        found["order"] = [one.part for one in told.parts]
    if "moves" in expected:
        other = outlook(case.other())
        hints = move_hints({"here": told, "there": other}, {("there", "here"): case.told["move"]})
        found["moves"] = [
            [one.part, rounded(one.qty), rounded(one.racks_saved), case.clock.say(one.stops_at)]
            for one in hints
        ]
    return found


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_golden_case(folder: Path) -> None:
    case = Case(folder)
    assert case.told["why"]
    assert case.expected
    assert actual(case, outlook(case.facts)) == case.expected


def test_every_rule_has_its_case() -> None:
    assert len(CASES) >= ENOUGH
