"""Small parts of every desk page: marks, ages, bars of progress, figures with a label."""

from datetime import datetime
from typing import Any

from dash import html

from dashboard.wording import NO_DATA_YET, NONE, age
from db.queries.shapes import BackfillShape, FreshShape


def attributes(**names: str) -> dict[str, Any]:
    """HTML attributes whose names hold hyphens, for a component's `**`.

    >>> attributes(aria_label="Pages")
    {'aria-label': 'Pages'}
    """
    return {name.replace("_", "-"): value for name, value in names.items()}


def mark(shape: str, text: Any, plate: str = "none") -> html.Span:
    """A state in shape, word and plate."""
    return html.Span(
        [html.I(className=f"shape {shape}"), html.Span(text, className="words")],
        className="mark",
        **attributes(data_plate=plate),
    )


def seconds_since(at: str | None, now: datetime) -> float | None:
    """Seconds from an ISO instant to `now`.

    >>> from datetime import datetime, UTC
    >>> seconds_since("2026-11-22T12:00:00Z", datetime(2026, 11, 22, 12, 1, tzinfo=UTC))
    60.0
    """
    return (now - datetime.fromisoformat(at)).total_seconds() if at else None


def since(at: str | None, now: datetime) -> Any:
    """The age of an instant; the browser keeps it ticking (assets/50-desk.js)."""
    if at is None:
        return NONE
    return html.Time(age(seconds_since(at, now)), dateTime=at, **attributes(data_since=at))


def freshness(fresh: FreshShape, now: datetime) -> html.Span:
    """How old a block's data is, and whether that is too old."""
    if fresh["as_of_at"] is None or fresh["state"] == "missing":
        return mark("hatch", NO_DATA_YET, "stale")
    told = since(fresh["as_of_at"], now)
    if fresh["state"] == "stale":
        return mark("hatch", ["Stale ", told], "stale")
    return mark("dot", [told, " ago"])


def progress(backfill: BackfillShape) -> html.Div:
    """How far the loading of history has come."""
    share = int(backfill["done_ratio"] * 100)
    return html.Div(
        [
            html.Progress(
                max="1",
                value=str(backfill["done_ratio"]),
                **attributes(aria_label="History loaded"),
            ),
            html.Span(f"{share}% of history loaded", className="muted"),
        ],
        className="progress",
    )


def figure(label: str, value: Any, unit: str, note: Any) -> html.Div:
    """One figure of a page's strip: label, value with unit, one line of context."""
    return html.Div(
        [
            html.Div(label, className="muted"),
            html.Div([html.B(value), " ", html.Span(unit, className="muted")], className="kpi"),
            html.Div(note, className="muted"),
        ],
        className="figure",
    )


def unreadable() -> html.P:
    """Shown while the store has not answered even once."""
    text = "The store does not answer. This page fills by itself as soon as it does."
    return html.P(text, className="empty", role="status")
