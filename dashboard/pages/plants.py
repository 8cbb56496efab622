"""`/`: all plants at a glance, each with a link to its wall."""

from typing import Any, cast

from dash import Dash, Input, Output, html

from dashboard.access.viewer import callback_scope
from dashboard.components.marks import unreadable
from dashboard.components.plants import oldest, overview
from dashboard.live.hub import Hub
from dashboard.live.snapshot import Key
from dashboard.page import Page
from dashboard.read import Read
from dashboard.shell import age_id, news_id, shell
from db.clock import utc_now
from db.queries.shapes import WallShape

TITLE, TOPIC = "Plants", "wall"


def layout() -> html.Div:
    """The empty page; `register` fills it."""
    return shell("/", TITLE, TOPIC, [html.Div(id="plants", className="content")])


def register(app: Dash, hub: Hub, read: Read) -> None:
    """Draw the cards when the page opens and whenever the live channel brought something."""

    @app.callback(
        Output("plants", "children"),
        Output(age_id(TOPIC), "children"),
        Input(news_id(TOPIC), "data"),
    )
    async def draw(news: object) -> tuple[list[Any], Any]:
        keys = [Key(TOPIC, plant["code"]) for plant in await read.plants(callback_scope())]
        try:
            walls = cast(list[WallShape], [(await hub.fresh(key)).blocks for key in keys])
        except LookupError:
            return [unreadable()], ""
        return overview(walls, utc_now()), oldest(walls, utc_now())


PAGE = Page("/", TITLE, 1, layout, register, icon="grid", key="p")
