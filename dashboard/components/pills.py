"""The head of a desk page: how old its data is, and in whose time it speaks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from dash import html

from dashboard.components.marks import mark, since
from dashboard.wording import FEEDS, NO_DATA_YET
from db.queries.feeds import FeedsShape
from db.queries.shapes import FreshShape, PlantShape

NO_SOURCE = FreshShape(
    state="missing",
    as_of_at=None,
    allowed_lag_seconds=0,
    source="",
    message="no source is set up",
    expected_count=1,
    fresh_count=0,
)
RANK = {"missing": 0, "stale": 1, "ok": 2}


class Told(NamedTuple):
    """How fresh a plant's feed is."""

    fresh: FreshShape
    plant: int
    feed: str


def worst(shapes: Sequence[FeedsShape], feeds: Collection[str]) -> Told:
    """The worst of `feeds` over the plants; one without a source is missing."""
    found = [
        Told(shape["feeds"][name]["fresh"] if name in shape["feeds"] else NO_SOURCE, plant, name)
        for plant, shape in enumerate(shapes)
        for name in feeds
    ]
    return min(found, key=_rank, default=Told(NO_SOURCE, 0, ""))


def _rank(told: Told) -> tuple[int, str]:
    return RANK[told.fresh["state"]], told.fresh["as_of_at"] or ""


def is_current(shapes: Sequence[FeedsShape], feeds: Collection[str]) -> bool:
    """Whether at least one plant's feeds are all fresh: else nothing on the page is judged."""
    return any(worst([shape], feeds).fresh["state"] == "ok" for shape in shapes)


def data_pill(
    shapes: Sequence[FeedsShape],
    feeds: Collection[str],
    plants: Sequence[PlantShape],
    now: datetime,
) -> html.Span:
    """Age of the data under a page that stands on `feeds` of `plants`; it ticks in the browser."""
    fresh, plant, feed = worst(shapes, feeds)
    if fresh["state"] == "missing":
        return mark("hatch", NO_DATA_YET, "stale")
    told = since(fresh["as_of_at"], now)
    if fresh["state"] == "stale":
        source = f"{plants[plant]['name']} {FEEDS.get(feed, feed).lower()}"
        return mark("hatch", ["Stale ", told, f", {source}"], "stale")
    return mark("dot", ["Data ", html.B(told), " old"])


def no_store() -> html.Span:
    """Shown while the store does not answer."""
    return mark("hatch", "Store does not answer", "stale")


def zone(plants: Sequence[PlantShape]) -> html.Span:
    """In which zone the page's times are: the plants' own, named."""
    labels = list(dict.fromkeys(plant["zone_label"] for plant in plants))
    whose = "(plant)" if len(plants) == 1 else "(each plant's)"
    return html.Span(["Times in ", html.B(", ".join(labels)), f" {whose}"], className="mark zone")
