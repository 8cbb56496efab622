"""Racks by hour against their plan, and how long racks take."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil, floor
from typing import Any, NamedTuple

from plotly.graph_objs._figure import Figure

from dashboard.figures.template import Theme, colour, figure

HOURS_HEIGHT = 252
TIMES_HEIGHT = 200
MOST_BARS = 28


class HourBar(NamedTuple):
    """An hour: when it begins (UTC, so that a repeated hour has its own place), how the plant's
    clock calls it, and its figures. `why` is told in the hover."""

    at: datetime
    label: str
    planned: float | None
    done: int
    cumulative: float | None
    phase: str
    is_missed: bool
    why: str


def hour_chart(hours: Sequence[HourBar], theme: Theme) -> Figure:
    """Bars of racks done, ticks of the plan, and below them how far ahead or behind one is.

    A missed hour is amber with a triangle; the running hour is hollow, for it is not over.
    """
    x = [it.at.replace(tzinfo=None) + timedelta(minutes=30) for it in hours]
    every = 1 if len(hours) <= 14 else 2
    most = max((max(it.done, it.planned or 0) for it in hours), default=1) or 1
    return figure(
        theme,
        [_done(hours, x, theme), _missed(hours, x, 0.08 * most, theme), _plan(hours, x, theme),
         _cumulative(hours, x, theme)],
        height=HOURS_HEIGHT,
        margin={"l": 48, "r": 16, "t": 18, "b": 28},
        xaxis={
            "type": "date",
            "tickvals": x[::every],
            "ticktext": [it.label for it in hours][::every],
            "range": [x[0] - timedelta(minutes=36), x[-1] + timedelta(minutes=36)] if x else None,
        },
        yaxis={"domain": [0.42, 1], "range": [0, most * 1.18], "tickformat": "d",
               "nticks": min(5, ceil(most) + 1)},
        yaxis2={"domain": [0, 0.3], "nticks": 3, "tickformat": ",.1~f", "rangemode": "tozero"},
        shapes=[{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y2", "y0": 0, "y1": 0,
                 "layer": "below", "line": {"color": colour("outline", theme), "width": 1}}],
    )  # fmt: skip


def _done(hours: Sequence[HourBar], x: Sequence[datetime], theme: Theme) -> dict[str, Any]:
    solid, low, none = colour("bar", theme), colour("amber", theme), "rgba(0,0,0,0)"
    edge = colour("amber-edge", theme)
    return {
        "type": "bar",
        "x": list(x),
        "y": [it.done if it.phase != "future" else None for it in hours],
        "name": "done",
        "width": 1000 * 60 * 44,
        "marker": {
            "color": [
                none if it.phase == "current" else low if it.is_missed else solid for it in hours
            ],
            "line": {
                "width": [1.5 if it.phase == "current" or it.is_missed else 0 for it in hours],
                "color": [edge if it.is_missed else solid for it in hours],
            },
        },
        "customdata": [[it.label, "no plan" if it.planned is None else f"{it.planned:.1f} planned",
                        it.why] for it in hours],
        "hovertemplate": "%{customdata[0]}: %{y:,d} racks, %{customdata[1]}%{customdata[2]}"
                         "<extra></extra>",
    }  # fmt: skip


def _missed(
    hours: Sequence[HourBar], x: Sequence[datetime], lift: float, theme: Theme
) -> dict[str, Any]:
    missed = [(at, it) for at, it in zip(x, hours, strict=True) if it.is_missed]
    return {
        "type": "scatter",
        "x": [at for at, _ in missed],
        "y": [max(it.done, it.planned or 0) + lift for _, it in missed],
        "mode": "markers",
        "hoverinfo": "skip",
        "cliponaxis": False,
        "marker": {"symbol": "triangle-down", "size": 9, "color": colour("amber", theme),
                   "line": {"width": 1, "color": colour("amber-edge", theme)}},
    }  # fmt: skip


def _plan(hours: Sequence[HourBar], x: Sequence[datetime], theme: Theme) -> dict[str, Any]:
    half = timedelta(minutes=24)
    at: list[datetime | None] = []
    level: list[float | None] = []
    for middle, it in zip(x, hours, strict=True):
        at += [middle - half, middle + half, None]
        level += [it.planned, it.planned, None]
    return {
        "type": "scatter",
        "x": at,
        "y": level,
        "mode": "lines",
        "hoverinfo": "skip",
        "line": {"color": colour("text", theme), "width": 2},
        "connectgaps": False,
    }


def _cumulative(hours: Sequence[HourBar], x: Sequence[datetime], theme: Theme) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": list(x),
        "y": [it.cumulative for it in hours],
        "yaxis": "y2",
        "mode": "lines+markers",
        "line": {"color": colour("accent", theme), "width": 2},
        "marker": {"size": 4},
        "hovertemplate": "%{y:+,.1f} racks against the plan so far<extra></extra>",
    }


def times_chart(
    hours: Sequence[float], p50: float | None, p90: float | None, theme: Theme
) -> Figure:
    """How many racks took how long; median and p90 as lines."""
    look: dict[str, Any] = {"height": TIMES_HEIGHT, "margin": {"l": 48, "r": 16, "t": 22, "b": 40}}
    if not hours:
        return figure(theme, **look)
    least, most = floor(min(hours)), ceil(max(hours)) or 1
    size = max(1, ceil((most - least) / MOST_BARS))
    bars = {
        "type": "histogram",
        "x": list(hours),
        "xbins": {"start": least, "end": most + size, "size": size},
        "marker": {"color": colour("bar", theme)},
        "hovertemplate": "%{y:,d} racks took %{x} h<extra></extra>",
    }
    known = ((p50, "median", "right", "accent", "solid"), (p90, "p90", "left", "text", "dot"))
    marks = [one for one in known if one[0] is not None]
    return figure(
        theme,
        [bars],
        **look,
        xaxis={"type": "linear", "title": {"text": "hours from first start to completion"}},
        yaxis={"tickformat": "d", "rangemode": "tozero"},
        shapes=[
            {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1,
             "line": {"color": colour(shade, theme), "width": 2, "dash": dash}}
            for at, _, _, shade, dash in marks
        ],
        annotations=[
            {"x": at, "yref": "paper", "y": 1.02, "yanchor": "bottom", "xanchor": anchor,
             "showarrow": False, "text": f"{name} {at:.1f} h", "font": {"size": 12}}
            for at, name, anchor, _, _ in marks
        ],
    )  # fmt: skip
