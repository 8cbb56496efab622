"""Learning curves: how output per working hour grows, fitted from earlier ramps and judged by them.

Output per working hour in the n-th working week of a ramp is taken as level × (1 − e^(−n/τ)). The
level is the ramp's own, from its last weeks; τ and the number of those weeks are whichever would
have told earlier ramps best. What those tellings missed by, at the same horizon and about the same
age, is the interval of the next one. τ without end is no learning at all: a steady level.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product as every
from math import inf

import numpy as np
import numpy.typing as npt

from db.domain.capacity.facts import Ramp

Series = npt.NDArray[np.float64]

TAUS = (2.0, 4.0, 6.0, 9.0, 13.0, 20.0, 30.0, inf)
WINDOWS = (2, 4, 6)
HORIZON = 12
FEWEST_WEEKS = 4
FEWEST_ERRORS = 30
NEAREST = 90
"""Errors an interval is made of: those of the horizon made at the nearest ages."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What earlier ramps teach: τ in working weeks, weeks the level is taken from, and errors.

    `errors` has a row for each past telling: its age in weeks, its horizon (1 is the next week) and
    ln(made ÷ told). `ramp_count` is of how many ramps.
    """

    tau: float
    window: int
    errors: Series
    ramp_count: int


def shape(weeks: Series, tau: float) -> Series:
    """The share of its full rate a ramp has reached in its n-th working week.

    >>> shape(np.array([1.0, 10.0, 100.0]), 10.0).round(2).tolist()
    [0.1, 0.63, 1.0]
    >>> shape(np.array([1.0, 10.0]), inf).tolist()
    [1.0, 1.0]
    """
    return np.ones_like(weeks) if tau == inf else 1 - np.exp(-weeks / tau)


def project(
    good: Series, hours: Series, ahead: Series, tau: float, window: int, *, before: int = 0
) -> Series:
    """Good racks of the weeks `ahead` (their working hours) after those made in `hours`.

    `before`: working weeks of the ramp that came before the first of them.

    >>> made = 100 * shape(np.arange(1.0, 9), 6.0)
    >>> project(made, np.full(8, 120.0), np.array([120.0, 60, 0]), 6.0, 4).round(1).tolist()
    [77.7, 40.6, 0.0]
    """
    age = before + np.cumsum(np.concatenate([hours, ahead]) > 0).astype(np.float64)
    could = np.concatenate([hours, ahead]) * shape(age, tau)
    past = np.flatnonzero(hours > 0)[-window:]
    there = could[: len(hours)][past].sum()
    level = good[past].sum() / there if there else 0.0
    return np.asarray(level * could[len(hours) :], dtype=np.float64)


def fit(ramps: Sequence[Ramp]) -> Curve | None:
    """The curve that would have told these ramps best; None without a ramp long enough.

    Best: least mean absolute error over all weeks told, each ramp weighed alike. The errors of each
    ramp are those of the curve the other ramps would have given.
    """
    long = [one for one in ramps if len(one.good_counts) > FEWEST_WEEKS and any(one.good_counts)]
    if not long:
        return None
    told = {
        (tau, window): [_tellings(one, tau, window) for one in long]
        for tau, window in every(TAUS, WINDOWS)
    }
    misses = {key: [_miss(one) for one in rows] for key, rows in told.items()}
    tau, window = _best(misses, None)
    rows = np.concatenate(
        [told[_best(misses, n if len(long) > 1 else None)][n] for n in range(len(long))]
    )
    errors = np.log((rows[:, 2] + 0.5) / (rows[:, 3] + 0.5))
    return Curve(tau, window, np.column_stack([rows[:, 0], rows[:, 1], errors]), len(long))


def _best(
    misses: Mapping[tuple[float, int], Sequence[float]], without: int | None
) -> tuple[float, int]:
    """The curve with the least mean error over all ramps but one."""
    return min(
        misses, key=lambda key: sum(miss for n, miss in enumerate(misses[key]) if n != without)
    )


def spread(curve: Curve, age: int, horizon: int, share: float = 0.8) -> tuple[float, float, float]:
    """Factors on a telling: low, middle and high, so that `share` of past ones lie in between.

    Of past errors at the horizon or one beside it, those made at the nearest ages; the tails are
    n ÷ (n + 1) of what they would be with ramps without end, for a new ramp is one more. Low 0 and
    high without end while there are too few.
    """
    near = curve.errors[np.abs(curve.errors[:, 1] - horizon) <= 1]
    if len(near) < FEWEST_ERRORS:
        return 0.0, 1.0, inf
    order = np.argsort(np.abs(near[:, 0] - age), kind="stable")[:NEAREST]
    tail = (1 - share) / 2 * curve.ramp_count / (curve.ramp_count + 1)
    low, middle, high = np.exp(np.quantile(near[order, 2], [tail, 0.5, 1 - tail]))
    return float(low), float(middle), float(high)


def _tellings(ramp: Ramp, tau: float, window: int) -> Series:
    """Every week of a ramp as it would have been told before: age, horizon, made, told."""
    good, hours = np.array(ramp.good_counts, float), np.array(ramp.working_hours, float)
    rows = [
        (age, step + 1, good[age + step], told)
        for age in range(FEWEST_WEEKS, len(good))
        for step, told in enumerate(
            project(good[:age], hours[:age], hours[age : age + HORIZON], tau, window)
        )
        if hours[age + step] > 0
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), 4)


def _miss(rows: Series) -> float:
    """Mean absolute error, in parts of what was made."""
    made = rows[:, 2].sum()
    return float(np.abs(rows[:, 2] - rows[:, 3]).sum() / made) if made else 0.0
