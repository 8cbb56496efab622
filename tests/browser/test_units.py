"""The pages of a serial, a lot and the alarms in Chromium: sizes, themes, addresses, forms."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open, Server, until
from tests.browser.test_shortages import BAD_WORDS, CUT, SIZES, THEMES
from tests.dashboard.first_pass import HOSTILE
from tests.dashboard.unit_shapes import LOT, PART, SERIAL

pytestmark = pytest.mark.browser

RACK, LOTS, ALARMS = f"/rack/{SERIAL}", f"/lot/{PART}/{LOT}", "/alarms"
EXPLAINED = "document.querySelector('#alarms-why .told') !== null"


def opened(open_page: Open, on: Server, path: str, width: int = 1440, height: int = 900) -> Page:
    page = open_page(path, width, height, on=on)
    page.wait_for_selector(".figures")
    return page


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", [RACK, LOTS, ALARMS])
def test_nothing_is_cut_and_no_number_is_strange(
    open_page: Open, desks: Server, path: str, theme: str, size: tuple[int, int]
) -> None:
    page = opened(open_page, desks, f"{path}?theme={theme}", *size)
    page.wait_for_selector("main table td")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(CUT) == []
    assert BAD_WORDS.findall(page.inner_text("main").replace("None of", "")) == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == THEMES[theme]


@pytest.mark.parametrize("path", [RACK, LOTS, ALARMS])
def test_hostile_names_are_read_as_text(open_page: Open, desks: Server, path: str) -> None:
    page = opened(open_page, desks, path)
    page.evaluate("document.querySelectorAll('details').forEach((it) => (it.open = true))")
    until(page, f"document.querySelector('main').innerText.includes({HOSTILE!r})")
    assert page.evaluate("window.hurt") is None
    assert page.evaluate("document.querySelectorAll('main img').length") == 0


def test_the_short_address_leads_to_the_serial(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks, f"/u/{SERIAL}?tree=built")
    assert page.url.endswith(f"/rack/{SERIAL}?tree=built")


def test_an_unknown_serial_is_said(open_page: Open, desks: Server) -> None:
    page = open_page("/u/A%201%252F2", 1440, 900, on=desks)
    page.wait_for_selector("#rack-content .nothing")
    assert "names serial 'A 1/2' at Mount Pleasant" in page.inner_text("#rack-content")
    page.fill("#rack-note-text", "seen")
    page.fill("#rack-note-author", "Ana")
    page.click("#rack-note-keep")
    until(page, "document.querySelector('#rack-note-said').innerText.startsWith('Not kept')")


def test_the_tree_is_an_address_and_back_restores_it(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks, RACK)
    page.click("#rack-tree >> text=As built")
    until(page, "location.search === '?tree=built'")
    until(page, "document.querySelector('.genealogy').innerText.includes('not built yet')")
    page.go_back()
    until(page, "document.querySelector('.genealogy').innerText.includes('as now')")


def test_a_lot_leads_from_the_rack_to_its_racks_and_back(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks, RACK)
    page.click(f"a[href='/lot/{PART}/{LOT}'] >> nth=0")
    page.wait_for_url(f"**{LOTS}")
    page.wait_for_selector("#lot-content .figures")
    page.click("#lot-time >> text=Ever")
    until(page, "document.querySelector('#lot-content').innerText.includes('R-5')")
    assert page.url.endswith("?time=ever")
    page.click("#lot-content a >> text='R-5'")
    page.wait_for_url("**/rack/R-5")


def choose(page: Page, key: str) -> None:
    page.click(f"a[href$='alarm={key}']")
    until(page, f"location.search.includes('alarm={key}')")


def test_choosing_an_alarm_is_an_address_and_turns_the_form_to_it(
    open_page: Open, desks: Server
) -> None:
    page = opened(open_page, desks, ALARMS)
    until(page, EXPLAINED)
    assert "L1 LEAK" in page.input_value("#alarms-about")
    choose(page, "mp-13")
    until(page, "document.querySelector('#alarms-about').value.includes('T2 TLEAK')")
    until(page, "document.querySelector('.alarm').innerText.includes('T2 TLEAK')")
    other = opened(open_page, desks, "/alarms?alarm=mp-13")
    until(other, "document.querySelector('.alarm').innerText.includes('T2 TLEAK')")
    page.keyboard.press("Escape")
    until(page, "location.search === ''")


def test_taking_an_alarm_on_and_the_name_that_is_remembered(open_page: Open) -> None:
    server = Server("desks")
    try:
        page = opened(open_page, server, ALARMS)
        until(page, "document.querySelector('#alarms-about').value !== ''")
        page.fill("#alarms-note-author", "Ana Silva")
        page.fill("#alarms-note-text", "looking at bench 2")
        asked: list[str] = []
        page.on("request", lambda it: asked.append(it.post_data or ""))
        page.click("#alarms-take")
        until(page, "document.querySelector('#alarms-said').innerText === 'Taken on.'")
        page.wait_for_timeout(500)
        assert any("badge-alarms" in it for it in asked), "the count is read again at once"
        assert page.input_value("#alarms-note-text") == "looking at bench 2"
        page.click("#alarms-note")
        until(page, "document.querySelector('#alarms-said').innerText === 'Kept.'")
        until(page, "document.querySelector('#alarms-note-text').value === ''")
        page.click(".notes-list button >> nth=0")
        until(page, "document.querySelector('#alarms-said').innerText === 'Done.'")
        other = page.context.new_page()
        other.goto(server.address + RACK)
        other.wait_for_selector(".figures")
        other.focus("#rack-note-text")
        until(other, "document.querySelector('#rack-note-author').value === 'Ana Silva'")
        other.fill("#rack-note-text", "seen")
        other.click("#rack-note-keep")
        until(other, "document.querySelector('#rack-note-said').innerText === 'Kept.'")
        page.wait_for_timeout(1000)
    finally:
        server.kill()


def test_news_leave_what_is_typed_and_the_chosen_target(open_page: Open) -> None:
    server = Server("desks")
    try:
        page = opened(open_page, server, ALARMS)
        until(page, "document.querySelector('#alarms-about').value !== ''")
        page.click("#alarms-about")
        page.click(".mantine-Select-option:visible >> text=/T2 TLEAK/")
        page.fill("#alarms-note-text", "half a sen")
        asked: list[str] = []
        page.on("request", lambda it: asked.append(it.post_data or ""))
        server.put("mp", score={"done": 1})
        page.wait_for_timeout(2500)
        assert page.input_value("#alarms-note-text") == "half a sen"
        assert "T2 TLEAK" in page.input_value("#alarms-about")
    finally:
        server.kill()


def test_every_action_is_reached_by_tab(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks, ALARMS)
    until(page, EXPLAINED)
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.innerText"))
    names = ("take", "close", "note", "reopen", "mute", "hours", "about", "note-text", "line")
    assert {f"alarms-{name}" for name in names} <= seen
    assert "Done" in {text.strip() for text in seen if text} | {
        "Done" for text in seen if text.startswith('{"key"')
    }


def test_the_alarms_are_reached_by_keys(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks, RACK)
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/alarms")
    until(page, "document.querySelector('#badge-alarms')?.innerText.includes('1')")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("path", [RACK, LOTS, ALARMS])
def test_the_rows_are_exported(open_page: Open, desks: Server, path: str, kind: str) -> None:
    page = opened(open_page, desks, path)
    page.click(".export summary")
    with page.expect_download() as download:
        page.click(f"[data-export={kind}]")
    slug = path.split("/")[1]
    assert re.fullmatch(rf"{slug}_.*_asof-\w+\.{kind}", download.value.suggested_filename)
