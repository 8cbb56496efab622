"""When a yield dropped: one chart per line and operation that adds up evidence unit by unit.

A Bernoulli CUSUM: its steps are the log likelihood ratio of a fail ratio 2.5 times as high. Each
unit counts against the fail probability of its own product and shift in the frozen baseline, so
that a hard product or a night crew alone is no alarm.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from db.domain.drop_threshold import (
    HIGHEST_RAISED,
    LARGEST_BASELINE,
    RAISED,
    SMALLEST_BASELINE,
    threshold_for,
    units_per_false_alarm,
)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

STRENGTH_UNITS = 100
"""Units that a parent's ratio counts for at least beside those of a line, product or shift."""
MULTIPLES = np.geomspace(1.3, 6.0, 12)
"""Rises of the fail ratio considered when a change is dated."""
DATED_WITHIN_UNITS = 20_000


@dataclass(frozen=True, slots=True)
class Drop:
    """An alarm of one chart with the evidence it rests on.

    `began_at` is the first unit after the chart last stood at zero; the interval holds the true
    change with the stated confidence. `units`, `fails`, `expected_fails` and `current_ratio` count
    from `began_at` to the newest unit of the chart. `baseline_ratio` is the mean frozen fail
    probability of these units by product and shift. `evidence` is the chart's value at the alarm
    (log likelihood ratio) against its `threshold`, which gives one false alarm per
    `units_per_false_alarm` units when nothing changed.
    """

    line: str
    operation: str
    began_at: datetime
    began_interval: tuple[datetime, datetime]
    confidence: float
    detected_at: datetime
    units_to_detection: int
    units: int
    fails: int
    expected_fails: float
    baseline_ratio: float
    current_ratio: float
    evidence: float
    threshold: float
    units_per_false_alarm: float

    @property
    def excess_fails(self) -> float:
        """Fails since the drop beyond what the baseline would have given."""
        return self.fails - self.expected_fails


@dataclass(frozen=True, slots=True)
class Baseline:
    """Frozen fail probabilities: overall, per first column of `by`, per first and second, …"""

    by: tuple[str, ...]
    overall: float
    levels: tuple[dict[tuple[Hashable, ...], float], ...]
    units: int

    def expected(self, units: pd.DataFrame) -> Floats:
        """Fail probability of each unit; a product or shift never seen has that of its parent.

        >>> frame = pd.DataFrame({"product": ["a"] * 1000, "failed": [True] * 100 + [False] * 900})
        >>> known = freeze(frame, ["product"])
        >>> known.expected(pd.DataFrame({"product": ["a", "new"]})).round(3).tolist()
        [0.1, 0.1]
        """
        found = np.full(len(units), self.overall)
        for depth, level in enumerate(self.levels, start=1):
            keys = units[list(self.by[:depth])].itertuples(index=False, name=None)
            found = np.array(
                [level.get(key, parent) for key, parent in zip(keys, found, strict=True)],
                dtype=np.float64,
            )
        return found


def freeze(units: pd.DataFrame, by: Sequence[str] = ("product", "shift")) -> Baseline | None:
    """The baseline of a window of first verdicts (`failed` and the columns `by`); None without any.

    Each ratio is drawn towards its parent's, as if that had been seen in so many more units: 100 at
    least, and the more the less the children of a level differ beyond chance (`_strength`). The
    overall ratio counts half a fail more than there were, so that it is never 0.
    """
    if units.empty:
        return None
    overall = (float(units["failed"].sum()) + 0.5) / (len(units) + 1)
    levels: list[dict[tuple[Hashable, ...], float]] = []
    for depth in range(1, len(by) + 1):
        level: dict[tuple[Hashable, ...], float] = {}
        sums = units.groupby(list(by[:depth]), observed=True)["failed"].agg(["size", "sum"])
        strength = _strength(sums)
        for key, count, fails in zip(sums.index, sums["size"], sums["sum"], strict=True):
            name = key if isinstance(key, tuple) else (key,)
            parent = levels[-1][name[:-1]] if levels else overall
            own_weight = count / (count + strength)
            level[name] = parent + own_weight * (fails / count - parent)
        levels.append(level)
    return Baseline(tuple(by), overall, tuple(levels), len(units))


def _strength(sums: pd.DataFrame) -> float:
    """How many units of its parent a child's ratio is mixed with: empirical Bayes, beta-binomial.

    The children of a parent share a beta distribution whose intraclass correlation is the excess of
    Pearson's statistic over its degrees of freedom, by moments (Kleinman 1973; Tarone 1979);
    strength = 1 / correlation - 1. Infinite where they differ no more than by chance: then all of
    them have their parent's ratio. `sums`: `size` and `sum` (fails), by keys whose last is the
    child.

    >>> alike = pd.DataFrame({"size": [900, 900], "sum": [18, 19]}, index=["L1", "L2"])
    >>> apart = pd.DataFrame({"size": [900, 900], "sum": [9, 45]}, index=["L1", "L2"])
    >>> _strength(alike), round(_strength(apart))
    (inf, 100)
    """
    keys = [key[:-1] if isinstance(key, tuple) else () for key in sums.index]
    parent = pd.factorize(pd.Series(keys, dtype=object))[0]
    units, fails = sums["size"].to_numpy(dtype=float), sums["sum"].to_numpy(dtype=float)
    whole = np.bincount(parent, units)[parent]
    ratio = np.bincount(parent, fails)[parent] / whole
    variance = units * ratio * (1 - ratio)
    told = variance > 0
    excess = np.square(fails - units * ratio)[told] / variance[told]
    freedom = int(told.sum()) - len(np.unique(parent[told]))
    room = ((units - 1) * (1 - units / whole))[told].sum()
    correlation = (excess.sum() - freedom) / room if room else 0.0
    return max(STRENGTH_UNITS, 1 / correlation - 1) if correlation > 0 else float("inf")


def evidence(failed: Flags, expected: Floats) -> Floats:
    """The chart: after each unit, the log likelihood ratio for 2.5 times as many fails, 0 at least.

    >>> evidence(np.array([True, False, True]), np.full(3, 0.08)).round(3).tolist()
    [0.916, 0.777, 1.693]
    """
    total = np.cumsum(_steps(failed, expected))
    chart: Floats = total - np.minimum(np.minimum.accumulate(total), 0.0)
    return chart


def find_drop(
    units: pd.DataFrame,
    baseline: Baseline | None,
    *,
    line: str,
    operation: str,
    units_per_alarm: float,
    confidence: float = 0.95,
) -> Drop | None:
    """The first alarm of one chart; None without one, without units, without a baseline
    or with one of which half failed.

    `units`: first verdicts since the baseline (or since the last alarm was closed), with `at`,
    `failed` and the baseline's columns, in any order. `units_per_alarm`: see
    `drop_threshold.units_per_false_alarm`.
    """
    if baseline is None or units.empty or baseline.overall >= HIGHEST_RAISED:
        return None
    rows = units.sort_values("at", kind="stable")
    failed = rows["failed"].to_numpy(dtype=bool)
    expected = np.clip(baseline.expected(rows), SMALLEST_BASELINE, LARGEST_BASELINE)
    threshold = threshold_for(float(expected.mean()), units_per_alarm)
    chart = evidence(failed, expected)
    alarms = np.flatnonzero(chart >= threshold)
    if not alarms.size:
        return None
    alarm = int(alarms[0])
    began = _began(chart, alarm)
    early, late = _dated(failed[: alarm + 1], expected[: alarm + 1], confidence)
    at = rows["at"].iloc
    units_since = len(rows) - began
    fails = int(failed[began:].sum())
    return Drop(
        line,
        operation,
        at[began],
        (at[min(early, began)], at[max(late, began)]),
        confidence,
        at[alarm],
        alarm - began + 1,
        units_since,
        fails,
        float(expected[began:].sum()),
        float(expected[began:].mean()),
        fails / units_since,
        float(chart[alarm]),
        threshold,
        units_per_alarm,
    )


def _began(chart: npt.NDArray[np.float64], alarm: int) -> int:
    """The unit after the chart's last zero before the alarm."""
    zeros = np.flatnonzero(chart[:alarm] <= 0.0)
    return int(zeros[-1]) + 1 if zeros.size else 0


def find_drops(
    units: pd.DataFrame,
    baselines: Mapping[tuple[str, str], Baseline | None],
    units_per_week: Mapping[tuple[str, str], float],
    *,
    false_alarms_per_week: float = 1.0,
) -> list[Drop]:
    """The alarms of a whole plant's charts, one per line and operation, the earliest first.

    `units` as in `find_drop`, with `line` and `operation`. All charts of `units_per_week` share the
    plant's false alarms, also those that have no unit here.
    """
    rate = units_per_false_alarm(units_per_week.values(), false_alarms_per_week)
    found = [
        find_drop(
            rows,
            baselines.get((str(line), str(operation))),
            line=str(line),
            operation=str(operation),
            units_per_alarm=rate,
        )
        for (line, operation), rows in units.groupby(["line", "operation"], observed=True)
    ]
    return sorted((one for one in found if one), key=lambda one: one.detected_at)


def _steps(failed: Flags, expected: Floats, multiple: float = RAISED) -> Floats:
    """Log likelihood ratio of each unit for a fail ratio so many times the expected one."""
    base = np.clip(expected, SMALLEST_BASELINE, LARGEST_BASELINE)
    highest = HIGHEST_RAISED if multiple == RAISED else 0.95
    higher = np.minimum(multiple * base, highest)
    steps: Floats = np.where(failed, np.log(higher / base), np.log((1 - higher) / (1 - base)))
    return steps


def _dated(failed: Flags, expected: Floats, confidence: float) -> tuple[int, int]:
    """First and last unit that the change began with, by the posterior over all units.

    Every unit is as likely beforehand, and so is every rise of `MULTIPLES`; the likelihood of a
    change at a unit is that of all units from there on.
    """
    start = max(0, len(failed) - DATED_WITHIN_UNITS)
    after = np.array(
        [
            np.cumsum(_steps(failed[start:], expected[start:], float(multiple))[::-1])[::-1]
            for multiple in MULTIPLES
        ]
    )
    weight = np.exp(after - after.max()).sum(axis=0)
    below = np.cumsum(weight) / weight.sum()
    tail = (1 - confidence) / 2
    early, late = np.searchsorted(below, [tail, 1 - tail])
    last = len(failed) - 1
    return min(start + int(early), last), min(start + int(late), last)
