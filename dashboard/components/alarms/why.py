"""What the fails of an alarm follow, in a few lines; the whole ranking is on the yield page."""

from datetime import date
from typing import Any

from dash import html

from dashboard.components.alarms.state import yield_link
from dashboard.components.marks import mark
from dashboard.components.panels import empty, panel
from dashboard.components.times import on_day
from dashboard.components.yields.why import STANDINGS, carriers
from db.queries.alarm_shapes import AlarmShape
from db.queries.yield_shapes import ExplanationShape

TITLE = "What it follows"
NOTE = "association, not proof of cause"
SHOWN = 3


def why(told: ExplanationShape, alarm: AlarmShape, span: tuple[date, date]) -> html.Section:
    """The sentence and the first findings; `span` are the first and last day looked at."""
    found = [it for it in told["findings"] if it["standing"] in ("likely", "possible")][:SHOWN]
    items = []
    for it in found:
        shape, words, plate = STANDINGS[it["standing"]]
        told_of = html.Span([f"{it['sentence']}.", *carriers(it, alarm["plant"])])
        items.append(html.Li([mark(shape, words, plate), told_of]))
    lead = html.P(
        [html.B(f"{_capital(told['sentence'])}."),
         html.A("The whole ranking", href=yield_link(alarm))],
        className="lead",
    )  # fmt: skip
    begin, end = map(on_day, span)
    return _panel(lead, html.Ul(items, className="told"), note=f"{NOTE} · {begin} to {end}")


def waiting() -> html.Section:
    """Shown until the explanation is computed."""
    return _panel(empty("Comparing units of the same days that carried each lot and station…"))


def unknown(text: str) -> html.Section:
    """Said where it cannot be computed."""
    return _panel(empty(text))


def _panel(*content: Any, note: str = NOTE) -> html.Section:
    return panel(TITLE, note, *content, part="alarm-why")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
