"""What the stations of the rack lines are doing: the strip, and the stop that costs most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from db.domain.vocabulary import StationCondition as Condition
from db.models import Station, StationState
from db.queries.plants import Home, iso
from db.queries.shapes import CellShape, LineShape, OpenStopShape

WORST_FIRST = (
    Condition.DOWN,
    Condition.BLOCKED,
    Condition.STARVED,
    Condition.NO_OPERATOR,
    Condition.ENGINEERING,
    Condition.PLANNED_STOP,
    Condition.RUNNING,
    Condition.NOT_SCHEDULED,
)
RANK = {condition.value: rank for rank, condition in enumerate(WORST_FIRST)}
STOPPED = (Condition.DOWN, Condition.BLOCKED, Condition.STARVED)


@dataclass(frozen=True, slots=True)
class StationNow:
    """A station of a rack line and its condition; None when its source says nothing of it."""

    code: str
    name: str
    line: str
    stage: str
    condition: str | None
    reason: str = ""
    since: datetime | None = None


def stations_now(session: Session, home: Home, at: datetime) -> list[StationNow]:
    """Stations of the rack lines that have a stage, each with its worst slot's latest condition."""
    stages = {op.code: op.stage for op in home.operations if op.stage}
    lines = {line.code for line in home.lines}
    stations = session.exec(
        select(Station.code, Station.name, Station.line, Station.operation)
        .where(Station.plant == home.code)
        .order_by(col(Station.position))
    )
    open_states = _open_states(session, home.code, at)
    found = []
    for code, name, line, operation in stations:
        if line not in lines or operation not in stages:
            continue
        place = (code, name, line, stages[operation])
        worst = min(
            open_states.get(code, ()),
            key=lambda state: (RANK.get(state.condition, len(RANK)), state.started_at),
            default=None,
        )
        found.append(
            StationNow(*place, worst.condition, worst.reason, worst.started_at)
            if worst
            else StationNow(*place, None)
        )
    return found


class _State(NamedTuple):
    """An open state of a slot."""

    station: str
    slot: int
    condition: str
    reason: str
    started_at: datetime


def _open_states(session: Session, plant: str, at: datetime) -> dict[str, list[_State]]:
    """By station, the latest open state of each of its slots.

    A source that never closes its states leaves older ones open; only the newest of a slot counts.
    """
    columns: list[Any] = [getattr(StationState, name) for name in _State._fields]
    rows = session.exec(
        select(*columns)
        .where(
            StationState.plant == plant,
            col(StationState.ended_at).is_(None),
            col(StationState.deleted_at).is_(None),
            col(StationState.started_at) <= at,
        )
        .order_by(col(StationState.started_at), col(StationState.source_key))
    )
    latest = {(state.station, state.slot): state for state in map(_State._make, rows)}
    by_station: dict[str, list[_State]] = {}
    for (station, _), row in latest.items():
        by_station.setdefault(station, []).append(row)
    return by_station


def strip(home: Home, stations: Sequence[StationNow]) -> list[LineShape]:
    """One row per rack line, one cell per stage."""
    return [
        LineShape(
            code=line.code,
            name=line.name,
            cells=[
                _cell(stage, [s for s in stations if s.line == line.code and s.stage == stage])
                for stage in home.stages
            ],
        )
        for line in home.lines
    ]


def _cell(stage: str, stations: Sequence[StationNow]) -> CellShape:
    """Worst condition among a cell's stations. With none scheduled or none known it is None;
    the reason then says "not scheduled", or nothing."""
    known = [s for s in stations if s.condition in RANK]
    worst = min(known, key=_badness, default=None)
    is_off = worst is not None and worst.condition == Condition.NOT_SCHEDULED
    if worst is None or is_off:
        return CellShape(
            stage=stage,
            condition=None,
            station="",
            reason="not scheduled" if is_off else "",
            since_at=None,
            station_count=len(stations),
            affected_count=0,
        )
    return CellShape(
        stage=stage,
        condition=worst.condition,
        station=worst.name,
        reason=worst.reason,
        since_at=iso(worst.since) if worst.since else None,
        station_count=len(stations),
        affected_count=sum(s.condition == worst.condition for s in known),
    )


def open_stop(stations: Sequence[StationNow]) -> OpenStopShape | None:
    """The stop that costs most now: down before blocked before starved, then the longest."""
    stopped = [s for s in stations if s.condition in STOPPED and s.since is not None]
    worst = min(stopped, key=_badness, default=None)
    if worst is None or worst.condition is None or worst.since is None:
        return None
    return OpenStopShape(
        line=worst.line,
        stage=worst.stage,
        station=worst.name,
        condition=worst.condition,
        reason=worst.reason,
        since_at=iso(worst.since),
        more_count=len(stopped) - 1,
    )


def _badness(station: StationNow) -> tuple[int, str]:
    return RANK[station.condition or ""], iso(station.since) if station.since else ""
