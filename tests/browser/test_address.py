"""The address and the controls, kept the same in the browser as dashboard/address.py reads them."""

from typing import Any

import pytest
from playwright.sync_api import Page

from dashboard.address import parse, search_of
from dashboard.desk import declared
from dashboard.pages import yields
from tests.browser.conftest import Open, Server, until

pytestmark = pytest.mark.browser

FIELDS = yields.DESK.fields
SEARCHES = [
    "", "?days=7", "?days=9", "?line=L+1&theme=light", "?line=&grain=day", "?from=2026-02-30",
    "?from=2026-11-22&days=dates", "?value=a%26b%2Bc%3Dd%20%C3%BC%F0%9F%94%A9&factor=lot",
    "?days=7&days=30", "?colour=red&at=2026-11-22T10%3A00", "?station=L9", "?chart=p&unit=mw",
]  # fmt: skip


@pytest.fixture
def page(open_page: Open, desks: Server) -> Page:
    page = open_page("/yield", 1440, 900, on=desks)
    page.wait_for_selector(".figures")
    return page


def test_the_browser_reads_and_writes_an_address_as_the_server_does(page: Page) -> None:
    script = """([fields, searches]) => searches.map((search) => {
      const { shownAt, searchOf } = window.rackline.address;
      const shown = shownAt(fields, search);
      return [shown, searchOf(fields, shown, search)];
    })"""
    told = page.evaluate(script, [declared(yields.DESK), SEARCHES])
    for search, (shown, written) in zip(SEARCHES, told, strict=True):
        state, _ = parse(FIELDS, search)
        assert [it or "" for it in shown] == [state[field.name] for field in FIELDS], search
        assert parse(FIELDS, written)[0] == state, search
        assert parse(FIELDS, written)[0] == parse(FIELDS, search_of(FIELDS, state, search))[0]


def test_a_change_of_a_filter_asks_the_server_once(open_page: Open, desks: Server) -> None:
    page = open_page("/shortages", 1440, 900, on=desks)
    page.wait_for_selector(".ag-row")
    page.wait_for_timeout(1500)
    asked: list[Any] = []
    page.on("request", lambda it: asked.append(it.post_data or ""))
    page.click("#shortages-show >> text=All parts")
    until(page, "document.querySelector('.heat').innerText.includes('NVMe')")
    page.wait_for_timeout(300)
    drawn = [it for it in asked if "shortages-slot-0.children" in it]
    assert len(drawn) == 1
    others = [it for it in asked if it and "pulse" not in it and "badge" not in it]
    assert others == drawn


def test_a_page_opens_with_its_content_by_one_request(open_page: Open, desks: Server) -> None:
    asked: list[str] = []
    page = open_page("/shortages", 1440, 900, on=desks)
    page.on("request", lambda it: asked.append(it.url + (it.post_data or "")))
    page.goto(f"{desks.address}/shortages?plant=tx")
    page.wait_for_selector(".figures")
    first = [it for it in asked if "/first?at=%2Fshortages%3Fplant%3Dtx" in it]
    assert len(first) == 1
    assert not [it for it in asked if "slot" in it or "_dash-layout" in it]


def test_an_unknown_value_stays_in_the_address_until_something_is_chosen(
    open_page: Open, desks: Server
) -> None:
    page = open_page("/shortages?days=9&line=L9", 1440, 900, on=desks)
    page.wait_for_selector(".heat")
    page.wait_for_timeout(1000)
    assert "days=9" in page.url
    page.click("#shortages-show >> text=All parts")
    until(page, "location.search === '?show=all'")
    until(page, "document.querySelector('#shortages-notices').innerText === ''")
