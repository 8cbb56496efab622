"""The yield page in Chromium: clicks, hostile text, and a page that stays where it is."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open, Server, until
from tests.dashboard.first_pass import HOSTILE, LOT

pytestmark = pytest.mark.browser

TOLD = "document.querySelector('.why tbody') !== null"
MOVES = """() => { window.moved = 0; new PerformanceObserver((list) => {
  for (const it of list.getEntries()) if (!it.hadRecentInput) window.moved += it.value;
}).observe({ type: 'layout-shift', buffered: false }); }"""


def opened(
    open_page: Open, desks: Server, query: str = "", size: tuple[int, int] = (1440, 900)
) -> Page:
    page = open_page(f"/yield{query}", *size, on=desks)
    page.wait_for_selector(".yield-chart .js-plotly-plot")
    until(page, TOLD)
    return page


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


def test_nothing_moves_while_the_page_lives(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks)
    page.evaluate(MOVES)
    page.fill("#yield-note-text", "half a sentence")
    desks.put("mp")
    page.wait_for_timeout(5000)
    assert page.evaluate("window.moved") <= 0.01
    assert page.input_value("#yield-note-text") == "half a sentence"
