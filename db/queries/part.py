"""One part at every plant, opened down to the rows its figures came from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlmodel import Session, col, select

from db.domain.calendar import DAY, HOUR
from db.domain.limits import limits_from
from db.domain.material.facts import Facts
from db.domain.material.pegging import peg
from db.domain.material.projection import projection
from db.models import BomLine, Lot, Part, PlanHour, Plant, Receipt, StockPosition
from db.queries.material import DELIVERY_DAYS, STILL_TO_COME, material_facts
from db.queries.moves import moves
from db.queries.outlook import held_outlook, held_outlooks, plain, transport_days
from db.queries.outlook_shapes import OutlookShape, PartOutlookShape
from db.queries.part_shapes import (
    HourlyShape,
    LotShape,
    PartDetailShape,
    PartPlantShape,
    PeggingShape,
    RowShape,
    WhereUsedShape,
)
from db.queries.part_suppliers import suppliers
from db.queries.plants import iso, iso_or_none, plant_names
from db.queries.promised import promise_history
from db.queries.rows import row_shape
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.where_used import SAID, where_used

PART_SAYS = "part name commodity unit lead_time_days safety_qty is_serialised is_lot_tracked"
STOCK_SAYS = "location part lot status qty allocated_qty unit as_of_at"
PLAN_SAYS = "line product hour_at planned_qty"
RECEIPT_SAYS = (
    "order_no item part supplier origin_country ordered_qty received_qty unit need_on promised_on "
    "is_confirmed status first_promised_on promise_count received_on"
)


@dataclass(frozen=True)
class _Rows:
    """What one plant's store holds of a part."""

    part: Part | None
    stock: Sequence[StockPosition]
    lots: Sequence[Lot]
    receipts: Sequence[Receipt]
    bom: Sequence[BomLine]

    def knows(self, part: str) -> bool:
        """Whether the plant has heard of the part."""
        called = any(part in (line.part, line.parent) for line in self.bom)
        return bool(self.part or self.stock or self.receipts or called)


def part_detail(
    session: Session, part: str, at: datetime, scope: Scope = EVERY_PLANT
) -> PartDetailShape:
    """Everything the page of one part shows, for the plants within the scope that know it."""
    rows = session.exec(select(Plant).order_by(col(Plant.position), col(Plant.code))).all()
    found = [_at_plant(session, row, part, at, scope) for row in rows if row.code in scope]
    shown = [(shape, known) for shape, known in filter(None, found)]
    named = next((known for _, known in shown if known), None)
    held = [one["outlook"] for one in held_outlooks(session, scope)]
    hints = moves(held, transport_days(session, scope), plant_names(session, scope))
    return PartDetailShape(
        part=part,
        name=named.name if named else part,
        commodity=named.commodity if named else "",
        unit=named.unit if named else "",
        read_at=iso(at),
        plants=[shape for shape, _ in shown],
        moves=[move for move in hints if move["part"] == part],
    )


def _at_plant(
    session: Session, plant: Plant, part: str, at: datetime, scope: Scope
) -> tuple[PartPlantShape, Part | None] | None:
    rows = _read(session, plant.code, part, at)
    if not rows.knows(part):
        return None
    held = held_outlook(session, plant.code, scope)
    outlook = held["outlook"] if held else None
    as_of = datetime.fromisoformat(outlook["as_of_at"]) if outlook else at
    facts = material_facts(session, plant.code, as_of, scope)
    own = next((one for one in outlook["parts"] if one["part"] == part), None) if outlook else None
    used = where_used(
        part, rows.bom, facts.conversions, {one.part: one.unit for one in facts.parts}, facts.today
    )
    shape = PartPlantShape(
        plant=plant.code,
        plant_name=plant.name,
        zone=plant.zone,
        as_of_at=outlook["as_of_at"] if outlook else None,
        outlook=own,
        alternates=own["alternates"] if own else [],
        hourly=_hourly(facts, part, plant.thresholds, own),
        pegging=_pegging(facts, outlook, own) if own and outlook else [],
        promises=promise_history(session, rows.receipts),
        lots=_lots(rows),
        where_used=used,
        suppliers=suppliers(rows.receipts, facts, part),
        receipt_rows=[row_shape(row, RECEIPT_SAYS) for row in rows.receipts],
        plan_rows=_plan_rows(session, facts, own, {one["product"] for one in used}),
        assembly_rows=_assembly_rows(session, rows.bom, plant.code, used),
        is_made=any(line.parent == part for line in rows.bom),
        part_row=row_shape(rows.part, PART_SAYS) if rows.part else None,
    )
    return shape, rows.part


def _read(session: Session, plant: str, part: str, at: datetime) -> _Rows:
    since = (at - timedelta(days=DELIVERY_DAYS)).date()
    is_open = col(Receipt.status).in_(STILL_TO_COME)
    known = _live(session, Part, plant, Part.part == part)
    return _Rows(
        known[0] if known else None,
        _live(session, StockPosition, plant, StockPosition.part == part),
        _live(session, Lot, plant, Lot.part == part),
        _live(
            session, Receipt, plant, Receipt.part == part,
            is_open | (col(Receipt.received_on) >= since),
        ),
        _live(session, BomLine, plant),
    )  # fmt: skip


def _live(session: Session, model: Any, plant: str, *conditions: Any) -> Sequence[Any]:
    question = select(model).where(
        model.plant == plant, col(model.deleted_at).is_(None), *conditions
    )
    found: Sequence[Any] = session.exec(question.order_by(model.source_key)).all()
    return found


def _hourly(
    facts: Facts, part: str, thresholds: str, own: PartOutlookShape | None
) -> HourlyShape | None:
    """The path by the hour; what leaves is what the promised path loses beside its arrivals."""
    path = projection(facts, part, limits=limits_from(thresholds))
    if path is None or own is None:
        return None
    promised = path.balances["promised"]
    arrivals = [
        sum(
            one["open_qty"]
            for one in own["receipts"]
            if one["counts"] and one["usable_at"] and iso(start) < one["usable_at"] <= iso(end)
        )
        for start, end in pairwise(path.instants)
    ]
    needs = [
        have + come - then for (have, then), come in zip(pairwise(promised), arrivals, strict=True)
    ]
    return HourlyShape(
        at=[iso(instant) for instant in path.instants],
        balances=plain(path.balances),
        needs=plain([*needs, 0.0]),
        arrivals=plain([*arrivals, 0.0]),
    )


def _pegging(facts: Facts, outlook: OutlookShape, own: PartOutlookShape) -> list[PeggingShape]:
    arrivals = [
        (_day_of(facts, datetime.fromisoformat(one["usable_at"])), one["key"], one["open_qty"])
        for one in own["receipts"]
        if one["counts"] and one["usable_at"] and one["usable_at"] < outlook["day_edges"][-1]
    ]
    found: dict[str, PeggingShape] = {
        day.isoformat(): PeggingShape(
            on=day.isoformat(), need_qty=need, from_stock_qty=0.0, from_receipts=[],
            uncovered_qty=0.0,
        )
        for day, need in zip(facts.days, own["needs"], strict=True)
    }  # fmt: skip
    for one in peg(facts.days, own["needs"], own["available_qty"], arrivals):
        shape = found[one.need_on.isoformat()]
        if one.is_late:
            shape["uncovered_qty"] += one.qty
        elif one.source == "stock":
            shape["from_stock_qty"] += one.qty
        else:
            shape["from_receipts"].append((one.source, one.qty))
    return plain(list(found.values()))  # type: ignore[no-any-return]


def _day_of(facts: Facts, at: datetime) -> Any:
    return max(
        (day for day, edge in zip(facts.days, facts.day_edges, strict=False) if edge <= at),
        default=facts.today,
    )


def _lots(rows: _Rows) -> list[LotShape]:
    known = {row.lot: row for row in rows.lots}
    return [
        LotShape(
            location=row.location,
            lot=row.lot,
            status=row.status,
            qty=float(row.qty),
            allocated_qty=float(row.allocated_qty),
            unit=row.unit,
            as_of_at=iso(row.as_of_at),
            supplier=lot.supplier if lot else "",
            origin_country=lot.origin_country if lot else "",
            received_at=iso_or_none(lot.received_at) if lot else None,
            date_code=lot.date_code if lot else "",
            row=row_shape(row, STOCK_SAYS),
        )
        for row in rows.stock
        for lot in (known.get(row.lot),)
    ]


def _assembly_rows(
    session: Session, bom: Sequence[BomLine], plant: str, used: Iterable[WhereUsedShape]
) -> list[tuple[str, RowShape]]:
    """What lies between the part and the products: bills, and stock that lowers the need."""
    above = {parent for one in used for parent in one["path"]}
    stock = _live(session, StockPosition, plant, col(StockPosition.part).in_(above))
    return [
        *(("Assembly's bill", row_shape(line, SAID)) for line in bom if line.part in above),
        *(("Assembly's stock", row_shape(row, STOCK_SAYS)) for row in stock),
    ]


def _plan_rows(
    session: Session, facts: Facts, own: PartOutlookShape | None, products: Iterable[str]
) -> list[RowShape]:
    """The plan hours behind the part's need, until a day after its first stop in any case."""
    stops = [case["stops_at"] for case in own["cases"].values()] if own else []
    first = min((stop for stop in stops if stop), default=None)
    until = (datetime.fromisoformat(first) if first else facts.at) + DAY
    begun = facts.at - HOUR
    rows = _live(
        session, PlanHour, facts.plant, col(PlanHour.product).in_(list(products)),
        col(PlanHour.hour_at) > begun, col(PlanHour.hour_at) <= until,
    )  # fmt: skip
    return [row_shape(row, PLAN_SAYS) for row in sorted(rows, key=lambda r: (r.hour_at, r.line))]
