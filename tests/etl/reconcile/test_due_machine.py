"""Whatever a source does, two polls and one comparison later we hold what it holds."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from tests.etl.reconcile.machine import WEAK, Ours, machine

CI = settings(
    max_examples=500,
    stateful_step_count=30,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
HUNT = settings(
    CI, max_examples=3_000, phases=[Phase.generate], report_multiple_bugs=False,
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_no_history_of_a_source_leaves_us_with_anything_else(engine: Engine) -> None:
    """500 histories of 30 steps, the same each time; `make torture` runs 5,000 others of 50."""
    run_state_machine_as_test(machine(lambda source: Ours(source, engine)), settings=CI)


@pytest.mark.parametrize("name", WEAK)
def test_each_weaker_way_is_noticed(name: str) -> None:
    follow, does = WEAK[name]
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine(follow, does), settings=HUNT)


@pytest.mark.parametrize("name", ["time from the last", "overlap", "overlap, clamped"])
def test_each_weaker_way_holds_against_what_it_was_made_for(name: str) -> None:
    """So that it is the named fault that is noticed, and not a clumsy machine."""
    follow, does = WEAK[name]
    weakness = {
        "time from the last": {"late"},
        "overlap": {"future"},
        "overlap, clamped": {"delete", "back"},
    }[name]
    some = settings(HUNT, max_examples=150)
    run_state_machine_as_test(machine(follow, does - weakness), settings=some)
