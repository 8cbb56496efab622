"""Parts, lots, stock, receipts, bills of material, and the outlook computed from them."""

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, Index, SQLModel

from db.models.sourced import Sourced, newly_loaded
from db.models.types import QuantityType


class Part(Sourced, table=True):
    """A part as the plant's ERP describes it."""

    __table_args__ = (Index("ix_part_code", "plant", "part"),)

    part: str = Field(max_length=64)
    name: str = Field(max_length=80)
    commodity: str = Field(default="", max_length=40)
    unit: str = Field(default="EA", max_length=8)
    is_serialised: bool = False
    is_lot_tracked: bool = False
    lead_time_days: int | None = None
    safety_qty: Decimal | None = Field(default=None, sa_type=QuantityType)


class Lot(Sourced, table=True):
    """A received lot of a part: who made it, where, when it arrived."""

    __table_args__ = (Index("ix_lot_part", "plant", "part", "lot"), newly_loaded("ix_lot_load"))

    part: str = Field(max_length=64)
    lot: str = Field(max_length=64)
    supplier: str = Field(default="", max_length=32)
    origin_country: str = Field(default="", max_length=2)
    received_at: datetime | None = None
    date_code: str = Field(default="", max_length=16)


class StockPosition(Sourced, table=True):
    """Stock of a part at one location, lot and status, as the source last counted it.

    `allocated_qty` of it is set aside for orders outside the plan, such as service and spares.
    """

    __tablename__ = "stock_position"
    __table_args__ = (Index("ix_stock_part", "plant", "part"),)

    location: str = Field(max_length=40)
    part: str = Field(max_length=64)
    lot: str = Field(default="", max_length=64)
    status: str = Field(max_length=14)
    qty: Decimal = Field(sa_type=QuantityType)
    allocated_qty: Decimal = Field(default=Decimal(0), sa_type=QuantityType)
    unit: str = Field(default="EA", max_length=8)
    as_of_at: datetime


class Receipt(Sourced, table=True):
    """A purchase order schedule line: what a supplier has promised, and what has come.

    A changed promise leaves its earlier version in `change`; that is the promise history.
    `first_promised_on` and `promise_count` are what the ERP itself remembers of earlier promises,
    `received_on` is the day the last of it came; None where it says nothing.
    """

    __table_args__ = (Index("ix_receipt_part", "plant", "part"),)

    order_no: str = Field(max_length=32)
    item: str = Field(default="", max_length=16)
    part: str = Field(max_length=64)
    supplier: str = Field(default="", max_length=32)
    origin_country: str = Field(default="", max_length=2)
    ordered_qty: Decimal = Field(sa_type=QuantityType)
    received_qty: Decimal = Field(default=Decimal(0), sa_type=QuantityType)
    unit: str = Field(default="EA", max_length=8)
    need_on: date | None = None
    promised_on: date | None = None
    is_confirmed: bool = False
    status: str = Field(max_length=12)
    first_promised_on: date | None = None
    promise_count: int | None = None
    received_on: date | None = None


class BomLine(Sourced, table=True):
    """One line of a bill of material. Effective on [valid_from_on, valid_to_on).

    Where [serial_from, serial_to) are given, it is so for those racks of the product, counted.
    `scrap_ratio` 0–1 with its convention: divide = need / (1 − s), multiply = need × (1 + s).
    `alternate_of` names the part this line may stand in for, by `alternate_rank` (0 = primary).
    """

    __tablename__ = "bom_line"
    __table_args__ = (Index("ix_bom_parent", "plant", "parent"),)

    parent: str = Field(max_length=64)
    line_no: str = Field(max_length=16)
    part: str = Field(max_length=64)
    per_qty: Decimal = Field(sa_type=QuantityType)
    unit: str = Field(default="EA", max_length=8)
    scrap_ratio: Decimal = Field(default=Decimal(0), sa_type=QuantityType)
    scrap_convention: str = Field(default="divide", max_length=8)
    operation: str = Field(default="", max_length=32)
    is_phantom: bool = False
    alternate_of: str = Field(default="", max_length=64)
    alternate_rank: int = 0
    valid_from_on: date | None = None
    valid_to_on: date | None = None
    serial_from: int | None = None
    serial_to: int | None = None


class UnitConversion(SQLModel, table=True):
    """How many `to_unit` one `from_unit` of a part holds; part "" means any. From the TOML."""

    __tablename__ = "unit_conversion"

    plant: str = Field(primary_key=True, max_length=16)
    part: str = Field(primary_key=True, max_length=64)
    from_unit: str = Field(primary_key=True, max_length=8)
    to_unit: str = Field(primary_key=True, max_length=8)
    factor: Decimal = Field(sa_type=QuantityType)


class MaterialOutlook(SQLModel, table=True):
    """A plant's material outlook, whole, as the load `load_id` left it: derived, rebuildable.

    `payload` is the JSON of db.queries.outlook_shapes.OutlookShape, '' before the first one.
    `error` says why the newest calculation failed; the payload is then the last good one.
    """

    __tablename__ = "material_outlook"

    plant: str = Field(primary_key=True, max_length=16)
    as_of_at: datetime | None = None
    computed_at: datetime | None = None
    load_id: int | None = None
    formula_version: str = Field(default="", max_length=16)
    payload: str = ""
    error: str = ""
    error_at: datetime | None = None
