"""Bottlenecks by active period, turning point and load."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.bottleneck import (
    Load,
    Queue,
    State,
    active_period,
    bottlenecks,
    by_load,
    coverage,
    turning_point,
)
from tests.db.domain.capacity.published import agrees, cases

SIX = datetime(2026, 7, 6, 11, tzinfo=UTC)


def at(hours: float) -> datetime:
    return SIX + timedelta(hours=hours)


def states(station: str, *stretches: tuple[str, float, float], slot: str = "") -> list[State]:
    return [State(station, is_, at(a), at(b), slot) for is_, a, b in stretches]


LINE = [
    *states("A", ("running", 0, 6), ("blocked", 6, 10)),
    *states("B", ("starved", 0, 1), ("running", 1, 3), ("down", 3, 8), ("running", 8, 10)),
    *states("C", ("starved", 0, 4), ("running", 4, 5), ("starved", 5, 10)),
]


@pytest.mark.parametrize("case", cases("flow", "load"))
def test_load_as_published(case: dict[str, Any]) -> None:
    loads = [Load(name, "station", asked, case["available"][name], "min")
             for name, asked in case["required"].items()]  # fmt: skip
    for one in loads:
        assert one.ratio is not None
        assert agrees(one.ratio, case["ratio"][one.resource])
    assert by_load(loads).station == case["bottleneck"]


def test_breakdown_and_work_are_one_active_period_and_overlap_is_shifting() -> None:
    """By hand: A leads 0–6 (6 h), B runs 1–10 (9 h); 1–6 shifts between them."""
    found = active_period(LINE, ["A", "B", "C"], at(0), at(10))
    assert found.station == "B"
    leads = {one.station: one for one in found.leads}
    assert leads["A"].sole_ratio == pytest.approx(0.1)
    assert leads["B"].sole_ratio == pytest.approx(0.4)
    assert leads["A"].shifting_ratio == leads["B"].shifting_ratio == pytest.approx(0.5)
    assert (leads["A"].led_ratio, leads["B"].led_ratio) == (
        pytest.approx(0.35),
        pytest.approx(0.65),
    )
    assert found.sentence == "B had the longest active period 65% of the time (40% alone)"
    assert "C" not in leads


def test_period_begun_before_the_window_counts_its_whole_length_but_no_share() -> None:
    line = [
        *states("A", ("running", -20, 4), ("blocked", 4, 10)),
        *states("B", ("running", 0, 10)),
    ]
    found = active_period(line, ["A", "B"], at(0), at(10))
    assert [one[0] for one in found.periods] == ["A", "B"]
    assert found.leads[0].station == "B"
    assert sum(one.led_ratio for one in found.leads) == pytest.approx(1)


def test_long_tests_in_half_filled_slots_are_no_bottleneck() -> None:
    bay = [
        *states("BAY", ("running", 0, 48), slot="1"),
        *states("BAY", ("starved", 0, 48), slot="2"),
    ]
    line = bay + states("WIRE", ("running", 0, 30), ("starved", 30, 31), ("running", 31, 48))
    assert active_period(line, ["BAY", "WIRE"], at(0), at(48)).station == "WIRE"
    full = states("BAY", ("running", 0, 48), slot="2") + bay[:1] + line[2:]
    assert active_period(full, ["BAY", "WIRE"], at(0), at(48)).station == "BAY"


def test_below_four_fifths_of_states_it_refuses_and_names_the_station() -> None:
    line = LINE[:2] + states("B", ("running", 0, 7.9)) + LINE[-3:]
    told = active_period(line, ["A", "B", "C"], at(0), at(10))
    assert told.station is None
    assert told.sentence == (
        "the states of B cover 79% of the time, 80% is needed: no bottleneck by states"
    )
    assert turning_point(line, ["A", "B", "C"], at(0), at(10)).sentence == told.sentence
    enough = LINE[:2] + states("B", ("running", 0, 8)) + LINE[-3:]
    assert active_period(enough, ["A", "B", "C"], at(0), at(10)).station == "B"
    assert "no station is named" in active_period([], [], at(0), at(10)).sentence
    idle = states("A", ("starved", 0, 10))
    assert "every one waited" in active_period(idle, ["A"], at(0), at(10)).sentence


def test_turning_point_lies_between_blocked_and_starved_stations() -> None:
    assert turning_point(LINE, ["A", "B", "C"], at(0), at(10)).station == "B"
    starving = [
        *states("A", ("running", 0, 9), ("starved", 9, 10)),
        *states("B", ("running", 0, 6), ("starved", 6, 10)),
    ]
    assert turning_point(starving, ["A", "B"], at(0), at(10)).station == "A"
    alike = states("A", ("starved", 0, 10)) + states("B", ("blocked", 0, 10))
    assert turning_point(alike, ["A", "B"], at(0), at(10)).station is None


def test_without_states_load_speaks_and_power_is_a_constraint_of_its_own() -> None:
    loads = [
        Load("BAY", "slots", 6000, 6048, "slot-hours"),
        Load("POWER", "test_power", 850, 800, "kWh"),
        Load("COOLANT", "coolant", 10, 0, "l/min"),
    ]
    first, second = bottlenecks([], ["A"], at(0), at(10), loads=loads, queues=[Queue("A", 1, 9)])
    assert first.station is None
    assert second.station == "POWER"
    assert by_load([], [Queue("A", 1, 9), Queue("B", 1, 2)]).station == "A"
    assert by_load([], [Queue("A", 9, 1)]).station is None
    first, second = bottlenecks(LINE, ["A", "B", "C"], at(0), at(10), loads=loads)
    assert (first.method, second.method) == ("active period", "turning point")


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.booleans(), st.integers(1, 9)), min_size=3, max_size=30
    )
)
def test_shares_add_up_and_the_longest_period_always_leads(stretches: list[Any]) -> None:
    clock, found = dict.fromkeys("ABC", 0), []
    for station, is_active, hours in stretches:
        begin = clock[station]
        clock[station] += hours
        condition = "running" if is_active else "starved"
        found += states(station, (condition, begin, clock[station]))
    last = max(clock.values())
    for station, begin in clock.items():
        found += states(station, ("starved", begin, last))
    told = active_period(found, list("ABC"), at(0), at(last))
    if told.station is None:
        assert not any(is_active for _, is_active, _ in stretches)
        return
    assert sum(one.led_ratio for one in told.leads) == pytest.approx(1)
    assert all(value == 1 for value in coverage(found, "ABC", at(0), at(last)).values())
    by_start = sorted(told.periods, key=lambda one: one[1])
    assert list(told.periods) == by_start
