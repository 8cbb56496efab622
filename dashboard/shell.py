"""The frame of every desk page: navigation, title, how old the data is, and the live channel."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from dash import dcc, html

from dashboard.components.marks import attributes


class Link(NamedTuple):
    """An entry of the navigation."""

    path: str
    title: str


NAVIGATION = (Link("/", "Plants"), Link("/health", "Data health"))


def news_id(topic: str) -> str:
    """Id of the store that assets/50-desk.js raises when the live channel brought something.

    Desk pages draw themselves anew by an ordinary callback on it. Each page follows one topic.

    >>> news_id("wall")
    'news-wall'
    """
    return f"news-{topic}"


def age_id(topic: str) -> str:
    """Id of the element for the age of the worst source that feeds the page.

    >>> age_id("wall")
    'age-wall'
    """
    return f"age-{topic}"


def shell(path: str, title: str, topic: str, children: Sequence[Any]) -> html.Div:
    """A desk page at `path` that follows `topic` of all plants; its content is `children`."""
    live = attributes(
        data_live=f"/live/all?topic={topic}",
        data_page="desk",
        data_title=title,
        data_news=news_id(topic),
    )
    return html.Div(
        [
            html.Nav(
                [html.Strong("Rackline"), html.Ul([_entry(link, path) for link in NAVIGATION])],
                **attributes(aria_label="Pages"),
            ),
            html.Main(
                [
                    html.Header([html.H1(title), _pills(topic)], className="title"),
                    *children,
                ]
            ),
            dcc.Store(id=news_id(topic)),
        ],
        className="desk",
        **live,
    )


def _pills(topic: str) -> html.Div:
    lost = html.Span(id="lost", className="mark", **attributes(data_plate="stale", role="status"))
    return html.Div([lost, html.Span(id=age_id(topic))], className="pills")


def _entry(link: Link, path: str) -> html.Li:
    current = attributes(aria_current="page") if link.path == path else {}
    return html.Li(html.A(link.title, href=link.path, **current))
