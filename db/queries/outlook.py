"""A plant's material outlook: computed from the store, or as the last load left it there.

Quantities, hours and kilowatts are told to the millionth, as the store keeps quantities.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, cast

from sqlmodel import Session, col, select

from db.domain.limits import limits_from
from db.domain.material.facts import Facts
from db.domain.material.outlook import outlook
from db.domain.material.results import FORMULA_VERSION
from db.models import MaterialOutlook, Plant
from db.queries.material import build_facts
from db.queries.outlook_shapes import OutlookShape, StoredOutlook
from db.queries.plants import iso, iso_or_none
from db.queries.scope import EVERY_PLANT, Scope

DECIMALS = 6


def compute_outlook(
    session: Session, plant: str, at: datetime, scope: Scope = EVERY_PLANT
) -> OutlookShape:
    """The outlook from what the store holds, as of `at`; raises NotInScope."""
    facts = build_facts(session, plant, at, scope)
    return outlook_shape(facts, session.get_one(Plant, plant).thresholds)


def outlook_shape(facts: Facts, thresholds: str = "{}") -> OutlookShape:
    """The outlook of given facts, as pages are told of it."""
    return cast("OutlookShape", plain(outlook(facts, limits=limits_from(thresholds))))


def plain(value: Any) -> Any:
    """A result of the calculation as JSON has it: text for instants and dates, lists for tuples.

    >>> plain({"on": date(2026, 7, 6), "qty": (0.1 + 0.2,)})
    {'on': '2026-07-06', 'qty': [0.3]}
    """
    kind = type(value)
    if kind is float:
        return round(value, DECIMALS)
    if kind is tuple or kind is list:
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, date):
        return iso(value) if isinstance(value, datetime) else value.isoformat()
    if is_dataclass(kind):
        return {name: plain(getattr(value, name)) for name in _names(kind)}
    return value


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def stored_outlook(session: Session, plant: str, scope: Scope = EVERY_PLANT) -> OutlookShape | None:
    """The outlook the last load left; None before the first. Raises NotInScope."""
    held = held_outlook(session, plant, scope)
    return held["outlook"] if held else None


def held_outlook(session: Session, plant: str, scope: Scope = EVERY_PLANT) -> StoredOutlook | None:
    """The same with its age and, where the newest calculation failed, why."""
    scope.require(plant)
    row = session.get(MaterialOutlook, plant)
    return _held(row) if row and _is_told(row) else None


def outlooks(session: Session, scope: Scope = EVERY_PLANT) -> list[OutlookShape]:
    """The stored outlooks of the plants within the scope, in display order."""
    return [held["outlook"] for held in held_outlooks(session, scope)]


def held_outlooks(session: Session, scope: Scope = EVERY_PLANT) -> list[StoredOutlook]:
    """The same with their age."""
    rows = session.exec(
        select(MaterialOutlook)
        .join(Plant, col(Plant.code) == MaterialOutlook.plant)
        .order_by(col(Plant.position), col(Plant.code))
    )
    return [_held(row) for row in rows if row.plant in scope and _is_told(row)]


def _is_told(row: MaterialOutlook) -> bool:
    """Whether there is one, by the formulas in force: an upgrade's is made within a minute."""
    return bool(row.payload) and row.formula_version == FORMULA_VERSION


def _held(row: MaterialOutlook) -> StoredOutlook:
    return StoredOutlook(
        plant=row.plant,
        computed_at=iso_or_none(row.computed_at) or "",
        load_id=row.load_id,
        formula_version=row.formula_version,
        error=row.error,
        error_at=iso_or_none(row.error_at),
        outlook=json.loads(row.payload),
    )


def transport_days(session: Session, scope: Scope = EVERY_PLANT) -> dict[tuple[str, str], float]:
    """Days a delivery takes by (from plant, to plant), both within the scope."""
    found = {}
    for code, text in session.exec(select(Plant.code, Plant.transport_days)):
        for other, days in json.loads(text).items():
            if code in scope and other in scope:
                found[code, other] = float(days)
    return found
