"""Feeds of parts, lots, stock, receipts and bills of material."""

from decimal import Decimal

from db.domain.vocabulary import ReceiptStatus, StockStatus
from db.models import BomLine, Lot, Part, Receipt, StockPosition
from etl.feeds.declare import Feed, Field, Kind, code, required

UNIT = Field("unit", Kind.UNIT, default="EA")

PART = Feed(
    "part",
    Part,
    (
        required("part"),
        required("name", Kind.TEXT),
        Field("commodity", Kind.TEXT, default=""),
        UNIT,
        Field("is_serialised", Kind.FLAG, default=False),
        Field("is_lot_tracked", Kind.FLAG, default=False),
        Field("lead_time_days", Kind.COUNT, minimum=0),
        Field("safety_qty", Kind.QUANTITY, minimum=0),
    ),
)

LOT = Feed(
    "lot",
    Lot,
    (
        required("part"),
        required("lot"),
        code("supplier"),
        code("origin_country"),
        Field("received_at", Kind.INSTANT),
        code("date_code"),
    ),
)

STOCK = Feed(
    "stock",
    StockPosition,
    (
        required("location"),
        required("part"),
        code("lot"),
        required("status", Kind.WORD, words=StockStatus),
        required("qty", Kind.QUANTITY),
        Field("allocated_qty", Kind.QUANTITY, default=Decimal(0), minimum=0),
        UNIT,
        Field("as_of_at", Kind.INSTANT, default="changed_at", is_volatile=True),
    ),
)
"""Stock below zero is kept as the source says it; netting counts it as none.

`allocated_qty` is set aside for orders outside the plan, such as service; the plan's own kits are
not.
"""

RECEIPT = Feed(
    "receipt",
    Receipt,
    (
        required("order_no"),
        code("item"),
        required("part"),
        code("supplier"),
        code("origin_country"),
        required("ordered_qty", Kind.QUANTITY, minimum=0),
        Field("received_qty", Kind.QUANTITY, default=Decimal(0), minimum=0),
        UNIT,
        Field("need_on", Kind.DATE),
        Field("promised_on", Kind.DATE),
        Field("is_confirmed", Kind.FLAG, default=False),
        required("status", Kind.WORD, words=ReceiptStatus),
        Field("first_promised_on", Kind.DATE),
        Field("promise_count", Kind.COUNT, minimum=0),
        Field("received_on", Kind.DATE),
    ),
)

BOM = Feed(
    "bom",
    BomLine,
    (
        required("parent"),
        required("line_no"),
        required("part"),
        required("per_qty", Kind.QUANTITY, minimum=0),
        UNIT,
        Field("scrap_ratio", Kind.RATIO, default=Decimal(0)),
        Field("scrap_convention", Kind.WORD, default="divide", words=("divide", "multiply")),
        Field("operation", Kind.OPERATION, default=""),
        Field("is_phantom", Kind.FLAG, default=False),
        code("alternate_of"),
        Field("alternate_rank", Kind.COUNT, default=0, minimum=0),
        Field("valid_from_on", Kind.DATE),
        Field("valid_to_on", Kind.DATE),
        Field("serial_from", Kind.COUNT, minimum=0),
        Field("serial_to", Kind.COUNT, minimum=0),
    ),
)
