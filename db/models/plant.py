"""Master data of a plant, published from its TOML: plant, lines, stations, routing, shifts."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel


class Plant(SQLModel, table=True):
    """A factory. `zone` is IANA; its business day begins at the local HH:MM `day_start`."""

    code: str = Field(primary_key=True, max_length=16)
    name: str = Field(max_length=16)
    city: str = Field(max_length=60)
    state: str = Field(max_length=2)
    zone: str = Field(max_length=40)
    zone_label: str = Field(max_length=8)
    day_start: str = Field(default="06:00", max_length=5)
    is_illustrative: bool = False
    position: int = 0
    thresholds: str = "{}"
    """JSON object of the plant's screen limits; see etl.registry.Thresholds."""
    transport_days: str = "{}"
    """JSON object: code of another plant → days a delivery from this one to it takes."""
    week_rule: str = Field(default="iso", max_length=8)
    """iso, or plant: weeks that begin on `week_start` (0 = Monday)."""
    week_start: int = 0
    serials_reused_after_days: int = 0
    """A serial that was silent for longer is another unit; 0: silence alone does not tell."""


class Line(SQLModel, table=True):
    """A production line. `kind` is rack, tray, module or fabric; rack lines count for output."""

    plant: str = Field(primary_key=True, max_length=16)
    code: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=40)
    kind: str = Field(max_length=16)
    position: int = 0


class Operation(SQLModel, table=True):
    """A step of the reference routing, in order of `position`.

    `stage` groups operations into one column of the wall ('' keeps them off it).
    Exactly one operation of a plant has `is_output`: its first completion makes a rack count.
    """

    plant: str = Field(primary_key=True, max_length=16)
    code: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=60)
    level: str = Field(max_length=4)
    kind: str = Field(max_length=12)
    stage: str = Field(default="", max_length=12)
    position: int
    counts_for_first_pass: bool = False
    is_output: bool = False
    is_shipment: bool = False
    """Its first completion means that a rack has left the plant."""
    standard_seconds: int = 0
    first_verdict: str = Field(default="first_attempt", max_length=24)
    """Which run decides the first pass: a code of db.domain.yields.VERDICT_RULES."""


class Station(SQLModel, table=True):
    """A place where an operation happens; `slots` is how many units it holds at once."""

    plant: str = Field(primary_key=True, max_length=16)
    code: str = Field(primary_key=True, max_length=32)
    line: str = Field(max_length=32)
    operation: str = Field(max_length=32)
    name: str = Field(max_length=60)
    slots: int = 1
    position: int = 0


class Product(SQLModel, table=True):
    """A rack product revision and its dated reference power (nameplate kW, not a measurement)."""

    code: str = Field(primary_key=True, max_length=32)
    revision: str = Field(primary_key=True, max_length=16)
    name: str = Field(max_length=60)
    kw_nameplate: float | None = None
    valid_from_on: date


class ShiftInstance(SQLModel, table=True):
    """One shift of one plant on one business date, in UTC, with its breaks.

    `breaks` is a JSON list of [start, end] UTC ISO instants within which the lines stand still;
    `crew` who works it, "" where the plant's rota names nobody.
    """

    plant: str = Field(primary_key=True, max_length=16)
    business_on: date = Field(primary_key=True)
    shift: str = Field(primary_key=True, max_length=8)
    name: str = Field(max_length=20)
    start_at: datetime
    end_at: datetime
    planned_minutes: int
    breaks: str = "[]"
    crew: str = Field(default="", max_length=16)
