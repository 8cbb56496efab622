"""Feed of what was installed in what."""

from db.models import GenealogyLink
from etl.feeds.declare import Feed, Field, Kind, code, required

GENEALOGY = Feed(
    "genealogy",
    GenealogyLink,
    (
        required("installed_at", Kind.INSTANT),
        required("parent_serial", Kind.SERIAL),
        code("position"),
        Field("child_serial", Kind.SERIAL, default=""),
        required("part"),
        code("lot"),
        code("supplier"),
        code("part_revision"),
        required("qty", Kind.QUANTITY, minimum=0),
        Field("unit", Kind.UNIT, default="EA"),
        Field("removed_at", Kind.INSTANT),
    ),
    occurred=("installed_at",),
)
