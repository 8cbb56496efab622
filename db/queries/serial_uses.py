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
    told: dict[str, list[str]] = {code: [] for code in plants}
    for code, _, _, sentence in _told(session, plants):
        if len(told[code]) < MOST_TOLD:
            told[code].append(sentence)
    return told


def doubts(session: Session, plants: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Plant, serial and sentence of every serial that cannot be told apart."""
    for code, serial, is_doubtful, sentence in _told(session, plants):
        if is_doubtful:
            yield code, serial, sentence


def _told(session: Session, plants: Sequence[str]) -> Iterator[tuple[str, str, bool, str]]:
    """Plant, serial, whether it is in doubt, and a sentence; the newest first."""
    rows = session.exec(
        choose(SerialUse, Plant)
        .join(Plant, col(Plant.code) == SerialUse.plant)
        .where(col(SerialUse.plant).in_(plants))
        .order_by(col(SerialUse.started_at).desc(), col(SerialUse.serial), col(SerialUse.use))
    ).all()
    uses: dict[tuple[str, str], list[SerialUse]] = defaultdict(list)
    zones: dict[str, Plant] = {}
    for row, plant in rows:
        uses[plant.code, row.serial].append(row)
        zones[plant.code] = plant
    for (code, serial), its in uses.items():
        its.sort(key=lambda row: row.use)
        for row in its:
            if row.doubt:
                doubt = f"{key_of(serial, row.use)} {_doubt(row, zones[code])}"
                yield code, serial, True, doubt
        if len(its) > 1:
            units = "; ".join(_use(row, zones[code]) for row in its)
            yield code, serial, False, f"{serial} was given to {len(its)} units: {units}"


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
