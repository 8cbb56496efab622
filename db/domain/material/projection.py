"""One part's path hour by hour, as its page draws it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from db.domain.calendar import HOUR
from db.domain.limits import Limits
from db.domain.material.facts import Facts
from db.domain.material.ground import futures_of, ground_of
from db.domain.material.line_stops import Future
from db.domain.material.plan import A_MOMENT
from db.domain.material.results import CASES, CaseName


@dataclass(frozen=True, slots=True)
class Projection:
    """A part's stock + receipts − consumption at each instant, in each case."""

    instants: tuple[datetime, ...]
    balances: dict[CaseName, tuple[float, ...]]


def projection(
    facts: Facts,
    part: str,
    *,
    late_quantile: float = 0.8,
    limits: Limits,
    every: timedelta = HOUR,
) -> Projection | None:
    """The path of a bought part from now to the horizon's end; None when nobody needs or holds it.

    What arrives at an instant counts at that instant.
    """
    ground = ground_of(facts, late_quantile, limits)
    if part not in ground.bought:
        return None
    futures = futures_of(ground)
    count = int((facts.day_edges[-1] - facts.at) / every)
    instants = tuple(facts.at + every * step for step in range(count + 1))
    return Projection(
        instants, {case: _sampled(futures.by_case[case], part, every, count) for case in CASES}
    )


def _sampled(found: Future, part: str, every: timedelta, count: int) -> tuple[float, ...]:
    grid, row = found.plan.grid, found.row[part]
    points = np.arange(count + 1) * every.total_seconds()
    need = np.interp(points, grid, found.need[row])
    place = np.searchsorted(grid, points + A_MOMENT, side="right") - 1
    return tuple(float(qty) for qty in found.have[row, place] - need)
