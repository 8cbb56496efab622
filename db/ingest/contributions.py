"""What units and test runs add to the hours: keys and integer measures, pure.

An hour's row is a sum of contributions with sign +1; taking a contribution off is adding it with
sign −1. The days are the same sums without the hour.
"""

from collections.abc import Callable, Iterable
from typing import Any

from db.ingest.history import Run, Unit

Sums = dict[tuple[Any, ...], list[int]]
"""Rollup key → measures."""
OUTPUT_COLUMNS = (
    "plant", "line", "operation", "product", "business_on", "shift", "hour_at",
    "completed_count", "duration_ms", "duration_count",
)  # fmt: skip
YIELD_COLUMNS = (
    "plant", "line", "operation", "product", "business_on", "shift", "hour_at", "station",
    "first_count", "first_passed_count", "run_count", "passed_count", "failed_count",
    "no_verdict_count",
)  # fmt: skip
HourOf = Callable[[Any], Any]
"""Instant → the UTC hour it lies in, in the store's own values."""


def add_output(sums: Sums, units: Iterable[Unit], sign: int, hour_of: HourOf) -> None:
    """Add the first completions of units, in the order of OUTPUT_COLUMNS.

    >>> sums: Sums = {}
    >>> unit = Unit("mp", "R1", "burn_in", completed_at=7.5, completed_line="A", completed_ms=3)
    >>> add_output(sums, [unit], 1, int)
    >>> sums
    {('mp', 'A', 'burn_in', '', None, '', 7): [1, 3, 1]}
    """
    for unit in units:
        if unit.completed_at is None:
            continue
        key = (
            unit.plant,
            unit.completed_line,
            unit.operation,
            unit.product,
            unit.completed_on,
            unit.completed_shift,
            hour_of(unit.completed_at),
        )
        measures = sums.setdefault(key, [0, 0, 0])
        measures[0] += sign
        if unit.completed_ms is not None:
            measures[1] += sign * unit.completed_ms
            measures[2] += sign


def add_firsts(sums: Sums, units: Iterable[Unit], sign: int, hour_of: HourOf) -> None:
    """Add the first verdicts of units, in the order of YIELD_COLUMNS."""
    for unit in units:
        if unit.first_verdict_at is None:
            continue
        key = (
            unit.plant,
            unit.first_verdict_line,
            unit.operation,
            unit.product,
            unit.first_verdict_on,
            unit.first_verdict_shift,
            hour_of(unit.first_verdict_at),
            unit.first_verdict_station,
        )
        measures = sums.setdefault(key, [0] * 6)
        measures[0] += sign
        measures[1] += sign * (unit.first_verdict == "passed")


def add_runs(sums: Sums, plant: str, runs: Iterable[Run], sign: int, hour_of: HourOf) -> None:
    """Add every test run, with or without a verdict, in the order of YIELD_COLUMNS."""
    for run in runs:
        key = (
            plant,
            run.line,
            run.operation,
            run.product,
            run.business_on,
            run.shift,
            hour_of(run.occurred_at),
            run.station,
        )
        measures = sums.setdefault(key, [0] * 6)
        measures[2] += sign
        measures[{"passed": 3, "failed": 4}.get(run.verdict, 5)] += sign


def rows_of(sums: Sums) -> list[tuple[Any, ...]]:
    """The sums that are not all nothing, as rows."""
    return [(*key, *measures) for key, measures in sums.items() if any(measures)]
