"""What the material pages are told about one plant: its stored outlook, as JSON.

An outlook is computed by the load that changed stock, receipts, plan, builds or bills, and kept
whole; pages, reports and exports read it and compute nothing anew. Instants are UTC ISO strings
with a Z, dates plant business dates. What is not known is None, never 0. Lists named by day have
one entry per date of `days`.
"""

from typing import Literal, NotRequired, TypedDict

from db.queries.shapes import Level

Case = Literal["promised", "late", "none"]
"""promised: confirmed promises hold. late: each supplier is as late as it has been (the outlook's
`late_quantile` of its past slips). none: nothing arrives."""

CASES: tuple[Case, ...] = ("promised", "late", "none")


class ReceiptShape(TypedDict):
    """An order line still open. `counts`: it is supply in the promised case; else `why_not` says
    why (undated, overdue, not confirmed, unit)."""

    key: str
    order_no: str
    part: str
    supplier: str
    origin_country: str
    open_qty: float
    unit: str
    need_on: str | None
    first_promised_on: str | None
    promised_on: str | None
    usable_at: str | None
    late_usable_at: str | None
    promise_count: int
    counts: bool
    why_not: str


class AgainShape(TypedDict):
    """A later stop of a part that was covered meanwhile, and what hangs on it."""

    stops_at: str
    covered_at: str | None
    racks_at_risk: float
    kw_at_risk: float | None


class CaseShape(TypedDict):
    """One part's future in one case.

    `stops_at`: first working instant the path goes below zero; `covered_at`: when supply has caught
    up for good with what was missing then. Racks and kW at risk lie between `line_stops_at`
    and `covered_at`.
    `receipt` is the key of the receipt that would have to come `hours_earlier` to avoid the stop.
    `kw_at_risk` None with racks at risk: some product has no nameplate power.
    """

    stops_at: str | None
    covered_at: str | None
    racks_at_risk: float
    kw_at_risk: float | None
    receipt: str | None
    hours_earlier: float | None
    balances: list[float]
    """Projected balance at the end of each day; below zero is what is missing."""
    line_stops_at: NotRequired[str | None]
    """When lines stop for it: alternates used up too. None: they carry it. Outlooks of an earlier
    release lack it (db.queries.stops.whole_stop)."""
    sentence: NotRequired[str]
    """When it runs out in this case, and what comes (db.queries.stops.sentence_of)."""
    again: NotRequired[list[AgainShape]]
    """Each later time lines stop for it, after it was covered."""


class AlternateShape(TypedDict):
    """A part that may stand in, by rank; `lasts_until_at`: the stop if it is used up too."""

    part: str
    name: str
    rank: int
    available_qty: float
    lasts_until_at: str | None


class ShareShape(TypedDict):
    """A supplier's or country's share of what is on order and was delivered, 0–1."""

    code: str
    ratio: float


class PartOutlookShape(TypedDict):
    """One bought part the plan needs, or that is held for it."""

    part: str
    name: str
    commodity: str
    unit: str
    lines: list[str]
    products: list[str]
    level: Level
    available_qty: float
    allocated_qty: float
    held: dict[str, float]
    """Stock apart from unrestricted, by status: quality_hold, blocked, in_transit, consignment…"""
    safety_qty: float | None
    is_below_safety: bool
    lead_time_days: int | None
    need_per_day: float
    """Mean need of a working day of the horizon, expected scrap and replacement included."""
    cover_days: float | None
    surplus_qty: float
    """What is left over at the lowest point of the promised path: may be moved elsewhere."""
    needs: list[float]
    arrivals: list[float]
    """Counted receipts by day they become usable, promised case."""
    cases: dict[str, CaseShape]
    yield_extra_ratio: float
    """Share of need that is expected scrap and replacement, measured."""
    yield_hours: float | None
    """How many hours earlier the promised-case stop comes because of it; None: no stop without."""
    alternates: list[AlternateShape]
    receipts: list[ReceiptShape]
    suppliers: list[ShareShape]
    countries: list[ShareShape]
    hhi: float | None
    risks: list[str]
    """single_source, one_country (more than 70 %), cover_below_lead_time."""
    on_time_first: tuple[int, int]
    on_time_last: tuple[int, int]
    """Deliveries on time and due, against first and last promise."""
    sentence: str
    """Which part, which receipt, which rule; "" when nothing is wrong."""
    kept_qty: NotRequired[float]
    """Of what is available: for racks on the floor that have still to take it; clear to build gives
    the rest. Outlooks of an earlier release lack it, as they do the two of the outlook."""
    used_qty: float
    """Of what is available: used by the plan since the stock was read. What is left is where every
    projected balance begins."""
    read_at: str | None
    """When the stock was read, a week before the as-of at most; None: the plant has none."""


class BlockerShape(TypedDict):
    """A part that stops a line, and when."""

    part: str
    name: str
    stops_at: str
    sentence: str


class LineStopShape(TypedDict):
    """A line in one case: its first blocker, the second behind it, and what hangs on the first."""

    line: str
    name: str
    case: Case
    first: BlockerShape | None
    second: BlockerShape | None
    covered_at: str | None
    racks_at_risk: float
    kw_at_risk: float | None
    cannot_tell: str
    """ "no BOM for RK72-B": nothing can be said for that product; "" else."""


class BuildCaseShape(TypedDict):
    """What becomes of an open build after now in one case, and what would help it most."""

    buildable_by: list[tuple[str, int]]
    """(date, racks) each day on which the number grows."""
    complete_on: str | None
    racks_late: int
    """Racks not buildable by the due date."""
    best_action: str


class BuildOutlookShape(TypedDict):
    """An open build: what could be built of it, strict priority first, and what blocks the rest.

    What can be built now hangs on no case.
    """

    build: str
    product: str
    line: str
    kind: str
    priority: int
    due_at: str | None
    open_count: int
    buildable_now: int
    fair_share_now: int
    blockers: list[str]
    """Parts that run out first for this build, in order."""
    cases: dict[str, BuildCaseShape]
    cannot_tell: str
    """Why nothing can be told of it ("no BOM for RK72-B"), so that its counts mean nothing."""


class ScrewShape(TypedDict):
    """A golden screw: how many more racks could be built now if this part alone were plentiful."""

    part: str
    name: str
    racks_unlocked: int


class FindingShape(TypedDict):
    """A fault in the data that made something unknown or left something out."""

    kind: str
    """bom_cycle, missing_part, quantity_without_unit, effectivity_overlap, negative_quantity,
    absurd_quantity, effectivity_reversed, received_more, promise_in_past, receipt_unknown_part,
    no_bom, unit_without_factor, named_differently."""
    subject: str
    sentence: str


class HeldBackShape(FindingShape):
    """Rows of one feed of material that wait in quarantine for one reason: `count` of them.

    The kind is quarantined_row; the sentence says what is missing from the numbers meanwhile.
    """

    plant: str
    feed: str
    count: int


class OutlookShape(TypedDict):
    """One plant's material outlook."""

    plant: str
    as_of_at: str
    days: list[str]
    formula_version: str
    late_quantile: float
    is_yield_measured: bool
    parts: list[PartOutlookShape]
    """Earliest stop first, then by cover."""
    line_stops: list[LineStopShape]
    builds: list[BuildOutlookShape]
    golden_screws: list[ScrewShape]
    findings: list[FindingShape]
    plan_until_at: str | None
    """End of the loaded plan: nothing is known beyond."""
    day_edges: list[str]
    """Where the days begin, and the last one ends."""
    floor_count: NotRequired[int]
    ghosts: NotRequired[list[str]]
    """Racks on the floor that parts are kept for; serials that have not moved for so long that
    none are."""


class MoveShape(TypedDict):
    """Another plant's surplus that would lift a stop, net of that plant's own need."""

    part: str
    name: str
    from_plant: str
    to_plant: str
    qty: float
    transport_days: float
    arrives_at: str
    racks_saved: float
    stops_at: str | None
    """The stop that remains after the move."""
    sentence: str


class StoredOutlook(TypedDict):
    """An outlook as the store holds it, with what it takes to judge its age.

    `error` says why the newest calculation failed; the outlook is then the last good one.
    """

    plant: str
    computed_at: str
    load_id: int | None
    formula_version: str
    error: str
    error_at: str | None
    outlook: OutlookShape
