"""Serials that were given to more than one unit, in words; and those of which that is doubtful."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlmodel
from sqlmodel import Session, col

from db.domain.serial_uses import key_of, serial_of
from db.models import Plant, SerialUse
from db.queries.plants import iso
from db.queries.rack_shapes import UseShape

choose: Any = sqlmodel.select
MOST_TOLD = 200
ENDS = {
    "finished": "it had left the plant",
    "scrapped": "it was scrapped",
    "silent": "it was silent for longer than the plant declares",
}
"""Why what came next was another unit."""
TELL_APART = (
    "Counted as one unit. If it is another, correct the visits at the source, or declare "
    "serials_reused_after_days in the plant's file"
)
DOUBTS = {
    "after_end": "was seen again on {doubt_at} after {end}, but not at the head of the route: a "
    "return, or another unit with its serial. " + TELL_APART,
    "begun_again": "was begun again on {doubt_at} after its output was complete, and nothing says "
    "that it had left before: rework, or another unit with its serial. " + TELL_APART,
}


def uses_of_serial(session: Session, plant: Plant, key: str) -> list[UseShape]:
    """The uses of the serial behind a key, oldest first; none of a serial of one unit."""
    rows = session.exec(
        choose(SerialUse)
        .where(SerialUse.plant == plant.code, SerialUse.serial == serial_of(key)[0])
        .order_by(col(SerialUse.use))
    )
    return [
        UseShape(
            key=key_of(row.serial, row.use),
            use=row.use,
            started_at=iso(row.started_at),
            last_at=iso(row.last_at),
            ended_by=row.ended_by,
            doubt=_doubt(row, plant),
            doubt_at=iso(row.doubt_at) if row.doubt_at else None,
        )
        for row in rows
    ]


def used_again(session: Session, plants: Sequence[str]) -> dict[str, list[str]]:
    """By plant, a sentence for each serial that several units had or may have had, newest first."""
    return {
        plant.code: [sentence for _, _, sentence in list(_told(session, plant))[:MOST_TOLD]]
        for plant in _plants(session, plants)
    }


def doubts(session: Session, plants: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Plant, serial and sentence of every serial that cannot be told apart."""
    for plant in _plants(session, plants):
        for serial, is_doubtful, sentence in _told(session, plant):
            if is_doubtful:
                yield plant.code, serial, sentence


def _plants(session: Session, codes: Sequence[str]) -> list[Plant]:
    return list(session.exec(choose(Plant).where(col(Plant.code).in_(codes))))


def _told(session: Session, plant: Plant) -> Iterator[tuple[str, bool, str]]:
    rows = session.exec(
        choose(SerialUse)
        .where(SerialUse.plant == plant.code)
        .order_by(col(SerialUse.started_at).desc(), col(SerialUse.serial), col(SerialUse.use))
    ).all()
    uses: dict[str, list[SerialUse]] = defaultdict(list)
    for row in rows:
        uses[row.serial].append(row)
    for serial, its in uses.items():
        its.sort(key=lambda row: row.use)
        for row in its:
            if row.doubt:
                yield serial, True, f"{key_of(serial, row.use)} {_doubt(row, plant)}"
        if len(its) > 1:
            units = "; ".join(_use(row, plant) for row in its)
            yield serial, False, f"{serial} was given to {len(its)} units: {units}"


def _use(row: SerialUse, plant: Plant) -> str:
    key, since, last = key_of(row.serial, row.use), _when(row.started_at, plant), row.last_at
    ended = f", {ENDS[row.ended_by]}" if row.ended_by else ""
    return f"{key} from {since} to {_when(last, plant)}{ended}"


def _doubt(row: SerialUse, plant: Plant) -> str:
    """What is doubtful about a use, without its serial; '' if nothing is."""
    if not row.doubt or row.doubt_at is None:
        return ""
    end = "it had left the plant or was scrapped"
    return DOUBTS[row.doubt].format(doubt_at=_when(row.doubt_at, plant), end=end)


def _when(at: datetime, plant: Plant) -> str:
    return f"{at.astimezone(ZoneInfo(plant.zone)):%Y-%m-%d %H:%M} {plant.zone_label}"
