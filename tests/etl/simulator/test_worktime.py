"""Work pauses for breaks, by the plant's own clock."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.simulator.worktime import DAY, HOUR, WorkClock
from tests.etl.simulator.conftest import PRESENT, read_plant

CLOCK = WorkClock(read_plant("mp"), PRESENT - 10 * DAY)


def at(text: str) -> int:
    """Epoch seconds of an ISO instant."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_work_is_longer_by_the_break_it_runs_into() -> None:
    noon = at("2026-11-03T17:50:00")  # 11:50 in Wisconsin; the break is from 12:00 to 12:30
    assert CLOCK.work_end(noon, 20 * 60) == noon + 50 * 60


def test_work_begun_in_a_break_waits_for_its_end() -> None:
    assert CLOCK.work_end(at("2026-11-03T18:10:00"), 60) == at("2026-11-03T18:31:00")


def test_breaks_follow_the_clock_through_the_autumn_change() -> None:
    before, after = at("2026-10-31T00:00:00"), at("2026-11-02T00:00:00")
    assert CLOCK.next_break(before + 17 * HOUR)[0] == at("2026-10-31T17:00:00")
    assert CLOCK.next_break(after + 17 * HOUR)[0] == at("2026-11-02T18:00:00")


@pytest.mark.parametrize(("code", "minutes"), [("mp", 120), ("oh", 120), ("tx", 120)])
def test_every_day_has_two_hours_of_breaks(code: str, minutes: int) -> None:
    clock = WorkClock(read_plant(code), PRESENT)
    start = at("2026-11-04T12:00:00")
    assert clock.break_seconds(start, start + DAY) == minutes * 60


@given(start=st.integers(PRESENT - 5 * DAY, PRESENT + 5 * DAY), seconds=st.integers(1, 2 * DAY))
def test_work_done_is_the_time_passed_less_breaks(start: int, seconds: int) -> None:
    end = CLOCK.work_end(start, seconds)
    assert end - start - CLOCK.break_seconds(start, end) == seconds
