"""`/shortages`: which line stops when, for lack of which part, and what would help."""

from collections.abc import Mapping, Sequence

from dashboard.address import Field, Option
from dashboard.components.marks import figure
from dashboard.components.panels import strip
from dashboard.desk import Desk, Drawn, desk_page
from dashboard.report import Asked, Column, Report, Table

DAYS = tuple(Option(str(days), f"Next {days} days") for days in (7, 14, 28))
SHOWN = (Option("short", "Short only"), Option("all", "All parts"))
FIELDS = (
    Field("plant", "Plant", "all"),
    Field("days", "Horizon", "14", DAYS),
    Field("show", "Parts", "short", SHOWN, "segmented"),
    Field("q", "Find a part", control="search"),
)
FEEDS = ("stock", "receipt", "bom", "plan_hour")


async def offer(asked: Asked) -> Mapping[str, Sequence[Option]]:
    """Choices made of the data."""
    return {}


async def draw(asked: Asked) -> Drawn:
    """The page for a state."""
    return Drawn([strip([figure("Plants", len(asked.plants), "", "")])])


async def tables(asked: Asked) -> Report:
    """The rows behind the page."""
    rows = [(plant["name"],) for plant in asked.plants]
    plants = Table("Plants", [Column("Plant")], rows)
    return Report("Shortages", None, "UTC", "UTC", [], [], [plants])


DESK = Desk("/shortages", "Shortages", 4, FIELDS, FEEDS, draw, offer, tables, icon="box", key="s")
PAGE = desk_page(DESK)
