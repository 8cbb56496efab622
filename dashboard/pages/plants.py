"""`/`: all plants at a glance, each with a link to its wall."""

from typing import Any, cast

from dash import Dash, Input, Output, html

from dashboard.access.viewer import callback_scope
from dashboard.components.marks import unreadable
from dashboard.components.plants import oldest, overview
from dashboard.components.static import thin
from dashboard.early import early
from dashboard.live.hub import Hub
from dashboard.live.snapshot import Key
from dashboard.page import Opened, Page
from dashboard.read import Read
from dashboard.shell import age_id, news_id, shell
from db.clock import utc_now
from db.queries.scope import Scope
from db.queries.shapes import WallShape

TITLE, TOPIC = "Plants", "wall"


async def layout(opened: Opened) -> html.Div:
    """The cards of the plants."""
    cards, age = await _shown(opened.hub, opened.read, opened.scope)
    content = html.Div(cards, id="plants", className="content")
    return shell("/", TITLE, TOPIC, [content], age=age)


def register(app: Dash, hub: Hub, read: Read) -> None:
    """Draw the cards anew whenever the live channel brought something."""

    @app.callback(
        Output("plants", "children"),
        Output(age_id(TOPIC), "children"),
        Input(news_id(TOPIC), "data"),
        prevent_initial_call=True,
    )
    async def draw(news: object) -> tuple[Any, Any]:
        return await _shown(hub, read, callback_scope())


async def _shown(hub: Hub, read: Read, scope: Scope) -> tuple[Any, Any]:
    """The cards, and the age of the oldest data on them."""
    try:
        keys = [Key(TOPIC, plant["code"]) for plant in await read.plants(scope)]
        walls = cast(list[WallShape], [(await hub.fresh(key)).blocks for key in keys])
    except LookupError:
        return [unreadable()], ""
    return thin(overview(walls, utc_now())), thin(oldest(walls, utc_now()))


PAGE = Page("/", TITLE, 1, layout, register, icon="grid", key="p", early=early(TITLE))
