"""Where a lot of a part went: every rack, as of now and as it was built."""

from datetime import datetime
from typing import Any, TypedDict

import sqlmodel
from sqlmodel import Session, col

from db.clock import utc_now
from db.models import Lot, UnitOperation
from db.queries.genealogy import portions, where_used
from db.queries.part_shapes import RowShape
from db.queries.plants import home, iso
from db.queries.rack_shapes import PlaceShape, WhereShape
from db.queries.rows import row_shape
from db.queries.scope import Scope

choose: Any = sqlmodel.select
MOST_RACKS = 20_000
TOLD = "supplier origin_country date_code received_at"


class LotShape(TypedDict):
    """`completed_at` is each rack's first completion of the output operation; those that have not
    come so far are not in it. `rows` are the plant's own records of the lot, and `is_known` says
    that there is one or that the lot was built in."""

    plant: str
    as_of_at: str
    where: WhereShape
    completed_at: dict[str, str]
    rows: list[RowShape]
    is_known: bool


def lot_page(
    session: Session, scope: Scope, plant: str, part: str, lot: str, *, at: datetime | None = None
) -> LotShape:
    """Where a lot of a part is at a plant; raises NotInScope."""
    now = at or utc_now()
    own = home(session, plant, scope)
    where = where_used(session, scope, plant, part=part, lot=lot, limit=MOST_RACKS)
    rows = session.exec(
        choose(Lot)
        .where(Lot.plant == plant, Lot.part == part, Lot.lot == lot, col(Lot.deleted_at).is_(None))
        .order_by(col(Lot.source_key))
    )
    records = [row_shape(row, TOLD) for row in rows]
    done: dict[str, str] = {}
    for serials in portions(place["serial"] for place in where["racks"]):
        found = session.exec(
            choose(UnitOperation.serial, UnitOperation.completed_at).where(
                UnitOperation.plant == plant,
                UnitOperation.operation == (own.output or ""),
                col(UnitOperation.serial).in_(serials),
                col(UnitOperation.completed_at).is_not(None),
            )
        )
        done |= {serial: iso(completed) for serial, completed in found}
    return LotShape(
        plant=plant,
        as_of_at=iso(now),
        where=where,
        completed_at=done,
        rows=records,
        is_known=bool(records) or not where["sentence"],
    )


def is_as_built(place: PlaceShape, completed_at: str | None) -> bool:
    """Whether a rack held it when it was completed; one in process is as built as it is now.

    >>> swapped = {"installed_at": "2026-07-01T08:00:00Z", "removed_at": "2026-07-05T08:00:00Z",
    ...            "is_in_now": False}
    >>> is_as_built(swapped, "2026-07-03T08:00:00Z"), is_as_built(swapped, None)
    (True, False)
    """
    if completed_at is None:
        return place["is_in_now"]
    done = datetime.fromisoformat(completed_at)
    removed_at = place["removed_at"]
    is_later = removed_at is None or datetime.fromisoformat(removed_at) > done
    return is_later and datetime.fromisoformat(place["installed_at"]) <= done
