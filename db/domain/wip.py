"""Where racks in process stand, how long racks usually stay there, and which are only on paper.

A rack arrives at a stage when the visit before ends, and leaves when its own visit there ends: its
stay is waiting and work together. Racks that are sent to repair stand in `REPAIR`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from db.domain.calendar import HOUR
from db.domain.throughput_times import Standing, quantile
from db.domain.vocabulary import OperationKind, StepResult

REPAIR = "Repair"
USUAL_SHARE = 0.95
GHOST_TIMES = 5
"""A rack that stands so many times its stage's p95 without a word is taken for a ghost."""
FEWEST_STAYS = 20
"""Under so many stays nothing is said to be usual."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit of a rack to an operation, with the operation's stage ("" where it has none)."""

    operation: str
    kind: str
    stage: str
    started_at: datetime
    ended_at: datetime | None
    result: str


@dataclass(frozen=True, slots=True)
class Rack:
    """A rack's visits, in any order."""

    serial: str
    stops: Sequence[Stop]


def stage_of(stop: Stop) -> str:
    """The stage of a visit; repair has one of its own."""
    return REPAIR if stop.kind == OperationKind.REPAIR else stop.stage or stop.operation


def stays(racks: Iterable[Rack]) -> dict[str, list[float]]:
    """Hours that racks stayed at each stage, from arrival to the end of each visit.

    >>> from datetime import UTC
    >>> six = datetime(2026, 7, 6, 11, tzinfo=UTC)
    >>> kit = Stop("KIT", "assemble", "Kit", six, six + HOUR, "completed")
    >>> leak = Stop("LEAK", "test", "Leak", six + 3 * HOUR, six + 4 * HOUR, "completed")
    >>> stays([Rack("R1", [leak, kit])])
    {'Kit': [1.0], 'Leak': [3.0]}
    """
    found: dict[str, list[float]] = defaultdict(list)
    for rack in racks:
        arrived: datetime | None = None
        for stop in sorted(rack.stops, key=_when):
            if stop.ended_at is None:
                continue
            since = min(arrived or stop.started_at, stop.started_at)
            found[stage_of(stop)].append((stop.ended_at - since) / HOUR)
            arrived = stop.ended_at
    return dict(found)


def usual_p95(stays_hours: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Hours that 95 % of stays at a stage do not exceed; only where there were enough of them.

    >>> usual_p95({"Kit": [1.0] * 19 + [9.0], "Leak": [2.0]})
    {'Kit': 1.0}
    """
    return {
        stage: quantile(hours, USUAL_SHARE) or 0.0
        for stage, hours in stays_hours.items()
        if len(hours) >= FEWEST_STAYS
    }


def standing(rack: Rack, at: datetime, stages: Mapping[str, str], route: Sequence[str]) -> Standing:
    """Where a rack stood at an instant and since when; it must have been begun by then.

    At the stage it is in; between visits at that of the next operation on the `route` (operation
    codes in order), or in repair when it failed. `stages`: operation → stage.
    """
    begun = sorted((one for one in rack.stops if one.started_at <= at), key=_when)
    last, born = begun[-1], begun[0].started_at
    is_in = last.ended_at is None or last.ended_at > at
    if is_in:
        before = [one.ended_at for one in begun[:-1] if one.ended_at is not None]
        since = min(max(before, default=last.started_at), last.started_at)
        return Standing(rack.serial, stage_of(last), since, born)
    since = last.ended_at or last.started_at
    return Standing(rack.serial, _next_stage(last, stages, route), since, born)


def _next_stage(last: Stop, stages: Mapping[str, str], route: Sequence[str]) -> str:
    if last.result == StepResult.FAILED:
        return REPAIR
    if last.operation not in route:
        return stage_of(last)
    after = route[route.index(last.operation) + 1 :]
    return stages[after[0]] or after[0] if after else stage_of(last)


def _when(stop: Stop) -> tuple[datetime, datetime]:
    return stop.started_at, stop.ended_at or datetime.max.replace(tzinfo=stop.started_at.tzinfo)


def ghosts(
    found: Iterable[Standing], at: datetime, usual: Mapping[str, float]
) -> tuple[list[Standing], list[Standing]]:
    """Racks in process, and those that most likely are not: silent for over five times the p95.

    >>> from datetime import UTC
    >>> six = datetime(2026, 7, 6, 11, tzinfo=UTC)
    >>> old = Standing("R1", "Kit", six, six)
    >>> [len(part) for part in ghosts([old], six + 11 * HOUR, {"Kit": 2.0})]
    [0, 1]
    """
    real: list[Standing] = []
    gone: list[Standing] = []
    for one in found:
        longest = usual.get(one.stage)
        is_gone = longest is not None and (at - one.since_at) / HOUR > GHOST_TIMES * longest
        (gone if is_gone else real).append(one)
    return real, gone


def queues(
    racks: Iterable[Rack], at: datetime, stages: Mapping[str, str], route: Sequence[str]
) -> dict[str, int]:
    """Racks that wait before each operation of the route at an instant."""
    found: dict[str, int] = defaultdict(int)
    for rack in racks:
        begun = sorted((one for one in rack.stops if one.started_at <= at), key=_when)
        if not begun:
            continue
        last = begun[-1]
        is_in = last.ended_at is None or last.ended_at > at
        if is_in or last.result == StepResult.FAILED or last.operation not in route[:-1]:
            continue
        found[route[route.index(last.operation) + 1]] += 1
    return dict(found)


def leads(racks: Iterable[Rack], output: str) -> dict[str, float]:
    """Usual hours (median) from a rack's last end at each operation to its completion.

    Racks that never ended at the output are left out. Repair is no place on the way.
    """
    found: dict[str, list[float]] = defaultdict(list)
    for rack in racks:
        ends: dict[str, datetime] = {}
        for stop in sorted(rack.stops, key=_when):
            is_done = stop.result == StepResult.COMPLETED and stop.kind != OperationKind.REPAIR
            if stop.ended_at and is_done and not (stop.operation == output and output in ends):
                ends[stop.operation] = stop.ended_at
        done = ends.get(output)
        for operation, ended in ends.items():
            if done is not None and ended <= done:
                found[operation].append((done - ended) / HOUR)
    return {operation: quantile(hours, 0.5) or 0.0 for operation, hours in found.items()}
