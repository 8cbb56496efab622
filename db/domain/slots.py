"""What the slots of a station were doing: its own reports, told apart by which slots held a rack.

A station says it runs while one of its slots does. Whether it is full or nearly empty is known from
the visits: a slot without a rack, at a station that runs, waits. Stations of one operation on one
line are slots of the same resource.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from db.domain.bottleneck import State
from db.domain.calendar import Span
from db.domain.vocabulary import StationCondition

RUNNING, STARVED = StationCondition.RUNNING.value, StationCondition.STARVED.value


@dataclass(frozen=True, slots=True)
class Visit:
    """A rack in a station, or in one of its slots if its source says which.

    `ended_at` None: it is still there.
    """

    station: str
    started_at: datetime
    ended_at: datetime | None
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A station with its number of slots, and the resource it is part of."""

    station: str
    resource: str
    slots: int = 1


def slot_states(
    reported: Iterable[State], visits: Iterable[Visit], places: Iterable[Place], until: datetime
) -> list[State]:
    """The states of each slot up to `until`, under the name of its resource.

    Reports that name slots are taken as they are. Reports for the whole station hold for all its
    slots, except that one which runs without a rack is starved. Where nothing is reported, a slot
    runs while a rack is in it, and is unknown else. Visits that name no slot fill them in turn.

    >>> from datetime import UTC, timedelta
    >>> six, hour = datetime(2026, 7, 6, 11, tzinfo=UTC), timedelta(hours=1)
    >>> told = slot_states([State("A", "running", six, None)], [Visit("A", six, six + hour)],
    ...                    [Place("A", "TEST", 2)], six + 4 * hour)
    >>> [(one.slot, one.condition, (one.ended_at - one.started_at) / hour) for one in told]
    [('A/1', 'running', 1.0), ('A/1', 'starved', 3.0), ('A/2', 'starved', 4.0)]
    """
    says, holds = defaultdict(list), defaultdict(list)
    for state in reported:
        says[state.station].append(state)
    for visit in visits:
        holds[visit.station].append(visit)
    return [
        one
        for place in places
        for one in _of_place(place, says[place.station], holds[place.station], until)
    ]


def _of_place(
    place: Place, says: Sequence[State], holds: Sequence[Visit], until: datetime
) -> Iterator[State]:
    if any(one.slot for one in says):
        for one in says:
            slot = f"{place.station}/{one.slot}"
            yield State(place.resource, one.condition, one.started_at, one.ended_at, slot)
        return
    spans = _spans(says, until)
    for slot, held in _lanes(holds, place.slots, until).items():
        name = f"{place.station}/{slot}"
        yield from (State(place.resource, is_, a, b, name) for a, b, is_ in _told(spans, held))


Told = tuple[datetime, datetime, str]


def _spans(says: Sequence[State], until: datetime) -> list[Told]:
    """A station's reports in order, a later start ending the one before."""
    found: list[Told] = []
    for one in sorted(says, key=lambda state: state.started_at):
        end = min(one.ended_at or until, until)
        if found and found[-1][1] > one.started_at:
            found[-1] = (found[-1][0], one.started_at, found[-1][2])
        if one.started_at < end:
            found.append((one.started_at, end, one.condition))
    return found


def _lanes(visits: Sequence[Visit], slots: int, until: datetime) -> dict[str, list[Span]]:
    """When each slot held a rack: labelled visits by their label, others in the first free slot."""
    lanes: dict[str, list[Span]] = {}
    for visit in sorted(visits, key=lambda one: one.started_at):
        span = (visit.started_at, min(visit.ended_at or until, until))
        if span[0] >= span[1]:
            continue
        name = visit.slot or next(
            (lane for lane, held in lanes.items() if held[-1][1] <= span[0]), str(len(lanes) + 1)
        )
        lanes.setdefault(name, []).append(span)
    for number in range(len(lanes) + 1, slots + 1):
        name = str(number)
        lanes[name if name not in lanes else f"{name}'"] = []
    return lanes


def _told(spans: Sequence[Told], held: Sequence[Span]) -> Iterator[Told]:
    """One slot: what is reported, split where it runs by whether a rack is in it."""
    for start, end, condition in spans:
        if condition != RUNNING:
            yield start, end, condition
            continue
        at = start
        for a, b in held:
            if b <= at or a >= end:
                continue
            if a > at:
                yield at, a, STARVED
            at = min(b, end)
            yield max(a, start), at, RUNNING
        if at < end:
            yield at, end, STARVED
    for a, b in held:
        yield from ((c, d, RUNNING) for c, d in _outside((a, b), spans))


def _outside(span: Span, spans: Sequence[Told]) -> Iterator[Span]:
    """The parts of a span in which nothing is reported."""
    at, end = span
    for a, b, _ in spans:
        if b <= at or a >= end:
            continue
        if a > at:
            yield at, a
        at = max(at, b)
    if at < end:
        yield at, end


def condition_minutes(
    states: Iterable[State], shifts: Iterable[Span], breaks: Sequence[Span], slots: int
) -> dict[str, float]:
    """Slot-minutes by condition within the shifts. Of a break, what is not reported is planned.

    >>> from datetime import UTC, timedelta
    >>> six, hour = datetime(2026, 7, 6, 11, tzinfo=UTC), timedelta(hours=1)
    >>> condition_minutes([State("A", "running", six, six + hour)], [(six, six + 4 * hour)],
    ...                   [(six + hour, six + 2 * hour)], 1)
    {'running': 60.0, 'planned_stop': 60.0}
    """
    held, inside = list(states), list(shifts)
    minutes: dict[str, float] = defaultdict(float)
    for one in held:
        for span in inside:
            minutes[one.condition] += _shared(one, span)
    pauses = [(max(a, c), min(b, d)) for a, b in breaks for c, d in inside if max(a, c) < min(b, d)]
    reported = sum(_shared(one, pause) for one in held for pause in pauses)
    silent = slots * sum((b - a).total_seconds() / 60 for a, b in pauses) - reported
    if silent > 0:
        minutes[StationCondition.PLANNED_STOP.value] += silent
    return {condition: length for condition, length in minutes.items() if length}


def _shared(state: State, span: Span) -> float:
    a, b = max(state.started_at, span[0]), min(state.ended_at or span[1], span[1])
    return max(0.0, (b - a).total_seconds() / 60)


def slots_of(places: Iterable[Place]) -> Mapping[str, int]:
    """Slots by resource.

    >>> slots_of([Place("A", "LEAK"), Place("B", "LEAK"), Place("C", "BURNIN", 16)])
    {'LEAK': 2, 'BURNIN': 16}
    """
    found: dict[str, int] = {}
    for place in places:
        found[place.resource] = found.get(place.resource, 0) + place.slots
    return found
