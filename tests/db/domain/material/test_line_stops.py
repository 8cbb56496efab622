"""What must hold of every stop, whatever the plant."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.limits import Limits
from db.domain.material.facts import BomItem, Facts, OnHand, PlannedHour, Promise
from db.domain.material.line_stops import stop_level
from db.domain.material.outlook import outlook
from db.domain.material.projection import projection
from db.domain.material.results import PartOutlook

MONDAY = datetime(2026, 7, 6, 6, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAYS = tuple(date(2026, 7, 6) + DAY * day for day in range(4))


def facts(qty: float, rate: float, arrival: float, late: int = 0) -> Facts:
    """One part, 5 a rack, a plan of `rate` racks an hour from 06 to 18, 30 more at `arrival`."""
    return Facts(
        at=MONDAY + 2 * HOUR,
        today=DAYS[0],
        days=DAYS,
        day_edges=tuple(MONDAY + DAY * day for day in range(5)),
        working=tuple((MONDAY + DAY * day, MONDAY + DAY * day + 12 * HOUR) for day in range(4)),
        plan=tuple(
            PlannedHour("L1", "rack", MONDAY + DAY * day + HOUR * hour, rate)
            for day in range(3)
            for hour in range(12)
        ),
        bom=(BomItem("rack", "clip", 5),),
        stock=(OnHand("clip", qty),),
        promises=(Promise("clip", 30, DAYS[0], MONDAY + HOUR * arrival, True, key="PO1"),),
    )


def clip(given_facts: Facts) -> PartOutlook:
    (one,) = outlook(given_facts).parts
    return one


@given(qty=st.floats(0, 400), more=st.floats(0, 99), rate=st.floats(0.1, 3), at=st.floats(2, 60))
def test_more_stock_never_stops_a_line_earlier(
    qty: float, more: float, rate: float, at: float
) -> None:
    end = MONDAY + 9 * DAY
    little, much = clip(facts(qty, rate, at)), clip(facts(qty + more, rate, at))
    for case in ("promised", "late", "none"):
        assert (much.cases[case].stops_at or end) >= (little.cases[case].stops_at or end)


@given(qty=st.floats(0, 400), rate=st.floats(0.1, 3), at=st.floats(2, 60))
def test_nothing_arriving_is_never_better_than_late_and_late_than_promised(
    qty: float, rate: float, at: float
) -> None:
    end = MONDAY + 9 * DAY
    stops = [
        clip(facts(qty, rate, at)).cases[case].stops_at for case in ("none", "late", "promised")
    ]
    assert sorted(stop or end for stop in stops) == [stop or end for stop in stops]


@given(qty=st.floats(0, 400), rate=st.floats(0.1, 3))
def test_need_until_the_stop_is_what_was_on_hand(qty: float, rate: float) -> None:
    one = facts(qty, rate, 2)
    stop = clip(one).cases["none"].stops_at
    if stop is not None:
        hours = sum(
            max(0.0, min(1.0, (stop - hour.hour_at) / HOUR))
            for hour in one.plan
            if hour.hour_at >= one.at
        )
        assert hours * rate * 5 == pytest.approx(qty, abs=rate * 5 / 100)  # to the minute


@given(qty=st.floats(0, 400), rate=st.floats(0.1, 3), at=st.floats(3, 60))
def test_balances_follow_from_needs_and_arrivals_and_end_where_the_projection_does(
    qty: float, rate: float, at: float
) -> None:
    one = facts(qty, rate, at)
    part = clip(one)
    left = part.available_qty
    for need, come, balance in zip(
        part.needs, part.arrivals, part.cases["promised"].balances, strict=True
    ):
        left += come - need
        assert balance == pytest.approx(left)
    drawn = projection(one, "clip", limits=Limits())
    assert drawn is not None
    assert drawn.balances["promised"][-1] == pytest.approx(left)
    assert drawn.balances["promised"][0] == pytest.approx(part.available_qty)


@pytest.mark.parametrize(("hours", "level"), [(3, "red"), (4, "amber"), (12, "normal")])
def test_level_follows_the_hours_left(hours: int, level: str) -> None:
    assert stop_level(MONDAY + HOUR * hours, MONDAY, Limits()) == level
