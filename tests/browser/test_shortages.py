"""The shortages and part pages in Chromium: address, keys, themes, both sizes, live news."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open, Server, until

pytestmark = pytest.mark.browser

SIZES = [(1440, 900), (390, 844)]
THEMES = {"light": "rgb(241, 243, 245)", "dark": "rgb(20, 23, 27)"}
HEAT = "document.querySelector('.heat')?.innerText || ''"
CUT = """() => [...document.querySelectorAll('main *')]
  .filter((it) => !it.closest('.scroll, .ag-root-wrapper, .chart, .mantine-Select-root'))
  .filter((it) => !it.matches('input, .sr'))
  .filter((it) => it.clientWidth && getComputedStyle(it).display !== 'inline')
  .filter((it) => it.scrollWidth > it.clientWidth + 2)
  .map((it) => `${it.className}: ${it.textContent.slice(0, 40)}`)"""
BAD_WORDS = re.compile(r"\b(NaN|None|null|undefined|Infinity)\b|(?<![\w-])-\d(?![\d-]*\w*-)")


@pytest.fixture
def page(open_page: Open, desks: Server) -> Page:
    page = open_page("/shortages", 1440, 900, on=desks)
    page.wait_for_selector(".heat")
    return page


def shown(page: Page) -> str:
    """What the page's content says once it has stood still for a second, without what ticks."""
    told: list[str] = []
    for _ in range(80):
        told.append(re.sub(r"\b\d+ (s|min|h|m)\b", "", page.inner_text("#shortages-content")))
        if len(told) > 4 and len(set(told[-5:])) == 1:
            return told[-1]
        page.wait_for_timeout(250)
    return pytest.fail("the page does not come to rest")


def choose(page: Page, control: str, label: str) -> None:
    page.click(f"#shortages-{control}")
    page.click(f".mantine-Select-option:visible >> text='{label}'")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", ["/shortages", "/part/410-2231"])
def test_nothing_is_cut_and_no_number_is_strange(
    open_page: Open, desks: Server, path: str, theme: str, size: tuple[int, int]
) -> None:
    page = open_page(f"{path}?theme={theme}", *size, on=desks)
    page.wait_for_selector(".figures")
    until(page, "!document.querySelector('main').innerText.includes('Loading')")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(CUT) == []
    assert BAD_WORDS.findall(page.inner_text("main")) == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == THEMES[theme]
    scheme = "document.documentElement.dataset.mantineColorScheme"
    until(page, f"{scheme} === '{theme}'")


CONTROLS = [
    ("plant", "Houston", "plant=tx"),
    ("line", "Line L2", "line=L2"),
    ("commodity", "Cooling", "commodity=Cooling"),
    ("supplier", "NORTHWIRE", "supplier=NORTHWIRE"),
    ("days", "Next 7 days", "days=7"),
    ("case", "Nothing arrives", "case=none"),
]


@pytest.mark.parametrize(("control", "label", "query"), CONTROLS)
def test_each_choice_is_an_address_that_opens_the_same(
    open_page: Open, desks: Server, control: str, label: str, query: str
) -> None:
    page = open_page("/shortages", 1440, 900, on=desks)
    page.wait_for_selector(".heat")
    before = shown(page)
    choose(page, control, label)
    until(page, f"location.search === '?{query}'")
    other = open_page(f"/shortages?{query}", 1440, 900, on=desks)
    other.wait_for_selector(".heat")
    until(page, "document.querySelector('.heat') !== null")
    assert shown(page) == shown(other)
    assert other.input_value(f"#shortages-{control}") == label
    assert control == "supplier" or shown(page) != before


def test_back_and_forward_restore_controls_and_content(page: Page) -> None:
    first = shown(page)
    page.click("#shortages-show >> text=All parts")
    until(page, f"({HEAT}).includes('NVMe')")
    choose(page, "plant", "Houston")
    until(page, f"location.search === '?plant=tx&show=all' && !({HEAT}).includes('Fiber')")
    page.go_back()
    until(page, f"({HEAT}).includes('Fiber') && location.search === '?show=all'")
    assert page.input_value("#shortages-plant") == "All plants"
    page.go_back()
    until(page, f"!({HEAT}).includes('NVMe') && location.search === ''")
    assert shown(page) == first
    page.go_forward()
    until(page, f"({HEAT}).includes('NVMe')")


def test_what_is_typed_replaces_the_address(page: Page) -> None:
    length = page.evaluate("history.length")
    page.keyboard.press("/")
    page.keyboard.type("fiber")
    until(page, f"location.search === '?q=fiber' && !({HEAT}).includes('Busbar')")
    assert page.evaluate("history.length") == length
    page.fill("#shortages-q", "")
    until(page, f"location.search === '' && ({HEAT}).includes('Busbar')")


def test_an_unknown_value_falls_back_and_is_said(open_page: Open, desks: Server) -> None:
    page = open_page("/shortages?days=9&line=L9", 1440, 900, on=desks)
    page.wait_for_selector("#shortages-notices p")
    told = page.inner_text("#shortages-notices")
    assert "Horizon “9” is not known here" in told
    assert "Line “L9” is not known here" in told


def test_the_theme_is_switched_and_kept(page: Page) -> None:
    begun = page.evaluate("document.documentElement.dataset.theme")
    other = "dark" if begun == "light" else "light"
    page.keyboard.press("t")
    until(page, f"document.documentElement.dataset.mantineColorScheme === '{other}'")
    page.reload()
    page.wait_for_selector(".heat")
    assert page.evaluate("document.documentElement.dataset.theme") == other


def test_pages_and_help_are_reached_by_keys(page: Page) -> None:
    page.keyboard.press("?")
    assert page.is_visible("#help")
    assert "g then s" in page.inner_text("#help")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url("**/health")


def test_every_control_and_row_is_reached_by_tab(page: Page) -> None:
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.innerText"))
    for name in ("plant", "line", "commodity", "supplier", "days", "case", "q"):
        assert f"shortages-{name}" in seen
    assert "Export" in seen
    assert "Busbar clip 48 V" in seen


def test_a_part_leads_to_its_page_and_its_chart(page: Page) -> None:
    page.click(".heat a >> text='Busbar clip 48 V'")
    page.wait_for_url("**/part/410-2231?plant=mp")
    page.wait_for_selector(".chart .main-svg")
    assert page.inner_text(".subject").startswith("Busbar clip 48 V")
    assert page.get_attribute(".chart", "aria-label").startswith("Projected balance of Busbar")  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_rows_are_exported_with_the_filters_of_the_address(
    open_page: Open, desks: Server, kind: str
) -> None:
    page = open_page("/shortages?plant=mp&days=7", 1440, 900, on=desks)
    page.wait_for_selector(".heat")
    page.click(".export summary")
    with page.expect_download() as download:
        page.click(f"[data-export={kind}]")
    assert re.fullmatch(
        rf"shortages_mp_\d{{4}}-.*_asof-\w+\.{kind}", download.value.suggested_filename
    )


def test_news_that_change_nothing_leave_every_part_alone(open_page: Open) -> None:
    server = Server("desks")
    try:
        page = open_page("/shortages", 1440, 900, on=server)
        page.wait_for_selector(".ag-row")
        page.wait_for_timeout(2500)
        page.focus(".heat tbody tr:nth-child(3) a")
        page.evaluate("for (const it of document.querySelectorAll('.heat, .ag-root')) it.mark = 1")
        asked = drawn_anew(page)
        server.put("mp", score={"done": 1})
        wait_for_news(page, asked)
        marks = "[...document.querySelectorAll('.heat, .ag-root')].map((it) => it.mark)"
        assert set(page.evaluate(marks)) == {1}
        assert page.evaluate(FOCUSED)
    finally:
        server.kill()


def test_a_part_drawn_anew_keeps_focus_scroll_and_folds(open_page: Open, desks: Server) -> None:
    page = open_page("/part/410-2231", 700, 844, on=desks)
    page.wait_for_selector(".chart .main-svg")
    page.click("summary:not(.tool)")
    wide = "[...document.querySelectorAll('.scroll')].find((it) => it.scrollWidth > it.clientWidth)"
    page.evaluate(f"{wide}.scrollLeft = 60")
    page.evaluate("window.scrollTo(0, 700)")
    page.focus("summary:not(.tool)")
    anew = """() => { for (const it of document.querySelectorAll('.slot'))
      it.replaceChildren(...[...it.children].map((one) => {
        const copy = one.cloneNode(true);
        for (const fold of copy.querySelectorAll('details')) fold.open = false;
        return copy;
      })); }"""
    page.wait_for_timeout(300)
    top = page.evaluate("scrollY")
    page.evaluate(anew)
    until(page, "document.querySelector('.slot details').open")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert page.evaluate(f"{wide}.scrollLeft") == 60
    assert page.evaluate("scrollY") == top


FOCUSED = "document.activeElement.closest('tr') === document.querySelectorAll('.heat tr')[3]"


def drawn_anew(page: Page) -> list[str]:
    asked: list[str] = []
    page.on("requestfinished", lambda it: asked.append(it.post_data or ""))
    return asked


def wait_for_news(page: Page, asked: list[str]) -> None:
    for _ in range(200):
        if any("shortages-slot-0.children" in it for it in asked):
            page.wait_for_timeout(500)
            return
        page.wait_for_timeout(50)
    pytest.fail("stock moved and the page did not ask anew")
