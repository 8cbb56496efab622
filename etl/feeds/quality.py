"""Feeds of test runs and defects."""

from db.domain.vocabulary import Verdict
from db.models import Defect, TestRun
from etl.feeds.declare import NOWHERE, Feed, Field, Kind, code, required

TEST_RUN = Feed(
    "test_run",
    TestRun,
    (
        required("serial", Kind.SERIAL),
        code("product"),
        required("station", Kind.STATION),
        required("line", Kind.LINE),
        required("operation", Kind.OPERATION),
        code("slot"),
        required("started_at", Kind.INSTANT),
        Field("ended_at", Kind.INSTANT),
        required("verdict", Kind.WORD, words=Verdict),
        Field("verdict_raw", Kind.TEXT, default=""),
        Field("program", Kind.TEXT, default=""),
        Field("program_revision", Kind.TEXT, default=""),
        Field("firmware", Kind.TEXT, default=""),
        Field("fixture", Kind.TEXT, default=""),
    ),
    occurred=("ended_at", "started_at"),
)

DEFECT = Feed(
    "defect",
    Defect,
    (
        required("found_at", Kind.INSTANT),
        required("serial", Kind.SERIAL),
        Field("station", Kind.STATION, default=NOWHERE),
        required("operation", Kind.OPERATION),
        code("symptom"),
        code("defect"),
        code("action"),
        code("part"),
        code("lot"),
        code("component_serial"),
    ),
    occurred=("found_at",),
)
