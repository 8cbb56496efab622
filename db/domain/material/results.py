"""What the material calculation answers, field by field as db.queries.outlook_shapes tells it.

Here instants are aware UTC and dates are plant business dates; there they are text. What is not
known is None, never 0. Tuples named by day have one entry per date of `Outlook.days`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from db.domain.limits import Level

CaseName = Literal["promised", "late", "none"]
"""promised: confirmed promises hold. late: each supplier is as late as it has been. none: nothing
arrives."""

CASES: tuple[CaseName, ...] = ("promised", "late", "none")
FORMULA_VERSION = "material 3"


@dataclass(frozen=True, slots=True)
class Receipt:
    """An order line still open; `why_not` says why it is no supply in the promised case.

    `open_qty` is in `unit`, the part's own unit wherever a factor is known.
    """

    key: str
    order_no: str
    part: str
    supplier: str
    origin_country: str
    open_qty: float
    unit: str
    need_on: date | None
    first_promised_on: date | None
    promised_on: date | None
    usable_at: datetime | None
    late_usable_at: datetime | None
    promise_count: int
    counts: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class Again:
    """A later stop of a part that was covered meanwhile, and what hangs on it."""

    stops_at: datetime
    covered_at: datetime | None
    racks_at_risk: float
    kw_at_risk: float | None


@dataclass(frozen=True, slots=True)
class Case:
    """One part's future in one case; `balances` at the end of each day, below zero is missing.

    Racks and kW at risk lie between `line_stops_at` and `covered_at`; none without a line stop.
    """

    stops_at: datetime | None
    covered_at: datetime | None
    racks_at_risk: float
    kw_at_risk: float | None
    receipt: str | None
    hours_earlier: float | None
    balances: tuple[float, ...]
    line_stops_at: datetime | None = None
    """When its lines stop for it, what alternates carry counted; None with a stop: they carry."""
    sentence: str = ""
    """When it runs out in this case, and what comes; "" when it does not."""
    again: tuple[Again, ...] = ()
    """Each later time lines stop for it, after it was covered."""


@dataclass(frozen=True, slots=True)
class Alternate:
    """A part that may stand in; `lasts_until_at`: the stop once it and those before it are gone."""

    part: str
    name: str
    rank: int
    available_qty: float
    lasts_until_at: datetime | None


@dataclass(frozen=True, slots=True)
class Share:
    """A supplier's or country's share of what is on order and was delivered, 0–1."""

    code: str
    ratio: float


@dataclass(frozen=True, slots=True)
class PartOutlook:
    """One bought part the plan needs, or that is held for it."""

    part: str
    name: str
    commodity: str
    unit: str
    lines: tuple[str, ...]
    products: tuple[str, ...]
    level: Level
    available_qty: float
    allocated_qty: float
    held: Mapping[str, float]
    safety_qty: float | None
    is_below_safety: bool
    lead_time_days: int | None
    need_per_day: float
    cover_days: float | None
    surplus_qty: float
    needs: tuple[float, ...]
    arrivals: tuple[float, ...]
    cases: Mapping[CaseName, Case]
    yield_extra_ratio: float
    yield_hours: float | None
    alternates: tuple[Alternate, ...]
    receipts: tuple[Receipt, ...]
    suppliers: tuple[Share, ...]
    countries: tuple[Share, ...]
    hhi: float | None
    risks: tuple[str, ...]
    on_time_first: tuple[int, int]
    on_time_last: tuple[int, int]
    sentence: str
    kept_qty: float = 0.0
    """Of what is available: for racks on the floor that have still to take it."""
    used_qty: float = 0.0
    """Of what is available: used by the plan since the stock was read, at `read_at`."""
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Blocker:
    """A part that stops a line, and when, its alternates used up."""

    part: str
    name: str
    stops_at: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class LineStop:
    """A line in one case: its first blocker, the second behind it, what hangs on the first."""

    line: str
    name: str
    case: CaseName
    first: Blocker | None
    second: Blocker | None
    covered_at: datetime | None
    racks_at_risk: float
    kw_at_risk: float | None
    cannot_tell: str


@dataclass(frozen=True, slots=True)
class BuildCase:
    """What becomes of an open build after now in one case, and what would help it most."""

    buildable_by: tuple[tuple[date, int], ...] = ()
    complete_on: date | None = None
    racks_late: int = 0
    best_action: str = ""


@dataclass(frozen=True, slots=True)
class BuildOutlook:
    """An open build: what could be built of it, strict priority first, and what blocks the rest.

    What can be built now hangs on no case.
    """

    build: str
    product: str
    line: str
    kind: str
    priority: int
    due_at: datetime | None
    open_count: int
    buildable_now: int
    fair_share_now: int
    blockers: tuple[str, ...]
    cases: Mapping[CaseName, BuildCase]
    cannot_tell: str = ""


@dataclass(frozen=True, slots=True)
class Screw:
    """A golden screw: racks more that could be built now were this part alone plentiful."""

    part: str
    name: str
    racks_unlocked: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault in the data that made something unknown or left something out."""

    kind: str
    subject: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """One plant's material outlook. `parts`: earliest stop first, then by cover."""

    plant: str
    as_of_at: datetime
    days: tuple[date, ...]
    formula_version: str
    late_quantile: float
    is_yield_measured: bool
    parts: tuple[PartOutlook, ...]
    line_stops: tuple[LineStop, ...]
    builds: tuple[BuildOutlook, ...]
    golden_screws: tuple[Screw, ...]
    findings: tuple[Finding, ...]
    plan_until_at: datetime | None
    day_edges: tuple[datetime, ...] = ()
    """Where the days begin, and the last one ends."""
    floor_count: int = 0
    ghosts: tuple[str, ...] = ()
    """Racks on the floor that parts are kept for; serials that stand for so long that none are."""


@dataclass(frozen=True, slots=True)
class Move:
    """Another plant's surplus that would lift a stop, net of that plant's own need.

    `stops_at`: the stop that remains; when the move comes in time, the start of the day it is on.
    """

    part: str
    name: str
    from_plant: str
    to_plant: str
    qty: float
    transport_days: float
    arrives_at: datetime
    racks_saved: float
    stops_at: datetime | None
    sentence: str
