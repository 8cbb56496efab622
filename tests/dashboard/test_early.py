"""What the HTML of a page holds before its first content."""

import re

import pytest

from dashboard.early import early_html
from dashboard.page import Page
from dashboard.pages import PAGES

DESKS = [page for page in PAGES if not page.is_wall]


@pytest.mark.parametrize("page", DESKS, ids=lambda page: page.slug)
def test_a_desk_page_has_its_name_and_the_way_to_all_others(page: Page) -> None:
    html = early_html(PAGES, page)
    assert f"<h1>{page.title}</h1>" in html
    linked = re.findall(r'<a href="([^"]+)"[^>]* data-key', html)
    assert linked == [it.path for it in sorted(PAGES, key=lambda it: it.order) if it.order]
    assert ('aria-current="page"' in html) == (page.path in linked)


@pytest.mark.parametrize("page", DESKS, ids=lambda page: page.slug)
def test_nothing_in_it_is_followed_or_drawn_by_dash(page: Page) -> None:
    html = early_html(PAGES, page)
    assert "data-live" not in html
    assert "<store" not in html


def test_a_wall_draws_itself() -> None:
    assert [early_html(PAGES, page) for page in PAGES if page.is_wall] == [""]
