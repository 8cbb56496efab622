"""Golden cases of line stops, named by the rule they prove."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.line_stops import PartStop, part_stops
from db.domain.material.facts import BomItem, OnHand, PlannedHour, Promise
from db.domain.material.parts import available_qty

MONDAY = date(2026, 7, 6)
MIDNIGHT = datetime(2026, 7, 6, 5, tzinfo=UTC)


def at(day: int, hour: float) -> datetime:
    """An instant by the clock of the plant, `day` days after Monday."""
    return MIDNIGHT + timedelta(days=day, hours=hour)


EIGHT = at(0, 8)


def days(
    rate: float, *, line: str = "L1", product: str = "rack", count: int = 3
) -> list[PlannedHour]:
    """A plan of `rate` racks an hour from 06 to 18."""
    return [
        PlannedHour(line, product, at(day, hour), rate)
        for day in range(count)
        for hour in range(6, 18)
    ]


def arriving(part: str, qty: float, when: datetime, **given: Any) -> Promise:
    values = {"promised_on": MONDAY, "usable_at": when, "is_confirmed": True}
    return Promise(part, qty, **(values | given))


def stops(
    plan: list[PlannedHour],
    bom: list[BomItem],
    stock: list[OnHand],
    promises: list[Promise] | None = None,
    now: datetime = EIGHT,
) -> list[PartStop]:
    return part_stops(plan, bom, stock, promises or [], at=now, today=MONDAY)


CLIP = BomItem("rack", "clip", 5)


def test_stock_runs_out_before_a_later_receipt() -> None:
    late = arriving("clip", 40, at(1, 10))
    (stop,) = stops(days(1), [CLIP], [OnHand("clip", 60)], [late])
    assert stop.stops_at == at(1, 8)


def test_receipt_in_time_carries_the_line_on_and_over_night_to_the_next_need() -> None:
    timely = arriving("clip", 40, at(1, 7))
    (stop,) = stops(days(1), [CLIP], [OnHand("clip", 60)], [timely])
    assert stop.stops_at == at(1, 16)
    (stop,) = stops(days(1), [CLIP], [OnHand("clip", 60)], [arriving("clip", 50, at(1, 7))])
    assert stop.stops_at == at(2, 6)


def test_part_that_lasts_as_long_as_the_plan_stops_nothing() -> None:
    (stop,) = stops(days(1, count=1), [CLIP], [OnHand("clip", 50)])
    assert (stop.stops_at, stop.cover_ratio) == (None, 1.0)


def test_begun_hour_needs_only_its_rest() -> None:
    (stop,) = stops(days(2, count=1), [CLIP], [OnHand("clip", 5)], now=at(0, 8.5))
    assert stop.stops_at == at(0, 9)


def test_nothing_on_hand_stops_the_line_at_the_next_need() -> None:
    (stop,) = stops(days(1), [CLIP], [], now=at(0, 2))
    assert stop.stops_at == at(0, 6)


def test_negative_count_is_nothing_and_is_named() -> None:
    places = [OnHand("clip", 10), OnHand("clip", -8)]
    assert available_qty(places) == 10
    (stop,) = stops(days(1), [CLIP], places)
    assert (stop.available_qty, stop.stops_at) == (10, at(0, 10))
    assert stop.notes == ("a count below zero is taken as 0",)


@pytest.mark.parametrize(
    ("promise", "note"),
    [
        (Promise("clip", 99, None, None, True), "1 receipt undated, not counted"),
        (
            arriving("clip", 99, at(0, 6), promised_on=MONDAY - timedelta(days=1)),
            "1 receipt overdue, not counted",
        ),
        (
            arriving("clip", 99, at(0, 9), is_confirmed=False),
            "1 receipt not confirmed, not counted",
        ),
        (
            arriving("clip", 99, at(0, 9), unit="BOX"),
            "1 receipt in BOX, needed in EA, not counted",
        ),
    ],
)
def test_doubtful_receipt_is_named_and_never_counted(promise: Promise, note: str) -> None:
    (stop,) = stops(days(1), [CLIP], [OnHand("clip", 10)], [promise])
    assert (stop.stops_at, stop.notes, stop.next_receipt_on) == (at(0, 10), (note,), None)


def test_stock_in_another_unit_is_left_out_and_named() -> None:
    (stop,) = stops(days(1), [CLIP], [OnHand("clip", 10), OnHand("clip", 9, unit="BOX")])
    assert (stop.available_qty, stop.notes) == (10, ("stock not counted in EA is left out",))


def test_alternate_is_named_and_not_counted() -> None:
    other = BomItem("rack", "clip-b", 5, alternate_of="clip")
    (stop,) = stops(days(1), [CLIP, other], [OnHand("clip", 10), OnHand("clip-b", 70)])
    assert (stop.part, stop.stops_at) == ("clip", at(0, 10))
    assert stop.notes == ("alternate clip-b: 70 available, not counted",)


@pytest.mark.parametrize(
    ("valid", "parts"),
    [
        ({"valid_to_on": MONDAY}, []),
        ({"valid_from_on": MONDAY + timedelta(days=1)}, []),
        ({"valid_from_on": MONDAY, "valid_to_on": MONDAY + timedelta(days=1)}, ["clip"]),
    ],
)
def test_bill_line_applies_from_its_first_day_up_to_its_last(
    valid: dict[str, date], parts: list[str]
) -> None:
    found = stops(days(1), [BomItem("rack", "clip", 5, **valid)], [OnHand("clip", 10)])
    assert [stop.part for stop in found] == parts


def test_stock_of_trays_is_used_up_before_their_parts() -> None:
    bom = [BomItem("rack", "tray", 2), BomItem("tray", "board", 3)]
    (stop,) = stops(days(1), bom, [OnHand("tray", 8), OnHand("board", 6)])
    assert (stop.part, stop.stops_at) == ("board", at(0, 13))  # 4 racks of trays, 1 of boards


def test_phantom_passes_its_need_straight_through() -> None:
    bom = [BomItem("rack", "kit", 2, is_phantom=True), BomItem("kit", "screw", 3)]
    (stop,) = stops(days(1), bom, [OnHand("kit", 100), OnHand("screw", 12)])
    assert (stop.part, stop.stops_at) == ("screw", at(0, 10))


def test_part_used_at_two_levels_is_netted_once() -> None:
    bom = [BomItem("rack", "tray", 1), BomItem("tray", "screw", 2), BomItem("rack", "screw", 4)]
    (stop,) = stops(days(1), bom, [OnHand("screw", 12)])
    assert stop.stops_at == at(0, 10)


def test_lines_share_one_stock_and_are_named_by_what_they_build() -> None:
    plan = days(1, line="L1") + days(1, line="L2") + days(1, line="L3", product="other")
    found = stops(plan, [CLIP, BomItem("other", "nut", 1)], [OnHand("clip", 20), OnHand("nut", 1)])
    assert [(stop.part, stop.lines, stop.stops_at) for stop in found] == [
        ("nut", ("L3",), at(0, 9)),
        ("clip", ("L1", "L2"), at(0, 10)),
    ]


def test_loop_in_a_bill_is_refused_with_its_path() -> None:
    bom = [BomItem("rack", "a", 1), BomItem("a", "b", 1), BomItem("b", "a", 1)]
    with pytest.raises(
        ValueError, match=r"bill of material: (a > b > a|b > a > b) contains itself"
    ):
        stops(days(1), bom, [OnHand("a", 1)])


def test_without_a_plan_nothing_is_needed() -> None:
    assert stops([], [CLIP], [OnHand("clip", 10)]) == []
    assert stops([], [CLIP], [OnHand("clip", 10)], [arriving("clip", 5, at(1, 6))]) == []


@given(
    qty=st.floats(0, 400),
    more=st.floats(0, 100),
    rate=st.floats(0.1, 3),
    arrival=st.floats(8, 60),
)
def test_more_stock_never_stops_a_line_earlier(
    qty: float, more: float, rate: float, arrival: float
) -> None:
    promises = [arriving("clip", 30, at(0, arrival))]
    (little,) = stops(days(rate), [CLIP], [OnHand("clip", qty)], promises)
    (much,) = stops(days(rate), [CLIP], [OnHand("clip", qty + more)], promises)
    end = at(9, 0)
    assert (much.stops_at or end) >= (little.stops_at or end)


@given(qty=st.floats(0, 400), rate=st.floats(0.1, 3))
def test_need_until_the_stop_is_what_was_on_hand(qty: float, rate: float) -> None:
    (stop,) = stops(days(rate), [CLIP], [OnHand("clip", qty)])
    if stop.stops_at is not None:
        hours = sum(
            max(0.0, min(1.0, (stop.stops_at - hour.hour_at) / timedelta(hours=1)))
            for hour in days(rate)
            if hour.hour_at >= at(0, 8)
        )
        assert hours * rate * 5 == pytest.approx(qty, abs=rate * 5 / 100)  # to the minute
