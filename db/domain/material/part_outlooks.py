"""What is told of each bought part: its three cases, cover, surplus, sources and sentence."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from db.domain.calendar import HOUR
from db.domain.limits import Level, Limits
from db.domain.material.again import stops_again
from db.domain.material.facts import Delivery, Facts, PartFact
from db.domain.material.ground import Futures, Ground
from db.domain.material.line_stops import Future, Racks, receipt_that_lifts, stop_level
from db.domain.material.parts import NOTHING
from db.domain.material.plan import A_MOMENT, Series, seconds, seconds_worked, working_spans
from db.domain.material.results import CASES, Alternate, Case, CaseName, PartOutlook
from db.domain.material.sentences import Speaker
from db.domain.material.sourcing import hhi, on_time, risks, shares, weights
from db.domain.material.supply import Supply
from db.domain.material.told import instant

BARE = Supply()


@dataclass(frozen=True, slots=True)
class _Days:
    """The days of the plan as working days, today by what is left of it, and their share of all."""

    working: Series
    per_calendar: float

    def called(self, needs: Series) -> float:
        """Working days on which a part is called for."""
        return float(self.working[needs > NOTHING].sum())


def part_outlooks(ground: Ground, futures: Futures, limits: Limits) -> dict[str, PartOutlook]:
    """Every bought part the plan needs, its alternates, and what is held for a bill."""
    deliveries: dict[str, list[Delivery]] = defaultdict(list)
    for one in ground.facts.deliveries:
        deliveries[one.part].append(one)
    days = {case: _edges(found, ground.facts) for case, found in futures.by_case.items()}
    cases = {case: _cases(ground, futures, case, days[case]) for case in CASES}
    span = _Days(*_working_days(ground))
    speaker = Speaker(ZoneInfo(ground.facts.zone))
    promised = futures.by_case["promised"]
    needs = np.diff(promised.need[:, days["promised"]], axis=1)
    found = {}
    for row, part in enumerate(ground.bought):
        told = {case: cases[case][row] for case in CASES}
        level: Level = "none"
        if promised.need[row, -1] > NOTHING:
            level = stop_level(_whole_stop(ground, promised, part), ground.facts.at, limits)
        called = span.called(needs[row])
        bare = _part(ground, futures, part, span=span, called=called, deliveries=deliveries[part])(
            level=level, needs=_with_used(ground, part, needs[row]), cases=told
        )
        found[part] = _with_sentences(bare, speaker)
    return found


def _with_used(ground: Ground, part: str, needs: Series) -> tuple[float, ...]:
    """Daily needs, the first with what has been used since the stock was read."""
    held = ground.supply.get(part, BARE)
    first, *rest = needs.tolist()
    return first + held.available - held.left, *rest


def _with_sentences(bare: PartOutlook, speaker: Speaker) -> PartOutlook:
    """The same with what is said of it, in each case."""
    cases = {
        name: replace(case, sentence=speaker.case(bare, name)) if case.stops_at else case
        for name, case in bare.cases.items()
    }
    return replace(bare, cases=cases, sentence=speaker.part(bare))


def _whole_stop(ground: Ground, found: Future, part: str) -> datetime | None:
    return instant(ground.facts.at, float(found.whole.stop[found.row[part]]))


def _edges(found: Future, facts: Facts) -> list[int]:
    """Where the days begin and end in the grid; the first begins now."""
    edges = [max(0.0, seconds(edge, facts.at)) for edge in facts.day_edges]
    places = np.searchsorted(found.plan.grid, np.array(edges) - A_MOMENT)
    return [min(int(place), len(found.plan.grid) - 1) for place in places]


def _working_days(ground: Ground) -> tuple[Series, float]:
    """Each day as working day from now to the plan's end, today by what is left of it, and their
    share of all.

    Without a calendar every day of the plan that has racks is a working day.
    """
    facts = ground.facts
    end = max((hour.hour_at + HOUR for hour in ground.hours), default=facts.at)
    until = seconds(end, facts.at)
    edges = np.array([seconds(edge, facts.at) for edge in facts.day_edges])
    starts, ends = edges[:-1], edges[1:]
    worked = seconds_worked(working_spans(facts))
    whole = worked(ends) - worked(starts)
    rest = worked(np.clip(ends, 0, until)) - worked(np.clip(starts, 0, until))
    planned = np.array([seconds(hour.hour_at, facts.at) for hour in ground.hours])
    has_racks = np.histogram(planned, edges)[0] > 0
    share = np.where(whole > 0, rest / np.where(whole > 0, whole, 1.0), has_racks)
    open_ = (starts < until) & (ends > 0)
    working, count = np.where(open_, share, 0.0), int(open_.sum())
    return working, float(working.sum()) / count if count else 0.0


def _cases(ground: Ground, futures: Futures, case: CaseName, edges: Sequence[int]) -> list[Case]:
    """What becomes of every part in one case."""
    found, at = futures.by_case[case], ground.facts.at
    balances = found.ends[:, [max(edge - 1, 0) for edge in edges[1:]]].tolist()
    stops = np.flatnonzero(~np.isnan(found.own.stop))
    halted = np.flatnonzero(~np.isnan(found.whole.stop))
    at_risk = futures.racks[case].at_risk(
        halted.tolist(), found.whole.stop[halted], found.whole.cover[halted]
    )
    lost = dict(zip(halted.tolist(), at_risk, strict=True))
    cases = [Case(None, None, 0.0, 0.0, None, None, tuple(path)) for path in balances]
    for row in stops.tolist():
        racks, kw = lost.get(row, (0.0, 0.0))
        cover = found.whole.cover if row in lost else found.own.cover
        part = ground.bought[row]
        receipts = ground.supply.get(part, BARE).receipts
        chosen, hours = receipt_that_lifts(found, part, receipts, ground.facts)
        cases[row] = Case(
            instant(at, float(found.own.stop[row])),
            instant(at, float(cover[row])),
            racks,
            kw,
            chosen.key if chosen else None,
            hours,
            tuple(balances[row]),
            instant(at, float(found.whole.stop[row])),
            again=stops_again(found, futures.racks[case], row, at) if row in lost else (),
        )
    return cases


def _users(racks: Racks, row: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    pairs = [pair for pair, on in zip(racks.plan.pairs, racks.uses[row], strict=True) if on]
    return tuple(sorted({line for line, _ in pairs})), tuple(sorted({made for _, made in pairs}))


def _part(
    ground: Ground,
    futures: Futures,
    part: str,
    *,
    span: _Days,
    called: float,
    deliveries: Sequence[Delivery],
) -> "partial[PartOutlook]":
    """Everything of a part but its level, daily needs, cases and sentence."""
    facts, promised = ground.facts, futures.by_case["promised"]
    held, row = ground.supply.get(part, BARE), promised.row[part]
    fact = ground.known.get(part, PartFact(part, unit=ground.units.of.get(part, "EA")))
    total = float(promised.need[row, -1])
    per_day = total / called if called else 0.0
    cover = held.left / per_day if per_day > NOTHING else None
    lead = fact.lead_time_days
    lead_days = None if lead is None else lead * span.per_calendar
    low = float(promised.ends[row].min(initial=held.left))
    lines, products = _users(futures.racks["promised"], row)
    plain = float(futures.plain.need[futures.plain.row[part], -1])
    return partial(
        PartOutlook,
        part=part,
        name=fact.name,
        commodity=fact.commodity,
        unit=fact.unit,
        lines=lines,
        products=products,
        safety_qty=fact.safety_qty,
        is_below_safety=fact.safety_qty is not None and held.available < fact.safety_qty,
        lead_time_days=lead,
        need_per_day=per_day,
        cover_days=cover,
        surplus_qty=max(0.0, low - promised.drawn.get(part, 0.0)),
        arrivals=_arrivals(held, facts),
        yield_extra_ratio=max(0.0, 1 - plain / total) if total > NOTHING else 0.0,
        yield_hours=_yield_hours(futures, part),
        alternates=_alternates(ground, promised, part),
        receipts=held.receipts,
        on_time_first=on_time(deliveries, facts.today, is_first=True),
        on_time_last=on_time(deliveries, facts.today, is_first=False),
        sentence="",
        **_stock(ground, part),
        **_sourcing(held, deliveries, cover, lead_days),
    )


def _stock(ground: Ground, part: str) -> dict[str, Any]:
    """What is there of a part, and what of it is not for new racks."""
    held = ground.supply.get(part, BARE)
    return {
        "available_qty": held.available,
        "allocated_qty": held.allocated,
        "held": dict(held.held),
        "kept_qty": ground.floor.kept.get(part, 0.0),
        "used_qty": held.available - held.left,
        "read_at": ground.facts.counted_at.get(part),
    }


def _sourcing(
    held: Supply, deliveries: Sequence[Delivery], cover: float | None, lead_days: float | None
) -> dict[str, Any]:
    """Who a part comes from and what hangs on it; lead time in working days, as cover is."""
    suppliers = shares(weights(held.receipts, deliveries, lambda one: one.supplier))
    countries = shares(weights(held.receipts, deliveries, lambda one: one.origin_country))
    return {
        "suppliers": suppliers,
        "countries": countries,
        "hhi": hhi(suppliers),
        "risks": risks(suppliers, countries, cover, lead_days),
    }


def _arrivals(held: Supply, facts: Facts) -> tuple[float, ...]:
    """Counted receipts by the day they become usable; one usable already counts today."""
    found = [0.0] * len(facts.days)
    for receipt in held.counted:
        if receipt.usable_at is not None:
            place = max(0, bisect_right(facts.day_edges, receipt.usable_at) - 1)
            if place < len(found):
                found[place] += receipt.open_qty
    return tuple(found)


def _yield_hours(futures: Futures, part: str) -> float | None:
    """How many hours earlier a part runs out because of scrap and replacement."""
    with_, without = futures.by_case["promised"], futures.plain
    stop, plain = with_.own.stop[with_.row[part]], without.own.stop[without.row[part]]
    return None if np.isnan(stop) or np.isnan(plain) else float(plain - stop) / 3600


def _alternates(ground: Ground, found: Future, part: str) -> tuple[Alternate, ...]:
    """Alternates by rank. One that not every bill allows lifts nothing."""
    own = instant(ground.facts.at, float(found.own.stop[found.row[part]]))
    lasting = {spare.part: stop for spare, stop in found.lasting.get(part, ())}
    told = []
    before = own
    for spare in ground.bill.spares.get(part, ()):
        if spare.part in lasting:
            before = instant(ground.facts.at, lasting[spare.part])
        fact = ground.known.get(spare.part)
        told.append(
            Alternate(
                spare.part,
                fact.name if fact else "",
                spare.rank,
                ground.supply.get(spare.part, BARE).available,
                before,
            )
        )
    return tuple(told)
