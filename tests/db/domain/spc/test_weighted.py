"""EWMA and CUSUM against published tables and a slow oracle."""

from math import nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.spc.weighted import cusum, ewma
from tests.db.domain.spc.published import agrees, all_agree, cases

points = st.lists(st.floats(-50, 50), max_size=60)


@pytest.mark.parametrize("case", cases("ewma"))
def test_ewma_has_the_published_points_and_limits(case: dict[str, Any]) -> None:
    values = case["values"] or [case["center"]] * case["count"]
    chart = ewma(
        values, **{key: case[key] for key in ("center", "sigma", "weight", "width", "limits")}
    )
    assert all_agree(chart.points, case.get("points", []))
    assert all_agree(chart.points[-2:], case.get("last_points", []))
    assert all_agree(chart.upper, case["upper"])
    assert all_agree(chart.lower, case.get("lower", []))
    assert agrees(chart.upper[-1], case.get("last_upper", str(chart.upper[-1])))
    assert agrees(chart.lower[-1], case.get("last_lower", str(chart.lower[-1])))
    assert f"{chart.lower[0]:.9f}".startswith(case.get("lower_cut", ""))
    if "beyond" in case:
        assert np.flatnonzero(chart.beyond).tolist() == case["beyond"]


@pytest.mark.parametrize("case", cases("cusum"))
def test_cusum_has_the_published_sums_signal_and_change(case: dict[str, Any]) -> None:
    found = cusum(case["values"], **{key: case[key] for key in ("center", "allowance", "interval")})
    assert all_agree(found.upper, case["upper"])
    assert all_agree(found.lower, case.get("lower", []))
    assert (found.signal_index, found.change_index, found.direction) == (
        case["signal_index"],
        case["change_index"],
        case["direction"],
    )


@given(values=points)
def test_cusum_mirrors(values: list[float]) -> None:
    one = cusum(values, center=0, allowance=0.5, interval=5)
    other = cusum([-value for value in values], center=0, allowance=0.5, interval=5)
    assert one.upper.tolist() == other.lower.tolist()
    assert one.signal_index == other.signal_index
    swapped = {"up": "down", "down": "up", None: None}
    if one.direction and one.upper[one.signal_index or 0] != one.lower[one.signal_index or 0]:
        assert other.direction == swapped[one.direction]


@given(values=points)
def test_change_lies_after_the_last_zero(values: list[float]) -> None:
    found = cusum(values, center=0, allowance=0.5, interval=5)
    if found.signal_index is None or found.change_index is None:
        assert not found.signals.any()
        return
    sums = found.upper if found.direction == "up" else found.lower
    assert found.change_index <= found.signal_index
    assert (sums[found.change_index : found.signal_index + 1] > 0).all()
    assert found.change_index == 0 or sums[found.change_index - 1] == 0


@given(values=points, weight=st.floats(0.05, 1))
def test_ewma_lies_between_its_points(values: list[float], weight: float) -> None:
    chart = ewma(values, center=0, sigma=1, weight=weight)
    span = [0.0, *values]
    assert all(min(span) - 1e-9 <= point <= max(span) + 1e-9 for point in chart.points)


def test_limits_widen_to_the_asymptotic_ones() -> None:
    varying = ewma([0.0] * 200, center=0, sigma=1, weight=0.1)
    settled = ewma([0.0] * 200, center=0, sigma=1, weight=0.1, limits="asymptotic")
    assert (np.diff(varying.upper) >= 0).all()
    assert varying.upper[0] == pytest.approx(3 * 0.1)
    assert varying.upper[-1] == pytest.approx(settled.upper[-1])


def test_missing_points_change_nothing() -> None:
    assert ewma([1.0, nan], center=0, sigma=1).points.tolist() == [0.2, 0.2]
    assert cusum([2.0, nan], center=0, allowance=0.5, interval=9).upper.tolist() == [1.5, 1.5]


def test_a_sum_on_its_interval_is_no_signal() -> None:
    assert cusum([5.5], center=0, allowance=0.5, interval=5).signal_index is None


def test_no_points_signal_nothing() -> None:
    assert ewma([], center=0, sigma=1).points.size == 0
    assert cusum([], center=0, allowance=0.5, interval=5).signal_index is None


@pytest.mark.parametrize("weight", [0, -0.2, 1.01])
def test_a_weight_out_of_range_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="more than 0 and at most 1"):
        ewma([1.0], center=0, sigma=1, weight=weight)
