"""Racks or MW by week: what was shipped, what is committed, options on top, and the lines that say
how much a plant is rated for, has shown and is expected to make.

Options are drawn from the top of what is committed and added to nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from plotly.graph_objs._figure import Figure

from dashboard.figures.template import Theme, colour, figure

HEIGHT, SMALL_HEIGHT = 240, 148
DAY_MS = 86_400_000
ROOM = 1.16
MOST_TICKS = 6


@dataclass(frozen=True)
class Bar:
    """A week. None is not known. `href` leads to the page that looks at it."""

    label: str
    first_on: date
    is_past: bool
    shipped: float | None
    committed: float
    optioned: float
    rated: float | None
    demonstrated: float | None
    foreseen: float | None = None
    low: float | None = None
    high: float | None = None
    is_short: bool = False
    is_chosen: bool = False
    href: str = ""


def weeks_chart(bars: Sequence[Bar], unit: str, theme: Theme, *, is_small: bool = False) -> Figure:
    """The chart of some weeks, by date; `unit` is racks or MW. A small one has no names in it."""
    height = SMALL_HEIGHT if is_small else HEIGHT
    margin = {"l": 48, "r": 12, "t": 8, "b": 24}
    drawn = figure(theme, height=height, margin=margin, barmode="overlay")
    form = ",.0f" if unit == "racks" else ",.1f"
    for trace in _bars(bars, unit, theme, form):
        drawn.add_bar(**trace)
    if any(bar.low is not None for bar in bars):
        drawn.add_scatter(**_band(bars, theme))
    for trace in _lines(bars, unit, theme, form):
        drawn.add_scatter(**trace)
    drawn.add_scatter(**_shorts(bars, theme))
    _add_now(drawn, bars, theme, is_small)
    if not is_small:
        _add_names(drawn, bars, theme, form)
    drawn.update_yaxes(range=[0, ROOM * top(bars)], tickformat=",.0f", nticks=4)
    drawn.update_xaxes(**_dates(bars, 3 if is_small else MOST_TICKS))
    return drawn


def top(bars: Sequence[Bar]) -> float:
    """The highest value drawn; 1 when there is none.

    >>> top([])
    1.0
    """
    seen = [
        value
        for bar in bars
        for value in (bar.shipped, bar.committed + bar.optioned, bar.rated, bar.demonstrated,
                      bar.foreseen)
        if value
    ]  # fmt: skip
    return max(seen, default=1.0)


def _bars(bars: Sequence[Bar], unit: str, theme: Theme, form: str) -> list[dict[str, Any]]:
    edge = {"color": colour("outline", theme), "width": 1}
    chosen = {"color": colour("accent", theme), "width": 2}
    plain, deep = colour("bar-stale", theme), colour("muted", theme)
    hatch = {"shape": "/", "size": 5, "solidity": 0.25, "fgcolor": colour("muted", theme),
             "bgcolor": colour("surface", theme), "fillmode": "replace"}  # fmt: skip
    wanted = [bar for bar in bars if bar.committed]
    open_ = [bar for bar in bars if bar.optioned]
    sent = [bar for bar in bars if bar.shipped is not None]
    return [
        _bar(wanted, lambda bar: bar.committed, f"%{{y:{form}}} {unit} committed")
        | {"marker": {"color": plain, "line": _edges(wanted, edge, chosen)}},
        _bar(open_, lambda bar: bar.optioned, "%{text} optioned, not a commitment")
        | {"base": [bar.committed for bar in open_], "marker": {"pattern": hatch, "line": edge},
           "text": [f"{bar.optioned:{form}} {unit}" for bar in open_], "textposition": "none"},
        _bar(sent, lambda bar: bar.shipped, f"%{{y:{form}}} {unit} shipped")
        | {"marker": {"color": deep, "line": _edges(sent, {**edge, "width": 0}, chosen)}},
    ]  # fmt: skip


def _edges(bars: Sequence[Bar], plain: Any, chosen: Any) -> dict[str, Any]:
    picked = [chosen if bar.is_chosen else plain for bar in bars]
    return {name: [one[name] for one in picked] for name in ("color", "width")}


def _bar(bars: Sequence[Bar], value: Callable[[Bar], float | None], hover: str) -> dict[str, Any]:
    return {
        "x": [bar.first_on for bar in bars],
        "y": [value(bar) for bar in bars],
        "width": 4.6 * DAY_MS,
        "customdata": [bar.href for bar in bars],
        "hovertemplate": f"{hover}<extra></extra>",
    }


def _lines(bars: Sequence[Bar], unit: str, theme: Theme, form: str) -> list[dict[str, Any]]:
    rows: tuple[tuple[str, Callable[[Bar], float | None], dict[str, Any]], ...] = (
        ("rated", lambda bar: bar.rated,
         {"color": colour("muted", theme), "dash": "dot", "width": 1.5}),
        ("foreseen", lambda bar: bar.foreseen,
         {"color": colour("text", theme), "dash": "dash", "width": 1.5}),
        ("demonstrated", lambda bar: bar.demonstrated,
         {"color": colour("accent", theme), "width": 2.5}),
    )  # fmt: skip
    return [
        {
            "x": [bar.first_on for bar in bars],
            "y": [value(bar) for bar in bars],
            "mode": "lines",
            "line": line,
            "connectgaps": False,
            "hovertemplate": f"%{{y:{form}}} {unit} {name}<extra></extra>",
        }
        for name, value, line in rows
    ]


def _band(bars: Sequence[Bar], theme: Theme) -> dict[str, Any]:
    """The forecast's interval, there and back."""
    known = [bar for bar in bars if bar.low is not None and bar.high is not None]
    days = [bar.first_on for bar in known]
    return {
        "x": [*days, *reversed(days)],
        "y": [*(bar.low for bar in known), *(bar.high for bar in reversed(known))],
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": "rgba(130,140,150,0.22)",
        "hoverinfo": "skip",
        "line_color": colour("outline", theme),
    }


def _shorts(bars: Sequence[Bar], theme: Theme) -> dict[str, Any]:
    """A red triangle over each week that is short of its commitment."""
    short = [bar for bar in bars if bar.is_short]
    return {
        "x": [bar.first_on for bar in short],
        "y": [bar.committed for bar in short],
        "mode": "markers",
        "hoverinfo": "skip",
        "marker": {"symbol": "triangle-up", "size": 9, "color": colour("red", theme),
                   "line": {"width": 1, "color": colour("red-edge", theme)}},
    }  # fmt: skip


def _add_now(drawn: Figure, bars: Sequence[Bar], theme: Theme, is_small: bool) -> None:
    ahead = [bar for bar in bars if not bar.is_past]
    if not ahead:
        return
    at = f"{ahead[0].first_on.isoformat()} 00:00"
    drawn.add_vline(x=_before(ahead[0]), line={"color": colour("outline", theme), "width": 1})
    if not is_small:
        drawn.add_annotation(
            x=at, y=1, yref="paper", yanchor="top", xanchor="left", showarrow=False, xshift=-12,
            text=f"this week and {len(ahead) - 1} ahead", font={"color": colour("text", theme)},
        )  # fmt: skip


def _before(bar: Bar) -> int:
    """Half a week before a bar, in ms: plotly adds numbers where it cannot add dates."""
    return (bar.first_on.toordinal() - date(1970, 1, 1).toordinal()) * DAY_MS - 7 * DAY_MS // 2


def _add_names(drawn: Figure, bars: Sequence[Bar], theme: Theme, form: str) -> None:
    """The rated and demonstrated lines named at their left end, with the newest value."""
    rows: tuple[tuple[str, Callable[[Bar], float | None], str], ...] = (
        ("Rated", lambda bar: bar.rated, "muted"),
        ("Demonstrated", lambda bar: bar.demonstrated, "accent"),
    )
    for name, value, shade in rows:
        known = [bar for bar in bars if value(bar) is not None]
        if known:
            now = next((bar for bar in known if not bar.is_past), known[-1])
            drawn.add_annotation(
                x=bars[0].first_on, y=value(known[0]), xanchor="left", yanchor="bottom",
                showarrow=False, xshift=-18, text=escape(f"{name} {value(now):{form}}"),
                font={"color": colour(shade, theme), "weight": 600},
                bgcolor=colour("surface", theme), opacity=0.9,
            )  # fmt: skip


def _dates(bars: Sequence[Bar], most: int) -> dict[str, Any]:
    """A tick at the first day of every so many weeks."""
    if not bars:
        return {"type": "date"}
    every = max(1, -(-len(bars) // most))
    shown = bars[::every]
    return {
        "type": "date",
        "tickmode": "array",
        "tickvals": [bar.first_on for bar in shown],
        "ticktext": [f"{bar.first_on:%b} {bar.first_on.day}" for bar in shown],
        "hoverformat": "week of %b %-d",
    }
