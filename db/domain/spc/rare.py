"""Charts for rare fails: units between fails (g) and time between fails (t).

A g chart plots how many units passed between two fails (Kaminsky et al., Statistical control charts
based on a geometric distribution, Journal of Quality Technology 24, 1992); a t chart the time
between, made nearly normal by the power 1/3.6 (Nelson, A control chart for parts-per-million
nonconforming items, Journal of Quality Technology 26, 1994). Low points are the bad ones.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from db.domain.spc.lines import Array, Limiting
from db.domain.spc.variables import estimate_singles
from db.domain.tails import geometric_quantile

POWER = 1 / 3.6


@dataclass(frozen=True, slots=True)
class Between:
    """Points between fails, with one centre line and limits for all of them."""

    points: Array
    center: float
    lower: float
    upper: float
    estimator: str

    @property
    def beyond(self) -> NDArray[np.bool_]:
        """Which points are strictly outside the limits."""
        return (self.points < self.lower) | (self.points > self.upper)


def g_chart(
    passed_between: ArrayLike,
    *,
    estimator: Literal["mean"] = "mean",
    limiting: Limiting = "exact",
    width: float = 3.0,
) -> Between | None:
    """Chart of the units that passed between fails; None without any fail.

    The geometric distribution is very skew: "exact" limits are its quantiles at the tail risk of
    `width` sigmas, "normal" are mean ± width √(mean (mean + 1)), floored at 0.

    >>> chart = g_chart([20, 30, 10], limiting="normal")
    >>> chart.center, chart.lower, round(chart.upper, 2)
    (20.0, 0.0, 81.48)
    """
    given = np.atleast_1d(np.asarray(passed_between, dtype=float))
    if not given.size:
        return None
    mean = float(given.mean())
    if limiting == "normal":
        half = width * float(np.sqrt(mean * (mean + 1)))
        return Between(given, mean, max(0.0, mean - half), mean + half, estimator)
    if mean == 0:
        return Between(given, 0.0, 0.0, 0.0, estimator)
    tail = float(ndtr(-width))
    low, high = (geometric_quantile(q, 1 / (mean + 1)) - 1 for q in (tail, 1 - tail))
    return Between(given, mean, max(0.0, low), high, estimator)


def t_chart(
    hours_between: ArrayLike,
    *,
    estimator: Literal["moving_range", "overall"] = "moving_range",
    width: float = 3.0,
) -> Between | None:
    """Chart of the time between fails; None under two times.

    Limits are those of single values of time^(1/3.6), carried back to time. ValueError for a time
    of zero or less: two fails at one instant need a g chart.

    >>> chart = t_chart([100.0, 120.0, 80.0, 100.0])
    >>> round(chart.lower), round(chart.center), round(chart.upper)
    (45, 99, 191)
    """
    given = np.atleast_1d(np.asarray(hours_between, dtype=float))
    if (given <= 0).any():
        raise ValueError("a time between fails is zero or less; chart the units between (g)")
    fitted = estimate_singles(given**POWER, estimator=estimator, width=width)
    if fitted is None:
        return None
    half = width * fitted.sigma
    low, middle, high = (
        max(0.0, edge) ** (1 / POWER)
        for edge in (fitted.center - half, fitted.center, fitted.center + half)
    )
    return Between(given, middle, low, high, estimator)
