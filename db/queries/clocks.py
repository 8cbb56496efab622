"""The clocks of stations, estimated from the ages of their records in live loads of a day."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, cast, extract
from sqlmodel import Session, col, func, select

from db.domain.clocks import floor_ms, skews_ms
from db.models import Load, StationClock, StationState, TestRun, UnitStep
from db.queries.plants import iso
from db.queries.shapes import ClockShape

LOOKED_BACK = timedelta(days=1)
OLDEST = timedelta(days=3)
"""An estimate that nothing renewed so long is told no more."""
HOUR_SECONDS = 3_600
TIMED: tuple[Any, ...] = (UnitStep, TestRun, StationState)


def estimated(session: Session, plant: str, at: datetime) -> list[StationClock]:
    """Every station's clock of which a day of polls tells enough."""
    return [
        StationClock(
            plant=plant,
            source=source,
            station=station,
            skew_ms=skew,
            floor_ms=floors[station],
            estimated_at=at,
        )
        for model in TIMED
        for source, floors in _floors(session, model, plant, at).items()
        for station, skew in skews_ms(floors).items()
    ]


def _floors(session: Session, model: Any, plant: str, at: datetime) -> dict[str, dict[str, int]]:
    """By source and station, the usual least age of a record when it came."""
    came, happened = _seconds(session, model.ingested_at), _seconds(session, model.occurred_at)
    hour = cast(came / HOUR_SECONDS, Integer)
    rows = session.exec(
        select(model.source, model.station, hour, func.min(came - happened))
        .join(Load, col(Load.id) == model.load_id)
        .where(
            model.plant == plant,
            model.occurred_at > at - LOOKED_BACK,
            Load.mode == "poll",
            col(model.deleted_at).is_(None),
        )
        .group_by(model.source, model.station, hour)
    )
    ages: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for source, station, _, least in rows:
        ages[source][station].append(round(float(least) * 1000))
    return {
        source: {name: floor for name, of in found.items() if (floor := floor_ms(of)) is not None}
        for source, found in ages.items()
    }


def _seconds(session: Session, instant: Any) -> Any:
    """An instant as seconds since 1970, on either database."""
    if session.connection().dialect.name == "sqlite":
        return (func.julianday(instant) - 2440587.5) * 86_400
    return extract("epoch", instant)


def station_clocks(
    session: Session, plants: Iterable[str], at: datetime
) -> dict[str, list[ClockShape]]:
    """By plant, the stations' clocks, the furthest off first."""
    rows = session.exec(
        select(StationClock).where(
            col(StationClock.plant).in_(list(plants)), StationClock.estimated_at > at - OLDEST
        )
    )
    found: dict[str, list[ClockShape]] = defaultdict(list)
    for row in sorted(rows, key=lambda it: (-abs(it.skew_ms), it.source, it.station)):
        found[row.plant].append(
            ClockShape(
                source=row.source,
                station=row.station,
                skew_ms=row.skew_ms,
                estimated_at=iso(row.estimated_at),
            )
        )
    return dict(found)
