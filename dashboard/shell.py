"""The frame of every desk page: navigation, title, how old the data is, and the live channel."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from dash import dcc, html


class Link(NamedTuple):
    """An entry of the navigation."""

    path: str
    title: str


NAVIGATION = (Link("/", "Plants"), Link("/health", "Data health"))
NEWS = "live-news"
"""Store that assets/50-desk.js raises when the live channel brought something: desk pages draw
themselves anew by an ordinary callback on it."""

AGE = "data-age"
"""Element for the age of the worst source that feeds the page."""


def shell(path: str, title: str, topic: str, children: Sequence[Any]) -> html.Div:
    """A desk page at `path` that follows `topic` of all plants; its content is `children`."""
    live = {"data-live": f"/live/all?topic={topic}", "data-page": "desk", "data-title": title}
    return html.Div(
        [
            html.Nav(
                [html.Strong("Rackline"), html.Ul([_entry(link, path) for link in NAVIGATION])],
                **{"aria-label": "Pages"},
            ),
            html.Main(
                [
                    html.Header([html.H1(title), _pills()], className="title"),
                    *children,
                ]
            ),
            dcc.Store(id=NEWS),
        ],
        className="desk",
        **live,
    )


def _pills() -> html.Div:
    lost = html.Span(id="lost", className="mark", **{"data-plate": "stale", "role": "status"})
    return html.Div([lost, html.Span(id=AGE)], className="pills")


def _entry(link: Link, path: str) -> html.Li:
    current = {"aria-current": "page"} if link.path == path else {}
    return html.Li(html.A(link.title, href=link.path, **current))
