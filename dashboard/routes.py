"""The routes beside Dash: health, the live channel, snapshots, and each page's own address."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import segno
from dash._utils import to_json
from fastapi import FastAPI, Request, Response
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route

from dashboard.access.viewer import scope_of
from dashboard.early import EARLY_HERE, early_html
from dashboard.exports.route import export_route
from dashboard.live.hub import Hub
from dashboard.live.snapshot import Key
from dashboard.live.stream import stream
from dashboard.page import Opened, Page, Theme
from dashboard.pages import PAGES
from dashboard.read import TOPICS, Read
from dashboard.shell import frame

ALL = "all"
LIBRARIES = frozenset({"dash_mantine_components", "dash_ag_grid", "dash_table"})
"""Component libraries that a page must ask for, as their scripts' addresses name them."""
NOT_FOUND = "There is nothing at this address. The plants are listed at /\n"


async def visible_keys(read: Read, connection: HTTPConnection, plant: str) -> list[Key]:
    """The live keys a viewer gets for `plant` (a code, or "all"); empty when it may see none."""
    topic = connection.query_params.get("topic", "wall")
    seen = [shape["code"] for shape in await read.plants(scope_of(connection))]
    return [Key(topic, code) for code in seen if plant in (ALL, code) and topic in TOPICS]


class Live:
    """`GET /live/{plant}?topic=wall|health`: the events of one plant, or of all of them."""

    def __init__(self, hub: Hub, read: Read) -> None:
        self._hub, self._read = hub, read

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        asked = HTTPConnection(scope)
        keys = await visible_keys(self._read, asked, asked.path_params["plant"])
        if not keys:
            await PlainTextResponse(NOT_FOUND, 404)(scope, receive, send)
            return
        last_id = asked.headers.get("last-event-id", "")
        await stream(self._hub, keys, last_id, receive, send)


def snapshot_route(hub: Hub, read: Read) -> Callable[..., Any]:
    """`GET /snap/{plant}`: the same blocks as JSON, with an ETag."""

    async def snap(request: Request, plant: str) -> Response:
        keys = [] if plant == ALL else await visible_keys(read, request, plant)
        if not keys:
            return PlainTextResponse(NOT_FOUND, 404)
        try:
            frame = await hub.fresh(keys[0])
        except LookupError as error:
            return PlainTextResponse(f"{error}\n", 503)
        headers = {"ETag": f'"{frame.id}"', "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        body = {"key": str(keys[0]), "id": frame.id, "build": hub.build_id, "blocks": frame.blocks}
        return JSONResponse(body, headers=headers)

    return snap


def qr_route() -> Callable[..., Any]:
    """`GET /qr/{plant}.svg`: the plant's short address as this viewer reaches us, to photograph."""

    async def qr(request: Request, plant: str) -> Response:
        address = str(request.url_for("plant_address", plant=plant))
        svg = segno.make(address, error="m").svg_inline(border=2, light="#FFFFFF", omitsize=True)
        svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
        return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "no-cache"})

    return qr


def page_route(page: Page, warm: "Warm") -> Callable[..., Any]:
    """`page`'s own address: the index, without the component libraries it does not use."""

    async def index() -> Response:
        headers = {"Cache-Control": "no-cache"}
        html = without_bundles(warm.index, LIBRARIES - page.bundles)
        html = html.replace(EARLY_HERE, early_html(PAGES, page).encode())
        return Response(html, media_type="text/html", headers=headers)

    return index


def first_route(hub: Hub, read: Read) -> Callable[..., Any]:
    """`GET /first?at=<path and query>&theme=dark|light`: what a page opens with, as Dash takes its
    layout. assets/theme.js asks before Dash is there to ask."""

    async def first(request: Request, at: str, theme: Theme) -> Response:
        path, _, query = at.partition("?")
        found = ((page, page.match(path)) for page in PAGES)
        page, names = next(((it, names) for it, names in found if names is not None), (None, {}))
        if page is None:
            return PlainTextResponse(NOT_FOUND, 404)
        search = f"?{query}" if query else ""
        opened = Opened(hub, read, scope_of(request), names or {}, search, theme)
        shown = frame(PAGES, page, path, await page.layout(opened), theme)
        headers = {"Cache-Control": "no-store"}
        return Response(to_json(shown), media_type="application/json", headers=headers)

    return first


def without_bundles(index: bytes, unused: Iterable[str]) -> bytes:
    """`index` without the scripts of the named libraries: a wall needs neither inputs nor grids.

    >>> without_bundles(b'<a><script src="/s/dash_x/x.js?v=1"></script>', {"dash_x"})
    b'<a>'
    """
    for name in unused:
        pattern = rb'<script src="[^"]*/' + re.escape(name.encode()) + rb'/[^"]*"></script>'
        index = re.sub(pattern, b"", index)
    return index


@dataclass
class Warm:
    """What the start of the server finds out: the page every address is answered with, and the
    hashes of its inline scripts. The server is not ready before."""

    index: bytes = b""
    hashes: list[str] = field(default_factory=list)


def add_routes(server: FastAPI, hub: Hub, read: Read, warm: Warm) -> None:
    """Add everything that is not Dash's own; what is left over is 404."""

    async def live() -> Response:
        return JSONResponse({"alive": True, "build": hub.build_id})

    async def ready() -> Response:
        status = 200 if warm.index and not hub.is_closed else 503
        return JSONResponse({"ready": status == 200, "build": hub.build_id}, status)

    async def plant_address(plant: str) -> Response:
        return RedirectResponse(f"/wall/{plant}")

    async def unit_address(serial: str, request: Request) -> Response:
        query = f"?{request.url.query}".rstrip("?")
        return RedirectResponse(f"/rack/{quote(serial, safe='')}{query}")

    async def nothing_here(request: Request) -> Response:
        tidy = request.url.path.rstrip("/")
        if tidy != request.url.path and any(it.match(tidy) is not None for it in PAGES):
            return RedirectResponse(f"{tidy}?{request.url.query}".rstrip("?"))
        return PlainTextResponse(NOT_FOUND, 404)

    server.add_api_route("/health/live", live)
    server.add_api_route("/health/ready", ready)
    server.router.routes.append(Route("/live/{plant}", Live(hub, read)))
    server.add_api_route("/snap/{plant}", snapshot_route(hub, read))
    server.add_api_route("/first", first_route(hub, read))
    server.add_api_route("/qr/{plant}.svg", qr_route())
    server.add_api_route("/p/{plant}", plant_address, name="plant_address")
    server.add_api_route("/u/{serial}", unit_address)
    server.add_api_route("/export/{file}", export_route(read, PAGES))
    for known in PAGES:
        server.add_api_route(known.route, page_route(known, warm))
    server.add_api_route("/{path:path}", nothing_here)


def give_way(server: FastAPI) -> None:
    """Take out Dash's own index, which answers `/` before ours and has been asked for by now."""
    own = next(it for it in server.router.routes if getattr(it, "path", "") == "/")
    server.router.routes.remove(own)
