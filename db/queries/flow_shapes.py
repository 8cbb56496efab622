"""What the throughput page is told: one line or all lines of a plant over one shift or day.

Instants are UTC ISO strings with a Z. Counts are racks at the output operation. What is not known
is None, never 0; a sentence beside it says why.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypedDict

from db.queries.alarm_shapes import NoteShape
from db.queries.shapes import Level

NOW, LAST, DAY = "now", "last", "day"
"""The shift that runs (else the one that ended last), the one before it, a whole business day."""


@dataclass(frozen=True)
class FlowFilter:
    """What is asked: `line` "" is all of them; `shift` is NOW, LAST, DAY or a shift's code.

    `on` is the business date of a day or coded shift, None the present one. `at` None: now; else
    "now" and "last" mean what they meant then. `operation` is whose OEE is wanted, "" that of the
    bottleneck.
    """

    plant: str
    line: str = ""
    shift: str = NOW
    on: date | None = None
    at: datetime | None = None
    operation: str = ""


class ChoiceShape(TypedDict):
    """A value that a filter may have."""

    value: str
    label: str


class WindowShape(TypedDict):
    """The shift or day that is shown. `is_empty`: nobody works in it; `sentence` then says so.

    `until_at` is how far it has come: now, or its end. `earlier` and `later` are the neighbours as
    (business date, shift code or DAY).
    """

    start_at: str
    end_at: str
    until_at: str
    business_on: str
    shift: str
    name: str
    hours_label: str
    hour_count: int
    working_minutes: float
    is_running: bool
    is_empty: bool
    sentence: str
    earlier: tuple[str, str] | None
    later: tuple[str, str] | None


class ReasonShape(TypedDict):
    """Racks of a missed hour that a stop explains. See db.domain.misses."""

    kind: str
    racks: float
    text: str
    station: str
    minutes: float
    hours_before: float


class FlowHourShape(TypedDict):
    """One hour. `planned` is the whole hour's plan, `due` what of it is due by `until_at`.

    Cumulative figures count from the window's start; they are None for hours to come, and without
    a plan so far. `key` names the hour in notes.
    """

    key: str
    hour_at: str
    start_at: str
    end_at: str
    label: str
    shift: str
    working_minutes: float
    planned: float | None
    due: float | None
    done: int
    difference: float | None
    cumulative_due: float | None
    cumulative_done: int | None
    cumulative_difference: float | None
    phase: Literal["past", "current", "future"]
    level: Level
    is_missed: bool
    reasons: list[ReasonShape]
    notes: list[NoteShape]


class LostShape(TypedDict):
    """Racks that missed hours lost to one kind of reason."""

    kind: str
    racks: float
    hour_count: int


class OutputShape(TypedDict):
    """The window's score. `takt_seconds`: working time over plan; `pace_seconds`: working time so
    far over racks done. `mix_ratio` is the attainment where the mix matters."""

    done: int
    target: float | None
    due: float | None
    difference: float | None
    forecast: float | None
    level: Level
    attainment_ratio: float | None
    mix_ratio: float | None
    product_count: int
    per_hour: float | None
    takt_seconds: float | None
    pace_seconds: float | None
    outside_count: int


class SplitShape(TypedDict):
    """Mean hours of racks by what was done with them."""

    touch: float
    queue: float
    test: float
    rework: float


class TimesShape(TypedDict):
    """Cycle times. `count`, p50, p90 and split: racks completed in the window. `hours`: all those
    completed in the `usual_days` up to its end, with their p50 and p90."""

    count: int
    p50_hours: float | None
    p90_hours: float | None
    split: SplitShape | None
    usual_days: int
    hours: list[float]
    usual_p50_hours: float | None
    usual_p90_hours: float | None
    unborn_count: int
    """Racks completed whose begin was never recorded: they have no cycle time."""


class StageShape(TypedDict):
    """Racks at a stage, waiting included. `p95_hours`: what 95 % used to stay, None if not known;
    `aged` are the serials that stand longer, the longest first; None where that is not known."""

    stage: str
    count: int
    p50_hours: float
    oldest_hours: float
    p95_hours: float | None
    aged: list[str] | None


class GhostShape(TypedDict):
    """A rack in process that most likely is none."""

    serial: str
    stage: str
    since_at: str
    hours: float


class WipShape(TypedDict):
    """Racks in process at `until_at`, ghosts left out; `scrapped_count` are left out too."""

    count: int
    age_p50_hours: float | None
    age_p90_hours: float | None
    age_oldest_hours: float | None
    stages: list[StageShape]
    ghosts: list[GhostShape]
    scrapped_count: int


class LittleShape(TypedDict):
    """Little's law as a check of the data over the last `days`."""

    days: float
    wip: float
    per_hour: float
    mean_hours: float | None
    ratio: float | None
    is_off: bool
    sentence: str


class LeadShape(TypedDict):
    """How long a resource led."""

    operation: str
    name: str
    led_ratio: float
    sole_ratio: float
    shifting_ratio: float


class LoadShape(TypedDict):
    """What the plan asks of a resource, and racks waiting before it then and now."""

    operation: str
    name: str
    kind: Literal["slots", "stations"]
    required_hours: float | None
    available_hours: float
    ratio: float | None
    start_queue: int
    end_queue: int
    coverage_ratio: float


class VerdictShape(TypedDict):
    """What one method says; `operation` "" when it cannot tell."""

    method: str
    operation: str
    name: str
    sentence: str


class BottleneckShape(TypedDict):
    """One line's bottleneck by two methods."""

    line: str
    line_name: str
    first: VerdictShape
    second: VerdictShape
    leads: list[LeadShape]
    loads: list[LoadShape]


class LossShape(TypedDict):
    """Minutes of planned busy time lost to one cause."""

    kind: str
    minutes: float


class OeeShape(TypedDict):
    """OEE of one operation's stations, in slot-minutes. See db.domain.oee."""

    operation: str
    name: str
    slots: int
    run_minutes_planned: float | None
    """PRI: planned run time of an item, minutes."""
    busy_minutes: float
    run_minutes: float
    good_minutes: float | None
    produced_count: float
    good_count: float
    availability: float | None
    effectiveness: float | None
    quality: float | None
    oee: float | None
    losses: list[LossShape]
    faults: list[str]


class SlotUseShape(TypedDict):
    """Slot-hours of a test with a rack in them, of those there were."""

    operation: str
    name: str
    slots: int
    used_hours: float
    available_hours: float
    ratio: float | None


class FlowShape(TypedDict):
    """Everything the throughput page shows, from one reading of the store."""

    plant: str
    plant_name: str
    zone: str
    zone_label: str
    as_of_at: str
    stale_at: str | None
    """When old production data end, if within the window: what comes after is not told."""
    line: str
    lines: list[ChoiceShape]
    shifts: list[ChoiceShape]
    operations: list[ChoiceShape]
    window: WindowShape
    output: OutputShape
    hours: list[FlowHourShape]
    lost: list[LostShape]
    times: TimesShape
    wip: WipShape
    little: LittleShape
    bottlenecks: list[BottleneckShape]
    oee: OeeShape | None
    slot_uses: list[SlotUseShape]
    labour_sentence: str
    power_sentence: str
    lacks: list[str]
    """What the numbers of the window lack because records wait in quarantine, in sentences."""
