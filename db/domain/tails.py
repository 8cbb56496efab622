"""Quantiles of distributions, made of scipy's special functions.

`scipy.stats` would give the same, but to import it takes a fifth of the dashboard's start.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, bdtrik, gammaincinv, pdtr, pdtrik

Array = NDArray[np.float64]

# A share reached but for rounding is reached: P(X <= 20 of 41) at one half comes out below 0.5.
ROUNDING = 1 - 1e-12


def chi_square_quantile(share: float, freedom: float) -> float:
    """
    >>> round(chi_square_quantile(0.95, 2), 3)
    5.991
    """
    return 2 * float(gammaincinv(freedom / 2, share))


def binomial_quantile(share: float, count: ArrayLike, chance: float) -> Array:
    """The least number of hits in `count` tries that so large a share of cases does not exceed.

    Where the count is not known (nan), neither is that.

    >>> float(binomial_quantile(0.9, 20, 0.1)), float(binomial_quantile(0.9, 20, 0))
    (4.0, 0.0)
    """
    given = np.asarray(count, dtype=float)
    if chance == 0:
        return 0 * given
    tries = np.nan_to_num(given).astype(int)
    least = np.ceil(bdtrik(share, tries, chance))
    before = np.maximum(least - 1, 0)
    found: Array = (
        np.where(bdtr(before, tries, chance) >= share * ROUNDING, before, least) + 0 * given
    )
    return found


def poisson_quantile(share: float, mean: ArrayLike) -> Array:
    """The least number of events that so large a share of cases does not exceed.

    >>> float(poisson_quantile(0.9, 4)), float(poisson_quantile(0.9, 0))
    (7.0, 0.0)
    """
    least = np.ceil(pdtrik(share, mean))
    before = np.maximum(least - 1, 0)
    found: Array = np.where(pdtr(before, mean) >= share * ROUNDING, before, least)
    return found


def geometric_quantile(share: float, chance: float) -> float:
    """The least number of tries up to the first hit that so large a share does not exceed.

    >>> geometric_quantile(0.75, 0.5)
    2.0
    """
    least = float(np.ceil(np.log1p(-share) / np.log1p(-chance)))
    before = max(least - 1, 1.0)
    return before if -np.expm1(np.log1p(-chance) * before) >= share * ROUNDING else max(least, 1.0)
