"""Charts with memory, for small lasting shifts: EWMA and the tabular CUSUM.

Formulas: Roberts 1959 and Page 1954, as in Montgomery, Introduction to Statistical Quality Control,
chapter 9, and the NIST/SEMATECH e-Handbook 6.3.2.3 and 6.3.2.4. Centre and sigma come from a
baseline or a target, never from the points being watched.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from db.domain.spc.lines import Array

EwmaLimits = Literal["time_varying", "asymptotic"]


@dataclass(frozen=True, slots=True)
class Ewma:
    """Smoothed points and their limits; a point is beyond only when strictly outside."""

    points: Array
    center: float
    lower: Array
    upper: Array
    limits: EwmaLimits

    @property
    def beyond(self) -> NDArray[np.bool_]:
        """Which smoothed points are strictly outside the limits."""
        return (self.points < self.lower) | (self.points > self.upper)


@dataclass(frozen=True, slots=True)
class Cusum:
    """Sums of what exceeds the allowance, upwards and downwards, both as positive numbers.

    `signals` is where a sum is strictly above `interval`. `signal_index` is the first such point
    (None without one) and `change_index` the first point after the sum that signalled last stood at
    zero: where the shift most likely began. `direction` is "up" or "down".
    """

    upper: Array
    lower: Array
    interval: float
    signals: NDArray[np.bool_]
    signal_index: int | None
    change_index: int | None
    direction: Literal["up", "down"] | None


def ewma(
    points: ArrayLike,
    *,
    center: float,
    sigma: float,
    weight: float = 0.2,
    width: float = 3.0,
    limits: EwmaLimits = "time_varying",
) -> Ewma:
    """z = weight x + (1 − weight) z, from the centre on.

    `sigma`: standard error of one plotted point. Limits: center ± width sigma
    √(weight / (2 − weight) (1 − (1 − weight)^(2t))), or without the last bracket ("asymptotic").
    A missing point leaves the smoothed value as it was. ValueError unless 0 < weight <= 1.

    >>> chart = ewma([52.0, 47.0], center=50, sigma=2.0539, weight=0.3, limits="asymptotic")
    >>> chart.points.round(2).tolist(), chart.upper.round(4).tolist()
    ([50.6, 49.52], [52.5884, 52.5884])
    """
    if not 0 < weight <= 1:
        raise ValueError(f"weight {weight}: expected more than 0 and at most 1")
    given = np.atleast_1d(np.asarray(points, dtype=float))
    smoothed, last = np.empty_like(given), center
    for index, point in enumerate(given.tolist()):
        last = last if np.isnan(point) else weight * point + (1 - weight) * last
        smoothed[index] = last
    settled = 1.0 - (1 - weight) ** (2.0 * np.arange(1, given.size + 1))
    share = settled if limits == "time_varying" else np.ones_like(given)
    half = width * sigma * np.sqrt(weight / (2 - weight) * share)
    return Ewma(smoothed, center, center - half, center + half, limits)


def cusum(points: ArrayLike, *, center: float, allowance: float, interval: float) -> Cusum:
    """Tabular CUSUM: C+ = max(0, C+ + x − center − allowance), C− mirrored; signal above interval.

    All in the unit of the points: for a shift of δ standard errors the allowance is δ sigma / 2 and
    the interval usually 4 or 5 standard errors. The sums go on after a signal. A missing point
    changes nothing.

    >>> chart = cusum([10, 10, 12, 12, 12, 12], center=10, allowance=0.5, interval=5)
    >>> chart.upper.tolist(), chart.signal_index, chart.change_index
    ([0.0, 0.0, 1.5, 3.0, 4.5, 6.0], 5, 2)
    """
    given = np.atleast_1d(np.asarray(points, dtype=float))
    upper = _sums(given - center, allowance)
    lower = _sums(center - given, allowance)
    found = (upper > interval) | (lower > interval)
    if not found.any():
        return Cusum(upper, lower, interval, found, None, None, None)
    first = int(found.argmax())
    is_up = bool(upper[first] > interval)
    zeros = np.flatnonzero((upper if is_up else lower)[:first] == 0)
    change = int(zeros[-1]) + 1 if zeros.size else 0
    return Cusum(upper, lower, interval, found, first, change, "up" if is_up else "down")


def _sums(deviations: Array, allowance: float) -> Array:
    sums, last = np.zeros_like(deviations), 0.0
    for index, deviation in enumerate(deviations.tolist()):
        last = last if np.isnan(deviation) else max(0.0, last + deviation - allowance)
        sums[index] = last
    return sums
