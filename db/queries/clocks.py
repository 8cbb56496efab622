"""The clocks of stations, estimated from the ages of their records in live loads of a day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlmodel
from sqlalchemy import Integer, cast, extract
from sqlmodel import Session, col, func, select

from db.domain.clocks import Correction, Corrections, floor_ms, skew_at, skews_ms
from db.domain.vocabulary import TimeQuality
from db.models import ClockCorrection, Load, StationClock, StationState, TestRun, UnitStep
from db.queries.plants import iso
from db.queries.shapes import ClockShape, CorrectionShape

choose: Any = sqlmodel.select
LOOKED_BACK = timedelta(days=1)
OLDEST = timedelta(days=3)
"""An estimate that nothing renewed so long is told no more."""
HOUR_SECONDS = 3_600
TIMED: tuple[Any, ...] = (UnitStep, TestRun, StationState)


class _Seen(NamedTuple):
    """What live records say of a station: the least age of each hour, how many, the newest."""

    ages: list[int]
    records: int
    newest_at: datetime


def estimated(session: Session, plant: str, at: datetime) -> list[StationClock]:
    """Every station's clock of which a day of polls tells enough, by the times as it sent them."""
    held = corrections(session, plant=plant)
    return [
        StationClock(
            plant=plant,
            source=source,
            station=station,
            skew_ms=skew,
            floor_ms=floors[station],
            record_count=seen[station].records,
            newest_at=seen[station].newest_at,
            estimated_at=at,
        )
        for model in TIMED
        for source, seen in _seen(session, model, plant, at, held).items()
        for floors in [_floors(seen)]
        for station, skew in skews_ms(floors).items()
    ]


def _floors(seen: Mapping[str, _Seen]) -> dict[str, int]:
    found = {station: floor_ms(one.ages) for station, one in seen.items()}
    return {station: floor for station, floor in found.items() if floor is not None}


def _seen(
    session: Session, model: Any, plant: str, at: datetime, held: Mapping[str, Corrections]
) -> dict[str, dict[str, _Seen]]:
    """By source and station; what was corrected is put back to the time that was sent."""
    came, happened = _seconds(session, model.ingested_at), _seconds(session, model.occurred_at)
    hour = cast(came / HOUR_SECONDS, Integer)
    keys: Any = (model.source, model.station, model.time_quality, hour)
    rows = session.exec(
        choose(*keys, func.min(came - happened), func.count(), func.max(model.occurred_at))
        .join(Load, col(Load.id) == model.load_id)
        .where(
            model.plant == plant,
            model.occurred_at > at - LOOKED_BACK,
            Load.mode == "poll",
            col(model.deleted_at).is_(None),
        )
        .group_by(*keys)
    )
    found: dict[str, dict[str, _Seen]] = defaultdict(dict)
    for source, station, quality, _, least, count, newest in rows:
        skew = 0
        if quality == TimeQuality.SKEW_CORRECTED:
            skew = skew_at(held.get(source, {}).get(station, ()), newest)
        sent_at = newest + timedelta(milliseconds=skew)
        one = found[source].get(station, _Seen([], 0, sent_at))
        ages = [*one.ages, round(float(least) * 1000) - skew]
        found[source][station] = _Seen(ages, one.records + count, max(one.newest_at, sent_at))
    return found


def corrections(
    session: Session, *, plant: str = "", source: str = ""
) -> dict[str, dict[str, list[Correction]]]:
    """By source and station, the corrections of a plant or of one source, the first first."""
    wanted = ClockCorrection.plant == plant if plant else ClockCorrection.source == source
    rows = session.exec(
        select(ClockCorrection).where(wanted).order_by(col(ClockCorrection.from_at))
    )
    found: dict[str, dict[str, list[Correction]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row.source][row.station].append(Correction(row.from_at, row.skew_ms))
    return found


def _seconds(session: Session, instant: Any) -> Any:
    """An instant as seconds since 1970, on either database."""
    if session.connection().dialect.name == "sqlite":
        return (func.julianday(instant) - 2440587.5) * 86_400
    return extract("epoch", instant)


def station_clocks(
    session: Session, plants: Sequence[str], at: datetime
) -> dict[str, list[ClockShape]]:
    """By plant, the stations' clocks, the furthest off first."""
    rows = session.exec(
        select(StationClock).where(
            col(StationClock.plant).in_(list(plants)), StationClock.estimated_at > at - OLDEST
        )
    )
    held = {plant: corrections(session, plant=plant) for plant in plants}
    found: dict[str, list[ClockShape]] = defaultdict(list)
    for row in sorted(rows, key=lambda it: (-abs(it.skew_ms), it.source, it.station)):
        found[row.plant].append(
            ClockShape(
                source=row.source,
                station=row.station,
                skew_ms=row.skew_ms,
                estimated_at=iso(row.estimated_at),
                correction=_shown(held[row.plant].get(row.source, {}).get(row.station, ())),
            )
        )
    return dict(found)


def _shown(held: Sequence[Correction]) -> CorrectionShape | None:
    """The correction that holds; None when times are kept as they are sent."""
    if not held or not held[-1].skew_ms:
        return None
    return CorrectionShape(skew_ms=held[-1].skew_ms, from_at=iso(held[-1].from_at))
