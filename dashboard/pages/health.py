"""`/health`: how each source is doing, what is held back, and how far history has been loaded."""

from typing import Any, cast

from dash import Dash, Input, Output, html

from dashboard.access.viewer import callback_scope
from dashboard.components.health import health_page
from dashboard.live.hub import Hub
from dashboard.live.snapshot import Key
from dashboard.page import Page
from dashboard.read import Read
from dashboard.shell import NEWS, shell
from db.clock import utc_now
from db.queries.shapes import HealthShape

TITLE = "Data health"


def layout() -> html.Div:
    """The empty page; `register` fills it."""
    return shell("/health", TITLE, "health", [html.Div(id="health", className="content")])


def register(app: Dash, hub: Hub, read: Read) -> None:
    """Draw the sources when the page opens and whenever the live channel brought something."""

    @app.callback(Output("health", "children"), Input(NEWS, "data"))
    async def draw(news: object) -> list[Any]:
        plants = {plant["code"]: plant for plant in await read.plants(callback_scope())}
        healths = [(await hub.fresh(Key("health", code))).blocks for code in plants]
        return health_page(cast(list[HealthShape], healths), plants, utc_now())


PAGE = Page("/health", TITLE, 2, layout, register)
