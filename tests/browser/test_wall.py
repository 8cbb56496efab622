"""The wall in Chromium: nothing cut off, nothing too small, grey when normal, nothing jumps."""

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from dashboard import wording
from tests.browser.conftest import Open, Server, until
from tests.browser.serve import states
from tests.dashboard.fakes import BLOCKS, fresh, hour_shapes, line

pytestmark = pytest.mark.browser

SIZES = [(1920, 1080), (3840, 2160), (1080, 1920)]
STATES = sorted(states())

LOOK = (Path(__file__).parent / "look.js").read_text()


def look(page: Page, call: str) -> Any:
    """One of the measures of look.js, on the page as it is."""
    return page.evaluate(f"({LOOK}).{call}")


def is_drawn(page: Page) -> None:
    """Wait until the wall shows its plant."""
    until(page, "document.querySelector('#w-clock')?.textContent.includes(':')")


@pytest.mark.parametrize("state", STATES)
def test_nothing_is_cut_off_or_too_small(open_page: Open, state: str) -> None:
    page = open_page(f"/wall/{state}")
    is_drawn(page)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(150)
        assert look(page, "faults()") == [], (width, height)
        assert look(page, "smallText()") == [], (width, height)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_normal_wall_is_grey(open_page: Open, chromium: Browser, theme: str) -> None:
    def coloured(state: str) -> float:
        page = open_page(f"/wall/{state}?theme={theme}")
        is_drawn(page)
        png = base64.b64encode(page.screenshot()).decode()
        blank = chromium.new_page()
        share = look(blank, f"coloured({png!r})")
        blank.close()
        return float(share)

    assert coloured("normal") < 0.005
    assert coloured("bad") > 0.02, "the measure must see the plates of a bad shift"


@pytest.mark.parametrize("state", STATES)
def test_numbers_are_written_as_people_read_them(open_page: Open, state: str) -> None:
    page = open_page(f"/wall/{state}")
    is_drawn(page)
    text = page.inner_text(".wall")
    assert not re.search(r"NaN|None|null|undefined|Infinity|\[object", text)
    assert not re.search(r"(?<![\w-])-\d", text), "a hyphen where a minus belongs"
    assert not re.search(r"\d\.\d\d+ ?%", text), "more than one decimal on a share"
    assert re.search(r"\d\d:\d\d\s+(CT|CEST)", text), "the clock names its zone"
    assert "Illustrative data" in text


@pytest.mark.parametrize(
    ("state", "said"),
    [("empty", "No outlook yet"), ("noshift", "L2: no BOM for RK72-B"), ("noshift", "Cannot tell")],
)
def test_what_cannot_be_told_of_line_stops_is_said(open_page: Open, state: str, said: str) -> None:
    page = open_page(f"/wall/{state}")
    is_drawn(page)
    assert said in page.inner_text("#w-stop-rows")
    assert "No part runs out" not in page.inner_text("#w-stops")


def test_the_page_keeps_one_stream_and_nothing_jumps(open_page: Open, server: Server) -> None:
    watch = """
      window.jumps = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.jumps += entry.value;
      }).observe({type: "layout-shift", buffered: true});
      window.streams = 0;
      window.EventSource = class extends EventSource {
        constructor(...given) { super(...given); window.streams += 1; }
      };
    """
    page = open_page("/wall/copy1", script=watch)
    is_drawn(page)
    bad = states()["bad"]
    for done in range(59, 64):
        server.put("copy1", score=bad["score"] | {"done": done}, lines=bad["lines"])
        until(page, f"document.querySelector('#w-done')?.textContent === '{done}'")
    assert page.evaluate("window.jumps") == 0
    assert page.evaluate("window.streams") == 1


def test_a_change_in_the_store_moves_only_what_changed(open_page: Open, server: Server) -> None:
    page = open_page("/wall/copy2")
    is_drawn(page)
    page.evaluate("document.querySelector('#w-bars').firstChild.marked = true")
    server.put("copy2", open_stop=states()["bad"]["open_stop"])
    until(page, "document.querySelector('#w-now')?.textContent.includes('coolant pump')")
    assert page.evaluate("document.querySelector('#w-bars').firstChild.marked")


def test_an_end_that_is_not_known_is_a_dash(open_page: Open) -> None:
    page = open_page("/wall/empty")
    is_drawn(page)
    assert page.inner_text("#w-forecast") == wording.NONE


def test_only_the_block_of_the_old_source_turns_stale(open_page: Open) -> None:
    page = open_page("/wall/half")
    is_drawn(page)
    stale = page.evaluate(
        "[...document.querySelectorAll('[data-block][data-state=stale]')].map((it) => it.id)"
    )
    assert stale == ["w-stops"]
    assert page.inner_text("#w-data").startswith("Stock stale 2")
    assert page.inner_text("#w-plate") == "6 behind"


def test_an_hour_after_the_last_of_old_data_has_no_number(open_page: Open, server: Server) -> None:
    page = open_page("/wall/copy4")
    is_drawn(page)
    gone = fresh(4 * 3600, state="stale", fresh_count=0)
    hours = hour_shapes([4, 5, 3, 0, 0, 0], [4.0] * 8, low=(2, 3, 4))
    server.put("copy4", freshness=dict.fromkeys(BLOCKS, gone), hours=hours)
    until(page, "document.querySelector('#w-plate')?.textContent === 'Data stale'")
    numbers = page.eval_on_selector_all(
        "#w-bars .hour-number", "all => all.map(it => it.innerText)"
    )
    assert numbers == ["4", "5", wording.NONE, wording.NONE, wording.NONE, wording.NONE, "", ""]
    assert page.locator("#w-bars .shape.down").count() == 0


def test_stations_in_upkeep_are_not_read_as_an_hour(open_page: Open, server: Server) -> None:
    page = open_page("/wall/copy5")
    is_drawn(page)
    resting = line("L1", ["Test"], Test="planned_stop")
    resting["cells"][0] |= {"station_count": 3, "affected_count": 2}
    server.put("copy5", stages=["Test"], lines=[resting])
    until(page, "document.querySelector('#w-strip')?.textContent.includes('2 PM')")


def test_a_lost_server_is_said_and_found_again_without_touch(
    open_page: Open, own_server: Server
) -> None:
    page = open_page("/wall/bad", on=own_server)
    is_drawn(page)
    own_server.kill()
    until(
        page,
        "document.querySelector('#w-data')?.textContent.includes('Connection lost')",
        seconds=9,
    )
    assert page.inner_text("#w-plate") == "Connection lost"
    assert page.inner_text("#w-done") == "32", "the last numbers stay"
    own_server.start()
    until(page, "document.querySelector('#w-plate')?.textContent === '6 behind'", seconds=12)


def test_an_unknown_plant_is_said_so(open_page: Open) -> None:
    page = open_page("/wall/nowhere")
    until(page, "document.querySelector('#w-name')?.textContent === 'No such plant'")
