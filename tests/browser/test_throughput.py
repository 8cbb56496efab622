"""The throughput page in Chromium, in both sizes and themes."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open, Server
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
