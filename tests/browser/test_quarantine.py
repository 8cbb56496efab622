"""The quarantine page in Chromium: what waits by group, and both ways out of it."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open, Server, until

pytestmark = pytest.mark.browser

FIRST = ".panel.wraps tbody tr"


def opened(open_page: Open, on: Server, query: str = "") -> Page:
    page = open_page(f"/quarantine{query}", 1440, 900, on=on)
    page.wait_for_selector(".figures")
    return page


def test_groups_are_told_with_what_they_weaken(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks)
    row = page.inner_text(f"{FIRST} >> nth=0")
    assert "unknown word" in row
    assert "first-pass yield excludes 31 runs" in row
    records = page.inner_text(".held")
    assert "the newest 2 of 31" in records
    assert "<img" in records, "what a source said is told as text"
    assert page.evaluate("window.hurt") is None


def test_another_group_is_an_address(open_page: Open, desks: Server) -> None:
    page = opened(open_page, desks)
    page.click(f"{FIRST} a >> text='bad number'")
    until(page, "location.search.includes('oh.stock')")
    until(page, "document.querySelector('.held').innerText.includes('Lordstown inventory')")
    again = opened(open_page, desks, page.evaluate("location.search"))
    assert "Lordstown inventory" in again.inner_text(".held")


def test_a_replay_is_asked_for_and_told(open_page: Open) -> None:
    server = Server("desks")
    page = opened(open_page, server)
    page.fill("#quarantine-by", "Ana Silva")
    page.click("#quarantine-replay")
    until(page, "document.querySelector('#quarantine-said').textContent.startsWith('Asked to')")
    until(page, "document.querySelector('main').innerText.includes('Ana Silva')")
    page.click("#quarantine-discard")
    until(page, "document.querySelector('#quarantine-said').textContent.includes('reason')")
    page.fill("#quarantine-why", "Trial runs of a new tester")
    page.click("#quarantine-discard")
    until(page, "document.querySelector('#quarantine-said').textContent.startsWith('31 set')")
    until(page, "!document.querySelector('.panel.wraps').innerText.includes('unknown word')")
    assert page.input_value("#quarantine-why") == ""
    server.kill()
