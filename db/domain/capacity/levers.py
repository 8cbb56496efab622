"""Which single change buys the most racks: every change worth asking, each answered by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from db.domain.capacity.constraint import tightest
from db.domain.capacity.scenario import (
    AddShift,
    Change,
    ChangeYield,
    LoseResource,
    MoveReceipt,
    Scenario,
)
from db.domain.capacity.whatif import DEFAULT_LIMITS, Standing, answer
from db.domain.limits import Limits

SHIFT_HOURS = 12.0
"""Hours a week of one shift more."""
MORE_RATIO = 0.1
YIELD_POINTS = 0.01
EARLIER_DAYS = -2


@dataclass(frozen=True, slots=True)
class Lever:
    """A change made alone, and the racks it buys over all weeks ahead, at all plants together;
    None when that is not known."""

    change: Change
    racks: float | None


def ranked(standing: Mapping[str, Standing], limits: Limits = DEFAULT_LIMITS) -> tuple[Lever, ...]:
    """Every change worth asking, what buys most racks first."""
    found = [
        Lever(change, _gained(standing, change, limits))
        for plant in standing
        for change in worth_asking(standing[plant])
    ]
    return tuple(sorted(found, key=lambda one: -(one.racks or 0.0)))


def _gained(standing: Mapping[str, Standing], change: Change, limits: Limits) -> float | None:
    told = answer(standing, Scenario((change,)), limits)
    known = [one.racks_gained for one in told.plants if one.racks_gained is not None]
    return sum(known) if known else None


def worth_asking(one: Standing) -> Iterator[Change]:
    """Changes of one plant: a shift more, a tenth more of the two tightest resources, a point more
    yield of what it makes most, and the receipts its line stops wait for two days earlier."""
    facts = one.facts.capacity
    week = tightest(one.ledger.weeks)
    ahead = [row.week for row in one.ledger.weeks if not row.is_past]
    if week is None:
        return
    begin, end = ahead[0].first_on, ahead[-1].first_on + timedelta(days=7)
    yield AddShift(facts.plant, SHIFT_HOURS, begin, end)
    amounts = {resource.code: resource.amount_in(week.week) for resource in facts.resources}
    for limit in one.ledger.limits.get(week.week.label, ())[:2]:
        more = max(1.0, round(MORE_RATIO * (amounts[limit.resource] or 0.0)))
        yield LoseResource(facts.plant, limit.resource, -more, begin, end)
    yield from _yields(one)
    yield from _receipts(one, facts.today)


def _yields(one: Standing) -> Iterator[Change]:
    measured = [row for row in one.facts.material.yields if row.disposed_count]
    if measured:
        most = max(measured, key=lambda row: row.disposed_count)
        now = most.passed_count / most.disposed_count
        if now < 1:
            better = round(min(1.0, now + YIELD_POINTS), 4)
            yield ChangeYield(one.facts.capacity.plant, most.product, better)


def _receipts(one: Standing, today: date) -> Iterator[Change]:
    waited = {stop.part for stop in one.stops if stop.part}
    for part in sorted(waited):
        open_ = [
            row
            for row in one.facts.material.promises
            if row.part == part and row.usable_at and row.promised_on and row.promised_on >= today
        ]
        if open_:
            first = min(open_, key=lambda row: (row.promised_on or date.max, row.key))
            yield MoveReceipt(one.facts.capacity.plant, first.key, EARLIER_DAYS)
