"""The capacity pages in Chromium: three people's questions in one screen, nothing cut, clicks."""

import re
import struct
from pathlib import Path

import pytest
from playwright.sync_api import Page
from python_calamine import CalamineWorkbook

from tests.browser.conftest import NOTE_TEXT, Open, Server, until
from tests.browser.test_shortages import BAD_WORDS, CUT, SIZES, THEMES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

IN_SIGHT = """(it) => { const box = it.getBoundingClientRect();
  return box.top >= 0 && box.bottom <= innerHeight && box.width > 0 && box.right <= innerWidth; }"""


def in_sight(page: Page, selector: str) -> str:
    """The text of the first such element, which must lie within the screen as it opened."""
    assert page.evaluate("scrollY") == 0
    found = page.query_selector(selector)
    assert found is not None, selector
    assert found.evaluate(IN_SIGHT), f"{selector} is not within the first screen"
    return found.inner_text()


def opened(open_page: Open, desks: Server, path: str, *size: int) -> Page:
    page = open_page(path, *(size or (1440, 900)), on=desks)
    page.wait_for_selector(".figures")
    return page


def test_what_was_shipped_last_week_in_mw_is_in_the_first_screen(
    open_page: Open, desks: Server
) -> None:
    page = opened(open_page, desks, "/capacity")
    told = in_sight(page, ".figures .figure:nth-child(1)")
    assert re.search(r"MW shipped, last week\s+34\.8 MW", told), told
    assert "264 racks" in told


def test_what_can_be_committed_for_a_week_and_what_limits_it_are_in_the_first_screen(
    open_page: Open, desks: Server
) -> None:
    page = opened(open_page, desks, "/capacity?week=2026-W30")
    assert "Can still be committed for week of Jul 20" in in_sight(
        page, ".figures .figure:nth-child(4)"
    )
    assert "Short" in in_sight(page, ".banner")
    table = in_sight(page, ".limits")
    for plant in ("Mount Pleasant", "Lordstown", "Houston"):
        assert plant in table
    assert "Burn-in" in table
    in_sight(page, "#capacity-chart")


def test_which_single_change_buys_most_racks_is_in_the_first_screen(
    open_page: Open, desks: Server
) -> None:
    page = opened(open_page, desks, "/capacity/what-if")
    page.wait_for_selector(".levers tr")
    best = in_sight(page, ".levers tr:first-child")
    assert re.search(r"\+\d", best), best
    in_sight(page, ".whatif-levers h2")


def test_a_lever_adds_itself_and_its_link_opens_to_the_same_numbers(
    open_page: Open, desks: Server
) -> None:
    page = opened(open_page, desks, "/capacity/what-if")
    page.wait_for_selector(".levers tr")
    page.click(".levers tr:first-child a")
    until(page, "location.search.startsWith('?s=1') && document.querySelector('.chips .chip')")
    first = page.inner_text(".figures")
    other = opened(open_page, desks, "/capacity/what-if" + page.evaluate("location.search"))
    assert other.inner_text(".figures") == first
    other.click(".chips .chip")
    until(other, "location.search === '' && !document.querySelector('.chips .chip')")


def test_a_change_is_entered_by_the_form(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks, "/capacity/what-if")
    page.click("#capacity-what-if-add")
    until(page, "document.getElementById('capacity-what-if-said').innerText.includes('Not added')")
    page.click("#capacity-what-if-kind")
    page.click(".mantine-Select-option:visible >> text='Exercise an option'")
    page.click("#capacity-what-if-at")
    page.click(".mantine-Select-option:visible >> text='Houston'")
    until(page, "!document.getElementById('capacity-what-if-which').disabled")
    page.click("#capacity-what-if-which")
    page.click(".mantine-Select-option:visible >> nth=0")
    page.click("#capacity-what-if-add")
    until(page, "location.search.includes('o%2Ctx') && document.querySelector('.chips .chip')")


def test_a_click_on_a_figure_looks_at_its_week(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks, "/capacity?plant=mp")
    page.click(".limits td:nth-child(5) a")
    until(page, "location.search.includes('week=2026-W39')")
    until(page, "document.querySelector('.figures').innerText.includes('week of Sep 21')")
    page.click("#capacity-unit >> text=MW")
    until(page, "document.querySelector('.limits').innerText.includes('MW/wk')")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", ["/capacity", "/capacity/what-if"])
def test_nothing_is_cut_and_no_number_is_strange(
    open_page: Open, desks: Server, path: str, theme: str, size: tuple[int, int]
) -> None:
    page = opened(open_page, desks, f"{path}?theme={theme}", *size)
    if path.endswith("what-if"):
        page.wait_for_selector(".levers tr")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(CUT) == []
    assert BAD_WORDS.findall(page.inner_text("main")) == []


def test_the_chart_is_saved_as_a_picture(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks, "/capacity")
    page.wait_for_selector("#capacity-chart .js-plotly-plot")
    with page.expect_download() as waiting:
        page.click("[data-png]")
    saved = Path(waiting.value.path()).read_bytes()
    assert saved.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = struct.unpack(">II", saved[16:24])
    assert (wide, high > 2 * (420 + 200)) == (2400, True), "the chart, and words around it"


def test_the_picture_carries_title_legend_filters_definitions_and_as_of(
    open_page: Open, desks: Server
) -> None:
    page = opened(open_page, desks, "/capacity")
    page.wait_for_selector("#capacity-chart .js-plotly-plot")
    page.evaluate(NOTE_TEXT)
    with page.expect_download():
        page.click("[data-png]")
    told = page.evaluate("window.written.join('\\n')")
    for words in ("Racks per week, 3 plants", "As of 2", "UTC", "All plants, Racks, 8 weeks back",
                  "Option, may never be ordered", "Demonstrated: Median of good"):  # fmt: skip
        assert words in told, told


@pytest.mark.parametrize("size", [(1080, 1920), (820, 1180), (768, 1024), (1024, 768), (390, 844)])
def test_what_limits_a_plant_is_in_sight_without_scrolling_sideways(
    open_page: Open, desks: Server, size: tuple[int, int]
) -> None:
    page = opened(open_page, desks, "/capacity", *size)
    box = page.locator(".limits .scroll")
    assert box.evaluate("(it) => it.scrollWidth <= it.clientWidth")
    assert box.locator("td:last-child >> nth=0").evaluate(
        "(it) => it.getBoundingClientRect().right <= innerWidth"
    )


def test_the_workbook_holds_each_table_with_its_definitions_and_as_of(
    open_page: Open, desks: Server
) -> None:
    page = opened(open_page, desks, "/capacity")
    page.click(".export summary")
    with page.expect_download() as waiting:
        page.click("[data-export=xlsx]")
    book = CalamineWorkbook.from_path(str(waiting.value.path()))
    head = [str(cell) for row in book.get_sheet_by_index(0).to_python() for cell in row]
    assert "As of" in head
    assert any("Rated" in cell for cell in head), "what the words mean"
    assert len(book.sheet_names) >= 3


def test_it_is_printed_with_its_as_of_and_without_its_tools(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks, "/capacity?theme=dark")
    page.wait_for_selector("#capacity-chart .main-svg >> nth=0", state="attached")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('#nav')).display") == "none"
    assert page.evaluate("getComputedStyle(document.querySelector('.tool')).display") == "none"
    assert page.is_visible("#age-capacity")
    surface = "getComputedStyle(document.querySelector('.figures')).backgroundColor"
    assert page.evaluate(surface) == "rgb(255, 255, 255)"
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    printed = page.evaluate("getComputedStyle(document.querySelector('main'), '::before').content")
    assert re.search(r"As of \d{4}-\d\d-\d\d .* UTC · .* · All plants, Racks", printed), printed
    assert not page.is_visible(".filters"), "the line says what they are set to"
    assert page.query_selector("#capacity-chart .main-svg[viewBox]"), "as wide as the paper"
    assert page.query_selector(".panel details:not([open])") is None, "nothing stays folded"
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.query_selector(".main-svg[viewBox], details[data-unfolded]") is None
    page.emulate_media(media="screen")
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")
