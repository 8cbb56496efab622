"""Charts of what is measured: subgroups (Xbar with R or S) and single values (I with MR).

Formulas: Montgomery, Introduction to Statistical Quality Control, chapter 6. Sigma is within
subgroups; three estimators give three sets of limits from the same data, so the estimator is named:

- "range": mean of R/d2
- "deviation": mean of S/c4
- "pooled": root of the pooled variance over c4 of its degrees of freedom plus one
- "moving_range" (single values): mean moving range of two over d2
- "overall" (single values): standard deviation over c4; it holds any drift within the baseline
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from db.domain.spc.constants import Rounding, constants
from db.domain.spc.lines import Array, Chart, Kind, Parameters, draw

GroupEstimator = Literal["range", "deviation", "pooled"]
SingleEstimator = Literal["moving_range", "overall"]
Groups = Sequence[Sequence[float]] | Sequence[Array]


def estimate_groups(
    groups: Groups,
    *,
    estimator: GroupEstimator = "range",
    kind: Literal[Kind.XBAR, Kind.R, Kind.S] = Kind.XBAR,
    width: float = 3.0,
    rounding: Rounding = "exact",
) -> Parameters | None:
    """Grand mean and within sigma of subgroups; None when no subgroup has two values.

    Missing values (nan) are left out. Subgroups of one value count for the mean only.

    >>> given = estimate_groups([[1, 3], [2, 4]])
    >>> given.center, round(given.sigma, 4)
    (2.5, 1.7725)
    """
    clean = _present(groups)
    spread = [group for group in clean if group.size > 1]
    if not spread:
        return None
    sigma = {"range": _from_ranges, "deviation": _from_deviations, "pooled": _pooled}[estimator]
    center = float(np.concatenate(clean).mean())
    return Parameters(
        kind, center, sigma(spread, rounding), estimator, width=width, rounding=rounding
    )


def group_chart(groups: Groups, parameters: Parameters) -> Chart:
    """Chart of subgroups under given parameters: their means, ranges or standard deviations.

    A subgroup too small to say anything is a missing point. Only points strictly beyond signal.

    >>> group_chart([[1, 3], [9, 9]], Parameters(Kind.XBAR, 2, 1, "range")).beyond.tolist()
    [False, True]
    """
    plot, least = PLOTTED[parameters.kind]
    clean = _present(groups)
    points = [plot(group) if group.size >= least else np.nan for group in clean]
    sizes = np.array([max(group.size, least) for group in clean], dtype=float)
    return draw(np.array(points, dtype=float), parameters, sizes)


def estimate_singles(
    values: ArrayLike,
    *,
    estimator: SingleEstimator = "moving_range",
    width: float = 3.0,
    rounding: Rounding = "exact",
) -> Parameters | None:
    """Mean and sigma of single values in order; None under two values.

    Missing values are left out before moving ranges are formed.

    >>> given = estimate_singles([49.6, 47.6, 49.9], rounding="table")
    >>> round(given.center, 2), round(given.sigma, 3)
    (49.03, 1.906)
    """
    clean = np.asarray(values, dtype=float)
    clean = clean[np.isfinite(clean)]
    if clean.size < 2:
        return None
    if estimator == "moving_range":
        sigma = float(np.abs(np.diff(clean)).mean()) / constants(2, rounding=rounding).d2
    else:
        sigma = float(clean.std(ddof=1)) / constants(clean.size, rounding=rounding).c4
    return Parameters(
        Kind.INDIVIDUALS, float(clean.mean()), sigma, estimator, width=width, rounding=rounding
    )


def single_charts(values: ArrayLike, parameters: Parameters) -> tuple[Chart, Chart]:
    """Charts of single values and of their moving ranges; the first moving range is missing.

    >>> singles, moves = single_charts([5.0, 9.5], Parameters(Kind.INDIVIDUALS, 5, 1, "given"))
    >>> singles.beyond.tolist(), moves.points.tolist(), moves.beyond.tolist()
    ([False, True], [nan, 4.5], [False, True])
    """
    given = np.atleast_1d(np.asarray(values, dtype=float))
    moves = np.full_like(given, np.nan)
    moves[1:] = np.abs(np.diff(given))
    return draw(given, parameters), draw(moves, replace(parameters, kind=Kind.MOVING_RANGE))


def _present(groups: Groups) -> list[Array]:
    arrays = [np.asarray(group, dtype=float) for group in groups]
    return [array[np.isfinite(array)] for array in arrays] or [np.empty(0)]


def _mean(group: Array) -> float:
    return float(group.mean())


def _range(group: Array) -> float:
    return float(np.ptp(group))


def _std(group: Array) -> float:
    return float(group.std(ddof=1))


PLOTTED: dict[Kind, tuple[Callable[[Array], float], int]] = {
    Kind.XBAR: (_mean, 1),
    Kind.R: (_range, 2),
    Kind.S: (_std, 2),
}
"""What a chart of subgroups plots, and how many values that takes."""


def _from_ranges(groups: list[Array], rounding: Rounding) -> float:
    return float(
        np.mean([_range(group) / constants(group.size, rounding=rounding).d2 for group in groups])
    )


def _from_deviations(groups: list[Array], rounding: Rounding) -> float:
    return float(
        np.mean([_std(group) / constants(group.size, rounding=rounding).c4 for group in groups])
    )


def _pooled(groups: list[Array], rounding: Rounding) -> float:
    freedom = sum(group.size - 1 for group in groups)
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in groups)
    return sqrt(squares / freedom) / constants(freedom + 1, rounding=rounding).c4
