"""The web process as a browser meets it: cold deep links, addresses, headers, snapshots."""

import ast
import asyncio
import inspect
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from dash import Dash

from dashboard.app import create_app
from dashboard.pages import PAGES
from dashboard.shell import illustrative
from tests.dashboard.fakes import FakeRead, bad_shift, plant_shape, source_shape
from tests.dashboard.outlooks import material

ROOT = Path(inspect.getfile(create_app)).parent


@pytest.fixture
def read() -> FakeRead:
    return FakeRead()


@pytest.fixture
def app(read: FakeRead) -> Dash:
    return create_app(read)


@pytest.fixture
async def client(app: Dash) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the started server; its first request is the server's first but the warm-up."""
    transport = httpx.ASGITransport(app=app.server)
    async with (
        app.server.router.lifespan_context(app.server),
        httpx.AsyncClient(transport=transport, base_url="http://wall.test") as client,
    ):
        yield client


async def test_a_cold_deep_link_comes_with_its_style_and_scripts(client: httpx.AsyncClient) -> None:
    page = await client.get("/wall/mp")
    assert page.status_code == 200
    for needed in ("10-base.css", "20-wall.css", "40-live.js", "theme.js"):
        assert f"/assets/{needed}" in page.text
    assert '<html lang="en">' in page.text


@pytest.mark.parametrize("path", ["/nothing", "/wall/", "/wall/mp/more", "/docs", "/openapi.json"])
async def test_unknown_addresses_are_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("path", "page"),
    [("/wall/mp/", "/wall/mp"), ("/health/", "/health"),
     ("/wall/mp/?theme=dark", "/wall/mp?theme=dark")],
)  # fmt: skip
async def test_a_slash_too_many_leads_to_the_page(
    client: httpx.AsyncClient, path: str, page: str
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (307, page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
async def test_each_page_answers_at_its_address(client: httpx.AsyncClient, page: object) -> None:
    path = page.path.replace("<plant>", "mp").replace("<number>", "QD%201-2")  # type: ignore[attr-defined]
    assert (await client.get(path)).status_code == 200


async def test_a_wall_loads_no_library_of_inputs_or_grids(client: httpx.AsyncClient) -> None:
    wall, desk = (await client.get("/wall/mp")).text, (await client.get("/shortages")).text
    assert "/dash_mantine_components/" in desk
    for library in ("dash_mantine_components", "dash_ag_grid", "dash_table"):
        assert f"/{library}/" not in wall
    assert "/dcc/" in wall


async def test_rows_are_exported_within_the_page_and_nothing_else(
    client: httpx.AsyncClient, read: FakeRead
) -> None:
    read.answers["material"] = material()
    file = await client.get("/export/shortages.csv?days=7&theme=light")
    assert file.status_code == 200
    assert file.headers["content-disposition"].startswith('attachment; filename="shortages_')
    assert "Mount Pleasant" in file.text
    for path in ("shortages.exe", "wall.csv", "nothing.csv", "shortages", ".csv"):
        assert (await client.get(f"/export/{path}")).status_code == 404


async def test_nothing_is_ready_before_the_server_has_started(app: Dash) -> None:
    transport = httpx.ASGITransport(app=app.server)
    async with httpx.AsyncClient(transport=transport, base_url="http://wall.test") as client:
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 503


async def test_ready_names_the_build(client: httpx.AsyncClient) -> None:
    ready = await client.get("/health/ready")
    assert ready.status_code == 200
    assert re.fullmatch("[0-9a-f]{12}", ready.json()["build"])


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/", "/wall/mp", "/nothing", "/snap/mp", "/assets/10-base.css", "/_dash-layout"):
        headers = (await client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy, path
        assert "frame-ancestors 'none'" in policy
        assert "script-src 'self' 'sha256-" in policy
        assert "unsafe-eval" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


async def test_a_snapshot_is_sent_once_per_state(client: httpx.AsyncClient, read: FakeRead) -> None:
    first = await client.get("/snap/mp")
    assert first.json()["blocks"]["score"]["done"] == 58
    tag = {"If-None-Match": first.headers["etag"]}
    assert (await client.get("/snap/mp", headers=tag)).status_code == 304
    read.put("mp", score=bad_shift()["score"])
    again = await client.get("/snap/mp", headers=tag)
    while again.status_code == 304:  # until the hub has heard the watcher's thread
        await asyncio.sleep(0.01)
        again = await client.get("/snap/mp", headers=tag)
    assert again.json()["blocks"]["score"]["done"] == 32


@pytest.mark.parametrize("path", ["/snap/zz", "/live/zz", "/snap/all", "/live/mp?topic=secrets"])
async def test_what_is_not_there_cannot_be_followed(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "plants are listed at /" in answer.text


async def test_a_store_that_was_never_read_is_said_so(
    client: httpx.AsyncClient, read: FakeRead
) -> None:
    read.error = OSError("no such file")
    answer = await client.get("/snap/mp")
    assert answer.status_code == 503
    assert "no such file" not in answer.text


async def test_the_code_to_photograph_is_the_plants_short_address(
    client: httpx.AsyncClient,
) -> None:
    code = await client.get("/qr/mp.svg")
    assert code.headers["content-type"] == "image/svg+xml"
    assert code.text.startswith("<svg")
    landed = await client.get("/p/mp")
    assert landed.headers["location"] == "/wall/mp"


async def first(client: httpx.AsyncClient, path: str) -> str:
    """What a page opens with, as JSON."""
    answer = await client.get("/first", params={"at": path, "theme": "dark"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return json.dumps(answer.json(), ensure_ascii=False)


async def test_the_plants_page_opens_with_every_plant(client: httpx.AsyncClient) -> None:
    told = await first(client, "/")
    for text in ("Mount Pleasant", "Lordstown", "Houston", "/wall/tx", "Illustrative data"):
        assert text in told


async def test_the_health_page_opens_with_every_source(
    client: httpx.AsyncClient, read: FakeRead
) -> None:
    read.sources = [source_shape("mp"), source_shape("oh", "stock", level="stale")]
    told = await first(client, "/health")
    assert "Production steps" in told
    assert "Inventory" in told


async def test_the_wall_is_drawn_without_asking_the_store(
    client: httpx.AsyncClient, read: FakeRead
) -> None:
    read.error = OSError("away")
    assert "/live/mp" in await first(client, "/wall/mp")
    assert read.build_count == 0


async def test_a_desk_page_opens_with_what_its_address_shows(
    client: httpx.AsyncClient, read: FakeRead
) -> None:
    read.answers["material"] = material()
    told = await first(client, "/shortages?line=L9&show=all")
    assert "Line “L9” is not known here" in told
    assert "NVMe" in told, "a part that is not short"
    assert "NVMe" not in await first(client, "/shortages")


async def test_a_desk_page_that_cannot_be_read_opens_and_says_so(
    client: httpx.AsyncClient, read: FakeRead
) -> None:
    read.error = OSError("away")
    told = await first(client, "/shortages?days=7")
    assert "This could not be read just now" in told
    assert "Next 7 days" in told


@pytest.mark.parametrize("at", ["", "nothing", "/nothing", "/wall/MP"])
async def test_nothing_opens_at_an_unknown_address(client: httpx.AsyncClient, at: str) -> None:
    answer = await client.get("/first", params={"at": at, "theme": "dark"})
    assert answer.status_code == 404


async def test_every_server_callback_is_async(app: Dash, client: httpx.AsyncClient) -> None:
    """A plain function would run on the event loop and freeze every viewer while it works."""
    callbacks = {name: it["callback"] for name, it in app.callback_map.items() if "callback" in it}
    assert len(callbacks) >= 3
    plain = [name for name, call in callbacks.items() if not inspect.iscoroutinefunction(call)]
    assert plain == []


def test_nothing_is_fetched_from_another_host() -> None:
    """Walls hang in plants without internet; comments may name a source."""
    for file in ROOT.rglob("*"):
        if file.suffix in {".js", ".css", ".py"}:
            found = re.findall(r"https?://[\w.]+", file.read_text())
            assert set(found) <= {"http://www.w3.org", "http://warm"}, file


def test_every_asset_says_why_it_exists() -> None:
    for file in (ROOT / "assets").iterdir():
        if file.suffix in {".js", ".css"}:
            assert "Why:" in file.read_text()[:200], file


def test_no_page_registers_callbacks_on_import() -> None:
    for file in (ROOT / "pages").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "dash":
                assert "callback" not in {name.name for name in node.names}, file


def test_the_figures_of_illustrative_plants_are_called_so() -> None:
    made_up, real = plant_shape("mp"), plant_shape("tx", name="Houston", is_illustrative=False)
    assert illustrative([made_up, made_up]) == "Illustrative data"
    assert illustrative([made_up, real]) == f"Illustrative: {made_up['name']}"
    assert illustrative([real]) == ""
