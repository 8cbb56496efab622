"""Racks on their way through a plant, their visits, and what the stations said meanwhile."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlmodel
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_

from db.domain.bottleneck import State
from db.domain.calendar import DAY
from db.domain.slots import Place, Visit
from db.domain.throughput_times import Step
from db.domain.vocabulary import OperationKind
from db.domain.wip import Rack, Stop
from db.models import Defect, Operation, Station, StationState, UnitOperation, UnitStep
from db.queries.keys import among
from db.queries.measured import RACK_LEVEL, SCRAPPED, first_rack_operation
from db.queries.plants import Home

choose: Any = sqlmodel.select
LONGEST_STAY = 45 * DAY
"""A rack begun longer ago that never came out is no longer looked for."""
STATES_BACK = timedelta(days=8)
"""A station's ended state that began longer before a window is not looked for."""


@dataclass(frozen=True)
class Route:
    """The way of racks to the output: its operations in order, and the places on some lines."""

    operations: tuple[Operation, ...]
    stations: tuple[Station, ...]

    @property
    def codes(self) -> list[str]:
        """Codes of the operations, in order."""
        return [one.code for one in self.operations]

    def places(self, line: str) -> list[Place]:
        """A line's stations as places of their operations."""
        return [
            Place(one.code, one.operation, one.slots) for one in self.stations if one.line == line
        ]


def route(session: Session, own: Home, line: str) -> Route:
    """The route up to the output and its stations on one rack line, or on all of them."""
    output = next((one.position for one in own.operations if one.is_output), None)
    kept = tuple(
        one
        for one in own.operations
        if int(one.level.removeprefix("L")) >= RACK_LEVEL
        and one.kind != OperationKind.REPAIR
        and (output is None or one.position <= output)
    )
    lines = {one.code for one in own.lines if line in ("", one.code)}
    codes = {one.code for one in kept}
    rows = session.exec(
        choose(Station).where(Station.plant == own.code).order_by(col(Station.position))
    )
    stations = (one for one in rows if one.line in lines and one.operation in codes)
    return Route(kept, tuple(stations))


class Track(NamedTuple):
    """A rack's way: begun when and on which line, completed when (None: not yet)."""

    serial: str
    product: str
    line: str
    born_at: datetime
    done_at: datetime | None


def tracks(session: Session, own: Home, since: datetime, until: datetime) -> list[Track]:
    """Racks begun before `until` that were completed after `since` or not at all."""
    first, last = aliased(UnitOperation), aliased(UnitOperation)
    is_output = (
        (col(last.plant) == first.plant)
        & (col(last.serial) == first.serial)
        & (col(last.operation) == (own.output or ""))
    )
    rows = session.exec(
        choose(first.serial, first.product, first.line, first.started_at, last.completed_at)
        .select_from(first)
        .join(last, is_output, isouter=True)
        .where(
            first.plant == own.code,
            first.operation == first_rack_operation(own),
            or_(col(first.completed_at) >= since - LONGEST_STAY, col(first.completed_at).is_(None)),
            col(first.started_at) < until,
            or_(col(last.completed_at).is_(None), col(last.completed_at) >= since),
        )
    )
    return [Track._make(row) for row in rows if row.started_at is not None]


class Told(NamedTuple):
    """A visit as its source told it."""

    serial: str
    operation: str
    line: str
    station: str
    slot: str
    started_at: datetime
    ended_at: datetime | None
    result: str


def visits(session: Session, own: Home, serials: Sequence[str], until: datetime) -> list[Told]:
    """Visits of some racks begun before `until`, to operations on whole racks."""
    columns = [getattr(UnitStep, name) for name in Told._fields]
    rows = session.exec(
        choose(*columns).where(
            UnitStep.plant == own.code,
            among(session, UnitStep.serial, serials),
            col(UnitStep.deleted_at).is_(None),
            col(UnitStep.started_at) < until,
        )
    )
    return [Told._make(row) for row in rows]


def scrapped(session: Session, own: Home, serials: Sequence[str]) -> set[str]:
    """Those of some racks that were scrapped."""
    rows = session.exec(
        choose(Defect.serial).where(
            Defect.plant == own.code,
            among(session, Defect.serial, serials),
            col(Defect.deleted_at).is_(None),
            func.lower(Defect.action).like(f"{SCRAPPED}%"),
        )
    )
    return set(rows)


def by_serial(told: Iterable[Told]) -> dict[str, list[Told]]:
    """Visits by rack."""
    found: dict[str, list[Told]] = defaultdict(list)
    for one in told:
        found[one.serial].append(one)
    return dict(found)


def racks_of(told: Mapping[str, Sequence[Told]], own: Home) -> dict[str, Rack]:
    """Visits as the domain knows them, by rack."""
    known = {one.code: (one.kind, one.stage) for one in own.operations}
    return {
        serial: Rack(
            serial,
            [
                Stop(it.operation, *known.get(it.operation, ("", "")), it.started_at, it.ended_at,
                     it.result)
                for it in its
            ],
        )
        for serial, its in told.items()
    }  # fmt: skip


def steps_of(rack: Rack) -> list[Step]:
    """A rack's visits for the split of its time."""
    return [Step(it.operation, it.kind, it.started_at, it.ended_at) for it in rack.stops]


def occupied(told: Iterable[Told]) -> list[Visit]:
    """Visits as what held a station's slots."""
    return [Visit(it.station, it.started_at, it.ended_at, it.slot) for it in told]


class Said(NamedTuple):
    """A state as its source told it."""

    station: str
    line: str
    slot: str
    condition: str
    reason: str
    started_at: datetime
    ended_at: datetime | None


def states(
    session: Session, own: Home, stations: Iterable[str], start: datetime, end: datetime
) -> list[Said]:
    """What some stations said of [start, end): all states that touch it, by their start.

    A state left open counts until the next one of its slot begins (db.domain.bottleneck).
    """
    columns = [getattr(StationState, name) for name in Said._fields]
    ended, began = col(StationState.ended_at), col(StationState.started_at)
    rows = session.exec(
        choose(*columns)
        .where(
            StationState.plant == own.code,
            col(StationState.station).in_(sorted(set(stations))),
            began >= start - STATES_BACK,
            began < end,
            or_(ended.is_(None), ended > start),
            col(StationState.deleted_at).is_(None),
        )
        .order_by(began, col(StationState.source_key))
    )
    long_open = session.exec(
        choose(*columns).where(
            StationState.plant == own.code,
            col(StationState.station).in_(sorted(set(stations))),
            ended.is_(None),
            began < start - STATES_BACK,
            col(StationState.deleted_at).is_(None),
        )
    )
    return sorted((Said._make(row) for row in [*long_open, *rows]), key=lambda one: one.started_at)


def states_by_operation(told: Iterable[Said], places: Mapping[str, str]) -> list[State]:
    """States for the domain; `places`: station → operation, others are left out."""
    return [
        State(it.station, it.condition, it.started_at, it.ended_at, it.slot)
        for it in told
        if it.station in places
    ]
