"""Charts of counts against published limits, and at their edges."""

from itertools import pairwise
from math import pi
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.spc.attributes import attribute_chart, estimate, expects_too_few
from db.domain.spc.lines import Kind, Parameters, draw
from tests.db.domain.spc.published import agrees, all_agree, cases

KINDS: tuple[Any, ...] = (Kind.P, Kind.LANEY_P)
subgroups = st.lists(
    st.integers(1, 400).flatmap(lambda size: st.tuples(st.integers(0, size), st.just(size))),
    min_size=2,
    max_size=30,
)


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        pytest.param(kind, *param.values, id=f"{kind}: {param.id}")
        for kind in (Kind.P, Kind.NP, Kind.C, Kind.U)
        for param in cases(kind)
    ],
)
def test_counts_have_the_published_limits(kind: Any, case: dict[str, Any]) -> None:
    found = estimate(case["counts"], case["sizes"], kind=kind)
    assert found is not None
    chart = attribute_chart(case["counts"], case["sizes"], found)
    assert agrees(chart.center[0], case["center"])
    assert all_agree(chart.lower, case["lower"])
    assert all_agree(chart.upper, case["upper"])
    if "beyond" in case:
        assert np.flatnonzero(chart.beyond).tolist() == case["beyond"]


def test_sigma_z_is_the_mean_moving_range_of_z_over_its_constant() -> None:
    """By hand: z = -1, 1, -1, 1, each move is 2, and 2 / 1.128 = 1.773."""
    found = estimate([45, 55, 45, 55], 100, kind=Kind.LANEY_P, rounding="table")
    assert found is not None
    assert found.sigma == pytest.approx(2 / 1.128)
    chart = attribute_chart([45, 55], 100, found)
    assert chart.upper[0] == pytest.approx(0.5 + 3 * 0.05 * 2 / 1.128)


@pytest.mark.parametrize("case", cases("laney_p"))
def test_overdispersed_counts_need_p_prime(case: dict[str, Any]) -> None:
    plain, laney = (estimate(case["counts"], case["sizes"], kind=kind) for kind in KINDS)
    assert plain is not None
    assert laney is not None
    chart = attribute_chart(case["counts"], case["sizes"], plain)
    assert int(chart.beyond.sum()) == case["beyond_binomial_count"]
    z = [
        (count / size - laney.center) / (laney.center * (1 - laney.center) / size) ** 0.5
        for count, size in zip(case["counts"], case["sizes"], strict=True)
    ]
    moves = [abs(later - earlier) for earlier, later in pairwise(z)]
    assert laney.sigma == pytest.approx(sum(moves) / len(moves) / (2 / pi**0.5))
    assert not attribute_chart(case["counts"], case["sizes"], laney).beyond.any()


@given(given_=subgroups)
def test_limits_of_p_prime_are_those_of_p_times_sigma_z(given_: list[tuple[int, int]]) -> None:
    counts, sizes = zip(*given_, strict=True)
    plain, laney = (estimate(counts, sizes, kind=kind) for kind in (Kind.P, Kind.LANEY_P))
    if laney is None:
        assert plain is not None
        assert plain.center in (0, 1)
        return
    assert plain is not None
    one, other = (attribute_chart(counts, sizes, each) for each in (plain, laney))
    assert other.sigma == pytest.approx(one.sigma * laney.sigma)


@given(given_=subgroups)
def test_centre_depends_on_the_units_alone(given_: list[tuple[int, int]]) -> None:
    counts, sizes = zip(*given_, strict=True)
    apart, together = estimate(counts, sizes), estimate([sum(counts)], [sum(sizes)])
    assert apart is not None
    assert together is not None
    assert apart.center == pytest.approx(together.center)


def test_wider_subgroups_have_narrower_limits() -> None:
    found = estimate([10, 40], [100, 400])
    assert found is not None
    chart = attribute_chart([10, 40], [100, 400], found)
    assert chart.upper[0] > chart.upper[1] > found.center


@pytest.mark.parametrize("kind", [Kind.P, Kind.NP, Kind.U, Kind.LANEY_P, Kind.LANEY_U])
def test_no_units_say_nothing(kind: Any) -> None:
    assert estimate([], [], kind=kind) is None
    assert estimate([0, 0], [0, 0], kind=kind) is None


@pytest.mark.parametrize("fails", [[0, 0, 0], [50, 50, 50]])
def test_all_passed_or_all_failed_makes_a_chart_without_zones(fails: list[int]) -> None:
    found = estimate(fails, 50)
    assert found is not None
    chart = attribute_chart(fails, 50, found)
    assert not chart.beyond.any()
    assert np.isnan(chart.standardized).all()
    assert estimate(fails, 50, kind=Kind.LANEY_P) is None


def test_a_subgroup_without_units_is_a_missing_point() -> None:
    found = estimate([5, 0, 6], [50, 0, 50])
    assert found is not None
    assert found.center == pytest.approx(0.11)
    chart = attribute_chart([5, 0, 40], [50, 0, 50], found)
    assert np.isnan(chart.points).tolist() == [False, True, False]
    assert chart.beyond.tolist() == [False, False, True]


def test_an_np_chart_of_unequal_subgroups_is_refused() -> None:
    with pytest.raises(ValueError, match="use a p chart"):
        estimate([1, 2], [50, 60], kind=Kind.NP)


def test_a_lot_of_one_unit_is_judged_within_its_bounds() -> None:
    chart = draw([1.0], Parameters(Kind.P, 0.05, 1, "pooled"), sizes=1)
    assert chart.lower.tolist() == [0]
    assert chart.upper[0] <= 1


def test_few_expected_fails_are_told() -> None:
    given_ = Parameters(Kind.P, 0.1, 1, "pooled")
    assert expects_too_few(given_, 49)
    assert not expects_too_few(given_, [50, 60])
    assert expects_too_few(Parameters(Kind.C, 4.9, 1, "pooled"))
