"""Which units carried a value at their first verdict: a lot by its links, all else by the cases
that are kept of the units (db.models.factor), where a value is a number.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlmodel
from sqlalchemy import ColumnElement, false
from sqlmodel import Session, and_, col, func, or_, select

from db.models import FactorValue, GenealogyLink, Lot, Part, UnitOperation
from db.queries.genealogy import portions
from db.queries.keys import among

choose: Any = sqlmodel.select
LOT, SUPPLIER = "lot", "supplier"
KEPT_AS = {
    "part supplier": "supplier",
    "part revision": "part_revision",
    "part country": "country",
    "slot": "slot",
    "fixture": "fixture",
    "program": "program",
    "firmware": "firmware",
    "crew": "crew",
    "upstream station": "upstream_station",
    "hours in queue": "queue_age",
}
"""Factor that units may be narrowed by → as which factor its values are kept."""
CARRIED = frozenset({LOT, SUPPLIER, *KEPT_AS})


def numbers_of(session: Session, plant: str, factor: str, value: str) -> list[int]:
    """The numbers of a value in the cases; none: no unit carried it."""
    if factor == SUPPLIER:
        return [number for number, firm in firms(session, plant).items() if firm == value]
    kept = FactorValue
    where = kept.plant == plant, kept.factor == KEPT_AS[factor], kept.value == value
    return list(session.exec(select(kept.id).where(*where)))


def firms(session: Session, plant: str) -> dict[int, str]:
    """The supplier that each number stands for which says "PART SUPPLIER", or names a batch of
    coolant, whose lot knows it."""
    kept = FactorValue
    named = session.exec(
        choose(kept.id, kept.factor, kept.value).where(
            kept.plant == plant, col(kept.factor).in_(["supplier", "coolant_batch"])
        )
    ).all()
    parts = set(session.exec(select(Part.part).where(Part.plant == plant)))
    batches = session.exec(
        select(Lot.part, Lot.lot, Lot.supplier).where(
            Lot.plant == plant, func.upper(Lot.part).like("COOLANT%"), Lot.supplier != ""
        )
    )
    coolant = {f"{part} {lot}": firm for part, lot, firm in batches}
    found = {
        number: _firm(value, parts) if factor == "supplier" else coolant.get(value, "")
        for number, factor, value in named
    }
    return {number: firm for number, firm in found.items() if firm}


def _firm(value: str, parts: set[str]) -> str:
    """Who delivers the part, where both names may hold spaces.

    >>> _firm("UQD-04 QD 26", {"UQD-04"}), _firm("UQD K QD", set())
    ('QD 26', 'QD')
    """
    ways = splits(value)
    return next((firm for part, firm in reversed(ways) if part in parts), ways[-1][1])


def holds(session: Session, held: Any, numbers: Sequence[int]) -> ColumnElement[bool]:
    """Condition that a text of numbers, blank between, has one of some.

    Each way is the fastest measured: a pattern of two dozen numbers took PostgreSQL four times as
    long as two arrays that overlap.
    """
    is_server = session.get_bind().dialect.name == "postgresql"
    wanted = " ".join(map(str, numbers))
    found: ColumnElement[bool]
    if not numbers:
        found = false()
    elif len(numbers) == 1:
        find = func.strpos if is_server else func.instr
        found = find(" " + held + " ", f" {wanted} ") > 0
    elif is_server:
        found = func.string_to_array(held, " ").bool_op("&&")(func.string_to_array(wanted, " "))
    else:
        found = func.holds_one(held, wanted) == 1
    return found


def splits(value: str) -> list[tuple[str, str]]:
    """The ways to read "PART WHAT", where both may hold spaces.

    >>> splits("UQD-04 QD 26")
    [('UQD-04', 'QD 26'), ('UQD-04 QD', '26')]
    """
    return [(value[:at], value[at + 1 :]) for at, sign in enumerate(value) if sign == " "]


def holders(session: Session, plant: str, operation: str, lot: str) -> list[str]:
    """Serials that held a lot ("PART LOT") at their first verdict, themselves or in their trays.

    The links come first, from their index: they are few; then their trays and the units, by key. As
    one statement SQLite began with all units of the operation and PostgreSQL joined all links.
    """
    link: Any = GenealogyLink
    live = link.plant == plant, link.deleted_at.is_(None)
    ways = [and_(link.part == part, link.lot == code) for part, code in splits(lot)]
    times = link.occurred_at, link.removed_at
    rows = session.exec(choose(link.parent_serial, *times).where(*live, or_(false(), *ways)))
    spans: dict[str, list[Stay]] = defaultdict(list)
    for parent, since, until in rows:
        spans[parent].append((since, until))
    for some in portions(list(spans)):
        trays = choose(link.child_serial, link.parent_serial, *times).where(
            *live, among(session, link.child_serial, some)
        )
        for tray, parent, since, until in session.exec(trays).all():
            spans[parent] += [_both(stay, (since, until)) for stay in spans[tray]]
    unit: Any = UnitOperation
    found = []
    for some in portions(spans):
        verdicts = choose(unit.serial, unit.first_verdict_at).where(
            unit.plant == plant,
            unit.operation.concat("") == operation,
            unit.serial.in_(some),
            unit.first_verdict_at.is_not(None),
        )
        found += [
            serial
            for serial, at in session.exec(verdicts)
            if any(since <= at and (until is None or until > at) for since, until in spans[serial])
        ]
    return found


Stay = tuple[datetime, datetime | None]
"""From when until when something was in a unit; None: still."""


def _both(one: Stay, other: Stay) -> Stay:
    """When a part was in a tray while the tray was in the unit; may be empty."""
    until = min((end for end in (one[1], other[1]) if end is not None), default=None)
    return max(one[0], other[0]), until
