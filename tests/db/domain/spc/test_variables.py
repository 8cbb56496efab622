"""Charts of measures against published limits, and at their edges."""

from math import nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.spc.constants import constants
from db.domain.spc.lines import Kind
from db.domain.spc.variables import (
    estimate_groups,
    estimate_singles,
    group_chart,
    single_charts,
)
from tests.db.domain.spc.published import agrees, all_agree, cases

values = st.lists(st.floats(-1e3, 1e3, allow_nan=False), min_size=2, max_size=40)
groups = st.lists(st.lists(st.floats(-100, 100), min_size=2, max_size=6), min_size=1, max_size=12)


@pytest.mark.parametrize("case", cases("individuals"))
def test_single_values_have_the_published_limits(case: dict[str, Any]) -> None:
    found = estimate_singles(
        case["values"],
        estimator=case.get("estimator", "moving_range"),
        rounding=case.get("rounding", "exact"),
    )
    assert found is not None
    chart, moves = single_charts(case["values"], found)
    assert agrees(found.center, case["center"])
    assert agrees(found.sigma, case.get("sigma", str(found.sigma)))
    assert all_agree([chart.lower[0], chart.upper[0]], [case["lower"], case["upper"]])
    assert not chart.beyond.any()
    if "mean_moving_range" in case:
        assert agrees(float(np.nanmean(moves.points)), case["mean_moving_range"])


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        pytest.param(kind, *param.values, id=f"{kind}: {param.id}")
        for kind in (Kind.XBAR, Kind.R, Kind.S)
        for param in cases(kind)
    ],
)
def test_subgroups_have_the_published_limits(kind: Any, case: dict[str, Any]) -> None:
    found = estimate_groups(
        case["groups"],
        kind=kind,
        estimator=case.get("estimator", "range"),
        width=case.get("width", 3),
        rounding=case.get("rounding", "exact"),
    )
    assert found is not None
    chart = group_chart(case["groups"], found)
    assert agrees(chart.center[0], case["center"])
    assert agrees(found.sigma, case.get("sigma", str(found.sigma)))
    assert all_agree(chart.lower, case.get("lower", []))
    assert all_agree(chart.upper, case.get("upper", []))
    if "beyond" in case:
        assert np.flatnonzero(chart.beyond).tolist() == case["beyond"]


def test_three_estimators_give_three_sets_of_limits() -> None:
    rings = cases("xbar")[0].values[0]["groups"]  # type: ignore[index]
    found = [estimate_groups(rings, estimator=name) for name in ("range", "deviation", "pooled")]
    assert len({round(each.sigma, 7) for each in found if each}) == 3


def test_moving_ranges_use_the_printed_factor() -> None:
    found = estimate_singles([1, 3, 1, 3], rounding="table")
    assert found is not None
    _, moves = single_charts([1, 3, 1, 3], found)
    assert moves.center[1] == pytest.approx(2)
    assert moves.upper[1] == pytest.approx(2 * 3.267)
    assert moves.lower[1] == 0


@given(values=values, shift=st.floats(-1e3, 1e3), scale=st.floats(0.1, 10))
def test_limits_follow_a_change_of_unit(values: list[float], shift: float, scale: float) -> None:
    one = estimate_singles(values)
    other = estimate_singles(np.asarray(values) * scale + shift)
    assert one is not None
    assert other is not None
    assert other.center == pytest.approx(one.center * scale + shift, abs=1e-6)
    assert other.sigma == pytest.approx(one.sigma * scale, abs=1e-6)


@given(groups=groups, order=st.randoms(use_true_random=False))
def test_order_of_subgroups_and_within_them_changes_nothing(
    groups: list[list[float]], order: Any
) -> None:
    shuffled = [order.sample(group, len(group)) for group in groups]
    order.shuffle(shuffled)
    for name in ("range", "deviation", "pooled"):
        one, other = (estimate_groups(each, estimator=name) for each in (groups, shuffled))
        assert one is not None
        assert other is not None
        assert other.sigma == pytest.approx(one.sigma, abs=1e-9)
        assert other.center == pytest.approx(one.center, abs=1e-9)


@pytest.mark.parametrize("nothing", [[], [1.0], [nan, 4.0, nan]])
def test_too_few_single_values_say_nothing(nothing: list[float]) -> None:
    assert estimate_singles(nothing) is None


@pytest.mark.parametrize("nothing", [[], [[]], [[1.0], [2.0]], [[nan, 3.0]]])
def test_subgroups_without_spread_to_see_say_nothing(nothing: list[list[float]]) -> None:
    assert estimate_groups(nothing) is None


def test_missing_values_are_left_out_and_missing_points_signal_nothing() -> None:
    found = estimate_groups([[1, 3, nan], [2, 4], []], kind=Kind.R)
    assert found is not None
    chart = group_chart([[1, 3, nan], [9], []], found)
    assert np.isnan(chart.points).tolist() == [False, True, True]
    assert not chart.beyond.any()
    assert found.sigma == pytest.approx(2 / constants(2).d2)


def test_values_all_alike_have_no_zones() -> None:
    found = estimate_singles([5.0, 5.0, 5.0])
    assert found is not None
    chart, _ = single_charts([5.0, 6.0], found)
    assert np.isnan(chart.standardized).all()
    assert chart.beyond.tolist() == [False, True]
