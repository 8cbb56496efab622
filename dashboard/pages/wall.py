"""`/wall/<plant>`: one plant on a screen read from across the hall. HTML and CSS only.

The skeleton is static and empty; assets/30-wall.js fills it from the live channel.
"""

from typing import Any

from dash import html

from dashboard.components.marks import attributes
from dashboard.page import Opened, Page


async def layout(opened: Opened) -> html.Main:
    """The empty wall of a plant; each part is named for what assets/30-wall.js puts in it."""
    plant = opened.names["plant"]
    return html.Main(
        [_head(plant), _score(), _hours(), _stations(), _stops(), _first_pass(), _next_rack()],
        id="wall",
        className="wall",
        **attributes(data_live=f"/live/{plant}", data_page="wall", data_title="Plant wall"),
    )


def _panel(part: str, block: str, label: str, *children: Any) -> html.Section:
    """A panel that turns stale with the sources of `block`."""
    names = attributes(data_block=block, data_state="ok", aria_label=label)
    return html.Section(list(children), id=part, className="panel", **names)


def _head(plant: str) -> html.Header:
    return html.Header(
        [
            html.H1(id="w-name"),
            html.Div([html.Span(id="w-shift"), html.Span(id="w-note")], className="pair shift"),
            html.Div([html.Span(id="w-data"), html.Span(id="w-history")], className="pair data"),
            html.Div([html.Span(id="w-clock"), html.Span(id="w-zone")], className="w-time"),
            html.Img(src=f"/qr/{plant}.svg", className="w-qr", alt="Address of this plant"),
        ],
        className="w-head",
    )


def _score() -> html.Section:
    return _panel(
        "w-score",
        "score",
        "Racks done this shift against plan",
        html.Div(
            [
                html.B(id="w-done"),
                html.Div([html.Span(id="w-label"), html.Span(id="w-target")], className="of"),
            ],
            className="hero",
        ),
        html.Div(id="w-plate"),
        html.Div(
            [
                html.Span(["Plan now ", html.B(id="w-plan")]),
                html.Span(["Ends at ", html.B(id="w-forecast")]),
            ],
            className="feet",
        ),
    )


def _hours() -> html.Section:
    titles = [html.H2("Racks per hour"), html.Span("plan", className="label legend")]
    return _panel(
        "w-hours",
        "score",
        "Racks per hour against plan",
        html.Div(titles, className="titles"),
        html.Div(id="w-bars"),
        html.Div(id="w-now"),
    )


def _stations() -> html.Section:
    return _panel("w-stations", "stations", "Stations by line", html.Div(id="w-strip"))


def _stops() -> html.Section:
    titles = [html.H2("Line stops when part runs out"), html.Span(id="w-stops-mark")]
    return _panel(
        "w-stops",
        "stops",
        "Parts by time until a line stops",
        html.Div(titles, className="titles"),
        html.Div(id="w-stop-rows"),
    )


def _first_pass() -> html.Section:
    return _panel(
        "w-fpy",
        "first_pass",
        "First-pass yield against its limit",
        html.H2(id="w-fpy-title"),
        html.Div(id="w-fpy-value", className="center"),
        html.Div(id="w-fpy-note", className="foot"),
    )


def _next_rack() -> html.Section:
    return _panel(
        "w-next",
        "score",
        "Time to the next rack",
        html.H2(id="w-next-title"),
        html.Div(id="w-next-value", className="center"),
        html.Div(id="w-takt", className="foot"),
    )


PAGE = Page("/wall/<plant>", "Plant wall", 0, layout)
