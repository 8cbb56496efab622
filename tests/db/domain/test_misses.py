"""Why an hour missed its plan: by hand, and never more than it missed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.limits import Limits
from db.domain.misses import Hour, Reason, Stop, is_missed, lost_by_kind, reasons

TEN = datetime(2026, 7, 6, 15, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def hour(done: float = 0, planned: float = 2.0, working: float = 60) -> Hour:
    return Hour(TEN, at(60), {"L1": planned}, done, working)


def stop(
    start: float, end: float | None, share: float = 1.0, lead: float = 0.0, **given: str
) -> Stop:
    names = {"line": "L1", "operation": "LEAK", "station": "A", "condition": "down", "reason": ""}
    names |= given
    ended = None if end is None else at(end)
    return Stop(**names, started_at=at(start), ended_at=ended, share=share,
                lead=timedelta(minutes=lead))  # fmt: skip


def told(found: tuple[Reason, ...]) -> list[tuple[str, float]]:
    return [(one.kind, round(one.racks, 6)) for one in found]


def test_half_an_hour_of_two_racks_is_one_rack_and_the_rest_is_unexplained() -> None:
    assert told(reasons(hour(), [stop(0, 30)])) == [("down", 1), ("unexplained", 1)]


def test_one_of_two_stations_holds_up_half() -> None:
    assert told(reasons(hour(), [stop(0, 60, share=0.5)])) == [("down", 1), ("unexplained", 1)]


def test_a_stop_counts_when_what_it_held_up_was_due_and_not_when_it_happened() -> None:
    upstream = stop(-600, -570, lead=600)
    assert told(reasons(hour(done=1), [upstream])) == [("down", 1)]
    assert told(reasons(hour(done=1), [stop(0, 30, lead=600)])) == [("unexplained", 1)]


def test_the_nearest_stop_is_counted_first_and_nothing_twice() -> None:
    near, far = stop(0, 60, condition="starved"), stop(-600, -540, lead=600)
    assert told(reasons(hour(done=1), [far, near])) == [("starved", 1)]


def test_another_line_explains_nothing_here() -> None:
    assert told(reasons(hour(), [stop(0, 60, line="L2")])) == [("unexplained", 2)]


def test_a_break_shortens_the_hour_and_the_rate_follows() -> None:
    short = hour(planned=1.5, working=45)
    assert told(reasons(short, [stop(0, 45)])) == [("down", 1.5)]
    assert told(reasons(hour(working=0), [stop(0, 60)])) == [("unexplained", 2)]


def test_a_stop_that_lasts_counts_to_the_end_of_the_hour() -> None:
    assert told(reasons(hour(), [stop(30, None)])) == [("down", 1), ("unexplained", 1)]


@pytest.mark.parametrize(
    ("planned", "done", "is_it"),
    [(2.0, 2, False), (2.0, 1.6, False), (2.0, 1.5, True), (0.3, 0, True), (0.0, 0, False),
     (None, 0, False), (5.0, 9, False)],
)  # fmt: skip
def test_an_hour_is_missed_by_half_a_rack_or_by_the_plants_limit(
    planned: float | None, done: float, is_it: bool
) -> None:
    assert is_missed(planned, done, Limits()) is is_it


spans = st.tuples(st.integers(-900, 90), st.integers(0, 200), st.sampled_from([0.5, 1.0]),
                  st.integers(0, 900))  # fmt: skip


@given(st.lists(spans, max_size=8), st.floats(0, 5), st.floats(0.1, 6))
def test_reasons_add_up_to_what_was_missed(
    found: list[tuple[int, int, float, int]], done: float, planned: float
) -> None:
    stops = [stop(a, a + length, share, lead) for a, length, share, lead in found]
    one = hour(done=done, planned=planned)
    because = reasons(one, stops)
    total = sum(it.racks for it in because)
    assert total <= one.missed + 1e-9
    assert one.missed - total < 0.05 + 1e-9
    assert sum(it.racks for it in lost_by_kind([because])) == pytest.approx(total)


def test_what_was_lost_is_ranked_with_the_unexplained_last() -> None:
    found = lost_by_kind(
        [[Reason("unexplained", 5.0), Reason("down", 1.0)], [Reason("blocked", 2)]]
    )
    assert [(one.kind, one.racks, one.hour_count) for one in found] == [
        ("blocked", 2, 1), ("down", 1.0, 1), ("unexplained", 5.0, 1),
    ]  # fmt: skip
