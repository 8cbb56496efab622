"""A chart: its points, centre line and limits, drawn from the few parameters that say them all.

Estimating parameters (attributes.py, variables.py) and drawing limits from them are apart, so that
limits can be frozen (limits.py) and later points judged by them. Sigma is always within subgroups.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from db.domain.spc.constants import Rounding, constants
from db.domain.tails import binomial_quantile, poisson_quantile

Array = NDArray[np.float64]
Limiting = Literal["normal", "exact"]
"""normal: centre ± width sigmas; exact: binomial or Poisson quantiles of the same tail risk."""


class Kind(StrEnum):
    """What a chart plots."""

    P = "p"
    NP = "np"
    C = "c"
    U = "u"
    LANEY_P = "laney_p"
    LANEY_U = "laney_u"
    XBAR = "xbar"
    R = "r"
    S = "s"
    INDIVIDUALS = "individuals"
    MOVING_RANGE = "moving_range"


@dataclass(frozen=True, slots=True)
class Parameters:
    """All that limits need. `center` is a ratio for p, np and p', a rate for u and u', a count for
    c, and the mean of the measure for the others.

    `sigma`: process standard deviation of a measure; for p' and u' Laney's sigma z; 1 for p, np, c
    and u, whose spread follows from the centre. `estimator` names how sigma was found.
    """

    kind: Kind
    center: float
    sigma: float
    estimator: str
    width: float = 3.0
    limiting: Limiting = "normal"
    rounding: Rounding = "exact"


@dataclass(frozen=True, slots=True)
class Chart:
    """Points with centre line, limits and standard error, one of each per point.

    A point is beyond a limit only when strictly so. Missing points (nan) are beyond nothing.
    """

    parameters: Parameters
    points: Array
    center: Array
    sigma: Array
    lower: Array
    upper: Array

    @property
    def beyond(self) -> NDArray[np.bool_]:
        """Which points are strictly outside the limits."""
        return (self.points < self.lower) | (self.points > self.upper)

    @property
    def standardized(self) -> Array:
        """Points in standard errors from the centre: what run rules look at; nan without spread."""
        empty = np.full_like(self.points, np.nan)
        return np.divide(self.points - self.center, self.sigma, out=empty, where=self.sigma > 0)


Spread = Callable[[Parameters, Array], tuple[Array, Array]]


def _by_size(given: Parameters, sizes: Array, name: str) -> Array:
    found = [getattr(constants(int(size), rounding=given.rounding), name) for size in sizes]
    return np.array(found, dtype=float)


def _ratio(given: Parameters, sizes: Array) -> tuple[Array, Array]:
    error = np.sqrt(given.center * (1 - given.center) / sizes)
    return np.full_like(sizes, given.center), given.sigma * error


def _count_of_fails(given: Parameters, sizes: Array) -> tuple[Array, Array]:
    center, error = _ratio(given, sizes)
    return center * sizes, error * sizes


def _rate(given: Parameters, sizes: Array) -> tuple[Array, Array]:
    return np.full_like(sizes, given.center), given.sigma * np.sqrt(given.center / sizes)


def _mean(given: Parameters, sizes: Array) -> tuple[Array, Array]:
    return np.full_like(sizes, given.center), given.sigma / np.sqrt(sizes)


def _range(given: Parameters, sizes: Array) -> tuple[Array, Array]:
    return given.sigma * _by_size(given, sizes, "d2"), given.sigma * _by_size(given, sizes, "d3")


def _deviation(given: Parameters, sizes: Array) -> tuple[Array, Array]:
    c4 = _by_size(given, sizes, "c4")
    return given.sigma * c4, given.sigma * np.sqrt(1 - c4 * c4)


SPREADS: dict[Kind, Spread] = {
    Kind.P: _ratio,
    Kind.NP: _count_of_fails,
    Kind.C: _rate,
    Kind.U: _rate,
    Kind.LANEY_P: _ratio,
    Kind.LANEY_U: _rate,
    Kind.XBAR: _mean,
    Kind.R: _range,
    Kind.S: _deviation,
    Kind.INDIVIDUALS: _mean,
    Kind.MOVING_RANGE: _range,
}
"""Centre line and standard error of what each chart plots, by subgroup size."""

FACTORS = {
    (Kind.XBAR, "range"): ("d2", "A2", "A2"),
    (Kind.XBAR, "deviation"): ("c4", "A3", "A3"),
    (Kind.R, "range"): ("d2", "D3", "D4"),
    (Kind.S, "deviation"): ("c4", "B3", "B4"),
    (Kind.MOVING_RANGE, "moving_range"): ("d2", "D3", "D4"),
}
"""Printed factors of the mean range or deviation, by chart and estimator, for 3-sigma limits."""

FIXED_SIZES = {Kind.C: 1.0, Kind.INDIVIDUALS: 1.0, Kind.MOVING_RANGE: 2.0}
UNBOUNDED = {Kind.XBAR, Kind.INDIVIDUALS}
RATIOS = {Kind.P, Kind.LANEY_P}
EXACT = {Kind.P, Kind.NP, Kind.C, Kind.U}


def draw(points: ArrayLike, parameters: Parameters, sizes: ArrayLike = 1) -> Chart:
    """The chart of `points` (what is plotted, not the raw data) under given parameters.

    `sizes` holds one subgroup size for all points or one for each. Limits are floored at 0 where
    nothing can be less, and capped at 1 for ratios. With rounding "table" 3-sigma limits come from
    the printed factors A2, A3, D3, D4, B3 and B4, as in textbooks.

    >>> chart = draw([0.24, 0.48], Parameters(Kind.P, 0.2, 1, "pooled"), sizes=[100, 25])
    >>> chart.upper.round(2).tolist(), chart.beyond.tolist()
    ([0.32, 0.44], [False, True])
    """
    plotted = np.atleast_1d(np.asarray(points, dtype=float))
    given = FIXED_SIZES.get(parameters.kind, sizes)
    each = np.broadcast_to(np.asarray(given, dtype=float), plotted.shape).copy()
    center, sigma = SPREADS[parameters.kind](parameters, each)
    if parameters.limiting == "exact":
        lower, upper = _quantiles(parameters, each)
    elif parameters.rounding == "table" and _has_factors(parameters):
        lower, upper = _printed(parameters, each)
    else:
        lower, upper = center - parameters.width * sigma, center + parameters.width * sigma
    if parameters.kind not in UNBOUNDED:
        lower = np.maximum(lower, 0.0)
    if parameters.kind in RATIOS:
        upper = np.minimum(upper, 1.0)
    return Chart(parameters, plotted, center, sigma, lower, upper)


def _has_factors(given: Parameters) -> bool:
    return given.width == 3 and (given.kind, given.estimator) in FACTORS


def _printed(given: Parameters, sizes: Array) -> tuple[Array, Array]:
    unit, low, high = FACTORS[given.kind, given.estimator]
    mean = given.sigma * _by_size(given, sizes, unit)
    below, above = _by_size(given, sizes, low) * mean, _by_size(given, sizes, high) * mean
    return (
        (given.center - below, given.center + above) if given.kind is Kind.XBAR else (below, above)
    )


def _quantiles(given: Parameters, sizes: Array) -> tuple[Array, Array]:
    """Limits outside which at most the tail risk of `width` sigmas lies, in the chart's unit."""
    if given.kind not in EXACT:
        raise ValueError(f"a {given.kind} chart has no exact limits; use limiting='normal'")
    tail = float(ndtr(-given.width))
    if given.kind in (Kind.P, Kind.NP):
        low, high = (binomial_quantile(q, sizes, given.center) for q in (tail, 1 - tail))
    else:
        low, high = (poisson_quantile(q, given.center * sizes) for q in (tail, 1 - tail))
    unit = sizes if given.kind in (Kind.P, Kind.U) else np.ones_like(sizes)
    return np.asarray(low / unit, dtype=float), np.asarray(high / unit, dtype=float)
