"""Each factor value against the other units of its strata: Cochran-Mantel-Haenszel, vectorised.

Within a stratum of n units and m fails, a value carried by N units has a hypergeometric number of
fails when it makes no difference (Mantel and Haenszel 1959). Means, variances and third moments add
up over strata; the one-sided p-value comes from the gamma curve with these three moments (Pearson
type III), for a plain normal curve sees far too many findings where few fails are expected.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, gammainc, gammaincc, ndtr

from db.domain.attribution.factors import Floats, Ints

FEWEST_SKEW = 1e-3
"""Below this skewness the gamma curve is the normal one to four digits."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Sums over strata, one entry a candidate. `weight`: Mantel-Haenszel weight, 0 if incomparable.

    `others_ratio` is the fail ratio of the others with these weights.
    `weight` is also the sum of squared deviations of exposure within strata; `risk_variance` is of
    the weighted difference of fail ratios.
    """

    exposed: Floats
    fails: Floats
    expected: Floats
    variance: Floats
    third_moment: Floats
    weight: Floats
    risk_variance: Floats
    compared: Floats
    others_ratio: Floats

    def z(self) -> Floats:
        """Signed root of the Mantel-Haenszel statistic, without continuity correction."""
        return _ratio(self.fails - self.expected, np.sqrt(self.variance))

    def p_value(self, design_effect: Floats | float = 1.0) -> Floats:
        """One-sided: how often chance alone gives as many fails or more (mid-p)."""
        skew = _ratio(self.third_moment, self.variance**1.5) * np.sqrt(design_effect)
        p = upper_tail(self.z() / np.sqrt(design_effect), skew)
        return np.where(self.variance > 0, p, 1.0)

    def effect(self) -> Floats:
        """Difference of fail ratios within strata (Mantel-Haenszel); NaN without comparison."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.weight > 0, (self.fails - self.expected) / self.weight, np.nan)

    def effect_error(self, design_effect: Floats | float = 1.0) -> Floats:
        """Standard error of `effect`."""
        return _ratio(np.sqrt(self.risk_variance * design_effect), self.weight)

    def take(self, which: npt.NDArray[np.intp] | Ints | list[int]) -> "Scores":
        """Some of the candidates."""
        return Scores(*(getattr(self, one.name)[which] for one in fields(self)))


def joined(parts: "list[Scores]") -> Scores:
    """Candidates of several tables, one after the other."""
    if not parts:
        return score(np.zeros((0, 0)), np.zeros((0, 0)), np.zeros(0), np.zeros(0))
    columns = ([getattr(part, one.name) for part in parts] for one in fields(Scores))
    return Scores(*(np.concatenate(column) for column in columns))


def score(exposed: Floats, fails: Floats, units: Floats, all_fails: Floats) -> Scores:
    """Sums over strata for every column of `exposed` and `fails` (strata × candidates).

    `units` and `all_fails` are the totals of each stratum.

    >>> one = score(np.array([[10.0]]), np.array([[4.0]]), np.array([40.0]), np.array([8.0]))
    >>> float(one.expected[0]), round(float(one.z()[0]), 4), round(float(one.effect()[0]), 4)
    (2.0, 1.8028, 0.2667)
    """
    n, m = units[:, None], all_fails[:, None]
    rest, passed = n - exposed, n - m
    others = _ratio(m - fails, rest)
    own = _ratio(fails, exposed)
    weight = _ratio(exposed * rest, n)
    variance = _ratio(exposed * m * passed * rest, n * n * (n - 1))
    third = variance * _ratio((n - 2 * m) * (n - 2 * exposed), n * (n - 2))
    spoilt = _ratio(own * (1 - own), exposed) + _ratio(others * (1 - others), rest)
    compared = exposed * (rest > 0)
    return Scores(
        exposed.sum(axis=0),
        fails.sum(axis=0),
        _ratio(exposed * m, n).sum(axis=0),
        variance.sum(axis=0),
        third.sum(axis=0),
        weight.sum(axis=0),
        (weight**2 * spoilt).sum(axis=0),
        compared.sum(axis=0),
        _ratio((weight * others).sum(axis=0), weight.sum(axis=0)),
    )


def days_alike(units: Floats, fails: Floats, gather: Floats) -> Floats:
    """p of equal fail ratios of the strata of a group, per column of units and fails (chi-squared).

    `gather` adds strata up to groups (groups × strata). 1 where nothing can be compared.

    >>> units, same = np.full((2, 1), 1000.0), np.array([[30.0], [31.0]])
    >>> for fails in (same, same * [[1], [2]]):
    ...     print(f"{days_alike(units, fails, np.ones((1, 2)))[0]:.4f}")
    0.8965
    0.0006
    """
    ratio = gather.T @ _ratio(gather @ fails, gather @ units)
    variance = units * ratio * (1 - ratio)
    told = variance >= 1
    squares = np.where(told, _ratio((fails - units * ratio) ** 2, variance), 0.0).sum(axis=0)
    freedom = told.sum(axis=0) - (gather @ told > 0).sum(axis=0)
    alike: Floats = np.where(freedom > 0, chdtrc(np.maximum(freedom, 1), squares), 1.0)
    return alike


def upper_tail(z: Floats, skew: Floats) -> Floats:
    """P(Z >= z) of a standardised gamma (Pearson III) variable of the given skewness.

    >>> [round(float(p), 4) for p in upper_tail(np.array([1.645, 3.0]), np.array([0.0, 1.0]))]
    [0.05, 0.0103]
    """
    flat = np.abs(skew) < FEWEST_SKEW
    shape = 4 / np.where(flat, 1.0, skew) ** 2
    right = gammaincc(shape, np.maximum(0.0, shape + z * np.sqrt(shape)))
    left = gammainc(shape, np.maximum(0.0, shape - z * np.sqrt(shape)))
    tail: Floats = np.where(flat, ndtr(-z), np.where(skew > 0, right, left))
    return tail


def holm(p: Floats, tried: int) -> Floats:
    """Holm's (1979) adjustment when `tried` hypotheses were tried, those given the smallest.

    >>> [round(float(one), 3) for one in holm(np.array([0.02, 0.001]), 10)]
    [0.18, 0.01]
    """
    order = np.argsort(p, kind="stable")
    factor = np.maximum(tried - np.arange(len(p)), 1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(np.minimum(1.0, p[order] * factor))
    return adjusted


def false_discovery(p: Floats, tried: int) -> Floats:
    """Benjamini and Hochberg's (1995) adjustment among `tried` hypotheses.

    >>> [round(float(one), 3) for one in false_discovery(np.array([0.02, 0.001]), 10)]
    [0.1, 0.01]
    """
    order = np.argsort(p, kind="stable")
    raw = p[order] * tried / np.arange(1, len(p) + 1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(raw[::-1])[::-1])
    return adjusted


def _ratio(over: Floats, under: Floats) -> Floats:
    """Division that is 0 where there is nothing to divide by."""
    shape = np.broadcast_shapes(np.shape(over), np.shape(under))
    return np.divide(over, under, out=np.zeros(shape), where=np.broadcast_to(under != 0, shape))
