"""A desk page until its first content is there: named, with its navigation, in the same places."""

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import Open, Server, until

pytestmark = pytest.mark.browser

HEAD = "h1", "#nav li:last-child", "#nav [aria-current]", ".filters"
PLACES = """(parts) => parts.map((part) => {
  const { left, top, width, height } = document.querySelector(part).getBoundingClientRect();
  return [left, top, width, height];
})"""


def held_back(page: Page) -> list[Route]:
    """The requests for first content from now on, which are answered when a test lets them."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/first?*", hold)
    return held


@pytest.mark.parametrize(
    ("path", "size"),
    [("/shortages", (1440, 900)), ("/throughput", (390, 844)), ("/yield", (390, 844))],
)
def test_the_page_stands_before_its_content_and_does_not_jump(
    open_page: Open, desks: Server, path: str, size: tuple[int, int]
) -> None:
    page = open_page("/", *size, on=desks)
    held = held_back(page)
    page.goto(desks.address + path, wait_until="commit")
    page.wait_for_selector("#early .waiting")
    page.wait_for_timeout(300)
    before = page.evaluate(PLACES, HEAD)
    assert page.inner_text("#nav [aria-current]") in page.inner_text("h1")
    until(page, "getComputedStyle(document.querySelector('.waiting')).opacity === '1'")
    for route in held:
        route.continue_()
    page.wait_for_selector(".figures")
    assert page.query_selector("#early") is None
    assert page.evaluate(PLACES, HEAD) == before


def test_its_navigation_can_be_used_before_its_content_is_there(
    open_page: Open, desks: Server
) -> None:
    page = open_page("/", 1440, 900, on=desks)
    held_back(page)
    page.goto(f"{desks.address}/", wait_until="commit")
    page.click("#early a[href='/shortages']")
    until(page, "location.pathname === '/shortages'")


def test_a_server_that_is_being_started_again_is_asked_again(
    open_page: Open, desks: Server
) -> None:
    page = open_page("/", 1440, 900, on=desks)
    tried: list[Route] = []

    def fail_once(route: Route) -> None:
        tried.append(route)
        if len(tried) == 1:
            route.abort()
        else:
            route.continue_()

    page.route("**/first?*", fail_once)
    page.goto(f"{desks.address}/shortages")
    page.wait_for_selector(".figures")
    assert len(tried) == 2
