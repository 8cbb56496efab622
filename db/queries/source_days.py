"""The gap ledger as people see it: how each day of a source compares with what is held."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from sqlmodel import Session, case, col, func, select

from db.models import Source, SourceDay
from db.queries.plants import home, iso_or_none
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.shapes import ComparedShape

OLDER = date(1990, 1, 1)
"""Stands for all days before the compared ones; see etl.reconcile.sides."""
LOOKED_BACK = timedelta(days=30)
REPAIRED = ("new", "changed", "deleted")
COLUMNS = {
    "source": "str",
    "business_on": "str",
    "state": "str",
    "source_count": "Int64",
    "held_count": "Int64",
    **{f"repaired_{kind}_count": "Int64" for kind in REPAIRED},
    "checked_at": "datetime64[us, UTC]",
    "message": "str",
}


def compared(
    session: Session, sources: Iterable[Source], plants: Iterable[str], at: datetime
) -> dict[str, ComparedShape]:
    """By source, what its comparisons found."""
    recent = col(SourceDay.repaired_at) > at - LOOKED_BACK
    sums = [
        func.sum(case((recent, getattr(SourceDay, f"repaired_{kind}_count")), else_=0))
        for kind in REPAIRED
    ]
    differing = func.sum(case((col(SourceDay.state) != "agreed", 1), else_=0))
    rows = session.exec(
        select(  # type: ignore[call-overload]
            SourceDay.source,
            func.max(SourceDay.checked_at),
            func.count(),
            differing,
            func.max(SourceDay.repaired_at),
            func.max(SourceDay.message),
            *sums,
        )
        .where(col(SourceDay.plant).in_(list(plants)))
        .group_by(SourceDay.source)
    )
    found: Mapping[str, Any] = {source: told for source, *told in rows}
    return {source.code: _shape(source, found.get(source.code), at) for source in sources}


def _shape(source: Source, told: Any, at: datetime) -> ComparedShape:
    checked_at, count, differing, repaired_at, message, *repaired = told or (None, 0, 0, None, "")
    return ComparedShape(
        overlap_seconds=source.overlap_seconds,
        reconcile_days=source.reconcile_days,
        checked_at=iso_or_none(checked_at),
        day_count=count,
        gap_count=int(differing) + _never_compared(source, count, at),
        repaired=[int(number) for number in repaired] or [0, 0, 0],
        repaired_at=iso_or_none(repaired_at),
        message=message or "",
    )


def _never_compared(source: Source, day_count: int, at: datetime) -> int:
    """Loaded days without an entry; the first, loaded in part, and the running one may lack it."""
    if not source.reconcile_days or source.loaded_from_at is None or not day_count:
        return 0
    return max(0, (at - source.loaded_from_at).days - 1 - day_count)


def source_days(
    session: Session,
    *,
    plant: str | None = None,
    is_gap: bool = False,
    at: datetime,
    scope: Scope = EVERY_PLANT,
) -> pd.DataFrame:
    """Every entry of the ledger, and the days that lack one, newest first; `is_gap`: only days that
    were never compared or do not agree. Raises NotInScope.
    """
    if plant is not None:
        scope.require(plant)
    statement = select(Source).where(col(Source.is_enabled), col(Source.reconcile_days) > 0)
    sources = [
        source
        for source in session.exec(statement.order_by(col(Source.code)))
        if source.plant in scope and plant in {None, source.plant}
    ]
    rows = [row for source in sources for row in _rows(session, source, at)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    if is_gap:
        frame = frame[frame["state"] != "agreed"]
    return frame.astype(COLUMNS).reset_index(drop=True)


def _rows(session: Session, source: Source, at: datetime) -> list[list[Any]]:
    held = {
        day.business_on: day
        for day in session.exec(select(SourceDay).where(SourceDay.source == source.code))
    }
    days = set(held)
    if source.loaded_from_at is not None:
        calendar = home(session, source.plant, EVERY_PLANT).calendar
        first, last = map(calendar.business_date, (source.loaded_from_at, at))
        days |= {first + timedelta(days=n) for n in range(1, (last - first).days)}
    return [_row(source.code, day, held.get(day)) for day in sorted(days, reverse=True)]


def _row(source: str, day: date, held: SourceDay | None) -> list[Any]:
    name = "older" if day == OLDER else day.isoformat()
    if held is None:
        return [source, name, "not compared", *[None] * 5, None, ""]
    counts = [getattr(held, f"repaired_{kind}_count") for kind in REPAIRED]
    return [
        source, name, held.state, held.source_count, held.held_count, *counts, held.checked_at,
        held.message,
    ]  # fmt: skip
