"""`/health`: how each source is doing, what is held back, and how far history has been loaded."""

from typing import Any, cast

from dash import Dash, Input, Output, html

from dashboard.access.viewer import callback_scope
from dashboard.components.health import health_page, worst_state
from dashboard.components.marks import unreadable
from dashboard.components.static import thin
from dashboard.early import early
from dashboard.live.hub import Hub
from dashboard.live.snapshot import Key
from dashboard.page import Opened, Page
from dashboard.read import Read
from dashboard.shell import age_id, news_id, shell
from db.clock import utc_now
from db.queries.scope import Scope
from db.queries.shapes import HealthShape

TITLE, TOPIC = "Data health", "health"


async def layout(opened: Opened) -> html.Div:
    """The sources."""
    sources, worst = await _shown(opened.hub, opened.read, opened.scope)
    content = html.Div(sources, id="health", className="content")
    return shell("/health", TITLE, TOPIC, [content], age=worst)


def register(app: Dash, hub: Hub, read: Read) -> None:
    """Draw the sources anew whenever the live channel brought something."""

    @app.callback(
        Output("health", "children"),
        Output(age_id(TOPIC), "children"),
        Input(news_id(TOPIC), "data"),
        prevent_initial_call=True,
    )
    async def draw(news: object) -> tuple[Any, Any]:
        return await _shown(hub, read, callback_scope())


async def _shown(hub: Hub, read: Read, scope: Scope) -> tuple[Any, Any]:
    """The sources, and the state of the worst of them."""
    try:
        plants = {plant["code"]: plant for plant in await read.plants(scope)}
        frames = [await hub.fresh(Key(TOPIC, code)) for code in plants]
    except LookupError:
        return [unreadable()], ""
    healths = cast(list[HealthShape], [frame.blocks for frame in frames])
    shown = health_page(healths, plants, utc_now())
    return thin(shown), thin(worst_state(healths, utc_now()))


PAGE = Page("/health", TITLE, 9, layout, register, icon="pulse", key="h", tab="Health",
            early=early(TITLE))  # fmt: skip
