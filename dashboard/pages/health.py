"""`/health`: how each source is doing, what is held back, and how far history has been loaded."""

from typing import Any, cast

from dash import Dash, Input, Output, html

from dashboard.access.viewer import callback_scope
from dashboard.components.health import health_page, worst_state
from dashboard.components.marks import unreadable
from dashboard.live.hub import Hub
from dashboard.live.snapshot import Key
from dashboard.page import Page
from dashboard.read import Read
from dashboard.shell import age_id, news_id, shell
from db.clock import utc_now
from db.queries.shapes import HealthShape

TITLE, TOPIC = "Data health", "health"


def layout() -> html.Div:
    """The empty page; `register` fills it."""
    return shell("/health", TITLE, TOPIC, [html.Div(id="health", className="content")])


def register(app: Dash, hub: Hub, read: Read) -> None:
    """Draw the sources when the page opens and whenever the live channel brought something."""

    @app.callback(
        Output("health", "children"),
        Output(age_id(TOPIC), "children"),
        Input(news_id(TOPIC), "data"),
    )
    async def draw(news: object) -> tuple[list[Any], Any]:
        plants = {plant["code"]: plant for plant in await read.plants(callback_scope())}
        try:
            frames = [await hub.fresh(Key(TOPIC, code)) for code in plants]
        except LookupError:
            return [unreadable()], ""
        healths = cast(list[HealthShape], [frame.blocks for frame in frames])
        return health_page(healths, plants, utc_now()), worst_state(healths, utc_now())


PAGE = Page("/health", TITLE, 9, layout, register, icon="pulse", key="h")
