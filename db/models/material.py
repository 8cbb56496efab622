"""Parts, lots, stock, receipts and bills of material."""

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, Index

from db.models.sourced import Sourced
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


class Lot(Sourced, table=True):
    """A received lot of a part: who made it, where, when it arrived."""

    __table_args__ = (Index("ix_lot_part", "plant", "part", "lot"),)

    part: str = Field(max_length=64)
    lot: str = Field(max_length=64)
    supplier: str = Field(default="", max_length=32)
    origin_country: str = Field(default="", max_length=2)
    received_at: datetime | None = None
    date_code: str = Field(default="", max_length=16)


class StockPosition(Sourced, table=True):
    """Stock of a part at one location, lot and status, as the source last counted it."""

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


class BomLine(Sourced, table=True):
    """One line of a bill of material. Effective on [valid_from_on, valid_to_on).

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
