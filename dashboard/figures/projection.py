"""A part's balance by the hour in three cases, with what arrives and when a line stops."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from plotly.graph_objs._figure import Figure
from plotly.graph_objs._scatter import Scatter

from dashboard.figures.template import Theme, colour, figure

HEIGHT = 300
SHOWN_DECIMALS = 2
"""Of a balance in the chart: nobody sees more, and each digit goes over the wire."""


class Arrival(NamedTuple):
    """A receipt that counts: when it can be used, in plant time, how much, and of which order."""

    at: datetime
    qty: float
    order: str


class Path(NamedTuple):
    """One case's balance at the hours of `projection`'s `at`."""

    name: str
    balances: Sequence[float]


def projection(
    at: Sequence[datetime],
    paths: Mapping[str, Path],
    arrivals: Sequence[Arrival],
    stop: datetime | None,
    theme: Theme,
    *,
    unit: str,
) -> Figure:
    """`paths` by case: promised (the accent), late (dashed, broad enough to be seen below), none
    (dotted). Times in plant time.

    Balances are drawn as they are, below zero as what is missing; the axis begins where they do.
    """
    styles = {
        "none": {"color": colour("bar", theme), "dash": "dot", "width": 1.5},
        "late": {"color": colour("muted", theme), "dash": "dash", "width": 4},
        "promised": {"color": colour("accent", theme), "width": 2},
    }
    hours = [f"{it:%Y-%m-%d %H:%M}" for it in at]
    known = [it for it in arrivals if at and at[0] <= it.at <= at[-1]]
    text = colour("text", theme)
    lines = [_line(paths[case], hours, style, unit) for case, style in styles.items()]
    drawn = figure(
        theme,
        height=HEIGHT,
        margin={"l": 64, "r": 16, "t": 8, "b": 32},
        xaxis={"type": "date", "tickformat": "%a %-d", "range": [at[0], at[-1]] if at else None},
        yaxis={"title": {"text": unit}, "tickformat": ",.0f"},
        shapes=[{"type": "line", "xref": "x domain", "x0": 0, "x1": 1, "y0": 0, "y1": 0,
                 "line": {"color": text, "width": 1}}],
    )  # fmt: skip
    drawn.add_traces([*lines, _arrivals(known, text, unit), *_stop(stop, theme)])
    return drawn


def _line(path: Path, hours: Sequence[str], style: Mapping[str, object], unit: str) -> Scatter:
    return Scatter(
        x=hours,
        y=[round(balance, SHOWN_DECIMALS) for balance in path.balances],
        name=path.name,
        mode="lines",
        line=style,
        hovertemplate=f"%{{y:,.0f}} {unit}, {path.name.lower()}<extra></extra>",
    )


def _arrivals(known: Sequence[Arrival], text: str, unit: str) -> Scatter:
    return Scatter(
        x=[it.at for it in known],
        y=[0] * len(known),
        mode="markers",
        marker={"symbol": "triangle-up", "size": 10, "color": text},
        customdata=[[it.qty, it.order] for it in known],
        hovertemplate=f"+%{{customdata[0]:,.0f}} {unit}, order %{{customdata[1]}}<extra></extra>",
    )


def _stop(stop: datetime | None, theme: Theme) -> list[Scatter]:
    if stop is None:
        return []
    edge = {"width": 2, "color": colour("red-edge", theme)}
    mark = Scatter(
        x=[stop],
        y=[0],
        mode="markers",
        cliponaxis=False,
        marker={"symbol": "square", "size": 11, "color": colour("red", theme), "line": edge},
        hovertemplate="Line stops %{x|%a %-d %H:%M}<extra></extra>",
    )
    return [mark]
