"""Charts of what is counted: fails per subgroup, defects per unit.

Formulas: Shewhart's 3-sigma limits as in Montgomery, Introduction to Statistical Quality Control,
chapter 7; p' and u' after Laney (Improved control charts for attributes, Quality Engineering 14,
2002) with sigma z from the mean moving range over 1.128, never from the standard deviation of z.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from db.domain.spc.constants import Rounding, constants
from db.domain.spc.lines import Array, Chart, Kind, Limiting, Parameters, draw

SMALLEST_EXPECTED = 5.0
"""Expected fails per subgroup under which normal limits mislead: use exact limits or a CUSUM."""

CountedKind = Literal[Kind.P, Kind.NP, Kind.C, Kind.U, Kind.LANEY_P, Kind.LANEY_U]


def estimate(
    counts: ArrayLike,
    sizes: ArrayLike = 1,
    *,
    kind: CountedKind = Kind.P,
    estimator: Literal["pooled"] = "pooled",
    limiting: Limiting = "normal",
    width: float = 3.0,
    rounding: Rounding = "exact",
) -> Parameters | None:
    """Parameters from a baseline: all fails (or defects) over all units. None without any unit.

    `sizes`: units per subgroup; for c charts it is ignored, each count being one area of
    opportunity. Subgroups without units are left out. `rounding` concerns only p' and u'. These
    need two subgroups and some variation of the ratio that is possible at all: else None.

    >>> estimate([12, 8], [50, 50]).center
    0.2
    """
    given, each = _subgroups(counts, sizes)
    if kind is Kind.C:
        each = np.ones_like(given)
    if kind is Kind.NP and len(set(each.tolist())) > 1:
        raise ValueError("an np chart needs subgroups of one size; use a p chart")
    if not given.size:
        return None
    center = float(given.sum() / each.sum())
    plain = {Kind.LANEY_P: Kind.P, Kind.LANEY_U: Kind.U}.get(kind)
    if plain is None:
        return Parameters(kind, center, 1.0, estimator, width, limiting)
    chart = draw(given / each, Parameters(plain, center, 1.0, estimator, width), each)
    if given.size < 2 or not (chart.sigma > 0).all():
        return None
    moves = np.abs(np.diff(chart.standardized))
    sigma = float(moves.mean() / constants(2, rounding=rounding).d2)
    return Parameters(kind, center, sigma, "pooled, sigma z = MR/d2", width)


def attribute_chart(counts: ArrayLike, sizes: ArrayLike, parameters: Parameters) -> Chart:
    """Chart of counts under given parameters: ratios, rates or the counts, as its kind plots them.

    A subgroup without units is a missing point. Strictness: only points strictly beyond a limit
    signal.

    >>> chart = attribute_chart([12, 30], [50, 50], estimate([12, 8], [50, 50]))
    >>> chart.points.tolist(), chart.beyond.tolist()
    ([0.24, 0.6], [False, True])
    """
    given = np.atleast_1d(np.asarray(counts, dtype=float))
    each = np.broadcast_to(np.asarray(sizes, dtype=float), given.shape).copy()
    each[each <= 0] = np.nan
    is_count = parameters.kind in (Kind.NP, Kind.C)
    return draw(given + 0 * each if is_count else given / each, parameters, each)


def expects_too_few(parameters: Parameters, sizes: ArrayLike = 1) -> bool:
    """Whether some subgroup expects fewer than five fails, so that normal limits mislead.

    >>> expects_too_few(Parameters(Kind.P, 0.02, 1, "pooled"), [40, 400])
    True
    """
    each = np.ones(1) if parameters.kind is Kind.C else np.atleast_1d(np.asarray(sizes, float))
    return bool((parameters.center * each < SMALLEST_EXPECTED).any())


def _subgroups(counts: ArrayLike, sizes: ArrayLike) -> tuple[Array, Array]:
    given = np.atleast_1d(np.asarray(counts, dtype=float))
    each = np.broadcast_to(np.asarray(sizes, dtype=float), given.shape)
    used = np.isfinite(given) & (each > 0)
    return given[used], each[used].copy()
