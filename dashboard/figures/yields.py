"""First-pass yield over time: a dot for each shift, day or n units, and the line that judges them.

Ratios are drawn in percent. Everything that comes from plant systems is escaped: hover labels
understand some HTML.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from math import ceil, sqrt
from typing import Any, Literal, TypedDict
from zoneinfo import ZoneInfo

from plotly.graph_objs._figure import Figure

from dashboard.figures.template import Theme, colour, figure
from dashboard.wording import count, percent

Kind = Literal["ewma", "p", "laney"]
DROP = "rgba(255,178,36,0.16)"
HEIGHT = 268
FEWEST_IN_SIGHT = 10
"""Dots of fewer units may lie below the axis; they are drawn on its edge."""
ROOM = 1.5
"""Points of yield left free below the lowest and above the highest."""
MOST_DATES = 6


class Dot(TypedDict):
    """A dot: times are ISO instants in UTC; ratios 0–1, lower is worse; counts are of units."""

    start_at: str
    end_at: str
    label: str
    first_count: int
    first_passed_count: int
    ratio: float | None
    ewma: float | None
    ewma_lower: float | None
    lower_limit: float | None
    is_flagged: bool
    is_mature: bool
    notes: list[int]


class Center(TypedDict):
    """The mean that the limits lie around. `chart`: whose limits the dots carry, p or laney_p."""

    chart: str
    center: float
    sigma_z: float


@dataclass(frozen=True)
class Chart:
    """What is drawn. `drop` is when the drop began and until when; `links` lead from a dot's
    start to the address that narrows the page to it; `notes` are texts by note id."""

    dots: Sequence[Dot]
    limits: Center | None
    zone: str
    kind: Kind = "ewma"
    groups: Sequence[tuple[str, Sequence[Dot]]] = ()
    drop: tuple[str, str] | None = None
    chosen: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)


def yield_chart(chart: Chart, theme: Theme) -> Figure:
    """The chart of a page; with groups, one thin line each behind the whole."""
    whole = [point for point in chart.dots if point["ratio"] is not None]
    low = lowest(whole, chart)
    drawn = figure(theme, height=HEIGHT, margin={"l": 52, "r": 16, "t": 8, "b": 28})
    traces = [_group(name, dots, chart, theme) for name, dots in chart.groups]
    traces += [*_limits(whole, chart, theme), _dots(whole, low, chart, theme),
               _flags(whole, low, chart, theme), _noted(whole, chart, theme)]  # fmt: skip
    drawn.add_traces([{"type": "scatter", **trace} for trace in traces])
    if chart.drop:
        x0, x1 = (_local(at, chart) for at in chart.drop)
        drawn.add_vrect(x0=x0, x1=x1, fillcolor=DROP, line_width=0, layer="below")
    drawn.update_yaxes(range=[low, 100 + ROOM], ticksuffix="%")
    drawn.update_xaxes(**_dates(whole, chart))
    return drawn


def lowest(points: Sequence[Dot], chart: Chart) -> float:
    """Where the axis begins, in percent: below every limit and every dot of enough units.

    >>> lowest([], Chart([], None, "UTC"))
    88.5
    """
    seen = [100 * point["ratio"] for point in points
            if point["ratio"] is not None and point["first_count"] >= FEWEST_IN_SIGHT]  # fmt: skip
    lines = [100 * limit for point in points for limit in (limit_of(point, chart),)
             if limit is not None]  # fmt: skip
    return max(0.0, min([*seen, *lines, 90.0]) - ROOM)


def limit_of(point: Dot, chart: Chart) -> float | None:
    """The limit that a dot, or for EWMA its line, must not be below: 0–1.

    p and Laney's p′ are the centre less three standard errors of a ratio of the dot's size, for p′
    times sigma z; exact limits, where the store gave them, stand for p.
    """
    if chart.kind == "ewma":
        return point["ewma_lower"]
    limits = chart.limits
    if limits is None or not point["first_count"]:
        return None
    if limits["chart"] == ("p" if chart.kind == "p" else "laney_p"):
        return point["lower_limit"]
    center, wide = limits["center"], limits["sigma_z"] if chart.kind == "laney" else 1.0
    return max(0.0, center - 3 * wide * sqrt(center * (1 - center) / point["first_count"]))


def is_below(point: Dot, chart: Chart) -> bool:
    """Whether the chart flags the dot."""
    if chart.kind == "ewma":
        return point["is_flagged"]
    limit, ratio = limit_of(point, chart), point["ratio"]
    return limit is not None and ratio is not None and ratio < limit


def _dots(points: Sequence[Dot], low: float, chart: Chart, theme: Theme) -> dict[str, Any]:
    chosen = [point["start_at"] == chart.chosen for point in points]
    return {
        "name": "yield",
        "mode": "markers",
        "x": [_middle(point, chart) for point in points],
        "y": [max(low, _percent(point["ratio"])) for point in points],
        "customdata": [chart.links.get(point["start_at"], "") for point in points],
        "text": [_told(point, chart) for point in points],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "color": [colour("accent" if one else "bar", theme) for one in chosen],
            "size": [12 if one else 7 for one in chosen],
            "symbol": [_symbol(point, low) for point in points],
        },
    }


def _symbol(point: Dot, low: float) -> str:
    shape = "triangle-down" if _percent(point["ratio"]) < low else "circle"
    return shape if point["is_mature"] else f"{shape}-open"


def _flags(points: Sequence[Dot], low: float, chart: Chart, theme: Theme) -> dict[str, Any]:
    flagged = [point for point in points if is_below(point, chart)]
    heights = [point["ewma"] if chart.kind == "ewma" else point["ratio"] for point in flagged]
    return {
        "name": "below its limit",
        "mode": "markers",
        "x": [_middle(point, chart) for point in flagged],
        "y": [max(low, _percent(height)) for height in heights],
        "customdata": [chart.links.get(point["start_at"], "") for point in flagged],
        "hoverinfo": "skip",
        "marker": {
            "color": colour("red", theme),
            "size": 11,
            "symbol": "square",
            "line": {"width": 1.5, "color": colour("surface", theme)},
        },
    }


def _limits(points: Sequence[Dot], chart: Chart, theme: Theme) -> list[dict[str, Any]]:
    """The mean, the limit and, for EWMA, its line."""
    x = [_middle(point, chart) for point in points]
    grey = colour("muted", theme)
    lines = [
        _line(x, [_percent(limit_of(point, chart)) for point in points], grey, "dash",
              "linear" if chart.kind == "ewma" else "hvh")
    ]  # fmt: skip
    if chart.limits:
        center = 100 * chart.limits["center"]
        lines.append(_line(x, [center] * len(x), colour("outline", theme), "solid"))
    if chart.kind == "ewma":
        ewma = [_percent(point["ewma"]) for point in points]
        lines.append(_line(x, ewma, colour("accent", theme), "solid") | {"line_width": 2})
    return lines


def _line(x: list[str], y: list[float], stroke: str, dash: str, shape: str = "linear") -> Any:
    return {"mode": "lines", "x": x, "y": y, "hoverinfo": "skip", "line_width": 1,
            "line_color": stroke, "line_dash": dash, "line_shape": shape}  # fmt: skip


def _group(name: str, dots: Sequence[Dot], chart: Chart, theme: Theme) -> dict[str, Any]:
    points = [point for point in dots if point["ratio"] is not None]
    label = escape(name)
    return {
        "name": label,
        "mode": "lines",
        "x": [_middle(point, chart) for point in points],
        "y": [_percent(point["ratio"]) for point in points],
        "text": [f"{label}: {_counts(point)}" for point in points],
        "hovertemplate": "%{text}<extra></extra>",
        "line": {"color": colour("bar-stale", theme), "width": 1},
    }


def _noted(points: Sequence[Dot], chart: Chart, theme: Theme) -> dict[str, Any]:
    """A diamond on top of each dot that people wrote about."""
    noted = [point for point in points if point["notes"]]
    return {
        "name": "note",
        "mode": "markers",
        "x": [_middle(point, chart) for point in noted],
        "y": [100 + ROOM / 2 for _ in noted],
        "text": ["<br>".join(escape(chart.notes.get(id, "")) for id in point["notes"])
                 for point in noted],
        "hovertemplate": "Note: %{text}<extra></extra>",
        "marker": {"symbol": "diamond", "size": 8, "color": colour("text", theme)},
    }  # fmt: skip


def _told(point: Dot, chart: Chart) -> str:
    """What hovering over a dot says: value first, then the counts, then the limit."""
    limit, name = limit_of(point, chart), escape(point["label"])
    late = "" if point["is_mature"] else "<br>data may still come in"
    judged = f"<br>limit {_percent(limit):.1f}%" if limit is not None else ""
    smooth = chart.kind == "ewma" and point["ewma"] is not None
    line = f"<br>EWMA {_percent(point['ewma']):.1f}%" if smooth else ""
    return f"<b>{_counts(point)}</b><br>{name}{line}{judged}{late}"


def _counts(point: Dot) -> str:
    whole, passed = point["first_count"], point["first_passed_count"]
    return f"{percent(passed, whole)}, {count(whole - passed)} of {count(whole)} failed"


def _dates(points: Sequence[Dot], chart: Chart) -> dict[str, Any]:
    """A tick at every so many midnights of the plant's clock."""
    if not points:
        return {"type": "date"}
    first, last = (datetime.fromisoformat(_middle(it, chart)) for it in (points[0], points[-1]))
    every = max(1, ceil(((last - first).days + 1) / MOST_DATES))
    return {"type": "date", "tickformat": "%a %-d" if every < 7 else "%b %-d",
            "tick0": f"{first:%Y-%m-%d}", "dtick": every * 86_400_000,
            "hoverformat": "%a %b %-d, %H:%M"}  # fmt: skip


def _middle(point: Dot, chart: Chart) -> str:
    """Where a dot stands: the middle of its time, on the plant's clock."""
    start, end = (datetime.fromisoformat(at) for at in (point["start_at"], point["end_at"]))
    return _local((start + (end - start) / 2).isoformat(), chart)


def _local(at: str, chart: Chart) -> str:
    there = datetime.fromisoformat(at).astimezone(ZoneInfo(chart.zone))
    return there.replace(tzinfo=None).isoformat(sep=" ", timespec="minutes")


def _percent(ratio: float | None) -> float:
    return float("nan") if ratio is None else 100 * ratio
