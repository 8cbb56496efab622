"""Cycle time, WIP and Little's law."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.throughput import (
    attainment,
    attainment_of_mix,
    planned_in_hour,
    takt_seconds,
    throughput,
)
from db.domain.throughput_times import (
    Split,
    Standing,
    Step,
    cycle_times,
    little,
    split,
    wip_by_stage,
)
from tests.db.domain.capacity.published import agrees, cases

SIX = datetime(2026, 7, 6, 11, tzinfo=UTC)


def at(hours: float) -> datetime:
    return SIX + timedelta(hours=hours)


@pytest.mark.parametrize("case", cases("flow", "takt"))
def test_takt_as_published(case: dict[str, Any]) -> None:
    seconds = takt_seconds(case["working_minutes"], case["demand"])
    assert seconds is not None
    assert agrees(seconds / case["unit_seconds"], case["takt"])


@pytest.mark.parametrize("case", cases("flow", "penny_fab"))
def test_little_as_published(case: dict[str, Any]) -> None:
    """Jobs go round as in the book: each begins when one leaves, machines take two hours each."""
    free, leaves, stays = [0.0] * 4, [0.0] * case["wip"], []
    for job in range(300):
        born = clock = leaves[job]
        for machine in range(4):
            clock = free[machine] = max(clock, free[machine]) + 2
        leaves.append(clock)
        stays.append((at(born), at(clock)))
    found = little(stays, at(200), at(400))
    assert agrees(found.per_hour, case["per_hour"])
    assert found.mean_hours is not None
    assert agrees(found.mean_hours, case["cycle_hours"])
    assert found.wip == pytest.approx(case["wip"])
    assert found.ratio == pytest.approx(1)
    assert not found.is_off


@pytest.mark.parametrize("case", cases("flow", "little"))
def test_little_with_a_counted_floor_as_published(case: dict[str, Any]) -> None:
    """One unit begins every 24 h / rate and stays as long as in the book."""
    each, stay = 24 / case["per_day"], 24 * case["days"]
    stays = [(at(n * each), at(n * each + stay)) for n in range(case["per_day"] * case["days"] * 9)]
    window = at(2 * stay), at(8 * stay)
    found = little(stays, *window, counted_wip=float(case["wip"]))
    assert agrees(found.wip, case["wip"])
    assert found.ratio == pytest.approx(1, abs=0.01)
    assert not found.is_off
    assert little(stays, *window, counted_wip=1.5 * float(case["wip"])).is_off


@pytest.mark.parametrize("case", cases("flow", "split"))
def test_time_of_a_unit_as_published(case: dict[str, Any]) -> None:
    waits = case["queue"]
    steps = [
        Step("MAKE", "assemble", at(0), at(case["touch"])),
        Step("LOOK", "test", at(case["touch"] + waits), at(case["touch"] + waits + case["test"])),
    ]
    told = split(steps, at(case["touch"] + waits + case["test"]))
    assert told is not None
    assert agrees(told.hours, case["hours"])
    assert (told.touch_hours, told.test_hours, told.queue_hours) == (
        pytest.approx(case["touch"]),
        pytest.approx(case["test"]),
        pytest.approx(case["queue"]),
    )


@pytest.mark.parametrize("case", cases("flow", "attainment"))
def test_attainment_as_published(case: dict[str, Any]) -> None:
    plain = attainment(sum(case["done"].values()), sum(case["planned"].values()))
    mixed = attainment_of_mix(case["done"], case["planned"])
    assert plain is not None
    assert mixed is not None
    assert agrees(plain, case["ratio"])
    assert agrees(mixed, case["mix"])


gaps = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5)), min_size=1, max_size=6)


@given(gaps)
def test_visits_one_after_the_other_are_split_as_if_they_might_overlap(
    found: list[tuple[int, int]],
) -> None:
    steps, clock = [], 0.0
    for n, (wait, work) in enumerate(found):
        kind = ("assemble", "test", "repair")[n % 3]
        steps.append(Step(f"OP{n % 2}", kind, at(clock + wait), at(clock + wait + work)))
        clock += wait + work
    plain = split(steps, at(clock + 1))
    cut = split([*steps, Step("OP0", "assemble", at(found[0][0]), at(found[0][0]))], at(clock + 1))
    assert plain is not None
    assert cut is not None
    assert plain.hours == pytest.approx(cut.hours)
    assert plain.queue_hours == pytest.approx(cut.queue_hours)


@pytest.mark.parametrize("case", cases("flow", "planned_hour"))
def test_plan_of_an_hour_as_defined(case: dict[str, Any]) -> None:
    assert agrees(planned_in_hour(case["rate"], case["working_minutes"]), case["planned"])


def test_little_names_lost_ends_lost_starts_and_too_short_a_window() -> None:
    sound = [(at(n), at(n + 10)) for n in range(200)]
    assert little(sound, at(50), at(150)).sentence == ""
    ghosts = [(at(0), None) for _ in range(10)]
    told = little(sound + ghosts, at(50), at(150))
    assert told.is_off
    assert "20.0 racks in process, but 1.00 an hour × 10.0 h make 10.0" in told.sentence
    assert "without a completion" in told.sentence
    told = little(sound, at(50), at(150), counted_wip=7)
    assert told.is_off
    assert told.sentence.endswith("start was recorded late or never, or serials used again")
    short = little(sound, at(50), at(80))
    assert short.ratio is None
    assert short.sentence == "cannot check WIP in 30 h: it takes 50 h"
    assert "it takes a completion" in little([(at(0), None)], at(0), at(10)).sentence
    assert little([], at(0), at(0)).sentence == "the window has no time"


@given(
    st.lists(
        st.tuples(
            st.sampled_from("AB"),
            st.sampled_from(["assemble", "test", "repair"]),
            st.integers(0, 20),
            st.none() | st.integers(0, 20),
        ),
        min_size=1,
    )
)
def test_split_adds_up_to_the_time_in_the_plant(visits: list[Any]) -> None:
    steps = [
        Step(op, kind, at(start), None if long is None else at(start + long))
        for op, kind, start, long in visits
    ]
    found = split(steps, at(30))
    assert found is not None
    assert found.hours == pytest.approx(30 - min(start for _, _, start, _ in visits))


def test_split_counts_an_hour_once_and_a_repair_as_rework() -> None:
    steps = [
        Step("A", "assemble", at(0), at(4)),
        Step("T", "test", at(2), at(6)),
        Step("R", "repair", at(5), at(7)),
        Step("T", "test", at(8), None),
    ]
    assert split(steps, at(10)) == Split(2, 1, 3, 4)
    assert split(steps, at(0)) is None


def test_nothing_completed_is_no_cycle_time() -> None:
    assert cycle_times([], []).p50_hours is None
    told = cycle_times([], [5.0, 80.0])
    assert (told.mean, told.wip_count, told.age_p50_hours, told.age_oldest_hours) == (
        None,
        2,
        5,
        80,
    )


def test_aged_racks_are_not_guessed_without_history() -> None:
    racks = [Standing("R1", "TEST", at(0), at(0)), Standing("R2", "TEST", at(8), at(0))]
    (known,) = wip_by_stage(racks, at(10), {"TEST": 5})
    assert (known.count, known.p50_hours, known.oldest_hours, known.aged) == (2, 2, 10, ("R1",))
    assert wip_by_stage(racks, at(10), {})[0].aged is None


def test_throughput_counts_first_completions_and_takes_back_in_the_hour_of_return() -> None:
    found = throughput([at(0), at(1), at(2)], at(0), at(2), [at(1.5), at(5)])
    assert (found.done_count, found.reversed_count, found.net_count, found.hours) == (2, 1, 1, 2)
    assert throughput([], at(0), at(2), [at(1)]).net_count == -1
    assert throughput([at(0)], at(0), at(0)).per_hour is None


def test_attainment_with_mix_never_pays_one_product_with_another() -> None:
    done, planned = {"a": 30, "b": 0, "c": 5}, {"a": 20, "b": 20}
    assert attainment(sum(done.values()), sum(planned.values())) == 0.875
    assert attainment_of_mix(done, planned) == 0.5
    assert attainment_of_mix(done, {}) is None
