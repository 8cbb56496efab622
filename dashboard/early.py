"""A desk page before its first content is here: its HTML holds its name, the way to the other
pages, and the frames of what is coming, so that nobody looks at nothing.

assets/theme.js takes it away in the moment in which Dash has drawn the page in the same places.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from dash import html

from dashboard.address import Field
from dashboard.components.marks import attributes
from dashboard.components.static import to_html
from dashboard.page import Page
from dashboard.shell import head, navigation, standing_in

EARLY_HERE = b"<!-- early -->"
"""The place in the HTML."""
SIZES = ("short", "tall", "tall")
"""The parts most pages begin with: figures in a row, and two panels."""


def early(
    title: str,
    filters: Sequence[Any] = (),
    sizes: Sequence[str] = SIZES,
    *,
    is_exported: bool = False,
) -> html.Main:
    """A page called `title` that waits: frames of its filters and of its first parts, and room for
    its tools."""
    said = html.P("Reading what the store holds…", className="muted")
    parts = [
        head(title, is_exported=is_exported),
        html.Div(filters, className="filters"),
        html.Div([said, *waiting(sizes)], className="content"),
    ]
    return html.Main(parts, **attributes(aria_busy="true"))


def waiting(sizes: Sequence[str]) -> list[Any]:
    """Shown where there is nothing yet to show, in about the final sizes."""
    return [html.Div(className=f"waiting {size}") for size in sizes]


def frames(fields: Iterable[Field], slug: str) -> list[Any]:
    """Empty frames of the controls of a page; those that are folded come as one."""
    shown = [it for it in fields if it.control != "hidden"]
    folded = [html.Span("More filters", className="tool")] * any(it.is_folded for it in shown)
    return [*(_frame(it, f"{slug}-{it.name}") for it in shown if not it.is_folded), *folded]


def _frame(field: Field, id: str) -> html.Span:
    words = [it.label for it in field.options or ()] if field.control == "segmented" else []
    inside = [html.Span(id=id), *map(html.Span, words)]
    return html.Span(inside, className=f"frame-of {field.control}")


def early_html(pages: Iterable[Page], page: Page) -> str:
    """What the HTML of `page` holds of it; "" of a wall, which draws itself."""
    if page.is_wall or page.early is None:
        return ""
    desk = html.Div(page.early, className="desk")
    return to_html(html.Div(standing_in(navigation(pages, page.path), desk), id="early"))
