"""First verdicts and their counts."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.limits import Limits
from db.domain.vocabulary import Verdict
from db.domain.yields import (
    FIRST_ATTEMPT,
    FIRST_VISIT,
    VERDICT_RULES,
    deciding_run,
    first_pass_level,
    first_verdict,
    wilson_interval,
    yield_counts,
)

SIX = datetime(2026, 7, 6, 11, tzinfo=UTC)


class Run(NamedTuple):
    serial: str
    operation: str
    started_at: datetime
    source_key: str
    verdict: str


runs = st.lists(
    st.builds(
        Run,
        serial=st.sampled_from(["R1", "R2", "R3"]),
        operation=st.sampled_from(["LEAK", "LINK"]),
        started_at=st.integers(0, 5).map(lambda hours: SIX + timedelta(hours=hours)),
        source_key=st.integers(0, 10_000).map(str),
        verdict=st.sampled_from(list(Verdict)),
    ),
    max_size=30,
    unique_by=lambda run: run.source_key,
)


@given(history=runs, order=st.randoms(use_true_random=False))
def test_counts_do_not_depend_on_the_order_of_arrival(history: list[Run], order: object) -> None:
    shuffled = list(history)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert yield_counts(shuffled) == yield_counts(history)


@given(history=runs)
def test_counts_add_up(history: list[Run]) -> None:
    counts = yield_counts(history)
    assert counts.run_count == len(history)
    assert counts.passed_count + counts.failed_count + counts.no_verdict_count == len(history)
    assert 0 <= counts.first_passed_count <= counts.first_count <= 6
    assert counts.retest_count >= 0


@given(history=runs)
def test_counts_are_additive_over_units(history: list[Run]) -> None:
    units = [[run for run in history if run.serial == serial] for serial in ("R1", "R2", "R3")]
    parts = [yield_counts(unit) for unit in units]
    whole = yield_counts(history)
    assert sum(part.first_count for part in parts) == whole.first_count
    assert sum(part.first_passed_count for part in parts) == whole.first_passed_count


def test_late_earlier_run_takes_the_first_verdict_over() -> None:
    retest = Run("R1", "LEAK", SIX + timedelta(hours=1), "2", "passed")
    assert yield_counts([retest]).first_passed_count == 1
    late = Run("R1", "LEAK", SIX, "1", "failed")
    assert yield_counts([retest, late]).first_passed_count == 0


def test_aborted_error_and_skipped_decide_nothing() -> None:
    words = (Verdict.ABORTED, Verdict.ERROR, Verdict.SKIPPED)
    history = [Run("R1", "LEAK", SIX, str(n), word) for n, word in enumerate(words)]
    assert first_verdict(history) is None
    assert (yield_counts(history).first_count, yield_counts(history).no_verdict_count) == (0, 3)


@given(count=st.integers(1, 500), share=st.floats(0, 1))
def test_wilson_interval_holds_the_ratio_and_stays_within_bounds(count: int, share: float) -> None:
    passed = round(count * share)
    interval = wilson_interval(passed, count)
    assert interval is not None
    low, high = interval
    assert 0 <= low <= passed / count + 1e-12
    assert passed / count - 1e-12 <= high <= 1


def test_wilson_interval_of_the_worked_example() -> None:
    assert wilson_interval(102, 120) == pytest.approx((0.775, 0.903), abs=0.0005)
    assert wilson_interval(0, 0) is None


def test_yield_at_its_limit_is_normal() -> None:
    assert first_pass_level(19, 20, Limits()) == "normal"
    assert first_pass_level(18, 20, Limits()) == "amber"
    assert first_pass_level(0, 0, Limits()) == "none"


def run(minute: int, verdict: str) -> Run:
    return Run("R1", "LEAK", SIX + timedelta(minutes=minute), str(minute), verdict)


def decided(*runs_: Run) -> tuple[str | None, str | None]:
    found = (deciding_run(runs_, rule) for rule in (FIRST_ATTEMPT, FIRST_VISIT))
    one, other = (run.verdict if run else None for run in found)
    return one, other


def test_a_visit_is_decided_by_its_last_verdict() -> None:
    assert decided(run(0, "failed"), run(30, "passed")) == ("failed", "passed")
    assert decided(run(0, "passed"), run(30, "failed")) == ("passed", "failed")
    assert decided(run(0, "failed"), run(30, "aborted")) == ("failed", "failed")


def test_a_later_visit_decides_nothing() -> None:
    assert decided(run(0, "failed"), run(121, "passed")) == ("failed", "failed")
    assert decided(run(0, "failed"), run(120, "passed")) == ("failed", "passed")
    assert decided(run(0, "failed"), run(100, "error"), run(200, "passed")) == ("failed", "passed")


def test_a_visit_without_a_verdict_hands_the_decision_on() -> None:
    assert decided(run(0, "aborted"), run(600, "failed"), run(610, "passed")) == (
        "failed",
        "passed",
    )
    assert decided(run(0, "aborted")) == (None, None)
    assert decided() == (None, None)


def test_rules_have_a_version_and_a_sentence() -> None:
    for code, rule in VERDICT_RULES.items():
        assert code == rule.code
        assert rule.version >= 1
        assert rule.sentence.startswith("First verdict:")
        assert rule.sentence.endswith(".")


@given(history=runs)
def test_rules_count_the_same_units(history: list[Run]) -> None:
    one, other = (yield_counts(history, rule) for rule in (FIRST_ATTEMPT, FIRST_VISIT))
    assert one.first_count == other.first_count
    assert (one.run_count, one.retest_count) == (other.run_count, other.retest_count)
