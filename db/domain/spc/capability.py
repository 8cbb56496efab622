"""Capability: how well a measure's spread fits what engineering asks for.

Formulas: Montgomery, Introduction to Statistical Quality Control, chapter 8; NIST/SEMATECH
e-Handbook 6.1.6. Intervals: chi-square for Cp and Pp, Bissell's approximation for Cpk and Ppk
(How reliable is your capability index?, Applied Statistics 39, 1990). Cp and Cpk use sigma within
subgroups, Pp and Ppk the overall standard deviation. Specification limits come from engineering,
with their document: control limits or the data never stand in for them.
"""

from dataclasses import dataclass
from math import inf, sqrt

from scipy.special import ndtri

from db.domain.tails import chi_square_quantile

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Specification:
    """What engineering asks of a measure; one side may be open (None). `source`: the document."""

    lower: float | None
    upper: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Capability:
    """Ratios of the allowed to the actual spread. `cp` and `pp` are None for a one-sided
    specification; intervals belong to `confidence`."""

    cp: float | None
    cpk: float
    pp: float | None
    ppk: float
    cp_interval: Interval | None
    cpk_interval: Interval
    pp_interval: Interval | None
    ppk_interval: Interval
    count: int
    estimator: str
    confidence: float
    source: str


def capability(
    *,
    mean: float,
    within_sigma: float,
    overall_sigma: float,
    count: int,
    specification: Specification | None,
    estimator: str,
    confidence: float = 0.95,
) -> Capability | str:
    """Cp, Cpk, Pp and Ppk of `count` values, or the sentence why there is none to give.

    `estimator` names how `within_sigma` was found. Says nothing without a specification from
    engineering, with fewer than two values, or when the values show no spread.

    >>> asked = Specification(8, 20, "drawing 12-4 rev B")
    >>> given = dict(mean=16, within_sigma=2, overall_sigma=2, count=100, estimator="range")
    >>> found = capability(**given, specification=asked)
    >>> round(found.cp, 2), round(found.cpk, 2)
    (1.0, 0.67)
    >>> capability(**given, specification=None)
    'no specification limits from engineering: capability is not known'
    """
    refusal = _refusal(specification, count, (within_sigma, overall_sigma))
    if refusal or specification is None:
        return refusal
    cp, cpk = _indices(specification, mean, within_sigma)
    pp, ppk = _indices(specification, mean, overall_sigma)
    return Capability(
        cp,
        cpk,
        pp,
        ppk,
        _spread_interval(cp, count, confidence),
        _nearer_interval(cpk, count, confidence),
        _spread_interval(pp, count, confidence),
        _nearer_interval(ppk, count, confidence),
        count,
        estimator,
        confidence,
        specification.source,
    )


def _refusal(asked: Specification | None, count: int, sigmas: tuple[float, float]) -> str:
    if asked is None or (asked.lower is None and asked.upper is None):
        return "no specification limits from engineering: capability is not known"
    if not asked.source.strip():
        return "specification limits without their document: capability is not known"
    if asked.lower is not None and asked.upper is not None and asked.lower >= asked.upper:
        return f"specification {asked.lower} to {asked.upper} is empty: see {asked.source}"
    if count < 2 or not all(sigma > 0 for sigma in sigmas):
        return "too few values, or all alike: capability is not known"
    return ""


def _indices(asked: Specification, mean: float, sigma: float) -> tuple[float | None, float]:
    above = inf if asked.upper is None else (asked.upper - mean) / (3 * sigma)
    below = inf if asked.lower is None else (mean - asked.lower) / (3 * sigma)
    is_two_sided = asked.lower is not None and asked.upper is not None
    return (above + below) / 2 if is_two_sided else None, min(above, below)


def _spread_interval(index: float | None, count: int, confidence: float) -> Interval | None:
    if index is None:
        return None
    tail, freedom = (1 - confidence) / 2, count - 1
    low, high = (chi_square_quantile(q, freedom) for q in (tail, 1 - tail))
    return index * sqrt(low / freedom), index * sqrt(high / freedom)


def _nearer_interval(index: float, count: int, confidence: float) -> Interval:
    z = float(ndtri((1 + confidence) / 2))
    half = z * sqrt(1 / (9 * count) + index * index / (2 * (count - 1)))
    return index - half, index + half
