"""The shape of a plant's TOML file: everything Rackline needs to know to bring a plant in.

These models hold the format and its local rules; `etl.registry` reads the files, checks what spans
entries (a station's line exists, codes are unique) and reports all faults at once.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from db.domain.vocabulary import OperationKind

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,31}$")]
LocalTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


def _known_zone(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError("an IANA zone name such as America/Chicago")
    return zone


Zone = Annotated[str, AfterValidator(_known_zone)]


class Entry(BaseModel):
    """Base of all entries: unknown keys are faults, for they are usually misspelt ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PlantEntry(Entry):
    """Who and where the plant is."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,15}$")]
    name: Annotated[str, Field(min_length=1, max_length=16)]
    city: str
    state: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    zone: Zone
    zone_label: Annotated[str, Field(max_length=4)]
    day_start: LocalTime = "06:00"
    is_illustrative: bool = False
    position: int = 0
    history_days: Annotated[int, Field(ge=0, le=3650)] = 30
    week_rule: Literal["iso", "plant"] = "iso"
    """How weeks are cut and named: by ISO 8601, or from `week_start` and by their first day."""
    week_start: Annotated[int, Field(ge=0, le=6)] = 0
    serials_reused_after_days: Annotated[int, Field(ge=0, le=3650)] = 0
    """A serial that was silent for longer is another unit; 0: silence alone does not tell."""


class Thresholds(Entry):
    """When the screens turn amber or red; ratios 0–1, hours as hours."""

    behind_ratio: float = 0.05
    forecast_red_ratio: float = 0.80
    hour_low_ratio: float = 0.60
    stop_red_hours: float = 4
    stop_amber_hours: float = 12
    first_pass_limit: Annotated[float, Field(gt=0, le=1)] = 0.95
    first_pass_window: Annotated[int, Field(ge=10, le=1000)] = 50
    minimum_first_verdicts: int = 20


class BreakEntry(Entry):
    """A stretch of local clock time within a shift in which the plant's lines stand still."""

    start: LocalTime
    minutes: Annotated[int, Field(ge=1, le=240)]


class ShiftEntry(Entry):
    """A shift by local clock; `end` at or before `start` means the next day."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$")]
    name: str
    start: LocalTime
    end: LocalTime
    weekdays: list[Annotated[int, Field(ge=0, le=6)]] = [0, 1, 2, 3, 4, 5, 6]
    breaks: list[BreakEntry] = []
    crews: list[Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,16}$")]] = []
    """Who works it: one crew a day, over and over."""
    crews_from: date = date(2001, 1, 1)
    """The date on which the first of the crews worked."""


class HolidayEntry(Entry):
    """A business date on which the plant's own calendar closes the named shifts (none = all)."""

    on: date
    name: str
    shifts: list[str] = []


class LineEntry(Entry):
    """A production line; `kind` says what it makes."""

    code: Code
    name: str
    kind: Literal["rack", "tray", "module", "fabric"]


class OperationEntry(Entry):
    """A step of the routing, in file order."""

    code: Code
    name: str
    level: Annotated[str, Field(pattern=r"^L\d{1,2}$")]
    kind: OperationKind
    stage: Annotated[str, Field(max_length=8)] = ""
    counts_for_first_pass: bool = False
    is_output: bool = False
    is_shipment: bool = False
    """Its first completion means that a rack has left the plant."""
    standard_seconds: Annotated[int, Field(ge=0)] = 0
    first_verdict: Literal["first_attempt", "first_visit"] = "first_attempt"
    """Which run decides the first pass; see db.domain.yields.VERDICT_RULES."""


class AliasEntry(Entry):
    """Another name the station had in source systems, from a local date on."""

    name: str
    from_on: date | None = None


class StationEntry(Entry):
    """A place where an operation happens on a line; `name` is what the plant's systems call it."""

    code: Code
    line: Code
    operation: Code
    name: str
    slots: Annotated[int, Field(ge=1, le=500)] = 1
    aliases: list[AliasEntry] = []


class ProductEntry(Entry):
    """A rack product revision; `kw_nameplate` is dated reference data."""

    code: Code
    revision: Code
    name: str
    kw_nameplate: Annotated[float, Field(gt=0)] | None = None
    valid_from_on: date


class ColumnMap(Entry):
    """Where one canonical field comes from: a source column, a constant, or a joined key."""

    column: str | None = None
    constant: str | None = None
    columns: list[str] | None = None
    """Several columns joined by '|': for keys made of parts."""


class UnitOfPart(Entry):
    """How many `to` one `from` holds, of one part or (without `part`) of any."""

    part: Annotated[str, Field(max_length=64)] = ""
    from_unit: Annotated[str, Field(alias="from", min_length=1, max_length=8)]
    to_unit: Annotated[str, Field(alias="to", min_length=1, max_length=8)]
    factor: Annotated[Decimal, Field(gt=0, decimal_places=6)]


class SourceEntry(Entry):
    """A configured feed: how to fetch it, and how its columns, words, times and units read."""

    feed: str
    connector: Literal["sql", "files", "tester_files", "http_json", "mqtt_sparkplug", "cfx"]
    options: dict[str, Any]
    """The connector's own options (url, query, path, …); validated by the connector."""
    columns: dict[str, str | ColumnMap]
    """Canonical field → source column (or a ColumnMap)."""
    zone: Zone = "UTC"
    repeated_hour: Literal["first", "second", "by_order"] = "by_order"
    """Which pass of the repeated autumn hour a zoneless time means."""
    time_format: str = "iso"
    """How times are written: iso, epoch_seconds, epoch_ms, or a strptime pattern."""
    has_decimal_comma: bool = False
    words: dict[str, dict[str, str]] = {}
    """Canonical field → source word → our word (verdicts, results, statuses, conditions)."""
    units: dict[str, str] = {}
    """Source unit → our unit, optionally times a factor: "PK10" = "EA*10"."""
    change_time: str | None = None
    """Canonical name of the source column holding the change time (UTC or `zone`)."""
    mode: Literal["incremental", "snapshot"] = "incremental"
    interval_seconds: Annotated[int, Field(ge=1, le=86400)] = 15
    allowed_lag_seconds: Annotated[int, Field(ge=1)] = 300
    overlap_seconds: Annotated[int, Field(ge=0)] = 120
    reconcile_days: Annotated[int, Field(ge=0, le=400)] = 7
    """How many business days back are compared with the source again and again; 0 = none."""
    reconcile_seconds: Annotated[int, Field(ge=60, le=604_800)] = 3_600
    """How often the newest two of them are; the others once a day."""
    correct_clock_seconds: Annotated[int, Field(ge=0, le=86400)] = 60
    """Stations whose clock is further from the others' are corrected as records come; 0 = never."""
    deadline_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    is_enabled: bool = True


def has_cursor(entry: SourceEntry) -> bool:
    """Whether a source is read by a growing number; it then has no windows of time."""
    return bool(entry.options.get("cursor_column"))


class AmountEntry(Entry):
    """How much of a resource there is from a business date on."""

    from_on: date
    amount: Annotated[float, Field(ge=0)]


class UseEntry(Entry):
    """What one rack of a product takes of a resource, and during which operations."""

    product: Code
    amount: Annotated[float, Field(gt=0)]
    operations: Annotated[list[Code], Field(min_length=1)]


class ResourceEntry(Entry):
    """A limit of its own beside the stations, with its dated amounts."""

    code: Code
    name: str
    kind: Literal["test_power", "coolant", "labour"]
    unit: Annotated[str, Field(min_length=1, max_length=12)]
    is_clock_bound: bool = True
    availability_ratio: Annotated[float, Field(gt=0, le=1)] | None = None
    amounts: list[AmountEntry] = []
    uses: list[UseEntry] = []


class RampEntry(Entry):
    """A product's first weeks at this plant: good racks and working hours, week by week."""

    product: Code
    generation: Annotated[str, Field(min_length=1, max_length=40)]
    from_on: date
    good_counts: list[Annotated[int, Field(ge=0)]] = []
    working_hours: list[Annotated[float, Field(ge=0, le=169)]] = []


class ClaimEntry(Entry):
    """What was said in public about capacity, when and where."""

    subject: Annotated[str, Field(min_length=1, max_length=80)]
    value: Annotated[float, Field(gt=0)]
    unit: Annotated[str, Field(min_length=1, max_length=20)]
    said_on: date
    source: Annotated[str, Field(min_length=1, max_length=80)]
    is_company: bool = False
    """Said of the whole company, not of this plant."""


class PlantFile(Entry):
    """One plant, whole."""

    plant: PlantEntry
    thresholds: Thresholds = Thresholds()
    shifts: list[ShiftEntry]
    holidays: list[HolidayEntry] = []
    lines: list[LineEntry]
    operations: list[OperationEntry]
    stations: list[StationEntry]
    products: list[ProductEntry]
    sources: list[SourceEntry]
    units_of_parts: list[UnitOfPart] = []
    resources: list[ResourceEntry] = []
    ramps: list[RampEntry] = []
    claims: list[ClaimEntry] = []
    transport_days: dict[str, Annotated[float, Field(gt=0, le=90)]] = {}
    """Code of another plant → days a delivery from this one to it takes."""
