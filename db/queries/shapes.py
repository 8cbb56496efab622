"""What the live screens are sent. Instants are UTC ISO strings with a Z; wording is the screen's.

A field that is not known is None: the screen then says so. It is never 0 or 100 %.
"""

from typing import Literal, NotRequired, TypedDict

Level = Literal["normal", "amber", "red", "none"]
"""none: nothing to judge by (no plan, too few units)."""


class PlantShape(TypedDict):
    """Who the snapshot is about."""

    code: str
    name: str
    city: str
    state: str
    zone: str
    zone_label: str
    is_illustrative: bool
    stop_red_hours: float
    stop_amber_hours: float
    """Hours before a line stop from which screens show it red, amber."""


class ShiftShape(TypedDict):
    """A shift instance; `hours_label` is in plant time, '06–18'."""

    code: str
    name: str
    business_on: str
    hours_label: str
    start_at: str
    end_at: str


class FreshShape(TypedDict):
    """How old and complete a block's data is: from the worst source that feeds it.

    `as_of_at` is the last good load of that source. state: ok, stale (older than its allowed lag),
    missing (never loaded). `expected_count`/`fresh_count` count the sources behind the block.
    """

    state: Literal["ok", "stale", "missing"]
    as_of_at: str | None
    allowed_lag_seconds: int
    source: str
    message: str
    expected_count: int
    fresh_count: int


class ScoreShape(TypedDict):
    """Racks done this shift against its plan. `plan_now` is the plan prorated to now."""

    done: int
    target: float | None
    plan_now: float | None
    difference: float | None
    forecast: float | None
    level: Level


class HourShape(TypedDict):
    """One plant-local hour of the shift (13 on the long autumn night)."""

    hour_at: str
    label: str
    done: int
    planned: float | None
    phase: Literal["past", "current", "future"]
    level: Level


class CellShape(TypedDict):
    """Worst condition among a line's stations of one stage. `condition` None: no data."""

    stage: str
    condition: str | None
    station: str
    reason: str
    since_at: str | None
    station_count: int
    affected_count: int


class LineShape(TypedDict):
    """A line's row of the station strip."""

    code: str
    name: str
    cells: list[CellShape]


class OpenStopShape(TypedDict):
    """The stop that costs most now; `more_count` others are open too."""

    line: str
    stage: str
    station: str
    condition: str
    reason: str
    since_at: str
    more_count: int


class PartStopShape(TypedDict):
    """When a line stops for lack of a part, on-hand stock only plus dated confirmed receipts."""

    part: str
    name: str
    line: str
    stops_at: str | None
    hours_left: float | None
    level: Level
    available_qty: float
    next_receipt_on: str | None
    note: str


class UnknownStopShape(TypedDict):
    """Lines of which nobody can tell when they stop, and why: a product in plan has no bill."""

    lines: list[str]
    reason: str


class FirstPassShape(TypedDict):
    """First-pass yield of the last n first verdicts on the rack lines, as counts."""

    first_count: int
    passed_count: int
    limit: float
    level: Level
    excluded_count: int
    window: int


class NextRackShape(TypedDict):
    """The rhythm: last completion, takt, and when the next rack is due."""

    last_completed_at: str | None
    takt_seconds: float | None
    due_at: str | None


class BackfillShape(TypedDict):
    """How far history loading has come, over the plant's sources."""

    done_ratio: float
    loaded_from_at: str | None
    wanted_from_at: str | None
    is_complete: bool


class WallShape(TypedDict):
    """One plant's snapshot: everything its wall shows, from one reading of the store."""

    plant: PlantShape
    version: int
    read_at: str
    shift: ShiftShape | None
    next_shift: ShiftShape | None
    is_break: bool
    freshness: dict[str, FreshShape]
    """By block: page (worst of all), score, stations, stops, first_pass."""
    score: ScoreShape
    hours: list[HourShape]
    open_stop: OpenStopShape | None
    stages: list[str]
    lines: list[LineShape]
    part_stops: list[PartStopShape]
    """The next few."""
    unknown_stops: list[UnknownStopShape]
    about_to_stop_count: int | None
    """All parts that stop a line within the hours that turn a screen amber; None: no outlook."""
    first_pass: FirstPassShape
    next_rack: NextRackShape
    lacks: list[str]
    """What the numbers lack because records wait in quarantine, in sentences."""
    backfill: BackfillShape


class ComparedShape(TypedDict):
    """How a source compares with what is held. `repaired`: rows put in, corrected and taken out in
    the last 30 days that no watermark saw. `gap_count`: loaded days that were never compared or do
    not agree. `checked_at` None: never compared, as snapshots are, whose every load compares all.
    """

    overlap_seconds: int
    reconcile_days: int
    checked_at: str | None
    day_count: int
    gap_count: int
    repaired: list[int]
    repaired_at: str | None
    message: str


class DriftShape(TypedDict):
    """A column that came, went or changed its kind. `what`: new, gone, of another kind."""

    column: str
    what: str
    kind: str
    at: str


class CorrectionShape(TypedDict):
    """What is taken off the times a station sends after `from_at`."""

    skew_ms: int
    from_at: str


class ClockShape(TypedDict):
    """A station's clock against the others of its source; `skew_ms` > 0 is ahead."""

    source: str
    station: str
    skew_ms: int
    estimated_at: str
    correction: CorrectionShape | None


class SourceShape(TypedDict):
    """One source on the health page."""

    code: str
    plant: str
    feed: str
    connector: str
    state: str
    state_since_at: str | None
    message: str
    last_success_at: str | None
    last_event_at: str | None
    next_attempt_at: str | None
    interval_seconds: int
    allowed_lag_seconds: int
    lag_seconds: float | None
    level: Literal["ok", "stale", "missing", "off"]
    row_count: int
    rows_last_day: int
    quarantined_count: int
    top_reason: str
    skipped_count: int
    failure_count: int
    runs: list[str]
    """Outcome of up to the last 48 loads, oldest first: ok, partial, failed."""
    compared: NotRequired[ComparedShape]
    drift: NotRequired[list[DriftShape]]
    """Changes of its columns in the last 30 days."""


class HealthShape(TypedDict):
    """All sources of the plants a viewer may see."""

    read_at: str
    sources: list[SourceShape]
    backfills: dict[str, BackfillShape]
    outlook_faults: NotRequired[dict[str, str]]
    """Plants whose newest material outlook could not be computed, and why."""
    clocks: NotRequired[dict[str, list[ClockShape]]]
    """By plant, the stations' clocks, the furthest off first."""
    serials: NotRequired[dict[str, list[str]]]
    """By plant, a sentence for each serial that several units had, or may have had."""
