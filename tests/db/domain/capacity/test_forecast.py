"""Forecasts: the interval keeps its word on simulated ramps, and what else can bind a week."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from db.domain.calendar import HolidayRule, PlantCalendar
from db.domain.capacity.facts import CapacityFacts, PlannedWeek, Ramp, Supported, WeekOutput
from db.domain.capacity.forecast import Forecast, back_test, forecast, kin
from db.domain.capacity.ledger import ledger
from db.domain.capacity.ramps import fit, project, shape, spread
from db.domain.capacity.weeks import weeks_of
from tests.db.domain.capacity.plants import DAY, SHIFTS, TODAY, first, plant
from tests.db.domain.capacity.ramp_years import hours_of, judged, ramps


@pytest.mark.slow
def test_interval_covers_what_it_says_and_beats_the_naive_forecast() -> None:
    """Three years of ramps at three sites, thrice; rates are printed with -s."""
    found = [judged(seed) for seed in (0, 1, 2)]
    for one in found:
        print(one)  # noqa: T201
        assert one.error_racks <= one.naive_racks
    count = sum(one.count for one in found)
    covered = sum(one.covered_ratio * one.count for one in found) / count
    print(f"covered {covered:.1%} of {count} weeks")  # noqa: T201
    assert 0.75 <= covered <= 0.85


def told(facts: CapacityFacts) -> Forecast:
    return forecast(facts, ledger(facts), "RK")


def ramping(weeks: int = 16) -> CapacityFacts:
    """A plant in its 16th week, with nine ramps behind it, nothing else binding."""
    earlier = tuple(replace(ramp, plant="mp", generation="g1") for _, ramp in ramps(3)[:9])
    made = 60 * shape(np.arange(1.0, weeks + 1), 7.0)
    calendar = PlantCalendar.from_definition("America/Chicago", "06:00", SHIFTS)
    return plant(
        weeks=weeks_of(calendar, TODAY, back=weeks, ahead=12),
        products=(replace(plant().products[0], generation="g1"),),
        ramps=earlier,
        outputs=tuple(
            WeekOutput("RK", first(n - weeks), round(count)) for n, count in enumerate(made)
        ),
        plan=(),
        supported=None,
    )


def test_a_ramp_is_told_to_go_on_with_bounds_around_it() -> None:
    found = told(ramping())
    assert len(found.weeks) == 12
    assert found.findings == ()
    assert found.ramp_count == 9
    last = ramping().outputs[-1].good_count
    assert found.weeks[-1].racks > last
    for week in found.weeks:
        assert week.low is not None
        assert week.high is not None
        assert 0 < week.low < week.racks < week.high
        assert week.mw == pytest.approx(week.racks * 0.132)
        assert week.limited_by == "learning"
    assert found.back_test.count == sum(min(12, 16 - age) for age in range(4, 16))
    assert found.back_test.error_racks is not None
    assert found.back_test.naive_error_racks is not None
    assert found.back_test.error_racks < found.back_test.naive_error_racks


def test_a_product_too_young_for_a_past_of_its_own_is_judged_by_ramps_told_by_the_others() -> None:
    young = ramping(5)
    tested = told(young).back_test
    assert not tested.is_own
    errors, count = 0.0, 0
    for at, one in enumerate(young.ramps):
        others = fit([*young.ramps[:at], *young.ramps[at + 1 :]])
        assert others is not None
        made, hours = np.array(one.good_counts, float), np.array(one.working_hours)
        alone = back_test(others, made, hours)
        errors, count = errors + (alone.error_racks or 0.0) * alone.count, count + alone.count
    assert tested.count == count
    assert tested.error_racks == pytest.approx(errors / count)


def test_holiday_weeks_make_less_and_a_shutdown_nothing() -> None:
    facts = ramping()
    closed = [HolidayRule(first(2) + DAY * n, "Shutdown") for n in range(7)]
    closed += [HolidayRule(first(3), "Holiday")]
    calendar = PlantCalendar.from_definition("America/Chicago", "06:00", SHIFTS, closed)
    found = told(replace(facts, weeks=weeks_of(calendar, TODAY, back=16, ahead=12)))
    assert (found.weeks[2].low, found.weeks[2].racks, found.weeks[2].high) == (0, 0, 0)
    assert found.weeks[2].limited_by == "shutdown"
    assert found.weeks[3].racks == pytest.approx(found.weeks[4].racks * 6 / 7, rel=0.05)


def test_plan_and_material_bind_the_telling_and_its_bounds() -> None:
    facts = ramping()
    plan = tuple(PlannedWeek("RK", first(n), 20.0) for n in range(12))
    found = told(replace(facts, plan=plan))
    assert {(one.racks, one.high, one.limited_by) for one in found.weeks} == {(20.0, 20.0, "plan")}
    short = Supported("RK", ((TODAY, 30), (first(1), 90)), 900, first(12) - DAY)
    found = told(replace(facts, supported=(short,)))
    assert (found.weeks[0].racks, found.weeks[0].limited_by) == (30.0, "material")
    assert found.weeks[3].racks < 10


def test_ramps_of_the_same_site_and_generation_are_learnt_from_first() -> None:
    one = Ramp("mp", "a", "g1", (1,) * 9, (120.0,) * 9)
    here, same, other = [one] * 3, [replace(one, plant="oh")] * 3, [replace(one, generation="g2")]
    assert kin([*here, *same, *other], "mp", "g1") == (here, ())
    group, why = kin([*here[:2], *same, *other], "mp", "g1")
    assert group == [*here[:2], *same]
    assert why[0].sentence.startswith("the learning curve is that of ramps of this generation")
    assert kin([], "mp", "g1") == ([], ())


def test_without_ramps_or_history_it_says_so() -> None:
    found = told(replace(ramping(), ramps=()))
    assert [one.kind for one in found.findings] == ["no_ramp"]
    assert found.weeks
    bare = told(replace(plant(), outputs=()))
    assert bare.weeks == ()
    assert [one.kind for one in bare.findings] == ["no_ramp", "no_history"]
    few = replace(ramping(), ramps=ramping().ramps[:1])
    short = replace(
        few, ramps=(replace(few.ramps[0], good_counts=(5,) * 6, working_hours=(9,) * 6),)
    )
    assert told(short).weeks[0].low is None
    assert told(short).weeks[0].high is None


def test_fit_finds_the_speed_of_ramps_that_follow_the_curve() -> None:
    hours = hours_of(TODAY, 30)
    exact = [
        Ramp(
            "mp",
            str(n),
            "g",
            tuple(map(int, level * shape(np.arange(1.0, 31), 9.0))),
            (138.0,) * 30,
        )
        for n, level in enumerate((4000, 9000))
    ]
    curve = fit(exact)
    assert curve is not None
    assert curve.tau == 9.0
    low, middle, high = spread(curve, 10, 3)
    assert low == pytest.approx(1, abs=0.01)
    assert middle == pytest.approx(1, abs=0.01)
    assert high == pytest.approx(1, abs=0.01)
    assert fit([replace(exact[0], good_counts=(0,) * 30)]) is None
    assert project(np.zeros(4), np.zeros(4), np.array(hours[:2]), inf, 4).tolist() == [0, 0]
