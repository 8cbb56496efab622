"""One part's path hour by hour, as its page draws it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from db.domain.calendar import HOUR
from db.domain.limits import Limits
from db.domain.material.facts import Facts
from db.domain.material.ground import futures_of, ground_of
from db.domain.material.line_stops import Future
from db.domain.material.parts import NOTHING
from db.domain.material.plan import A_MOMENT
from db.domain.material.results import CASES, CaseName
from db.domain.material.supply import LATE_QUANTILE


@dataclass(frozen=True, slots=True)
class Projection:
    """A part's stock + receipts − consumption at each instant, in each case."""

    instants: tuple[datetime, ...]
    balances: dict[CaseName, tuple[float, ...]]


def projection(
    facts: Facts,
    part: str,
    *,
    late_quantile: float = LATE_QUANTILE,
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


def stoppages(
    facts: Facts, part: str, case: CaseName = "promised", *, limits: Limits
) -> tuple[tuple[datetime, datetime | None], ...]:
    """When lines stand still for a part and go on, if what they lose is not made up for.

    A stopped line consumes nothing until something arrives; the plan after that stays as it is.
    The end of the last may be None: nothing more arrives within the horizon.
    """
    ground = ground_of(facts, LATE_QUANTILE, limits)
    found = futures_of(ground).by_case[case]
    grid, row = found.plan.grid, found.row[part]
    come = np.diff(found.have[row], append=found.have[row, -1])
    left, down_at = float(found.have[row, 0]), None
    spans: list[tuple[datetime, datetime | None]] = []
    for index, used in enumerate(found.used[row]):
        if down_at is None and used > left + NOTHING:
            down_at = grid[index] + left / used * (grid[index + 1] - grid[index])
        left = 0.0 if down_at is not None else left - float(used)
        if come[index] > 0:
            left += float(come[index])
            if down_at is not None:
                spans.append((_at(facts, down_at), _at(facts, grid[index + 1])))
                down_at = None
    return (*spans, (_at(facts, down_at), None)) if down_at is not None else tuple(spans)


def _at(facts: Facts, after: float) -> datetime:
    return facts.at + timedelta(seconds=round(after))
