"""The frame of every desk page: navigation, title, how old the data is, and the live channel."""

from collections.abc import Iterable, Sequence
from typing import Any

from dash import dcc, html

from dashboard.components.marks import attributes
from dashboard.components.static import thin
from dashboard.page import Page, Theme
from db.queries.shapes import PlantShape

KEYS = (
    ("/", "to the search or the first filter"),
    ("t", "dark or light"),
    ("[ and ]", "earlier and later, where a page has a time"),
    ("Esc", "clear what is selected"),
    ("?", "this help"),
)


def news_id(topic: str) -> str:
    """Id of the store that assets/50-desk.js raises when the live channel brought something.

    Desk pages draw themselves anew by an ordinary callback on it. Each page follows one topic.

    >>> news_id("wall")
    'news-wall'
    """
    return f"news-{topic}"


COUNTED = "nav-news"
"""Id of the store on which the counts beside the pages' names are read again: raised now and then,
and at once when somebody entered something."""


def age_id(topic: str) -> str:
    """Id of the element for the age of the worst source that feeds the page.

    >>> age_id("wall")
    'age-wall'
    """
    return f"age-{topic}"


ILLUSTRATIVE = "illustrative"
"""Id of the word that figures of illustrative plants are made up; on every desk page."""


def illustrative(plants: Sequence[PlantShape]) -> str:
    """The word, for the plants a viewer sees; "" when all of them are real.

    >>> illustrative([])
    ''
    """
    made_up = [plant["name"] for plant in plants if plant["is_illustrative"]]
    if len(made_up) == len(plants):
        return "Illustrative data" if plants else ""
    return f"Illustrative: {', '.join(made_up)}" if made_up else ""


def shell(
    path: str,
    title: str,
    topic: str,
    children: Sequence[Any],
    *,
    age: Any = None,
    zone: Any = None,
    slug: str = "",
    feeds: Iterable[str] = (),
    is_exported: bool = False,
) -> html.Div:
    """A desk page at `path` that follows `topic` of all plants; its content is `children`.

    `age` and `zone` are said in its head. With `feeds` only these bring news; every message then
    raises the store `<slug>-pulse`.
    """
    live = attributes(
        data_live=f"/live/all?topic={topic}",
        data_page="desk",
        data_title=title,
        data_news=news_id(topic),
        data_slug=slug,
        data_feeds=",".join(feeds),
    )
    pulse = [dcc.Store(id=f"{slug}-pulse")] if slug else []
    said = [html.Span(zone, id=f"{slug}-zone")] if slug else []
    pills = [html.Span(age, id=age_id(slug or topic)), *said]
    return html.Div(
        [
            html.Main([head(title, pills, is_exported=is_exported), *children]),
            dcc.Store(id=news_id(topic)),
            *pulse,
        ],
        className="desk",
        **live,
    )


def head(title: str, pills: Sequence[Any] = (), *, is_exported: bool) -> html.Header:
    """The head of a desk page: its title, what is said of its data, its tools."""
    tools = [_copy_link(), *([_export()] if is_exported else []), _theme(), _help_button()]
    parts = [html.H1(title), _pills(pills), html.Div(tools, className="tools")]
    return html.Header(parts, className="title")


def frame(pages: Iterable[Page], page: Page, path: str, content: Any, theme: Theme) -> html.Div:
    """What every page stands in: the navigation, unless it is a wall, and the theme."""
    entries = [] if page.is_wall else thin(navigation(pages, path))
    kept = [dcc.Store(id="theme", data=theme), dcc.Store(id=COUNTED)]
    return standing_in(entries, html.Div(content, id="page"), kept)


def standing_in(entries: Sequence[Any], content: Any, kept: Sequence[Any] = ()) -> html.Div:
    """`content` beside the entries of the navigation."""
    nav = html.Nav(entries, id="nav", **attributes(aria_label="Pages"))
    return html.Div([*kept, nav, content], className="frame")


def navigation(pages: Iterable[Page], path: str) -> list[Any]:
    """The entries of the pages, that of `path` marked; what is typed to go there; help."""
    shown = sorted((page for page in pages if page.order), key=lambda page: page.order)
    return [
        html.Strong("Rackline"),
        html.Ul([_entry(page, path) for page in shown]),
        _help([(f"g then {page.key}", page.title) for page in shown if page.key]),
    ]


def badge_id(page: Page) -> str:
    """Id of the count of things on a page that need action, in the navigation."""
    return f"badge-{page.slug}"


def _entry(page: Page, path: str) -> html.Li:
    current = attributes(aria_current="page") if page.match(path) is not None else {}
    parts = [
        html.I(className=f"icon icon-{page.icon}"),
        html.Span(page.title, className="entry long" if page.tab else "entry"),
        *([html.Span(page.tab, className="brief")] if page.tab else []),
        html.Span(id=badge_id(page), className="badge"),
    ]
    return html.Li(html.A(parts, href=page.path, **current, **attributes(data_key=page.key)))


def _pills(pills: Sequence[Any]) -> html.Div:
    lost = html.Span(id="lost", className="mark", **attributes(data_plate="stale", role="status"))
    made_up = html.Span(id=ILLUSTRATIVE, className="tag")
    return html.Div([lost, made_up, *pills], className="pills")


def _copy_link() -> html.Button:
    parts = [html.I(className="icon icon-link"), html.Span("Copy link", className="words")]
    return html.Button(parts, className="tool", type="button", **attributes(data_do="copy"))


def _export() -> html.Details:
    """Files of the rows behind the page; the addresses follow the page's own."""
    links = [
        html.A("CSV, rows as text", **attributes(data_export="csv", href="#")),
        html.A("Excel, typed columns", **attributes(data_export="xlsx", href="#")),
        html.Button("Print or save as PDF", type="button", **attributes(data_do="print")),
    ]
    head = html.Summary([html.I(className="icon icon-download"), "Export"], className="tool")
    return html.Details([head, html.Div(links, className="menu")], className="export")


def _theme() -> html.Button:
    return html.Button(
        html.I(className="icon icon-theme"),
        className="tool square",
        type="button",
        title="Dark or light (t)",
        **attributes(data_do="theme", aria_label="Dark or light"),
    )


def _help_button() -> html.Button:
    return html.Button(
        html.I(className="icon icon-help"),
        className="tool square",
        type="button",
        title="Keys (?)",
        **attributes(data_do="help", aria_label="Keys"),
    )


def _help(ways: Sequence[tuple[str, str]]) -> html.Dialog:
    rows = [
        part for key, what in (*ways, *KEYS) for part in (html.Dt(html.Kbd(key)), html.Dd(what))
    ]
    close = html.Button("Close", type="button", className="tool", **attributes(data_do="close"))
    head = html.H2("Keys", id="help-title")
    named = attributes(aria_labelledby="help-title")
    return html.Dialog([head, html.Dl(rows), close], id="help", **named)
