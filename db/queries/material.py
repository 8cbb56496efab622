"""Everything the material calculation of one plant is given, from one reading of the store.

The number of statements does not depend on how much there is. What is read of the past: racks
disposed of and pieces replaced (see db.queries.measured), deliveries of the last `DELIVERY_DAYS`.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from db.domain.calendar import DAY, Shift, Span
from db.domain.material.facts import (
    BomItem,
    Delivery,
    Facts,
    OnHand,
    OpenBuild,
    PartFact,
    PlannedHour,
    Promise,
)
from db.domain.vocabulary import BuildStatus, ReceiptStatus
from db.models import (
    BomLine,
    Build,
    Part,
    PlanHour,
    Product,
    Receipt,
    StockPosition,
    UnitConversion,
)
from db.queries.floor import racks_on_floor
from db.queries.measured import (
    measured_yields,
    racks_completed,
    racks_started,
    replacements,
)
from db.queries.plants import Home, home
from db.queries.promised import first_promises
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.shifts import shifts_between
from db.queries.stock_read import stock_read_at

HORIZON_DAYS = 28
DELIVERY_DAYS = 180
STILL_TO_COME = (ReceiptStatus.OPEN, ReceiptStatus.PARTIAL)
READ_OF_RECEIPT = (
    "source source_key part supplier origin_country ordered_qty received_qty unit order_no need_on "
    "promised_on is_confirmed status first_promised_on promise_count received_on"
)
STILL_TO_BUILD = (
    BuildStatus.PLANNED,
    BuildStatus.RELEASED,
    BuildStatus.IN_PROCESS,
    BuildStatus.ON_HOLD,
)


def material_facts(session: Session, plant: str, at: datetime, scope: Scope = EVERY_PLANT) -> Facts:
    """Everything about one plant's material at `at`; raises NotInScope."""
    own = home(session, plant, scope)
    today = own.calendar.business_date(at)
    counted = stock_read_at(session, plant, at)
    since = min(counted.values(), default=at)
    days = tuple(today + DAY * n for n in range(HORIZON_DAYS))
    edges = tuple(own.calendar.day_starts_at(today + DAY * n) for n in range(HORIZON_DAYS + 1))
    done = racks_completed(session, own, at)
    promises, deliveries = _receipts(session, own, today)
    return Facts(
        at=at,
        today=today,
        days=days,
        day_edges=edges,
        working=working(shifts_between(session, plant, min(since, edges[0]), edges[-1])),
        plan=_plan(session, plant, since, edges[-1]),
        bom=_bom(session, plant),
        stock=_stock(session, plant),
        counted_at=counted,
        promises=promises,
        builds=_builds(session, own),
        parts=_parts(session, plant),
        yields=measured_yields(session, own, at, done),
        replacements=replacements(session, own, at, done),
        deliveries=deliveries,
        conversions=_conversions(session, plant),
        kw=_kw(session, today),
        plant=plant,
        zone=own.plant.zone,
        line_names={line.code: line.name for line in own.lines},
    )


def build_facts(session: Session, plant: str, at: datetime, scope: Scope = EVERY_PLANT) -> Facts:
    """The same with the racks on the floor, which are served before any build is."""
    own = home(session, plant, scope)
    facts = material_facts(session, plant, at, scope)
    return replace(facts, floor=racks_on_floor(session, own, at))


def working(shifts: Iterable[Shift]) -> tuple[Span, ...]:
    """The stretches in which the lines run, breaks taken out, overlaps joined, ascending."""
    spans: list[Span] = []
    for start, end in sorted(span for shift in shifts for span in shift.working_spans()):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return tuple(spans)


def _plan(session: Session, plant: str, at: datetime, until: datetime) -> tuple[PlannedHour, ...]:
    begun = at.replace(minute=0, second=0, microsecond=0)
    rows = session.exec(
        _columns(PlanHour, "line product hour_at planned_qty")
        .where(
            PlanHour.plant == plant,
            col(PlanHour.hour_at) >= begun,
            col(PlanHour.hour_at) < until,
            col(PlanHour.deleted_at).is_(None),
        )
        .order_by(col(PlanHour.hour_at), col(PlanHour.line), col(PlanHour.product))
    )
    return tuple(PlannedHour(line, product, hour, float(qty)) for line, product, hour, qty in rows)


def _bom(session: Session, plant: str) -> tuple[BomItem, ...]:
    rows = session.exec(
        select(BomLine)
        .where(BomLine.plant == plant, col(BomLine.deleted_at).is_(None))
        .order_by(col(BomLine.parent), col(BomLine.line_no), col(BomLine.source_key))
    )
    return tuple(bom_item(row) for row in rows)


def bom_item(row: BomLine) -> BomItem:
    """A bill line as the calculation reads it."""
    return BomItem(
        row.parent,
        row.part,
        float(row.per_qty),
        row.unit,
        float(row.scrap_ratio),
        row.scrap_convention,
        row.is_phantom,
        row.alternate_of,
        row.alternate_rank,
        row.valid_from_on,
        row.valid_to_on,
        row.serial_from,
        row.serial_to,
        row.operation,
    )


def _stock(session: Session, plant: str) -> tuple[OnHand, ...]:
    rows = session.exec(
        _columns(StockPosition, "part qty allocated_qty status unit location lot")
        .where(StockPosition.plant == plant, col(StockPosition.deleted_at).is_(None))
        .order_by(
            col(StockPosition.part),
            col(StockPosition.location),
            col(StockPosition.lot),
            col(StockPosition.status),
        )
    )
    return tuple(
        OnHand(part, float(qty), float(allocated), *rest) for part, qty, allocated, *rest in rows
    )


def _receipts(
    session: Session, own: Home, today: date
) -> tuple[tuple[Promise, ...], tuple[Delivery, ...]]:
    """What is still to come, and what came or should have come lately."""
    since = today - timedelta(days=DELIVERY_DAYS)
    which = (
        Receipt.plant == own.code,
        col(Receipt.deleted_at).is_(None),
        col(Receipt.status).in_(STILL_TO_COME) | (col(Receipt.received_on) >= since),
    )
    rows = session.exec(
        _columns(Receipt, READ_OF_RECEIPT).where(*which).order_by(col(Receipt.source_key))
    ).all()
    lacking = [row for row in rows if row.first_promised_on is None]
    keys = select(Receipt.source_key).where(*which, col(Receipt.first_promised_on).is_(None))
    said = first_promises(session, lacking, keys)
    first_on = {
        row.source_key: row.first_promised_on or said[row.source_key].first_on for row in rows
    }
    promises = tuple(
        promise(own, row, first_on[row.source_key], said.counts(row))
        for row in rows
        if row.status in STILL_TO_COME and row.ordered_qty != row.received_qty
    )
    deliveries = (_delivery(row, first_on[row.source_key], since, today) for row in rows)
    return promises, tuple(delivery for delivery in deliveries if delivery)


def promise(own: Home, row: Receipt, first_on: date | None, count: int) -> Promise:
    """An open order line as the calculation reads it.

    What comes on a day is put away by the start of the next business day.
    """
    on = row.promised_on
    return Promise(
        part=row.part,
        open_qty=float(row.ordered_qty - row.received_qty),
        promised_on=on,
        usable_at=own.calendar.day_starts_at(on + DAY) if on else None,
        is_confirmed=row.is_confirmed,
        unit=row.unit,
        key=row.source_key,
        order_no=row.order_no,
        supplier=row.supplier,
        origin_country=row.origin_country,
        need_on=row.need_on,
        first_promised_on=first_on,
        promise_count=count,
    )


def _delivery(row: Receipt, first_on: date | None, since: date, today: date) -> Delivery | None:
    """An order line as a past delivery: one that came lately, or should have come and did not.

    What was promised anew for a day ahead is still late against its first promise.
    """
    last_on = row.promised_on
    if first_on is None or last_on is None:
        return None
    is_due = any(since <= on < today for on in (first_on, last_on))
    if row.received_on is None and not (row.status in STILL_TO_COME and is_due):
        return None
    qty = float(row.received_qty if row.received_on else row.ordered_qty - row.received_qty)
    return Delivery(
        row.supplier,
        row.part,
        first_on,
        last_on,
        row.received_on,
        origin_country=row.origin_country,
        qty=qty,
    )


def _builds(session: Session, own: Home) -> tuple[OpenBuild, ...]:
    """Builds with racks not yet started, by priority and due date."""
    rows = session.exec(
        select(Build)
        .where(
            Build.plant == own.code,
            col(Build.deleted_at).is_(None),
            col(Build.status).in_(STILL_TO_BUILD),
        )
        .order_by(col(Build.priority), col(Build.due_at), col(Build.build))
    ).all()
    started = racks_started(session, own, [row.build for row in rows])
    return tuple(
        OpenBuild(
            row.build,
            row.product,
            row.ordered_count - started.get(row.build, 0),
            row.line,
            row.kind,
            row.priority,
            row.due_at,
            row.scheduled_start_at,
        )
        for row in rows
        if row.ordered_count > started.get(row.build, 0)
    )


def _parts(session: Session, plant: str) -> tuple[PartFact, ...]:
    rows = session.exec(
        _columns(Part, "part name commodity unit lead_time_days safety_qty")
        .where(Part.plant == plant, col(Part.deleted_at).is_(None))
        .order_by(col(Part.part))
    )
    return tuple(
        PartFact(part, name, commodity, unit, days, None if safety is None else float(safety))
        for part, name, commodity, unit, days, safety in rows
    )


def _columns(model: Any, names: str) -> Any:
    return select(*(getattr(model, name) for name in names.split()))


def _conversions(session: Session, plant: str) -> dict[tuple[str, str, str], float]:
    rows = session.exec(select(UnitConversion).where(UnitConversion.plant == plant))
    return {(row.part, row.from_unit, row.to_unit): float(row.factor) for row in rows}


def _kw(session: Session, today: date) -> dict[str, float]:
    """Nameplate power by product: of its newest revision valid by now."""
    rows = session.exec(
        select(Product.code, Product.kw_nameplate)
        .where(col(Product.valid_from_on) <= today)
        .order_by(col(Product.valid_from_on), col(Product.revision))
    )
    return {code: kw for code, kw in rows if kw is not None}
