"""What is named as a plant's constraint, and what the running week and part plans count."""

from dataclasses import replace
from math import exp

import pytest

from db.domain.calendar import DAY
from db.domain.capacity.constraint import constraint_of, tightest
from db.domain.capacity.facts import PlannedWeek, Ramp, Resource, Supported, Use, WeekOutput
from db.domain.capacity.forecast import forecast
from db.domain.capacity.ledger import ledger
from db.domain.capacity.results import Quantity
from tests.db.domain.capacity.plants import TODAY, WEEKS, first, plant
from tests.db.domain.capacity.test_ledger import now


def test_the_tightest_week_is_the_one_with_least_room() -> None:
    week = tightest(ledger(plant()).weeks)
    assert week is not None
    assert (week.week.first_on, week.headroom) == (first(1), Quantity(-10, pytest.approx(-1.32)))
    silent = tightest(ledger(plant(outputs=())).weeks)
    assert silent is not None
    assert silent.week.first_on == first(0)
    assert tightest(()) is None


def test_the_tightest_resource_is_the_constraint_with_its_evidence() -> None:
    found = ledger(plant())
    limit = constraint_of(found, now(found))
    assert (limit.name, limit.racks, limit.evidence) == (
        "Burn-in", pytest.approx(105), "full 9 of 10 shifts",
    )  # fmt: skip


def test_material_is_the_constraint_where_it_allows_less_and_all_of_it_is_known() -> None:
    short = (Supported("RK", ((TODAY, 60),), 400, first(12) - DAY),)
    found = ledger(plant(supported=short))
    limit = constraint_of(found, now(found), ["Clip", "Hose"])
    assert (limit.kind, limit.racks, limit.evidence) == ("material", 60, "builds lack Clip, Hose")
    at_least = (replace(short[0], order_count=60),)
    found = ledger(plant(supported=at_least))
    assert constraint_of(found, now(found)).kind == "slots"
    assert now(found).headroom == Quantity(10, pytest.approx(1.32)), "at least 60 limits nothing"


def test_without_a_rate_the_constraint_is_not_known_and_says_why() -> None:
    found = ledger(plant(uses=(Use("BURN", "RK", None),)))
    limit = constraint_of(found, now(found))
    assert (limit.kind, limit.racks) == ("unknown", None)
    assert limit.evidence == "no rate is given for RK at Burn-in: rated is unknown"


def test_what_the_running_week_has_made_counts_with_what_material_allows_from_now() -> None:
    outputs = (*plant().outputs, WeekOutput("RK", first(0), 70))
    short = (Supported("RK", ((TODAY, 25),), 400, first(12) - DAY),)
    found = ledger(plant(outputs=outputs, supported=short))
    assert now(found).supported == Quantity(95, pytest.approx(12.54))
    assert now(found, 1).supported == Quantity(0, 0), "the plan of 95 less 70 made uses all 25"


def test_a_plan_that_ends_within_a_week_is_at_least_and_binds_no_forecast() -> None:
    whole = (PlannedWeek("RK", first(0), 50.0),)
    part = (replace(whole[0], is_part=True),)
    assert now(ledger(plant(plan=whole))).planned == Quantity(50, pytest.approx(6.6))
    found = ledger(plant(plan=part))
    assert now(found).planned == Quantity(50, pytest.approx(6.6), True, True)
    limited = [
        forecast(facts, ledger(facts), "RK").weeks[0].limited_by
        for facts in (plant(plan=whole), plant(plan=part))
    ]
    assert limited[0] == "plan"
    assert limited[1] != "plan"


def test_dated_amounts_rate_each_week_by_its_days() -> None:
    power = Resource(
        "POWER", "Power", "test_power", 4000, "kW", True, 1.0,
        amounts=((first(-9), 4000), (first(1) + 3 * DAY, 8000)),
    )  # fmt: skip
    facts = plant(resources=(power,), uses=(Use("POWER", "RK", 48, 132),))
    found = ledger(facts)
    each = 168 / (48 * 132)
    racks = [found.limits[week.label][0].racks for week in WEEKS[5:8]]
    assert racks == pytest.approx([4000 * each, (3 * 4000 + 4 * 8000) / 7 * each, 8000 * each])


def test_an_old_ramp_whose_first_weeks_are_not_loaded_is_not_taken_for_a_new_one() -> None:
    outputs = tuple(WeekOutput("RK", first(n - 8), 100) for n in range(8))
    new = plant(outputs=outputs, plan=(), supported=None)
    ramps = tuple(_ramp(level, code) for level, code in ((120, "a"), (200, "b"), (90, "c")))
    told = {}
    for name, begun in (("new", {}), ("old", {"RK": first(-60)})):
        facts = replace(new, ramps=ramps, begun=begun)
        told[name] = [week.racks for week in forecast(facts, ledger(facts), "RK").weeks]
    assert told["old"][-1] == pytest.approx(100, rel=0.05)
    assert told["new"][-1] > told["old"][-1], "a new one is still learning"


def _ramp(level: float, code: str) -> Ramp:
    counts = tuple(round(level * (1 - exp(-n / 9))) for n in range(1, 31))
    return Ramp(code, "RK", "", counts, (154.0,) * 30)
