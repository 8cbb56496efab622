"""What units and test runs add to the hours: keys and integer measures, pure.

An hour's row is a sum of contributions with sign +1; taking a contribution off is adding it with
sign −1. The days are the same sums without the hour.
"""

from collections.abc import Callable, Iterable
from typing import Any

from db.ingest.dialect import Columns
from db.ingest.history import Run

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
_COMPLETION = (
    "completed_ms", "completed_at", "plant", "completed_line", "operation", "product",
    "completed_on", "completed_shift",
)  # fmt: skip
_VERDICT = (
    "first_verdict", "first_verdict_at", "plant", "first_verdict_line", "operation", "product",
    "first_verdict_on", "first_verdict_shift", "first_verdict_station",
)  # fmt: skip
HourOf = Callable[[Any], Any]
"""Instant → the UTC hour it lies in, in the store's own values."""


def add_output(sums: Sums, units: Columns, sign: int, hour_of: HourOf) -> None:
    """Add the first completions of units (see `columns_of`), in the order of OUTPUT_COLUMNS.

    >>> from db.ingest.history import Unit, columns_of
    >>> sums: Sums = {}
    >>> unit = Unit("mp", "R1", "burn_in", completed_at=7.5, completed_line="A", completed_ms=3)
    >>> add_output(sums, columns_of([unit]), 1, int)
    >>> sums
    {('mp', 'A', 'burn_in', '', None, '', 7): [1, 3, 1]}
    """
    values = zip(*map(units.__getitem__, _COMPLETION), strict=True)
    for ms, at, plant, line, operation, product, on, shift in values:
        if at is None:
            continue
        key = (plant, line, operation, product, on, shift, hour_of(at))
        measures = sums.get(key)
        if measures is None:
            measures = sums[key] = [0, 0, 0]
        measures[0] += sign
        if ms is not None:
            measures[1] += sign * ms
            measures[2] += sign


def add_firsts(sums: Sums, units: Columns, sign: int, hour_of: HourOf) -> None:
    """Add the first verdicts of units, in the order of YIELD_COLUMNS."""
    values = zip(*map(units.__getitem__, _VERDICT), strict=True)
    for verdict, at, plant, line, operation, product, on, shift, station in values:
        if at is None:
            continue
        key = (plant, line, operation, product, on, shift, hour_of(at), station)
        measures = sums.setdefault(key, [0] * 6)
        measures[0] += sign
        measures[1] += sign * (verdict == "passed")


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
