"""The parts that stop a line next."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from db.domain.calendar import DAY, HOUR
from db.domain.line_stops import PartStop, part_stops, stop_level
from db.domain.material.facts import BomItem, OnHand, PlannedHour, Promise
from db.domain.vocabulary import ReceiptStatus
from db.models import BomLine, Part, PlanHour, Receipt, StockPosition
from db.queries.plants import Home, iso_or_none
from db.queries.shapes import PartStopShape

HORIZON = timedelta(days=21)
STILL_TO_COME = (ReceiptStatus.OPEN, ReceiptStatus.PARTIAL)


def stops(session: Session, home: Home, at: datetime) -> list[PartStop]:
    """Every part the plan needs, the first to stop a line first; see db.domain.line_stops.

    Empty when no plan, no bill of material or no stock has been loaded. Raises ValueError when a
    bill contains itself.
    """
    stock, bom, plan = _stock(session, home), _bom(session, home), _plan(session, home, at)
    if not (stock and bom and plan):
        return []
    return part_stops(
        plan,
        bom,
        stock,
        _promises(session, home),
        at=at,
        today=home.calendar.business_date(at),
    )


def stop_shapes(
    session: Session, home: Home, found: Iterable[PartStop], at: datetime
) -> list[PartStopShape]:
    """Stops as screens are told of them, with the parts' names."""
    rows = session.exec(
        select(Part.part, Part.name).where(Part.plant == home.code, col(Part.deleted_at).is_(None))
    )
    names: dict[str, str] = dict(rows.all())
    return [
        PartStopShape(
            part=stop.part,
            name=names.get(stop.part, stop.part),
            line=", ".join(stop.lines),
            stops_at=iso_or_none(stop.stops_at),
            hours_left=(stop.stops_at - at) / HOUR if stop.stops_at else None,
            level=stop_level(stop.stops_at, at, home.limits),
            available_qty=stop.available_qty,
            next_receipt_on=stop.next_receipt_on.isoformat() if stop.next_receipt_on else None,
            note="; ".join(stop.notes),
        )
        for stop in found
    ]


def _live(session: Session, home: Home, model: Any, names: str, *conditions: Any) -> Any:
    """The named columns of a table's undeleted rows of the plant."""
    columns = [getattr(model, name) for name in names.split()]
    return session.exec(
        select(*columns).where(
            model.plant == home.code, col(model.deleted_at).is_(None), *conditions
        )
    )


def _stock(session: Session, home: Home) -> list[OnHand]:
    rows = _live(session, home, StockPosition, "part qty allocated_qty status unit")
    return [
        OnHand(part, float(qty), float(allocated), status, unit)
        for part, qty, allocated, status, unit in rows
    ]


def _bom(session: Session, home: Home) -> list[BomItem]:
    names = (
        "parent part per_qty unit scrap_ratio scrap_convention is_phantom alternate_of "
        "valid_from_on valid_to_on"
    )
    return [
        BomItem(parent, part, float(each), unit, float(scrap), *rest)
        for parent, part, each, unit, scrap, *rest in _live(session, home, BomLine, names)
    ]


def _plan(session: Session, home: Home, at: datetime) -> list[PlannedHour]:
    when = col(PlanHour.hour_at)
    window = (when > at - HOUR, when < at + HORIZON)
    rows = _live(session, home, PlanHour, "line product hour_at planned_qty", *window)
    return [PlannedHour(line, product, hour_at, float(qty)) for line, product, hour_at, qty in rows]


def _promises(session: Session, home: Home) -> list[Promise]:
    names = "part ordered_qty received_qty promised_on is_confirmed unit"
    rows = _live(session, home, Receipt, names, col(Receipt.status).in_(STILL_TO_COME)).all()
    usable_at = {on: _usable_at(home, on) for on in {row.promised_on for row in rows}}
    return [
        Promise(part, float(ordered - received), on, usable_at[on], is_confirmed, unit)
        for part, ordered, received, on, is_confirmed, unit in rows
        if ordered > received
    ]


def _usable_at(home: Home, promised_on: date | None) -> datetime | None:
    """What comes on a day is put away by the start of the next business day."""
    return home.calendar.day_starts_at(promised_on + DAY) if promised_on else None
