"""Our quantiles against those of scipy.stats."""

import subprocess
import sys
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy.stats import binom, chi2, geom, poisson

from db.domain.tails import (
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


COUNTS = st.one_of(st.integers(1, 2000), st.just(nan))


@given(
    SHARES, st.lists(COUNTS, min_size=1, max_size=5), st.one_of(CHANCES, st.sampled_from([0, 1]))
)
def test_binomial(share: float, counts: list[float], chance: float) -> None:
    found = binomial_quantile(share, counts, chance)
    assert_array_equal(found, binom.ppf(share, counts, chance))


@given(SHARES, st.lists(st.floats(0, 500), min_size=1, max_size=5))
def test_poisson(share: float, means: list[float]) -> None:
    assert poisson_quantile(share, means).tolist() == poisson.ppf(share, means).tolist()


@given(SHARES, CHANCES)
def test_geometric(share: float, chance: float) -> None:
    assert geometric_quantile(share, chance) == geom.ppf(share, chance)


def test_the_dashboard_starts_without_scipy_stats() -> None:
    asked = "import dashboard.__main__, sys; print('scipy.stats' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
