"""How high a chart of fails must rise before it alarms, for a stated rate of false alarms.

A Bernoulli CUSUM adds ln(p1/p0) for a fail and ln((1-p1)/(1-p0)) for a pass, and never falls below
zero. On a fine grid it is a Markov chain, whose mean run from zero to an alarm follows from one
linear system (Brook and Evans 1972; Reynolds and Stoumbos 1999).
"""

from collections.abc import Iterable
from functools import lru_cache
from math import ceil, log

import numpy as np
from scipy.linalg import solve_banded

RAISED = 2.5
"""Times the baseline that a chart looks for. At 8 % failing and one false alarm in 10,000 units, a
rise to 20 % is found after 60 units in the middle (63 with twice the baseline), one to 14 % after
177 (156)."""
HIGHEST_RAISED = 0.5
SMALLEST_BASELINE, LARGEST_BASELINE = 0.002, 0.4
"""A baseline outside is taken as the nearer of these: a rise from less than the one is too rare to
be seen within weeks, and one from more than the other would be to more than a coin's."""
GRID = 0.012
"""Widest grid, in units of evidence (natural logarithm)."""
DIGITS = 3
"""Figures to which baselines and rates are rounded, so that thresholds are computed once."""


def raised(ratio: float) -> float:
    """The fail ratio that a chart looks for: 2.5 times the baseline, one half at most.

    >>> raised(0.08), raised(0.4)
    (0.2, 0.5)
    """
    return min(RAISED * ratio, HIGHEST_RAISED)


def units_per_false_alarm(
    units_per_week: Iterable[float], false_alarms_per_week: float = 1.0
) -> float:
    """Units between false alarms that each of a plant's charts must keep to.

    All charts share one rate per unit, so that the whole plant has the stated number a week however
    many charts there are. Raises ValueError without a positive rate.

    >>> units_per_false_alarm([500.0, 250.0, 250.0], 0.5)
    2000.0
    """
    if false_alarms_per_week <= 0:
        raise ValueError(
            f"false_alarms_per_week is {false_alarms_per_week}; expected more than 0, such as 1"
        )
    return max(1.0, sum(units_per_week) / false_alarms_per_week)


def threshold_for(baseline_ratio: float, units_per_alarm: float) -> float:
    """Evidence at which a chart alarms: one false alarm per so many units on average.

    >>> round(threshold_for(0.08, 10_000), 1)
    5.9
    """
    ratio = min(max(baseline_ratio, SMALLEST_BASELINE), LARGEST_BASELINE)
    return _threshold(float(f"{ratio:.{DIGITS}g}"), float(f"{units_per_alarm:.{DIGITS}g}"))


@lru_cache(maxsize=4096)
def _threshold(ratio: float, units_per_alarm: float) -> float:
    """Where the mean run is long enough, by bisection over grid points and a line between two.

    The mean run is at least e to the threshold (Lorden 1971), which bounds the search.
    """
    up, down, grid = _steps(ratio)
    low, high = 0, ceil(log(max(units_per_alarm, 1.0)) / grid) + 1
    runs = {low: 0.0, high: _mean_run(ratio, high, up, down)}
    while high - low > 1:
        middle = (low + high) // 2
        runs[middle] = _mean_run(ratio, middle, up, down)
        low, high = (middle, high) if runs[middle] < units_per_alarm else (low, middle)
    part = (units_per_alarm - runs[low]) / max(runs[high] - runs[low], 1e-9)
    return (low + min(1.0, part)) * grid


def mean_units_to_alarm(baseline_ratio: float, ratio: float, threshold: float) -> float:
    """Units until a chart of that baseline alarms on average, when units fail at `ratio`.

    >>> [round(mean_units_to_alarm(0.08, ratio, 5.89), -1) for ratio in (0.08, 0.2)]
    [9620.0, 70.0]
    """
    up, down, grid = _steps(baseline_ratio)
    return _mean_run(ratio, max(1, round(threshold / grid)), up, down)


def _steps(ratio: float) -> tuple[int, int, float]:
    """Grid points up for a fail and down for a pass, and the width of the grid that fits best."""
    passed = log((1 - ratio) / (1 - raised(ratio)))
    failed = log(raised(ratio) / ratio)
    fewest = ceil(passed / GRID)
    widths = (
        (abs(failed * n / passed - round(failed * n / passed)), n)
        for n in range(fewest, 2 * fewest + 2)
    )
    _, down = min(widths)
    grid = passed / down
    return round(failed / grid), down, grid


def _mean_run(ratio: float, states: int, up: int, down: int) -> float:
    """Mean units from zero until the chart reaches `states` grid points."""
    above = min(up, states - 1)
    below = min(down, states - 1)
    bands = np.zeros((above + below + 1, states))
    bands[above] = 1.0
    if up < states:
        bands[0, up:] -= ratio
    row = np.arange(states)
    column = np.maximum(row - down, 0)
    np.add.at(bands, (above + row - column, column), ratio - 1.0)
    return float(solve_banded((below, above), bands, np.ones(states))[0])
