"""The web process, wired together: FastAPI carries Dash, the live channel and the health routes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import httpx
from dash import Dash, Input, Output, html, no_update
from dash.backends._fastapi import FastAPIDashServer
from fastapi import FastAPI

from dashboard.access.viewer import callback_scope
from dashboard.components.marks import mark
from dashboard.components.static import thin
from dashboard.headers import SecurityHeaders
from dashboard.live.hub import Hub
from dashboard.live.watcher import watching
from dashboard.page import Badge, Page
from dashboard.pages import PAGES
from dashboard.read import Read
from dashboard.routes import Warm, add_routes, give_way
from dashboard.shell import COUNTED, ILLUSTRATIVE, badge_id, illustrative
from dashboard.theme import css_variables

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<title>Rackline</title>
{%favicon%}
<script src="/assets/theme.js?BUILD"></script>
<style>VARIABLES</style>
{%css%}
</head>
<body>
<!-- early -->
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""


def create_app(read: Read) -> Dash:
    """The dashboard over `read`; serve `.server`, whose lifespan runs the hub and the watcher."""
    hub = Hub(read.build, build_id())
    warm = Warm()

    @asynccontextmanager
    async def lifespan(server: FastAPI) -> AsyncIterator[None]:
        if not warm.index:
            warm.index = await _first_index(server)
            warm.hashes = list(app.csp_hashes())
            give_way(server)
        with watching(read, hub):
            running = asyncio.create_task(hub.run())
            yield
            hub.close()
            await running

    # Dash would open a WebSocket per page that nothing here uses, past every HTTP check.
    FastAPIDashServer.websocket_capability = False
    server: Any = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app = Dash(
        __name__,
        server=server,
        assets_folder=str(Path(__file__).parent / "assets"),
        assets_ignore=r"theme\.js",
        index_string=INDEX.replace("BUILD", hub.build_id).replace("VARIABLES", css_variables()),
        suppress_callback_exceptions=True,
        compress=True,
        title="Rackline",
        update_title="",
        add_log_handler=False,
    )
    app.layout = html.Div()  # assets/theme.js asks for each page's own
    _register_pages(app, hub, read)
    add_routes(server, hub, read, warm)
    server.add_middleware(SecurityHeaders, hashes=lambda: warm.hashes)
    return app


def build_id() -> str:
    """Digest of the program's own files: screens reload themselves when it changes."""
    root = Path(__file__).parent
    digest = blake2b(digest_size=6)
    for file in sorted(root.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _register_pages(app: Dash, hub: Hub, read: Read) -> None:
    _say_illustrative(app, read)
    for page in PAGES:
        page.register(app, hub, read)
        if page.badge:
            _count(app, read, page, page.badge)


def _say_illustrative(app: Dash, read: Read) -> None:
    """Say on every desk page whose figures are made up, as walls do; what is said stays while the
    store does not answer."""

    @app.callback(
        Output(ILLUSTRATIVE, "children"),
        Input(COUNTED, "data"),
        prevent_initial_call=True,
    )
    async def say_illustrative(news: object) -> object:
        [found] = await asyncio.gather(read.plants(callback_scope()), return_exceptions=True)
        return no_update if isinstance(found, BaseException) else illustrative(found)


def _count(app: Dash, read: Read, page: Page, badge: Badge) -> None:
    """Keep the count beside the page's name in the navigation."""

    @app.callback(
        Output(badge_id(page), "children"),
        Input(COUNTED, "data"),
        prevent_initial_call=True,
    )
    async def count_them(news: object) -> object:
        [found] = await asyncio.gather(badge(read, callback_scope()), return_exceptions=True)
        return (
            ""
            if isinstance(found, BaseException) or not found
            else thin(mark("square", found, "red"))
        )


async def _first_index(server: FastAPI) -> bytes:
    """The HTML of `/`, asked for once: Dash finishes its set-up (finds the stylesheets) only then.

    Without it a wall that opens its deep link first after a restart gets a page without style.
    """
    transport = httpx.ASGITransport(app=server)
    async with httpx.AsyncClient(transport=transport, base_url="http://warm-up") as client:
        return (await client.get("/")).raise_for_status().content
