"""What slots were doing: reports and visits together, and minutes that add up."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from db.domain.bottleneck import State, active_period, coverage
from db.domain.slots import Place, Visit, condition_minutes, slot_states

SIX = datetime(2026, 7, 6, 11, tzinfo=UTC)


def at(hours: float) -> datetime:
    return SIX + timedelta(hours=hours)


def state(condition: str, start: float, end: float | None, slot: str = "") -> State:
    return State("A", condition, at(start), None if end is None else at(end), slot)


def visit(start: float, end: float | None, slot: str = "") -> Visit:
    return Visit("A", at(start), None if end is None else at(end), slot)


def minutes(states: list[State], slots: int = 1, hours: float = 8) -> dict[str, float]:
    return condition_minutes(states, [(at(0), at(hours))], [], slots)


def test_a_station_that_runs_with_one_of_four_slots_is_no_full_station() -> None:
    found = slot_states([state("running", 0, 8)], [visit(0, 8)], [Place("A", "TEST", 4)], at(8))
    assert minutes(found, 4) == {"running": 480, "starved": 1440}
    assert coverage(found, ["TEST"], at(0), at(8)) == {"TEST": 1.0}


def test_down_holds_for_all_slots_racks_in_them_or_not() -> None:
    found = slot_states(
        [state("running", 0, 4), state("down", 4, 8)], [visit(0, 8)], [Place("A", "T", 2)], at(8)
    )
    assert minutes(found, 2) == {"running": 240, "starved": 240, "down": 480}


def test_without_reports_a_rack_runs_and_an_empty_slot_is_unknown() -> None:
    found = slot_states([], [visit(1, 3)], [Place("A", "T", 1)], at(8))
    assert minutes(found) == {"running": 120}
    assert coverage(found, ["T"], at(0), at(8)) == {"T": 0.25}
    refused = active_period(found, ["T"], at(0), at(8))
    assert refused.station is None
    assert "25%" in refused.sentence


def test_reports_by_slot_are_taken_as_they_are() -> None:
    says = [state("running", 0, 8, "1"), state("starved", 0, 8, "2")]
    found = slot_states(says, [visit(0, 8, "2")], [Place("A", "T", 2)], at(8))
    assert [(one.slot, one.condition) for one in found] == [("A/1", "running"), ("A/2", "starved")]


def test_labelled_and_unlabelled_visits_fill_as_many_slots_as_there_are() -> None:
    labelled = slot_states(
        [state("running", 0, 8)], [visit(0, 2, "S02"), visit(3, 8, "S02"), visit(0, 8, "S01")],
        [Place("A", "T", 2)], at(8),
    )  # fmt: skip
    assert minutes(labelled, 2) == {"running": 900, "starved": 60}
    crowded = slot_states(
        [state("running", 0, 8)],
        [visit(0, 8), visit(0, 8), visit(2, 4)],
        [Place("A", "T", 2)],
        at(8),
    )
    assert {one.slot for one in crowded} == {"A/1", "A/2", "A/3"}, "more racks than slots are seen"


def test_stations_of_one_operation_are_slots_of_one_resource() -> None:
    says = [state("running", 0, 8), State("B", "running", at(0), at(8))]
    full = [visit(0, 8), Visit("B", at(0), at(8))]
    places = [Place("A", "LEAK"), Place("B", "LEAK")]
    found = slot_states(says, full, places, at(8))
    assert active_period(found, ["LEAK"], at(0), at(8)).station == "LEAK"
    half = slot_states(says, full[:1], places, at(8))
    assert active_period(half, ["LEAK"], at(0), at(8)).station is None


def test_what_is_not_reported_of_a_break_is_planned() -> None:
    pause = (at(2), at(2.5))
    found = condition_minutes([state("running", 0, 2)], [(at(0), at(4))], [pause], 1)
    assert found == {"running": 120, "planned_stop": 30}
    told = condition_minutes([state("running", 0, 4)], [(at(0), at(4))], [pause], 1)
    assert told == {"running": 240}, "a test that runs through the break runs"
    assert condition_minutes([], [(at(0), at(1))], [pause], 3) == {}


stretches = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8)), max_size=6)


@given(stretches, stretches, st.integers(1, 4))
def test_no_minute_of_a_slot_is_told_twice(
    says: list[tuple[int, int]], held: list[tuple[int, int]], slots: int
) -> None:
    reported = [state("running" if n % 2 else "down", a, a + b) for n, (a, b) in enumerate(says)]
    visits = [visit(a, a + b) for a, b in held]
    found = slot_states(reported, visits, [Place("A", "T", slots)], at(24))
    by_slot: dict[str, list[State]] = {}
    for one in found:
        by_slot.setdefault(one.slot, []).append(one)
    for spans in by_slot.values():
        spans.sort(key=lambda one: one.started_at)
        for before, after in itertools.pairwise(spans):
            assert before.ended_at is not None
            assert before.ended_at <= after.started_at
    ran = minutes(found, slots, 24).get("running", 0.0)
    assert ran <= sum(b for _, b in held) * 60 + 1e-6
