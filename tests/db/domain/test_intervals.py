"""How sure figures are: intervals, bounds, what is too young."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from db.domain.intervals import (
    immature_since,
    is_ratio_shown,
    maturing_hours,
    mean_time_between_failures,
    mean_time_to_repair,
    ratio_interval,
)
from db.domain.yields import wilson_interval
from tests.db.domain.spc.published import all_agree, cases

parts = st.integers(1, 400).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count)))
NOW = datetime(2026, 7, 6, 20, tzinfo=UTC)


@pytest.mark.parametrize("case", cases("ratio_intervals"))
def test_intervals_of_ratios_are_the_published_ones(case: dict[str, Any]) -> None:
    found = ratio_interval(case["passed"], case["count"], method=case["method"])
    assert found is not None
    assert all_agree(found, case["interval"])


@given(part=parts, confidence=st.floats(0.5, 0.999))
def test_wilson_agrees_with_statsmodels(part: tuple[int, int], confidence: float) -> None:
    known = proportion_confint(*part, alpha=1 - confidence, method="wilson")
    assert wilson_interval(*part, confidence) == pytest.approx(known, abs=1e-9)


@given(part=parts)
def test_the_exact_interval_holds_wilsons_ratio(part: tuple[int, int]) -> None:
    exact = ratio_interval(*part, method="clopper_pearson")
    assert exact is not None
    assert 0 <= exact[0] <= part[0] / part[1] <= exact[1] <= 1


def coverage(method: Any, count: int, chance: float) -> float:
    found = [ratio_interval(passed, count, method=method) for passed in range(count + 1)]
    return float(
        sum(
            binom.pmf(passed, count, chance)
            for passed, interval in enumerate(found)
            if interval is not None and interval[0] <= chance <= interval[1]
        )
    )


@given(count=st.integers(5, 60), chance=st.floats(0.02, 0.98))
def test_the_exact_interval_covers_at_least_what_it_says(count: int, chance: float) -> None:
    assert coverage("clopper_pearson", count, chance) >= 0.95 - 1e-9


def test_wilson_covers_what_it_says_on_average() -> None:
    chances = [(step + 0.5) / 50 for step in range(50)]
    mean = sum(coverage("wilson", 40, chance) for chance in chances) / len(chances)
    assert mean == pytest.approx(0.95, abs=0.01)


def test_nothing_counted_has_no_interval() -> None:
    assert ratio_interval(0, 0) is None
    assert ratio_interval(0, 0, method="clopper_pearson") is None


@pytest.mark.parametrize("method", ["wilson", "clopper_pearson"])
def test_all_passed_and_all_failed_stay_open_on_one_side(method: Any) -> None:
    passed, failed = (ratio_interval(each, 8, method=method) for each in (8, 0))
    assert passed is not None
    assert failed is not None
    assert passed[0] < 0.75
    assert passed[1] == pytest.approx(1)
    assert failed[0] == pytest.approx(0)
    assert failed[1] > 0.25


@pytest.mark.parametrize(("passed", "count"), [(3, 2), (-1, 5), (1, 0)])
def test_more_than_counted_is_refused(passed: int, count: int) -> None:
    with pytest.raises(ValueError, match="expected a part of a count"):
        ratio_interval(passed, count)


def test_few_units_are_shown_as_counts() -> None:
    assert [is_ratio_shown(count) for count in (0, 1, 9, 10)] == [False, False, False, True]


def test_cohorts_mature_with_the_rework_loop() -> None:
    assert maturing_hours([]) is None
    assert maturing_hours([7.0]) == 7.0
    assert maturing_hours(list(range(1, 101))) == 90
    assert immature_since(NOW, None) is None
    assert immature_since(NOW, 90) == NOW - timedelta(hours=90)


def test_mtbf_without_failures_is_a_bound() -> None:
    found = mean_time_between_failures(500, 0)
    assert found is not None
    assert found.mean_hours is None
    assert found.at_least_hours == pytest.approx(500 / 2.9957, rel=1e-4)


def test_mtbf_says_its_convention() -> None:
    plain = mean_time_between_failures(600, 2)
    standard = mean_time_between_failures(600, 2, convention="iso_22400")
    assert plain is not None
    assert standard is not None
    assert (plain.mean_hours, plain.convention) == (300, "failures")
    assert (standard.mean_hours, standard.convention) == (200, "iso_22400")
    assert plain.at_least_hours == standard.at_least_hours < 300


@given(hours=st.floats(1, 1e5), failures=st.integers(0, 50))
def test_more_failures_bound_mtbf_lower(hours: float, failures: int) -> None:
    one = mean_time_between_failures(hours, failures)
    more = mean_time_between_failures(hours, failures + 1)
    assert one is not None
    assert more is not None
    assert more.at_least_hours < one.at_least_hours


def test_no_operating_time_says_nothing() -> None:
    assert mean_time_between_failures(0, 3) is None


def test_open_repairs_are_censored() -> None:
    found = mean_time_to_repair([1.0, 3.0], [8.0, 2.0])
    assert (found.mean_hours, found.censored_mean_hours) == (2.0, 7.0)
    assert (found.open_count, found.oldest_open_hours) == (2, 8.0)
    only_open = mean_time_to_repair([], [5.0])
    assert (only_open.mean_hours, only_open.censored_mean_hours) == (None, None)
    assert mean_time_to_repair([]).oldest_open_hours is None
