"""The yield page in Chromium: both sizes and themes, clicks, hostile text, notes, exports."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NOTE_TEXT, Open, Server, until
from tests.browser.test_shortages import BAD_WORDS, CUT, SIZES, THEMES
from tests.dashboard.first_pass import HOSTILE, LOT

pytestmark = pytest.mark.browser

TOLD = "document.querySelector('.why tbody') !== null"
MOVES = """() => { window.moved = 0; new PerformanceObserver((list) => {
  for (const it of list.getEntries()) if (!it.hadRecentInput) window.moved += it.value;
}).observe({ type: 'layout-shift', buffered: false }); }"""


def opened(
    open_page: Open, desks: Server, query: str = "", size: tuple[int, int] = SIZES[0]
) -> Page:
    page = open_page(f"/yield{query}", *size, on=desks)
    page.wait_for_selector(".yield-chart .js-plotly-plot")
    until(page, TOLD)
    return page


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", THEMES)
def test_nothing_is_cut_and_no_number_is_strange(
    open_page: Open, desks: Server, theme: str, size: tuple[int, int]
) -> None:
    page = opened(open_page, desks, f"?theme={theme}", size)
    page.click(".more summary")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = [it for it in page.evaluate(CUT) if not it.startswith(("cut", "name", "mantine", "chip"))]
    assert cut == []
    assert BAD_WORDS.findall(page.inner_text("main").replace("None", "", 1)) == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == THEMES[theme]


def test_hostile_text_runs_nothing_and_makes_no_element(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks)
    assert page.evaluate("window.hurt") is None
    assert page.evaluate("document.querySelectorAll('main img').length") == 0
    assert HOSTILE in page.inner_text(".why")


def test_a_click_narrows_the_page_and_another_widens_it(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks)
    page.click(".codes a.name >> text=LEAK-02")
    until(page, "location.search === '?symptom=LEAK-02'")
    until(page, "document.querySelector('.chip')?.textContent.includes('LEAK-02')")
    page.go_back()
    until(page, "location.search === ''")
    until(page, "!document.querySelector('.chip')")
    page.click(f".why a >> text={LOT}")
    until(page, "location.search.startsWith('?factor=lot')")
    until(page, "document.querySelector('.why tr.chosen') !== null")
    page.keyboard.press("Escape")
    until(page, "location.search === ''")


def test_a_dot_of_the_chart_is_a_filter(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks)
    box = page.locator(".yield-chart .points path").nth(5).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(page, "document.querySelector('.hoverlayer text') !== null")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(page, "location.search.startsWith('?point=')")
    until(page, "document.querySelector('.chip')?.textContent.includes('Failed in')")


def test_a_folded_filter_is_an_address_too(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks)
    page.click(".more summary")
    page.click("#yield-group")
    page.click("[role=option]:visible >> text='By station'")
    until(page, "location.search === '?group=station'")


def test_nothing_moves_while_the_page_lives(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks)
    page.evaluate(MOVES)
    page.fill("#yield-note-text", "half a sentence")
    desks.put("mp")
    page.wait_for_timeout(5000)
    assert page.evaluate("window.moved") <= 0.01
    assert page.input_value("#yield-note-text") == "half a sentence"


def test_a_note_is_kept(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks)
    until(page, "document.querySelector('#yield-note-about').value.startsWith('the drop')")
    page.fill("#yield-note-text", "Bench 2 recalibrated")
    page.fill("#yield-note-author", "Ana Silva")
    page.click("#yield-note-keep")
    until(page, "document.querySelector('#yield-note-said').textContent === 'Kept.'")
    until(page, "document.querySelector('#yield-note-text').value === ''")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_shown_is_exported(open_page: Open, desks: Server, kind: str) -> None:
    page = opened(open_page, desks, "?symptom=LEAK-02")
    page.click(".export summary")
    with page.expect_download() as waiting:
        page.click(f"[data-export={kind}]")
    assert re.match(rf"yield_mp_.*_asof-.*\.{kind}", waiting.value.suggested_filename)


def test_a_note_stands_on_the_chart_with_who_and_until_when(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks)
    marks = page.locator(".yield-chart .scatterlayer .trace:last-child .points path")
    assert marks.count() == 1
    box = marks.first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    hover = "document.querySelector('.hoverlayer').textContent"
    until(page, f"{hover}.includes('Bench 2 was recalibrated')")
    for said in ("Ana Silva", "owner J. Ortiz", "due 2026-11-20", "onerror"):
        assert said in page.evaluate(hover)
    assert page.evaluate("document.querySelectorAll('.hoverlayer img').length") == 0
    assert page.evaluate("window.hurt") is None


def test_the_chart_is_saved_as_a_picture_that_says_what_it_is(
    open_page: Open, desks: Server
) -> None:
    page = opened(open_page, desks)
    page.evaluate(NOTE_TEXT)
    with page.expect_download() as waiting:
        page.click("[data-png]")
    assert waiting.value.suggested_filename.endswith(".png")
    said = " ".join(page.evaluate("window.written"))
    assert said.startswith("First-pass yield, Mount Pleasant")
    for words in ("mean 96.2%", "units that passed with their first verdict", "As of 20"):
        assert words in said
