"""OEE after ISO 22400-2: published figures, every edge, and a waterfall that adds up."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.oee import Busy, Run, labour_utilisation, oee, slot_utilisation
from tests.db.domain.capacity.published import agrees, cases


@pytest.mark.parametrize("case", cases("oee", "case"))
def test_as_published(case: dict[str, Any]) -> None:
    busy = Busy(
        case["busy_minutes"],
        {"running": case["run_minutes"], "down": case["busy_minutes"] - case["run_minutes"]},
    )
    found = oee([busy], [Run("P", case["planned_minutes"], case["produced"], case["good"])])
    for name in {"availability", "effectiveness", "quality", "oee"} & case.keys():
        assert agrees(getattr(found, name), case[name]), name


@pytest.mark.parametrize("case", cases("flow", "labour"))
def test_labour_as_published(case: dict[str, Any]) -> None:
    found = labour_utilisation(
        {"P": case["standard_hours"]}, {"P": case["produced"]}, case["present_hours"]
    )
    assert found is not None
    assert found.ratio is not None
    assert agrees(found.ratio, case["ratio"])


@pytest.mark.parametrize("case", cases("flow", "slots"))
def test_use_of_slots_as_defined(case: dict[str, Any]) -> None:
    found = slot_utilisation(case["used_hours"], case["slots"], case["hours"])
    assert found.ratio is not None
    assert agrees(found.ratio, case["ratio"])


def told(found: Any) -> tuple[Any, ...]:
    return found.availability, found.effectiveness, found.quality, found.oee


def test_no_planned_time_is_nothing_known_and_never_one() -> None:
    assert told(oee([Busy(0, {})], [])) == (None, None, None, None)
    shut = Busy(600, {"not_scheduled": 480, "planned_stop": 120})
    assert told(oee([shut], [])) == (None, None, None, None)


def test_planned_but_never_ran_is_zero_available_and_the_rest_unknown() -> None:
    assert told(oee([Busy(600, {"down": 600})], [])) == (0, None, None, 0)


def test_ran_but_made_nothing_has_no_quality_and_earns_nothing() -> None:
    assert told(oee([Busy(600, {"running": 300})], [])) == (0.5, 0, None, 0)


def test_effectiveness_above_one_is_shown_not_clipped_and_named() -> None:
    found = oee([Busy(600, {"running": 300})], [Run("RK", 60, 10, 10)])
    assert found.effectiveness == 2
    assert found.oee == 1
    (fault,) = found.faults
    assert fault.startswith("effectiveness is 200 %: a planned run time (PRI) is too long")


@pytest.mark.parametrize(("planned", "word"), [(None, "missing"), (0, "0")])
def test_product_without_planned_run_time_makes_oee_unknown(
    planned: float | None, word: str
) -> None:
    found = oee([Busy(600, {"running": 300})], [Run("A", 30, 5, 5), Run("B", planned, 2, 1)])
    assert told(found) == (0.5, None, 6 / 7, None)
    assert found.faults == (f"planned run time of B is {word}: effectiveness and OEE are unknown",)
    assert {one.kind for one in found.losses}.isdisjoint({"speed", "quality"})


def test_waiting_is_a_loss_within_planned_time_and_silence_a_class_of_its_own() -> None:
    busy = Busy(
        720,
        {"running": 300, "starved": 60, "no_operator": 30, "not_scheduled": 60, "down": 40},
    )
    found = oee([busy], [Run("RK", 30, 9, 8)])
    assert found.busy_minutes == 660
    assert {one.kind: one.minutes for one in found.losses} == {
        "down": 40,
        "blocked": 0,
        "starved": 60,
        "no_operator": 30,
        "engineering": 0,
        "unexplained": 230,
        "speed": 30,
        "quality": 30,
    }


def test_contradictions_are_named() -> None:
    found = oee([Busy(60, {"running": 90})], [Run("RK", 10, 3, 4)])
    assert (
        found.faults
        == (
            "4 of RK were good, but 3 made",
            "states of 90 min are reported in 60 planned min",
        )[::-1]
    )
    found = oee([Busy(60, {})], [Run("RK", 10, 3, 3)])
    assert found.faults == ("3 units were produced in no reported running time",)
    assert found.oee == 0.5


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["running", "down", "blocked", "starved", "planned_stop"]),
            st.integers(0, 100),
        ),
        min_size=1,
    ),
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 20), st.integers(0, 20)), max_size=4),
)
def test_waterfall_leads_from_planned_to_good_minutes(times: list[Any], made: list[Any]) -> None:
    busy = [Busy(sum(one.values()) + 10, one) for one in times]
    runs = [Run(str(n), pri, a + b, a) for n, (pri, a, b) in enumerate(made)]
    found = oee(busy, runs)
    assert found.good_minutes is not None
    left = found.busy_minutes - sum(one.minutes for one in found.losses)
    assert left == pytest.approx(found.good_minutes)
    parts = [found.availability, found.effectiveness, found.quality]
    if None not in parts and found.oee is not None:
        if len({pri for pri, *_ in made}) == 1:
            assert found.oee == pytest.approx(parts[0] * parts[1] * parts[2])  # type: ignore[operator]
        assert found.oee == pytest.approx(found.good_minutes / found.busy_minutes)


def test_labour_without_a_standard_is_not_guessed() -> None:
    assert labour_utilisation({}, {"RK": 3}, 100) is None
    found = labour_utilisation({}, {"RK": 0}, 100)
    assert found is not None
    assert found.ratio == 0
    assert slot_utilisation(10, 0, 168).ratio is None
    assert slot_utilisation(40, 10, 167).ratio == 40 / 1670
