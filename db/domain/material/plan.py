"""The plan over time: racks completed in stretches in which nothing bends, in working time only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from db.domain.calendar import HOUR
from db.domain.material.facts import Facts, PlannedHour

Series = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

A_MOMENT = 1e-6
"""Seconds closer than this are the same instant."""


def seconds(at: datetime, since: datetime) -> float:
    """Seconds from one instant to another."""
    return (at - since).total_seconds()


@dataclass(frozen=True, slots=True)
class Plan:
    """Good racks of each (line, product) completed in each stretch between the grid's points.

    `grid` is in seconds from now; `day` is the place of each stretch's business date in the facts'
    days. `racks` is pairs × stretches.
    """

    grid: Series
    day: Places
    pairs: tuple[tuple[str, str], ...]
    racks: Series


def spread(facts: Facts, hours: Sequence[PlannedHour], bends: Sequence[float]) -> Plan:
    """The plan from now to the horizon's end, each hour's racks over its working time only.

    What an hour plans has been built in proportion to the working time that has gone by. An hour
    without any working time that plans racks all the same is overtime: spread over the whole hour.
    """
    at, end = facts.at, seconds(facts.day_edges[-1], facts.at)
    work = working_spans(facts)
    pairs = tuple(sorted({(hour.line, hour.product) for hour in hours}))
    row = {pair: index for index, pair in enumerate(pairs)}
    rows = np.array([row[hour.line, hour.product] for hour in hours], dtype=np.intp)
    starts = np.array([seconds(hour.hour_at, at) for hour in hours], dtype=np.float64)
    stops = starts + HOUR.total_seconds()
    qty = np.array([hour.qty for hour in hours], dtype=np.float64)
    edges = np.array([seconds(edge, at) for edge in facts.day_edges], dtype=np.float64)
    grid = points_of([work.ravel(), starts, stops, edges, np.array(bends, dtype=np.float64)], end)
    lengths, middles = np.diff(grid), (grid[1:] + grid[:-1]) / 2
    day = np.clip(np.searchsorted(edges, middles, side="right") - 1, 0, len(facts.days) - 1)
    worked = seconds_worked(work)
    hour_work = worked(stops) - worked(starts)
    is_idle = hour_work <= A_MOMENT
    work_lengths = worked(grid[1:]) - worked(grid[:-1])
    first = np.searchsorted(grid, starts - A_MOMENT)
    last = np.searchsorted(grid, np.minimum(stops, end) - A_MOMENT)
    racks = np.zeros((len(pairs), len(lengths)))
    for chosen, spans, whole in (
        (~is_idle, work_lengths, hour_work),
        (is_idle, lengths, stops - starts),
    ):
        if chosen.any():
            rates = qty[chosen] / whole[chosen]
            racks += _rates(rows[chosen], first[chosen], last[chosen], rates, racks.shape) * spans
    return Plan(grid, day.astype(np.intp), pairs, racks)


def points_of(found: Sequence[Series], end: float) -> Series:
    """Every point between now and the end, once; what lies within a moment is one."""
    points = np.concatenate([*found, np.array([0.0, end])])
    points = np.unique(points[(points >= 0) & (points <= end)])
    keep = np.append(True, np.diff(points) > A_MOMENT)
    kept: Series = points[keep]
    return kept


def working_spans(facts: Facts) -> Series:
    """The stretches in which the lines run, in seconds from now: n × 2."""
    spans = [(seconds(start, facts.at), seconds(stop, facts.at)) for start, stop in facts.working]
    return np.array(spans, dtype=np.float64).reshape(-1, 2)


def seconds_worked(work: Series) -> Callable[[Series], Series]:
    """A function telling the seconds worked until each instant."""
    lengths = work[:, 1] - work[:, 0]
    ends = np.cumsum(lengths)
    edges, until = work.ravel(), np.column_stack([ends - lengths, ends]).ravel()

    def worked(at: Series) -> Series:
        found: Series = np.interp(at, edges, until) if edges.size else np.zeros_like(at)
        return found

    return worked


def _rates(
    rows: Places, first: Places, last: Places, rates: Series, shape: tuple[int, ...]
) -> Series:
    """The rate of each row in each stretch: entries run from first up to last."""
    counts = np.maximum(0, last - first)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    cells = np.repeat(rows * shape[1] + first, counts) + offsets
    weights = np.repeat(rates, counts)
    summed: Series = np.bincount(cells, weights, minlength=shape[0] * shape[1]).astype(np.float64)
    return np.reshape(summed, shape)
