"""Run rules: patterns among points that are unlikely when nothing changed.

Nelson (The Shewhart control chart: tests for special causes, Journal of Quality Technology 16,
1984) and Western Electric (Statistical Quality Control Handbook, 1956). Every inequality is strict:
a tie, a point on the centre line and a missing point break a pattern. A pattern is reported at the
last point of its window. The rules take points standardized by their own standard error, so that
subgroups of different size can be judged together.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from db.domain.spc.lines import Array

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern: how many points it needs, what must hold among them, and how it reads."""

    code: str
    length: int
    holds: Callable[[Array], Flags]
    sentence: str


@dataclass(frozen=True, slots=True)
class Signal:
    """A rule that holds at the window ending with the point at `index` (from 0)."""

    code: str
    index: int
    sentence: str


def _one_side(count: int, beyond: float) -> Callable[[Array], Flags]:
    """At least `count` points of each window further than `beyond` sigmas out on one side."""

    def holds(windows: Array) -> Flags:
        above, below = (windows > beyond).sum(axis=1), (windows < -beyond).sum(axis=1)
        return np.asarray((above >= count) | (below >= count))

    return holds


def _beyond(windows: Array) -> Flags:
    return np.asarray(np.abs(windows[:, 0]) > 3)


def _steady(windows: Array) -> Flags:
    steps = np.diff(windows, axis=1)
    return np.asarray((steps > 0).all(axis=1) | (steps < 0).all(axis=1))


def _alternating(windows: Array) -> Flags:
    signs = np.sign(np.diff(windows, axis=1))
    return np.asarray((signs[:, 1:] * signs[:, :-1] == -1).all(axis=1))


def _hugging(windows: Array) -> Flags:
    return np.asarray((np.abs(windows) < 1).all(axis=1))


def _avoiding(windows: Array) -> Flags:
    both = (windows > 1).any(axis=1) & (windows < -1).any(axis=1)
    return np.asarray((np.abs(windows) > 1).all(axis=1) & both)


NELSON = {
    number: Rule(f"nelson-{number}", length, holds, sentence)
    for number, length, holds, sentence in (
        (1, 1, _beyond, "one point more than 3 sigmas from the centre"),
        (2, 9, _one_side(9, 0), "nine points in a row on one side of the centre"),
        (3, 6, _steady, "six points in a row steadily rising or falling"),
        (4, 14, _alternating, "fourteen points in a row alternating up and down"),
        (5, 3, _one_side(2, 2), "two of three points more than 2 sigmas out on one side"),
        (6, 5, _one_side(4, 1), "four of five points more than 1 sigma out on one side"),
        (7, 15, _hugging, "fifteen points in a row within 1 sigma of the centre"),
        (8, 8, _avoiding, "eight points in a row more than 1 sigma out, on both sides"),
    )
}
WESTERN_ELECTRIC = {
    number: Rule(f"western-electric-{number}", length, holds, sentence)
    for number, length, holds, sentence in (
        (1, 1, _beyond, "one point more than 3 sigmas from the centre"),
        (2, 3, _one_side(2, 2), "two of three points more than 2 sigmas out on one side"),
        (3, 5, _one_side(4, 1), "four of five points more than 1 sigma out on one side"),
        (4, 8, _one_side(8, 0), "eight points in a row on one side of the centre"),
    )
}
FOR_VARIABLES = (NELSON[1], NELSON[2], NELSON[5])
FOR_ATTRIBUTES = (NELSON[1], NELSON[2])
"""Defaults. Each added rule costs false alarms: all four Western Electric rules together quarter
the 370 points between false alarms of the first alone; rule 3 adds little to find drifts."""


def flags(standardized: ArrayLike, rule: Rule) -> Flags:
    """At which points the window that ends there shows the pattern.

    >>> flags([0, 2.5, 1.0, 2.6, 0], WESTERN_ELECTRIC[2]).nonzero()[0].tolist()
    [3]
    """
    points = np.atleast_1d(np.asarray(standardized, dtype=float))
    found = np.zeros(points.size, dtype=bool)
    if points.size >= rule.length:
        found[rule.length - 1 :] = rule.holds(sliding_window_view(points, rule.length))
    return found


def signals(standardized: ArrayLike, rules: Iterable[Rule] = FOR_VARIABLES) -> list[Signal]:
    """Every rule that holds, by point and then in the order of `rules`.

    >>> [(signal.code, signal.index) for signal in signals([0.5, 3.2, 2.1])]
    [('nelson-1', 1), ('nelson-5', 2)]
    """
    found = [
        Signal(rule.code, int(index), rule.sentence)
        for rule in rules
        for index in flags(standardized, rule).nonzero()[0]
    ]
    return sorted(found, key=lambda signal: signal.index)
