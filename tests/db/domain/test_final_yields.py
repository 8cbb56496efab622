"""Final and rolled yields, retests, defects."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.final_yields import (
    defect_free_ratio,
    defects_per_million,
    defects_per_unit,
    final_yield,
    no_trouble_found_count,
    retest_ratio,
    rolled_yield,
    unit_rolled,
)

SIX = datetime(2026, 7, 6, 11, tzinfo=UTC)
ROUTING = ("LEAK", "LINK", "BURN")
firsts = st.dictionaries(
    st.integers(0, 30).map(lambda number: f"R{number}"),
    st.dictionaries(
        st.sampled_from(ROUTING), st.sampled_from(["passed", "failed", "aborted"]), max_size=3
    ),
    max_size=20,
)


class Run(NamedTuple):
    serial: str
    operation: str
    started_at: datetime
    source_key: str
    verdict: str


def run(hour: int, verdict: str, serial: str = "R1", operation: str = "LEAK") -> Run:
    return Run(serial, operation, SIX + timedelta(hours=hour), str(hour), verdict)


def test_final_yield_disposed_and_on_started() -> None:
    found = final_yield(117, 1, 2)
    assert found.disposed_ratio == pytest.approx(0.9915, abs=5e-5)
    assert found.started_ratio == pytest.approx(0.975)


def test_nothing_disposed_of_claims_nothing() -> None:
    found = final_yield(0, 0, 5)
    assert (found.disposed_ratio, found.started_ratio, found.open_count) == (None, None, 5)
    assert final_yield(0, 0, 0).disposed_ratio is None


def test_rolled_yield_of_the_worked_example() -> None:
    assert rolled_yield([0.985, 0.96, 0.93, 0.97, 0.99]) == pytest.approx(0.8445, abs=5e-5)


@pytest.mark.parametrize("ratios", [[], [None], [0.9, None, 0.8]])
def test_an_unknown_operation_makes_the_rolled_yield_unknown(ratios: list[float | None]) -> None:
    assert rolled_yield(ratios) is None


@given(verdicts=firsts)
def test_unit_rolled_counts_or_lists_every_unit(verdicts: Mapping[str, Mapping[str, str]]) -> None:
    found = unit_rolled(verdicts, ROUTING)
    listed = {serial for serial, _ in found.skipped}
    assert found.unit_count + len(listed) == len(verdicts)
    assert 0 <= found.passed_count <= found.unit_count
    assert (found.ratio is None) == (found.unit_count == 0)


def test_unit_rolled_shows_fails_that_go_together() -> None:
    """Both yields of each operation are 50 %; together half the units pass, not a quarter."""
    verdicts = {
        f"R{n}": dict.fromkeys(ROUTING[:2], "passed" if n < 5 else "failed") for n in range(10)
    }
    assert unit_rolled(verdicts, ROUTING[:2]).ratio == 0.5
    assert rolled_yield([0.5, 0.5]) == 0.25


def test_an_operation_with_only_aborted_runs_was_skipped() -> None:
    found = unit_rolled({"R1": {"LEAK": "passed", "LINK": "aborted"}}, ["LEAK", "LINK"])
    assert found.skipped == (("R1", "LINK"),)
    assert found.ratio is None


def test_no_routing_is_no_yield() -> None:
    assert unit_rolled({"R1": {}}, []).ratio is None


def test_no_trouble_is_found_only_without_a_repair() -> None:
    history = [run(0, "failed"), run(1, "aborted"), run(2, "passed")]
    assert no_trouble_found_count(history, {}) == (1, 1)
    assert no_trouble_found_count(history, {"R1": [SIX + timedelta(hours=1)]}) == (0, 1)
    assert no_trouble_found_count(history, {"R1": [SIX + timedelta(hours=9)]}) == (1, 1)
    assert no_trouble_found_count(history, {"R2": [SIX + timedelta(hours=1)]}) == (1, 1)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["failed"], (0, 1)),
        (["failed", "failed", "passed"], (0, 1)),
        (["passed", "failed", "passed"], (0, 0)),
        (["aborted"], (0, 0)),
        ([], (0, 0)),
    ],
)
def test_no_trouble_found_looks_at_the_first_two_verdicts(
    verdicts: list[str], expected: tuple[int, int]
) -> None:
    history = [run(hour, verdict) for hour, verdict in enumerate(verdicts)]
    assert no_trouble_found_count(history, {}) == expected


def test_defects_of_the_worked_example() -> None:
    per_unit = defects_per_unit(37, 60)
    assert per_unit == pytest.approx(0.617, abs=5e-4)
    assert defects_per_million(37, 60, 1200) == pytest.approx(513.9, abs=0.05)
    assert defect_free_ratio(per_unit) == pytest.approx(0.5397, abs=5e-5)


@pytest.mark.parametrize("opportunities", [None, 0])
def test_no_governed_opportunities_no_dpmo(opportunities: int | None) -> None:
    assert defects_per_million(37, 60, opportunities) is None


def test_no_units_say_nothing() -> None:
    assert defects_per_unit(0, 0) is None
    assert defects_per_million(0, 0, 1200) is None
    assert defect_free_ratio(None) is None
    assert retest_ratio(0, 0) is None
