"""What the material calculation is given: plain facts of one plant at one instant.

Everything here is read from the store (db.queries.material) or written by hand in a test. Instants
are aware UTC; quantities are in the part's own unit unless `unit` says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from db.domain.vocabulary import StockStatus


@dataclass(frozen=True, slots=True)
class PartFact:
    """A part as the ERP knows it. None where the ERP says nothing."""

    part: str
    name: str = ""
    commodity: str = ""
    unit: str = "EA"
    lead_time_days: int | None = None
    safety_qty: float | None = None


@dataclass(frozen=True, slots=True)
class BomItem:
    """A line of a bill: `per_qty` of `part` in each `parent`, before scrap; see db.models.BomLine.

    `alternate_of` names the part it may stand in for, tried by `alternate_rank`; such a line is no
    need of its own. Effective on [valid_from_on, valid_to_on) and for racks whose serial number,
    counted in the product, lies in [serial_from, serial_to); None is open.
    """

    parent: str
    part: str
    per_qty: float
    unit: str = "EA"
    scrap_ratio: float = 0.0
    scrap_convention: str = "divide"
    is_phantom: bool = False
    alternate_of: str = ""
    alternate_rank: int = 0
    valid_from_on: date | None = None
    valid_to_on: date | None = None
    serial_from: int | None = None
    serial_to: int | None = None
    operation: str = ""
    """Where it is taken; "" with the first operation."""

    def is_effective(self, on: date) -> bool:
        """Whether the line applies on a date: from its first day, up to but not on its last."""
        return (self.valid_from_on is None or self.valid_from_on <= on) and (
            self.valid_to_on is None or on < self.valid_to_on
        )


@dataclass(frozen=True, slots=True)
class OnHand:
    """Stock of a part at one place, in one status. `qty` includes what is allocated."""

    part: str
    qty: float
    allocated_qty: float = 0.0
    status: str = StockStatus.UNRESTRICTED
    unit: str = "EA"
    location: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """What is still to come of an order line.

    `usable_at` is when it could be built with if the promise holds (promised day, put away).
    `first_promised_on` is what the supplier said at first.
    """

    part: str
    open_qty: float
    promised_on: date | None = None
    usable_at: datetime | None = None
    is_confirmed: bool = False
    unit: str = "EA"
    key: str = ""
    order_no: str = ""
    supplier: str = ""
    origin_country: str = ""
    need_on: date | None = None
    first_promised_on: date | None = None
    promise_count: int = 1


@dataclass(frozen=True, slots=True)
class PlannedHour:
    """Good racks of a product a line is planned to complete in the hour from `hour_at`."""

    line: str
    product: str
    hour_at: datetime
    qty: float


@dataclass(frozen=True, slots=True)
class OpenBuild:
    """An order for racks not yet all started. Lower `priority` is served first.

    `reserved` is what has been set aside for it already, part → quantity.
    """

    build: str
    product: str
    open_count: int
    line: str = ""
    kind: str = "firm"
    priority: int = 100
    due_at: datetime | None = None
    scheduled_start_at: datetime | None = None
    serial_from: int | None = None
    reserved: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FloorRack:
    """A rack begun and not completed; `passed` are the operations it has begun or gone past."""

    serial: str
    product: str
    passed: frozenset[str]
    is_ghost: bool = False


@dataclass(frozen=True, slots=True)
class MeasuredYield:
    """Racks of a product disposed of lately, and how many of them passed in the end."""

    product: str
    disposed_count: int
    passed_count: int


@dataclass(frozen=True, slots=True)
class Replacement:
    """Pieces of a part taken out of racks and replaced, over the racks of a product completed."""

    product: str
    part: str
    replaced_qty: float
    rack_count: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A past receipt: promised first and last, and when it came (None: still not here).

    `qty` and `origin_country` weigh suppliers and countries; 0 and "" where they are not known.
    """

    supplier: str
    part: str
    first_promised_on: date
    last_promised_on: date
    received_on: date | None
    qty: float = 0.0
    origin_country: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about one plant's material at `at`.

    `today` is the plant's business date at `at`, `days` the business dates of the horizon with the
    instants they begin at (one more instant than dates, for the end of the last). `working` are the
    stretches in which the lines run, breaks and holidays taken out, ascending, from the beginning
    of the first day. `conversions` maps (part or "", from unit, to unit) to a factor. `kw` is
    nameplate power by product, `line_names` what people call a line, `zone` the plant's (IANA):
    sentences tell its clock.
    """

    at: datetime
    today: date
    days: tuple[date, ...]
    day_edges: tuple[datetime, ...]
    working: tuple[tuple[datetime, datetime], ...]
    plan: tuple[PlannedHour, ...] = ()
    bom: tuple[BomItem, ...] = ()
    stock: tuple[OnHand, ...] = ()
    counted_at: Mapping[str, datetime] = field(default_factory=dict)
    """By part: when its stock was last read; now where nothing is said. The plan uses it since."""
    promises: tuple[Promise, ...] = ()
    builds: tuple[OpenBuild, ...] = ()
    floor: tuple[FloorRack, ...] = ()
    parts: tuple[PartFact, ...] = ()
    yields: tuple[MeasuredYield, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    conversions: Mapping[tuple[str, str, str], float] = field(default_factory=dict)
    kw: Mapping[str, float] = field(default_factory=dict)
    plant: str = ""
    zone: str = "UTC"
    line_names: Mapping[str, str] = field(default_factory=dict)
