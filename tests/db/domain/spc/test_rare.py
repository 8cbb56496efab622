"""Charts for rare fails."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import geom, norm

from db.domain.spc.rare import g_chart, t_chart


@given(between=st.lists(st.integers(0, 5000), min_size=1, max_size=40))
def test_exact_limits_of_units_between_hold_their_tail_risk(between: list[int]) -> None:
    chart = g_chart(between)
    assert chart is not None
    assert 0 <= chart.lower <= chart.upper
    chance = 1 / (chart.center + 1)
    if chance == 1:
        return
    assert geom.sf(chart.upper + 1, chance) <= norm.sf(3) + 1e-12
    assert geom.cdf(chart.lower, chance) <= norm.sf(3) + 1e-12


def test_normal_limits_are_those_of_the_geometric_spread() -> None:
    chart = g_chart([89.0], limiting="normal")
    assert chart is not None
    assert chart.upper == pytest.approx(89 + 3 * np.sqrt(89 * 90))
    assert chart.lower == 0


def test_only_points_strictly_outside_signal() -> None:
    chart = g_chart([10, 10, 10, 10, 200])
    assert chart is not None
    edge = g_chart([*chart.points[:4].tolist(), chart.upper])
    assert edge is not None
    assert not edge.beyond.any()


@given(hours=st.lists(st.floats(0.01, 1e4), min_size=2, max_size=40), unit=st.floats(0.1, 60))
def test_time_between_does_not_depend_on_its_unit(hours: list[float], unit: float) -> None:
    one, other = t_chart(hours), t_chart([each * unit for each in hours])
    assert one is not None
    assert other is not None
    assert other.center == pytest.approx(one.center * unit, rel=1e-6)
    assert other.upper == pytest.approx(one.upper * unit, rel=1e-6)
    assert 0 <= one.lower <= one.center <= one.upper


def test_a_long_wait_is_beyond() -> None:
    chart = t_chart([10.0, 12, 9, 11, 10, 12, 9, 11, 10, 500])
    assert chart is not None
    assert np.flatnonzero(chart.beyond).tolist() == [9]


def test_nothing_between_says_nothing() -> None:
    assert g_chart([]) is None
    assert t_chart([]) is None
    assert t_chart([5.0]) is None


def test_two_fails_at_one_instant_need_another_chart() -> None:
    with pytest.raises(ValueError, match="chart the units between"):
        t_chart([4.0, 0.0])
