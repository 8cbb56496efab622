"""What another plant could spare to lift a stop, net of its own need, and in time to help."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import ceil, floor

from db.domain.material.parts import NOTHING
from db.domain.material.results import Move, Outlook, PartOutlook
from db.domain.material.sentences import amount

NO_NAMES: Mapping[str, str] = {}
PIECES = "EA"
"""The unit that is moved in whole ones; of any other a tenth is."""


def move_hints(
    outlooks: Mapping[str, Outlook],
    transport_days: Mapping[tuple[str, str], float],
    names: Mapping[str, str] = NO_NAMES,
) -> tuple[Move, ...]:
    """Moves that would lift or shorten a promised-case stop, the earliest stop first.

    What is moved is whole pieces and what it saves whole racks; what saves none is no hint.
    Sentences call plants by their `names`, by code where there is none.
    `transport_days` is by (from plant, to plant), from door to shelf; a pair without them gets no
    hint. A move leaves now, so it arrives that many days after the receiving plant's as-of. What
    arrives once the stop is over helps nobody and is not told. A giver keeps all that its own
    promised path needs; what is told to one plant is told to another too: each move is a hint.
    """
    found = []
    for to_plant, outlook in outlooks.items():
        for wanted in outlook.parts:
            for from_plant, days in _givers(to_plant, transport_days):
                given = _spare(outlooks.get(from_plant), wanted)
                move = given and _move(
                    outlook, to_plant, wanted, given, from_plant=from_plant, days=days, names=names
                )
                if move:
                    found.append((wanted.cases["promised"].line_stops_at, move))
    found.sort(key=lambda one: (one[0], -one[1].racks_saved, one[1].transport_days, one[1].part))
    return tuple(move for _, move in found)


def _givers(
    to_plant: str, transport_days: Mapping[tuple[str, str], float]
) -> Iterable[tuple[str, float]]:
    pairs = sorted(transport_days.items())
    return ((start, days) for (start, end), days in pairs if end == to_plant and start != end)


def _spare(outlook: Outlook | None, wanted: PartOutlook) -> PartOutlook | None:
    """The same part at another plant, when it is counted in the same unit and some is left over."""
    for one in outlook.parts if outlook else ():
        if one.part == wanted.part and one.unit == wanted.unit and one.surplus_qty > NOTHING:
            return one
    return None


def _move(
    outlook: Outlook,
    to_plant: str,
    wanted: PartOutlook,
    given: PartOutlook,
    *,
    from_plant: str,
    days: float,
    names: Mapping[str, str],
) -> Move | None:
    case = wanted.cases["promised"]
    stops_at = case.line_stops_at
    arrives_at = outlook.as_of_at + timedelta(days=days)
    end = case.covered_at or outlook.day_edges[-1]
    if stops_at is None or arrives_at >= end:
        return None
    start = max(stops_at, arrives_at)
    whole = _needed(wanted, outlook, stops_at, end)
    missing = _needed(wanted, outlook, start, end)
    if missing <= NOTHING or whole <= NOTHING:
        return None
    wished = max(missing, _deepest(wanted, outlook, stops_at, end))
    qty = min(_whole(given.surplus_qty, given.unit), _whole(wished, wanted.unit, is_up=True))
    saved = floor(case.racks_at_risk * min(qty, missing) / whole + NOTHING)
    if saved < 1:
        return None
    remains = _remaining(wanted, outlook, arrives_at, qty, stops_at)
    then = (
        "no stop remains"
        if remains is None
        else f"then short again on {_on(_day(outlook, remains))}"
    )
    if arrives_at > stops_at:
        then = "the stop is shortened"
    return Move(
        wanted.part,
        wanted.name,
        from_plant,
        to_plant,
        qty,
        days,
        arrives_at,
        float(saved),
        remains,
        f"{names.get(from_plant, from_plant)} can spare {amount(qty)} {wanted.unit} of "
        f"{wanted.name or wanted.part}: {days:g} {'day' if days == 1 else 'days'} to "
        f"{names.get(to_plant, to_plant)}, saves {saved} {'rack' if saved == 1 else 'racks'}; "
        f"{then}.",
    )


def _on(day: date) -> str:
    return f"{day:%a %b} {day.day}"


def _whole(qty: float, unit: str, *, is_up: bool = False) -> float:
    """A quantity somebody can pick: whole pieces, or tenths of what is measured."""
    steps = 1 if unit == PIECES else 10
    return (ceil(qty * steps - NOTHING) if is_up else floor(qty * steps + NOTHING)) / steps


def _needed(part: PartOutlook, outlook: Outlook, start: datetime, end: datetime) -> float:
    """Need between two instants, each day's spread evenly over the day."""
    total = 0.0
    edges = [max(edge, outlook.as_of_at) for edge in outlook.day_edges]
    for (low, high), need in zip(pairwise(edges), part.needs, strict=True):
        inside = (min(high, end) - max(low, start)).total_seconds()
        if inside > 0 and high > low:
            total += need * inside / (high - low).total_seconds()
    return total


def _deepest(part: PartOutlook, outlook: Outlook, start: datetime, end: datetime) -> float:
    """The most that is missing at the end of a day of the stop."""
    spans = zip(pairwise(outlook.day_edges), part.cases["promised"].balances, strict=True)
    return max((-left for (low, high), left in spans if high > start and low < end), default=0.0)


def _remaining(
    part: PartOutlook, outlook: Outlook, arrives_at: datetime, qty: float, stops_at: datetime
) -> datetime | None:
    """The stop that remains: the same when the move comes after it, else the start of its day."""
    if arrives_at > stops_at:
        return stops_at
    for edge, left in zip(outlook.day_edges, part.cases["promised"].balances, strict=False):
        if left + qty < -NOTHING:
            return max(edge, outlook.as_of_at)
    return None


def _day(outlook: Outlook, at: datetime) -> date:
    """The business date of an instant."""
    return max(
        (day for day, edge in zip(outlook.days, outlook.day_edges, strict=False) if edge <= at),
        default=outlook.days[0],
    )
