"""Feeds of what is wanted: the hourly plan and demand."""

from db.domain.vocabulary import DemandKind
from db.models import Demand, PlanHour
from etl.feeds.declare import Feed, Field, Kind, code, required

PLAN_HOUR = Feed(
    "plan_hour",
    PlanHour,
    (
        required("line", Kind.LINE),
        code("product"),
        required("hour_at", Kind.PLANNED),
        required("planned_qty", Kind.QUANTITY, minimum=0),
    ),
    occurred=("hour_at",),
)

DEMAND = Feed(
    "demand",
    Demand,
    (
        code("customer"),
        required("product"),
        required("kind", Kind.WORD, words=DemandKind),
        required("rack_count", Kind.COUNT, minimum=0),
        required("due_on", Kind.DATE),
        Field("expires_on", Kind.DATE),
    ),
)
