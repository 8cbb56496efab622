"""Why an hour made less than planned: stops that were seen, and what nothing explains.

A stop delays racks at the output later than at its own station: it counts in the hour in which what
it held up was due there, by the usual time from that station to the output. Stops nearest to the
output are counted first. A stop explains no more racks than the line plans in its minutes, by the
share of the operation's stations that stood, and all together no more than the hour missed; the
rest is unexplained. This says what was seen at the right time, not what was proved to be the cause.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.domain.limits import Limits
from db.domain.throughput import hour_level
from db.domain.vocabulary import StationCondition

UNEXPLAINED = "unexplained"
STOPS = (
    StationCondition.DOWN,
    StationCondition.NO_OPERATOR,
    StationCondition.STARVED,
    StationCondition.BLOCKED,
    StationCondition.ENGINEERING,
)
"""Conditions that hold a line up; planned stops are not in the plan in the first place."""
LEAST_MISSED = 0.5
"""Racks: under half a rack an hour has not missed anything that can be counted."""
LEAST_TOLD = 0.05


@dataclass(frozen=True, slots=True)
class Stop:
    """A station that stood still.

    `share` of its operation's stations on its line: one of two is 0.5. `lead` is the usual time
    from this operation to the output. `ended_at` None: it lasts.
    """

    line: str
    operation: str
    station: str
    condition: str
    reason: str
    started_at: datetime
    ended_at: datetime | None
    share: float
    lead: timedelta


@dataclass(frozen=True, slots=True)
class Reason:
    """Racks that a stop explains, at most. `kind` is a StationCondition, or "unexplained".

    `minutes` of it fell into the hour, `hours_before` it at its own station.
    """

    kind: str
    racks: float
    text: str = ""
    station: str = ""
    minutes: float = 0.0
    hours_before: float = 0.0


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour's plan and output: planned racks by line, and the minutes the lines work in it."""

    start_at: datetime
    end_at: datetime
    planned: Mapping[str, float]
    done: float
    working_minutes: float

    @property
    def missed(self) -> float:
        """Racks planned and not done; 0 where as many or more were done."""
        return max(0.0, sum(self.planned.values()) - self.done)


def is_missed(planned: float | None, done: float, limits: Limits) -> bool:
    """Whether a reason is wanted: a low hour by the plant's limit, or half a rack short.

    >>> is_missed(2.0, 1, Limits()), is_missed(2.0, 1.8, Limits()), is_missed(None, 0, Limits())
    (True, False, False)
    """
    if not planned:
        return False
    return hour_level(done, planned, limits) == "amber" or planned - done >= LEAST_MISSED


def reasons(hour: Hour, stops: Iterable[Stop]) -> tuple[Reason, ...]:
    """What explains the racks an hour missed, most first, the unexplained rest last; () if none.

    >>> from datetime import UTC
    >>> six = datetime(2026, 7, 6, 11, tzinfo=UTC)
    >>> hour = Hour(six, six + timedelta(hours=1), {"L1": 2.0}, 0, 60)
    >>> down = Stop("L1", "LEAK", "L1-LEAK", "down", "Seal", six - timedelta(hours=3),
    ...             six - timedelta(hours=2.5), 1.0, timedelta(hours=3))
    >>> [(one.kind, one.racks) for one in reasons(hour, [down])]
    [('down', 1.0), ('unexplained', 1.0)]
    """
    left = hour.missed
    if left <= 0:
        return ()
    found = []
    for stop in sorted(stops, key=lambda one: (one.lead, one.started_at)):
        minutes = _minutes(hour, stop)
        racks = min(left, _held_up(hour, stop, minutes))
        if racks < LEAST_TOLD:
            continue
        before = (stop.lead.total_seconds()) / 3600
        found.append(Reason(stop.condition, racks, stop.reason, stop.station, minutes, before))
        left -= racks
    found.sort(key=lambda one: (-one.racks, one.hours_before, one.station))
    rest = (Reason(UNEXPLAINED, left),) if left >= LEAST_TOLD else ()
    return (*found, *rest)


def _minutes(hour: Hour, stop: Stop) -> float:
    """Minutes of a stop whose racks were due in the hour."""
    start = max(hour.start_at, stop.started_at + stop.lead)
    end = hour.end_at if stop.ended_at is None else min(hour.end_at, stop.ended_at + stop.lead)
    return max(0.0, (end - start).total_seconds() / 60)


def _held_up(hour: Hour, stop: Stop, minutes: float) -> float:
    if hour.working_minutes <= 0:
        return 0.0
    rate = hour.planned.get(stop.line, 0.0) / hour.working_minutes
    return rate * min(minutes, hour.working_minutes) * stop.share


@dataclass(frozen=True, slots=True)
class Lost:
    """Racks lost to one kind of reason over some hours, and in how many of them."""

    kind: str
    racks: float
    hour_count: int


def lost_by_kind(hours: Iterable[Sequence[Reason]]) -> tuple[Lost, ...]:
    """What missed hours lost by kind, most first; the unexplained last.

    Hours above their plan are not set off: this is what was missed, not how far behind one is.

    >>> lost_by_kind([[Reason("down", 1.0), Reason("unexplained", 0.5)], [Reason("down", 0.5)]])
    (Lost(kind='down', racks=1.5, hour_count=2), Lost(kind='unexplained', racks=0.5, hour_count=1))
    """
    racks: dict[str, float] = {}
    counts: dict[str, int] = {}
    for told in hours:
        for one in told:
            racks[one.kind] = racks.get(one.kind, 0.0) + one.racks
        for kind in {one.kind for one in told}:
            counts[kind] = counts.get(kind, 0) + 1
    order = sorted(racks, key=lambda kind: (kind == UNEXPLAINED, -racks[kind], kind))
    return tuple(Lost(kind, racks[kind], counts[kind]) for kind in order)
