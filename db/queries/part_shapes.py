"""What the page of one part is told: the rows behind its figures, beside its outlook."""

from typing import TypedDict

from db.queries.outlook_shapes import AlternateShape, MoveShape, PartOutlookShape


class RowShape(TypedDict):
    """A row of the store that a figure came from: where its source keeps it, and what it says."""

    source: str
    source_key: str
    changed_at: str
    says: dict[str, str | float | None]
    """Column → value, only the columns that went into the figure."""


class HourlyShape(TypedDict):
    """A part's projected balance by the hour: `balances[case][i]` at `at[i]`; the first is now.

    `needs[i]` and `arrivals[i]` (promised case) are what leaves and comes between `at[i]` and
    `at[i + 1]`; the last entries are 0.
    """

    at: list[str]
    balances: dict[str, list[float]]
    needs: list[float]
    arrivals: list[float]


class PeggingShape(TypedDict):
    """One day's need of a part and what covers it, first come first served, promised case."""

    on: str
    need_qty: float
    from_stock_qty: float
    from_receipts: list[tuple[str, float]]
    """(receipt key, quantity)."""
    uncovered_qty: float


class PromisedShape(TypedDict):
    """What an order line said from an instant on; a new one for each change of promise or
    quantity, the newest last."""

    key: str
    order_no: str
    supplier: str
    said_at: str
    promised_on: str | None
    ordered_qty: float
    received_qty: float
    is_confirmed: bool
    status: str


class LotShape(TypedDict):
    """Stock of the part at one place; `row` is what the warehouse says."""

    location: str
    lot: str
    status: str
    qty: float
    allocated_qty: float
    unit: str
    as_of_at: str
    supplier: str
    origin_country: str
    received_at: str | None
    date_code: str
    row: RowShape


class WhereUsedShape(TypedDict):
    """A bill line that calls for the part, straight or through parts above it.

    `path` leads from the part's parent up to a product; `each_qty` is the need per product rack,
    scrap of all levels included.
    """

    path: list[str]
    product: str
    per_qty: float
    each_qty: float
    unit: str
    operation: str
    alternate_of: str
    is_effective: bool
    valid_from_on: str | None
    valid_to_on: str | None
    serial_from: int | None
    serial_to: int | None
    row: RowShape


class SupplierShape(TypedDict):
    """One supplier of the part, by country: what is on order and what it has delivered."""

    supplier: str
    country: str
    open_qty: float
    received_qty: float
    open_count: int
    on_time_first: tuple[int, int]
    on_time_last: tuple[int, int]
    late_days: tuple[int, int] | None
    """Days by which "late as usual" takes it to be late: a first promise, and one made anew (each
    the outlook's `late_quantile` of its past). None: no delivery is known."""


class PartPlantShape(TypedDict):
    """A part at one plant, opened down to the rows its figures came from."""

    plant: str
    plant_name: str
    zone: str
    as_of_at: str | None
    """Of the stored outlook that `outlook` is out of; None: none computed yet."""
    outlook: PartOutlookShape | None
    """None: not needed by the plan and not held for it."""
    alternates: list[AlternateShape]
    hourly: HourlyShape | None
    pegging: list[PeggingShape]
    promises: list[PromisedShape]
    lots: list[LotShape]
    where_used: list[WhereUsedShape]
    suppliers: list[SupplierShape]
    receipt_rows: list[RowShape]
    plan_rows: list[RowShape]
    """The plan hours of the products it goes into, until its first stop in any case and a day
    beyond."""
    assembly_rows: list[tuple[str, RowShape]]
    """Kind and row of what the part goes into on its way: bills and stock of assemblies, which
    lowers the need."""
    part_row: RowShape | None
    is_made: bool
    """Put together here: some bill is its own, so its need is that of its parts."""


class PartDetailShape(TypedDict):
    """Everything the page of one part shows, for the plants a viewer may see."""

    part: str
    name: str
    commodity: str
    unit: str
    read_at: str
    plants: list[PartPlantShape]
    """Only plants that know the part; none: no plant does."""
    moves: list[MoveShape]
