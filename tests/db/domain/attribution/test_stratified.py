"""The vectorised test against statsmodels, and its small-count tail against exact arithmetic."""

import numpy as np
import pytest
from scipy.stats import hypergeom
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests

from db.domain.attribution.stratified import false_discovery, holm, score


@pytest.mark.parametrize("seed", range(5))
def test_it_equals_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    units = rng.integers(30, 400, 12).astype(float)
    exposed = np.floor(units[:, None] * rng.uniform(0.1, 0.6, (12, 4)))
    fails_in = rng.binomial(exposed.astype(int), 0.1).astype(float)
    fails_out = rng.binomial((units[:, None] - exposed).astype(int), 0.08).astype(float)
    for column in range(4):
        a, n1 = fails_in[:, column], exposed[:, column]
        b = fails_out[:, column]
        tables = [
            np.array([[a[s], n1[s] - a[s]], [b[s], units[s] - n1[s] - b[s]]]) for s in range(12)
        ]
        peer = StratifiedTable(tables).test_null_odds()
        one = score(n1[:, None], a[:, None], units, a + b)
        assert one.z()[0] ** 2 == pytest.approx(peer.statistic, rel=1e-9)


def test_small_counts_have_the_tail_of_the_exact_distribution() -> None:
    """One stratum of 400 units with 8 fails; the normal curve is wrong a hundredfold out there."""
    for exposed, hits in ((20, 3), (20, 4), (50, 5), (150, 7)):
        one = score(np.array([[exposed]]), np.array([[hits]]), np.array([400.0]), np.array([8.0]))
        exact = hypergeom.sf(hits - 1, 400, 8, exposed)
        midway = exact - hypergeom.pmf(hits, 400, 8, exposed) / 2
        found = one.p_value()[0]
        assert 0.5 * midway < found < 2 * exact


def test_a_stratum_without_the_others_says_nothing() -> None:
    one = score(np.array([[50.0]]), np.array([[20.0]]), np.array([50.0]), np.array([20.0]))
    assert (one.p_value()[0], one.compared[0], np.isnan(one.effect()[0])) == (1.0, 0.0, True)


def test_the_corrections_equal_statsmodels() -> None:
    p = np.random.default_rng(1).random(50) ** 3
    assert holm(p, 50) == pytest.approx(multipletests(p, method="holm")[1])
    assert false_discovery(p, 50) == pytest.approx(multipletests(p, method="fdr_bh")[1])
