"""Every page, dark and light, at a desk and on a phone: what people with a keyboard, a reader or
little light need (axe-core), no error, no other host, nothing beyond the edge of a phone.
"""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Open, Server, until
from tests.browser.routes import ROUTES, SHOWN
from tests.browser.test_shortages import SIZES, THEMES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULES: dict[str, Any] = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
}
IS_SETTLED = """[...document.querySelectorAll('.ag-root')].every((it) =>
    it.querySelector('.ag-row, .ag-overlay-no-rows-center'))
  && !document.querySelector('[data-dash-is-loading]')"""
WEIGHTY = ("serious", "critical")


def findings(page: Page) -> list[str]:
    """What axe-core finds that keeps somebody from using the page."""
    return [
        f"{found['id']}: {node['target'][0]} {node['html'][:120]} {node.get('failureSummary', '')}"
        for found in Axe().run(page, options=RULES).response["violations"]
        if found["impact"] in WEIGHTY
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("route", ROUTES)
def test_nothing_keeps_people_out(
    open_page: Open, desks: Server, route: str, theme: str, size: tuple[int, int]
) -> None:
    page = open_page(f"{route}?theme={theme}", *size, on=desks)
    page.wait_for_selector(SHOWN, timeout=60_000)
    until(page, IS_SETTLED)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert findings(page) == []
