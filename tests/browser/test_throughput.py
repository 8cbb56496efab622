"""The throughput page in Chromium, in both sizes and themes."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open, Server, until
from tests.browser.test_shortages import BAD_WORDS, CUT, SIZES, THEMES

pytestmark = pytest.mark.browser


def opened(
    open_page: Open, desks: Server, query: str = "", size: tuple[int, int] = SIZES[0]
) -> Page:
    page = open_page(f"/throughput{query}", *size, on=desks)
    page.wait_for_selector(".flow-chart .js-plotly-plot", timeout=60_000)
    page.wait_for_selector(".times .js-plotly-plot", timeout=60_000)
    return page


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", THEMES)
def test_nothing_is_cut_and_no_number_is_strange(
    open_page: Open, desks: Server, theme: str, size: tuple[int, int]
) -> None:
    page = opened(open_page, desks, f"?theme={theme}", size)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = [it for it in page.evaluate(CUT)
           if not it.startswith(("cut", "name", "mantine", "lead"))]  # fmt: skip
    assert cut == []
    assert BAD_WORDS.findall(page.inner_text("main")) == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == THEMES[theme]


def test_each_hour_is_told_with_why_it_missed(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks)
    rows = page.locator(".flow-hours tbody tr")
    assert rows.count() == 8
    missed = rows.nth(2).inner_text()
    assert "1.6 short" in missed
    assert "L1-LEAK-1, 35 min" in missed
    assert "Waited for the crane" in missed
    assert "unexplained" in rows.nth(4).inner_text()
    assert page.evaluate("window.hurt") is None, "a reason is text"


def test_its_filters_are_its_address(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks)
    page.click("#throughput-line")
    page.click("[role=option]:visible >> text='Rack line 2'")
    until(page, "location.search === '?line=L2'")
    until(page, "document.querySelector('[data-step=earlier]').search.includes('line=L2')")
    page.click("[data-step=earlier]")
    until(page, "location.search.includes('on=2026-10-31')")
    assert "line=L2" in page.url
    page.go_back()
    until(page, "location.search === '?line=L2'")
    until(page, "document.querySelector('#throughput-line').value === 'Rack line 2'")


def test_the_bottleneck_and_the_losses_are_drawn_in_proportion(
    open_page: Open, desks: Server
) -> None:
    page = opened(open_page, desks)
    strip = "document.querySelector('.leads')"
    led, next_ = page.evaluate(
        f"[...{strip}.children].map((it) => it.offsetWidth / {strip}.offsetWidth)"
    )
    assert led == pytest.approx(0.7, abs=0.02)
    assert next_ == pytest.approx(0.3, abs=0.02)
    assert "Leak 70%" in page.get_attribute(".leads >> nth=0", "aria-label")  # type: ignore[operator]
    rows = page.locator(".waterfall .row")
    told = [rows.nth(at).inner_text().split("\n")[0] for at in range(rows.count())]
    assert told[0] == "Planned busy time"
    assert told[-1] == "Good time"
    assert "Starved" in told
    assert "Unexplained" in told
    widths = page.evaluate(
        "[...document.querySelectorAll('.waterfall .across')].map((it) => it.offsetWidth)"
    )
    assert widths[-1] / widths[0] == pytest.approx(430 / 660, abs=0.03)
