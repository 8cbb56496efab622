"""What counts as done, and how a shift is judged."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.calendar import Shift
from db.domain.limits import Limits, limits_from
from db.domain.throughput import (
    due_at,
    first_completion,
    forecast,
    hour_level,
    pace_level,
    plan_until,
    takt_seconds,
)
from etl.plant_file import Thresholds

SIX = datetime(2026, 7, 6, 11, tzinfo=UTC)
PAUSE = (SIX + timedelta(hours=6), SIX + timedelta(hours=6, minutes=30))
SHIFT = Shift("D", "Day", date(2026, 7, 6), SIX, SIX + timedelta(hours=12), (PAUSE,))
PLAN = {SIX + timedelta(hours=n): 2.0 if n == 6 else 4.0 for n in range(12)}


@dataclass(frozen=True)
class Visit:
    ended_at: datetime | None
    source_key: str
    result: str


def test_first_completion_is_the_earliest_completed_by_end_then_key() -> None:
    late, early = SIX + timedelta(hours=2), SIX + timedelta(hours=1)
    visits = [
        Visit(late, "1", "completed"),
        Visit(early, "9", "completed"),
        Visit(early, "3", "completed"),
        Visit(SIX, "2", "failed"),
        Visit(None, "0", "completed"),
    ]
    assert first_completion(visits) == visits[2]
    assert first_completion([visits[3]]) is None
    assert first_completion([]) is None


@given(minutes=st.integers(-60, 780))
def test_plan_until_grows_from_nothing_to_the_whole(minutes: int) -> None:
    at = SIX + timedelta(minutes=minutes)
    now, later = plan_until(PLAN, SHIFT, at), plan_until(PLAN, SHIFT, at + timedelta(minutes=7))
    assert 0 <= now <= later <= sum(PLAN.values())
    if minutes <= 0:
        assert now == 0
    if minutes >= 720:
        assert now == pytest.approx(46)


def test_plan_in_an_hour_without_working_time_counts_when_the_hour_is_over() -> None:
    closed = Shift(
        "D", "Day", SHIFT.business_on, SIX, SHIFT.end_at, ((SIX, SIX + timedelta(hours=1)),)
    )
    plan = {SIX: 1.0}
    assert plan_until(plan, closed, SIX + timedelta(minutes=59)) == 0
    assert plan_until(plan, closed, SIX + timedelta(minutes=60)) == 1


@pytest.mark.parametrize(("plan_now", "target"), [(None, 46), (3, None), (0, 0)])
def test_nothing_is_forecast_or_judged_without_a_plan(
    plan_now: float | None, target: float | None
) -> None:
    assert forecast(5, plan_now, target, 11.5) is None
    assert pace_level(5, plan_now, target, None, Limits()) == "none"


def test_forecast_meets_the_result_at_the_end_and_the_plan_when_on_it() -> None:
    assert forecast(40, 46, 46, 11.5) == 40
    assert forecast(23, 23, 46, 11.5) == pytest.approx(46)
    assert forecast(60, 46, 46, 11.5) == 60


def test_behind_needs_both_its_share_and_half_a_rack() -> None:
    limits = Limits()
    assert pace_level(94.9, 100, 200, 190, limits) == "amber"
    assert pace_level(95, 100, 200, 190, limits) == "normal"  # 5 % is not more than 5 %
    assert pace_level(9.6, 10, 20, 19, Limits(behind_ratio=0)) == "normal"
    assert pace_level(9.5, 10, 20, 19, Limits(behind_ratio=0)) == "amber"


def test_low_hour_is_amber_at_its_limit() -> None:
    assert hour_level(3, 5, Limits()) == "amber"
    assert hour_level(0, 0.0, Limits()) == "none"
    assert hour_level(3, 5, Limits(hour_low_ratio=0.59)) == "normal"


def test_takt_needs_time_and_demand() -> None:
    assert takt_seconds(645, 9) == pytest.approx(4300)
    assert takt_seconds(645, 0) is None
    assert takt_seconds(645, None) is None
    assert takt_seconds(0, 9) is None


def test_due_after_the_shift_is_not_known() -> None:
    last = SHIFT.end_at - timedelta(minutes=10)
    assert due_at(last, SHIFT, 600) == SHIFT.end_at
    assert due_at(last, SHIFT, 601) is None


def test_limits_default_to_those_of_the_plant_file() -> None:
    assert limits_from("{}") == Limits(**Thresholds().model_dump())
    assert limits_from('{"behind_ratio": 0.1, "new_in_a_later_version": 1}').behind_ratio == 0.1
