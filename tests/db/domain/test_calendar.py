"""Shifts, business days and hours, on ordinary days and on the nights when clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.domain.calendar import (
    BreakRule,
    HolidayRule,
    PlantCalendar,
    ShiftRule,
    breaks_text,
    hour_slots,
    hours_label,
    parse_breaks,
)

ZONES = ("America/Chicago", "America/New_York")
TWO_BY_TWELVE = (
    ShiftRule(
        "D", "Day", "06:00", "18:00", breaks=(BreakRule("10:00", 15), BreakRule("12:00", 30))
    ),
    ShiftRule(
        "N", "Night", "18:00", "06:00", breaks=(BreakRule("22:00", 15), BreakRule("02:00", 30))
    ),
)
THREE_BY_EIGHT = (
    ShiftRule("A", "Early", "06:00", "14:00", breaks=(BreakRule("10:00", 30),)),
    ShiftRule("B", "Late", "14:00", "22:00", breaks=(BreakRule("18:00", 30),)),
    ShiftRule("C", "Night", "22:00", "06:00", breaks=(BreakRule("01:15", 30),)),
)


def calendar(
    zone: str = "America/Chicago",
    shifts: tuple[ShiftRule, ...] = TWO_BY_TWELVE,
    day_start: str = "06:00",
    holidays: tuple[HolidayRule, ...] = (),
) -> PlantCalendar:
    return PlantCalendar.from_definition(zone, day_start, shifts, holidays)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("saturday", "hours"), [("2026-03-07", 11), ("2026-10-31", 13), ("2026-07-04", 12)]
)
def test_night_shift_has_as_many_hours_as_really_pass(zone: str, saturday: str, hours: int) -> None:
    plant = calendar(zone)
    day, night = plant.shifts_on(date.fromisoformat(saturday))
    assert (day.end_at - day.start_at) == timedelta(hours=12)
    assert (night.end_at - night.start_at) == timedelta(hours=hours)
    assert night.planned_minutes == hours * 60 - 45
    assert len(hour_slots(night, plant.zone)) == hours
    assert hours_label(night, plant.zone) == "18–06"


def test_repeated_hour_is_told_apart_and_the_missing_hour_is_missing() -> None:
    plant = calendar()
    autumn = [slot.label for slot in hour_slots(plant.shifts_on(date(2026, 10, 31))[1], plant.zone)]
    spring = [slot.label for slot in hour_slots(plant.shifts_on(date(2026, 3, 7))[1], plant.zone)]
    assert autumn[6:10] == ["00", "01A", "01B", "02"]
    assert spring[6:9] == ["00", "01", "03"]


def test_break_in_the_missing_hour_moves_forward_and_in_the_repeated_hour_is_taken_once() -> None:
    night = calendar().shifts_on(date(2026, 3, 7))[1]
    assert night.breaks[1] == (utc("2026-03-08 08:00"), utc("2026-03-08 08:30"))  # 03:00 CDT
    repeated = calendar(shifts=THREE_BY_EIGHT).shifts_on(date(2026, 10, 31))[2]
    assert repeated.breaks == ((utc("2026-11-01 06:15"), utc("2026-11-01 06:45")),)  # first pass
    assert repeated.planned_minutes == 9 * 60 - 30


def test_early_tuesday_belongs_to_monday() -> None:
    plant = calendar()
    assert plant.place(utc("2026-07-07 10:59")) == (date(2026, 7, 6), "N")
    assert plant.place(utc("2026-07-07 11:00")) == (date(2026, 7, 7), "D")


def test_outside_every_shift_the_code_is_empty_and_the_next_shift_is_named() -> None:
    weekdays = (ShiftRule("D", "Day", "06:00", "18:00", weekdays=(0, 1, 2, 3, 4)),)
    plant = calendar(shifts=weekdays)
    saturday_noon = utc("2026-07-11 17:00")
    assert plant.place(saturday_noon) == (date(2026, 7, 11), "")
    assert plant.shift_at(saturday_noon) is None
    following = plant.next_shift(saturday_noon)
    assert following is not None
    assert following.business_on == date(2026, 7, 13)


def test_overlapping_shifts_give_an_instant_to_the_one_that_started_last() -> None:
    plant = calendar(
        shifts=(
            ShiftRule("A", "Four tens", "06:00", "16:00"),
            ShiftRule("B", "Late tens", "14:00", "00:00"),
        )
    )
    assert plant.place(utc("2026-07-06 18:59"))[1] == "A"
    assert plant.place(utc("2026-07-06 19:00"))[1] == "B"
    assert plant.working_minutes(utc("2026-07-06 11:00"), utc("2026-07-07 11:00")) == 18 * 60


def test_holiday_closes_the_named_shift_or_all() -> None:
    plant = calendar(
        holidays=(
            HolidayRule(date(2026, 11, 26), "Thanksgiving"),
            HolidayRule(date(2026, 12, 24), "Christmas Eve", ("N",)),
        )
    )
    assert plant.shifts_on(date(2026, 11, 26)) == ()
    assert [shift.code for shift in plant.shifts_on(date(2026, 12, 24))] == ["D"]


def test_working_minutes_leave_breaks_and_closed_time_out() -> None:
    plant = calendar()
    assert plant.working_minutes(utc("2026-07-06 11:00"), utc("2026-07-06 23:00")) == 675
    assert plant.working_minutes(utc("2026-07-06 15:05"), utc("2026-07-06 15:10")) == 0
    assert plant.working_minutes(utc("2026-07-06 11:00"), utc("2026-07-06 11:00")) == 0
    (break_start, break_end), _ = plant.shifts_on(date(2026, 7, 6))[0].breaks
    shift = plant.shifts_on(date(2026, 7, 6))[0]
    assert shift.is_break(break_start)
    assert not shift.is_break(break_end)


def test_slots_of_a_shift_off_the_hour_are_part_hours() -> None:
    plant = calendar(shifts=(ShiftRule("D", "Day", "06:30", "09:15"),))
    shift = plant.shifts_on(date(2026, 7, 6))[0]
    slots = hour_slots(shift, plant.zone)
    assert [slot.working_minutes for slot in slots] == [30, 60, 60, 15]
    assert [slot.label for slot in slots] == ["06", "07", "08", "09"]
    assert hours_label(shift, plant.zone) == "06:30–09:15"


def test_breaks_survive_their_text() -> None:
    breaks = calendar().shifts_on(date(2026, 10, 31))[1].breaks
    assert parse_breaks(breaks_text(breaks)) == breaks
    assert parse_breaks("[]") == ()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("shifts", [TWO_BY_TWELVE, THREE_BY_EIGHT])
def test_shift_totals_sum_to_day_totals_on_ten_thousand_days(
    zone: str, shifts: tuple[ShiftRule, ...]
) -> None:
    plant = calendar(zone, shifts)
    lengths = set()
    for offset in range(10_000):
        day = date(2007, 3, 1) + timedelta(days=offset)
        start, end = plant.day_starts_at(day), plant.day_starts_at(day + timedelta(days=1))
        own = plant.shifts_on(day)
        assert sum((s.end_at - s.start_at for s in own), timedelta()) == end - start
        assert (own[0].start_at, own[-1].end_at) == (start, end)
        lengths.add((end - start) / timedelta(hours=1))
    assert lengths == {23, 24, 25}


@given(
    zone=st.sampled_from(ZONES),
    shifts=st.sampled_from([TWO_BY_TWELVE, THREE_BY_EIGHT]),
    seconds=st.integers(0, 30 * 365 * 86_400),
)
@settings(max_examples=300, deadline=None)
def test_every_instant_lies_in_the_shift_and_day_it_is_placed_in(
    zone: str, shifts: tuple[ShiftRule, ...], seconds: int
) -> None:
    plant = calendar(zone, shifts)
    instant = utc("2007-03-01 00:00") + timedelta(seconds=seconds)
    business_on, code = plant.place(instant)
    assert business_on == plant.business_date(instant)
    assert plant.place(instant) == (business_on, code)
    shift = next(s for s in plant.shifts_on(business_on) if s.code == code)
    assert shift.start_at <= instant < shift.end_at


@given(
    shifts=st.sampled_from([TWO_BY_TWELVE, THREE_BY_EIGHT]),
    day=st.dates(date(2007, 3, 1), date(2037, 12, 31)),
    cut=st.floats(0, 1),
)
@settings(max_examples=200, deadline=None)
def test_working_minutes_are_additive(shifts: tuple[ShiftRule, ...], day: date, cut: float) -> None:
    plant = calendar(ZONES[0], shifts)
    start, end = plant.day_starts_at(day), plant.day_starts_at(day + timedelta(days=1))
    middle = start + (end - start) * cut
    parts = plant.working_minutes(start, middle) + plant.working_minutes(middle, end)
    assert parts == pytest.approx(plant.working_minutes(start, end))
    slots = [slot for shift in plant.shifts_on(day) for slot in hour_slots(shift, plant.zone)]
    assert sum(slot.working_minutes for slot in slots) == pytest.approx(
        plant.working_minutes(start, end)
    )
