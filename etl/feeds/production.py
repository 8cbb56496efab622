"""Feeds of what happens on the lines: visits to operations, station states, builds."""

from db.domain.vocabulary import BuildStatus, DemandKind, StationCondition, StepResult
from db.models import Build, StationState, UnitStep
from etl.feeds.declare import Feed, Field, Kind, code, required

UNIT_STEP = Feed(
    "unit_step",
    UnitStep,
    (
        required("serial", Kind.SERIAL),
        code("product"),
        code("build"),
        required("station", Kind.STATION),
        required("line", Kind.LINE),
        required("operation", Kind.OPERATION),
        code("slot"),
        required("started_at", Kind.INSTANT),
        Field("ended_at", Kind.INSTANT),
        required("result", Kind.WORD, words=StepResult),
    ),
    occurred=("ended_at", "started_at"),
)

STATION_STATE = Feed(
    "station_state",
    StationState,
    (
        required("station", Kind.STATION),
        required("line", Kind.LINE),
        code("slot"),
        required("condition", Kind.WORD, words=StationCondition),
        Field("reason", Kind.TEXT, default=""),
        required("started_at", Kind.INSTANT),
        Field("ended_at", Kind.INSTANT),
    ),
    occurred=("started_at",),
)

BUILD = Feed(
    "build",
    Build,
    (
        required("build"),
        required("product"),
        Field("line", Kind.LINE, default=""),
        required("kind", Kind.WORD, words=DemandKind),
        required("ordered_count", Kind.COUNT, minimum=0),
        Field("priority", Kind.COUNT, default=100),
        required("status", Kind.WORD, words=BuildStatus),
        Field("scheduled_start_at", Kind.PLANNED),
        Field("due_at", Kind.PLANNED),
    ),
)
