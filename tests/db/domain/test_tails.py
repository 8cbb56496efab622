"""Our quantiles against those of scipy.stats."""

import subprocess
import sys
from math import nan
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy.stats import binom, chi2, geom, poisson

from db.domain.tails import (
    Array,
    binomial_quantile,
    chi_square_quantile,
    geometric_quantile,
    poisson_quantile,
)

SHARES = st.sampled_from([0.00135, 0.025, 0.5, 0.9, 0.975, 0.99865])
CHANCES = st.floats(0.001, 0.99)


@given(SHARES, st.integers(1, 500))
def test_chi_square(share: float, freedom: int) -> None:
    assert chi_square_quantile(share, freedom) == pytest.approx(chi2.ppf(share, freedom))


def assert_same(found: Array, theirs: Array, share: float, of: Any) -> None:
    """Equal, but where the cdf meets the share up to rounding: there either side may stand."""
    tied = np.isclose(of.cdf(np.fmin(found, theirs)), share, rtol=1e-11, atol=0)
    assert_array_equal(np.where(tied, theirs, found), theirs)
    assert np.all((np.abs(found - theirs) <= 1) | np.isnan(found))


COUNTS = st.one_of(st.integers(1, 2000), st.just(nan))


@example(0.5, [41], 0.5)
@given(
    SHARES, st.lists(COUNTS, min_size=1, max_size=5), st.one_of(CHANCES, st.sampled_from([0, 1]))
)
def test_binomial(share: float, counts: list[float], chance: float) -> None:
    found = binomial_quantile(share, counts, chance)
    assert_same(found, binom.ppf(share, counts, chance), share, binom(counts, chance))


@given(SHARES, st.lists(st.floats(0, 500), min_size=1, max_size=5))
def test_poisson(share: float, means: list[float]) -> None:
    assert_same(poisson_quantile(share, means), poisson.ppf(share, means), share, poisson(means))


@given(SHARES, CHANCES)
def test_geometric(share: float, chance: float) -> None:
    found = geometric_quantile(share, chance)
    assert_same(np.array([found]), geom.ppf(share, [chance]), share, geom([chance]))


def test_the_dashboard_starts_without_scipy_stats() -> None:
    asked = "import dashboard.__main__, sys; print('scipy.stats' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
