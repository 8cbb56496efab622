"""Drawing limits from parameters: strictness, floors, exact limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from db.domain.spc.lines import Kind, Parameters, draw
from tests.db.domain.spc.published import FOLDER, read


def test_a_point_on_its_limit_is_not_beyond() -> None:
    given = Parameters(Kind.INDIVIDUALS, 10, 1, "given")
    assert draw([7, 13, 6.9, 13.1], given).beyond.tolist() == [False, False, True, True]


def test_limits_stay_where_points_can_be() -> None:
    low = draw([0, 1], Parameters(Kind.P, 0.02, 1, "pooled"), sizes=10)
    high = draw([0, 1], Parameters(Kind.P, 0.98, 1, "pooled"), sizes=10)
    assert low.lower.tolist() == [0, 0]
    assert high.upper.tolist() == [1, 1]
    assert draw([1.0], Parameters(Kind.R, 0, 1, "range"), sizes=5).lower.tolist() == [0]


@given(center=st.floats(0.001, 0.999), size=st.integers(1, 500))
def test_exact_limits_hold_their_tail_risk(center: float, size: int) -> None:
    parameters = Parameters(Kind.NP, center, 1, "pooled", limiting="exact")
    chart = draw([0.0], parameters, sizes=size)
    tail = norm.sf(3)
    assert binom.sf(chart.upper[0], size, center) <= tail + 1e-12
    assert binom.cdf(chart.lower[0] - 1, size, center) <= tail + 1e-12
    assert chart.lower[0] - 1 <= center * size <= chart.upper[0] + 1


def test_exact_and_normal_limits_differ_where_few_fails_are_expected() -> None:
    plain = draw([3 / 30], Parameters(Kind.P, 0.02, 1, "pooled"), sizes=30)
    exact = draw([3 / 30], Parameters(Kind.P, 0.02, 1, "pooled", limiting="exact"), sizes=30)
    assert plain.beyond.tolist() == [True]
    assert exact.beyond.tolist() == [False]


def test_exact_limits_of_rates_are_those_of_their_counts() -> None:
    rate = draw([0.0], Parameters(Kind.U, 2.0, 1, "pooled", limiting="exact"), sizes=4)
    count = draw([0.0], Parameters(Kind.C, 8.0, 1, "pooled", limiting="exact"))
    assert rate.upper[0] * 4 == count.upper[0]


def test_exact_limits_of_a_measure_are_refused() -> None:
    with pytest.raises(ValueError, match="no exact limits"):
        draw([1.0], Parameters(Kind.XBAR, 0, 1, "range", limiting="exact"), sizes=5)


def test_printed_factors_serve_only_three_sigmas_and_their_estimator() -> None:
    table = Parameters(Kind.XBAR, 0, 1, "range", rounding="table")
    assert draw([0.0], table, sizes=5).upper[0] == pytest.approx(0.577 * 2.326)
    pooled = Parameters(Kind.XBAR, 0, 1, "pooled", rounding="table")
    assert draw([0.0], pooled, sizes=5).upper[0] == pytest.approx(3 / np.sqrt(5))


def test_no_points_make_an_empty_chart() -> None:
    assert draw([], Parameters(Kind.P, 0.1, 1, "pooled"), sizes=50).points.size == 0


def test_charts_are_proved_on_many_published_cases_each_with_its_source() -> None:
    found = [case for file in FOLDER.glob("*.toml") for case in read(file.stem).get("case", [])]
    assert len(found) >= 60
    assert all(len(case["source"]) > 20 for case in found)
    assert all(len(series["source"]) > 20 for series in read("data").values())
