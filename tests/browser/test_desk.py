"""The desk pages in Chromium, and the browser's words beside the server's."""

from typing import Any

import pytest
from playwright.sync_api import Page

from dashboard import wording
from tests.browser.conftest import Open, Server, until
from tests.dashboard.fakes import hour_shapes

pytestmark = pytest.mark.browser

SECONDS: list[float | None] = [
    None, 0, 0.9, 12, 59.99, 60, 1500, 3599, 3600, 11400, 86399, 86400, 90000, 187200, -5
]  # fmt: skip
HOURS: list[float | None] = [None, -1, 0, 0.01, 0.5, 2.68, 9.18, 23.99, 24, 28.5, 300]
NUMBERS: list[float | None] = [None, 0, -0.2, 0.5, 2.5, -2.5, 999.5, 1234, -1234567.8]
SHARES = [(0, 0), (0, 5), (27, 29), (49999, 50000), (50, 50), (1, 3), (2, 3), (1, 16)]
CONDITIONS = [*wording.CONDITIONS, None, "unheard of"]

CASES: list[tuple[str, Any, list[list[Any]]]] = [
    ("age", wording.age, [[it] for it in SECONDS]),
    ("countdown", wording.countdown, [[it] for it in [*SECONDS, -169, 6000, 5999]]),
    ("timeLeft", wording.time_left, [[it] for it in HOURS]),
    ("count", wording.count, [[it] for it in NUMBERS]),
    ("againstPlan", wording.against_plan, [[it] for it in NUMBERS]),
    ("percent", wording.percent, [list(it) for it in SHARES]),
]


@pytest.fixture
def page(open_page: Open) -> Page:
    page = open_page("/health", 1440, 900)
    page.wait_for_selector("table")
    return page


def test_the_browser_and_the_server_use_the_same_words(page: Page) -> None:
    for name, ours, cases in CASES:
        calls = "([name, cases]) => cases.map((it) => window.rackline.words[name](...it))"
        assert page.evaluate(calls, [name, cases]) == [ours(*case) for case in cases], name
    calls = """(codes) => codes.map((it) => window.rackline.words.condition(it))
      .map(({word, shape, plate}) => [word, shape, plate])"""
    assert page.evaluate(calls, CONDITIONS) == [list(wording.condition(it)) for it in CONDITIONS]


def test_a_delta_on_another_base_is_refused(page: Page) -> None:
    patch = "([held, delta]) => window.rackline.live.patched(held, delta)"
    held = {"id": "1", "blocks": {"a": 1, "b": 2}}
    good = {"base": "1", "blocks": {"b": 3}, "gone": ["a"]}
    assert page.evaluate(patch, [held, good]) == {"blocks": {"b": 3}}
    assert page.evaluate(patch, [held, good | {"base": "0"}]) is None
    assert page.evaluate(patch, [None, good]) is None


def test_health_shows_the_state_of_each_source_first(page: Page) -> None:
    first = page.inner_text("tbody tr:first-child")
    assert first.startswith("stale")
    assert "Inventory" in first
    assert page.inner_text("#age-health").startswith("stale")


def test_ages_tick_without_the_server(open_page: Open, own_server: Server) -> None:
    page = open_page("/health", 1440, 900, on=own_server)  # younger than the step to minutes
    page.wait_for_selector("td time[data-since]")
    age = "document.querySelector('td time[data-since]').textContent"
    before = page.evaluate(age)
    until(page, f"{age} !== {before!r}")


def test_the_plants_page_links_to_each_wall(open_page: Open) -> None:
    page = open_page("/", 1440, 900)
    page.wait_for_selector(".card")
    page.click("a[href='/wall/bad']")
    until(page, "document.querySelector('#w-done')?.textContent === '32'")
    assert page.title() == "Plant wall"


def test_a_change_in_the_store_reaches_the_plants_page(open_page: Open, server: Server) -> None:
    page = open_page("/", 1440, 900)
    page.wait_for_selector(".card")
    wall = {"done": 71, "target": 78.0, "plan_now": 60.0, "difference": 11.0,
            "forecast": 90.0, "level": "normal"}  # fmt: skip
    server.put("copy3", score=wall)
    until(page, "document.body.textContent.includes('11 ahead')")


def test_a_low_hour_that_made_nothing_shows_an_amber_foot(open_page: Open, server: Server) -> None:
    page = open_page("/", 1440, 900)
    page.wait_for_selector(".card")
    low = hour_shapes([5, 0, 4], [5.0] * 12, low=(1,))
    server.put("copy3", hours=low)
    foot = "[...document.querySelectorAll(`.hour[title='07 0 of 5'] .bar`)]"
    until(page, f"{foot}.length === 1")
    height, colour = page.evaluate(
        f"(({{height, backgroundColor}}) => [height, backgroundColor])(getComputedStyle({foot}[0]))"
    )
    assert height == "5px"
    full = "document.querySelector(`.card .hour[data-level=amber][title='12 2 of 5'] .bar`)"
    assert colour == page.evaluate(f"getComputedStyle({full}).backgroundColor")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
@pytest.mark.parametrize("path", ["/", "/health"])
def test_no_desk_page_scrolls_sideways(open_page: Open, path: str, width: int, height: int) -> None:
    page = open_page(path, width, height)
    page.wait_for_selector(".figures")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


EDGES = """() => {
  const table = document.querySelector('.scroll').getBoundingClientRect();
  return [...document.querySelectorAll('thead th')]
    .filter((it) => it.offsetWidth && it.getBoundingClientRect().right <= table.right + 1)
    .map((it) => it.textContent);
}"""


@pytest.mark.parametrize(
    ("width", "height", "whole", "is_hinted"),
    [(1440, 900, 9, False), (1280, 800, 8, False), (1080, 1920, 5, True), (390, 844, 5, True)],
)
def test_no_column_of_the_sources_is_cut_in_silence(
    open_page: Open, width: int, height: int, whole: int, is_hinted: bool
) -> None:
    page = open_page("/health", width, height)
    page.wait_for_selector("table")
    shown = page.evaluate(EDGES)
    assert shown[:5] == ["State", "Source", "Plant", "Lag", "Held"]
    assert len(shown) >= whole
    assert page.is_visible(".more-right") == is_hinted
    left = "document.querySelector('tbody td:nth-child(2)').getBoundingClientRect().left"
    before = page.evaluate(left)
    page.evaluate("document.querySelector('.scroll').scrollLeft = 9999")
    assert abs(page.evaluate(left) - before) <= 1, "the source stays in sight"


def test_the_theme_can_be_asked_for(open_page: Open) -> None:
    for theme, colour in (("light", "rgb(241, 243, 245)"), ("dark", "rgb(20, 23, 27)")):
        page = open_page(f"/?theme={theme}", 1440, 900)
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == colour
        assert "Inter" in page.evaluate("getComputedStyle(document.body).fontFamily")


@pytest.mark.parametrize("path", ["/", "/health", "/shortages", "/yield", "/part/410-2231"])
def test_every_desk_page_says_that_its_plants_are_illustrative(
    open_page: Open, desks: Server, path: str
) -> None:
    page = open_page(path, 1440, 900, on=desks)
    until(page, "document.querySelector('#illustrative')?.textContent === 'Illustrative data'")
    assert page.is_visible("#illustrative")
