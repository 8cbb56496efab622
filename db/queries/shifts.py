"""Shift instances as the plant's calendar published them."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from db.domain.calendar import Shift, hours_label, parse_breaks
from db.models import ShiftInstance
from db.queries.plants import iso
from db.queries.shapes import ShiftShape

LOOK_BACK = timedelta(days=8)
LOOK_AHEAD = timedelta(days=15)
COLUMNS = ("shift", "name", "business_on", "start_at", "end_at", "breaks", "crew")
_breaks = lru_cache(maxsize=2_048)(parse_breaks)
"""Each reading meets the same shifts again."""


def shifts_around(session: Session, plant: str, at: datetime) -> list[Shift]:
    """Shifts of the days from a week before to two weeks after an instant, by start."""
    return shifts_between(session, plant, at - LOOK_BACK, at + LOOK_AHEAD)


def shifts_between(session: Session, plant: str, start: datetime, end: datetime) -> list[Shift]:
    """Shifts of the days from one instant to another, by start."""
    columns: list[Any] = [getattr(ShiftInstance, name) for name in COLUMNS]
    rows = session.exec(
        select(*columns)
        .where(
            ShiftInstance.plant == plant,
            col(ShiftInstance.business_on).between(start.date(), end.date()),
        )
        .order_by(col(ShiftInstance.start_at))
    )
    return [
        Shift(code, name, business_on, start_at, end_at, _breaks(breaks), crew)
        for code, name, business_on, start_at, end_at, breaks, crew in rows
    ]


def running(shifts: list[Shift], at: datetime) -> Shift | None:
    """The shift at an instant: of several, the one that started last."""
    return next((s for s in reversed(shifts) if s.start_at <= at < s.end_at), None)


def following(shifts: list[Shift], at: datetime) -> Shift | None:
    """The first shift to start after an instant."""
    return next((s for s in shifts if s.start_at > at), None)


def preceding(shifts: list[Shift], at: datetime) -> Shift | None:
    """The shift that ended last before an instant."""
    return max((s for s in shifts if s.end_at <= at), key=lambda s: s.end_at, default=None)


def shift_shape(shift: Shift | None, zone: ZoneInfo) -> ShiftShape | None:
    """A shift as screens are told of it."""
    if shift is None:
        return None
    return ShiftShape(
        code=shift.code,
        name=shift.name,
        business_on=shift.business_on.isoformat(),
        hours_label=hours_label(shift, zone),
        start_at=iso(shift.start_at),
        end_at=iso(shift.end_at),
    )
