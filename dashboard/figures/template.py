"""How every chart looks: one light and one dark template, drawn from the colour table.

Horizontal hairlines only, no box, no legend, no mode bar; one accent, the rest greys; red and
amber only for points that broke a rule, with a marker of their own. A figure that starts from
`figure(theme)` needs to say nothing of this again.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, Literal

from plotly.graph_objs._figure import Figure

from dashboard.theme import TOKENS

Theme = Literal["dark", "light"]

CONFIG: Final[Any] = {"displayModeBar": False, "responsive": True, "doubleClick": False}
"""What every dcc.Graph is given."""
GRID: Final = ("#2B3138", "#E3E7EB")
"""Hairlines of a chart, dark and light."""


def colour(name: str, theme: Theme) -> str:
    """A colour of dashboard.theme in a theme.

    >>> colour("accent", "light")
    '#1A66C2'
    """
    return TOKENS[name][theme == "light"]


@cache
def template(theme: Theme) -> dict[str, Any]:
    """The look of all charts in a theme."""
    muted, hairline = colour("muted", theme), GRID[theme == "light"]
    axis: dict[str, Any] = {
        "title": {"font": {"color": muted, "size": 12}, "standoff": 8},
        "tickfont": {"color": muted, "size": 12},
        "tickangle": 0,
        "zeroline": False,
        "fixedrange": True,
        "automargin": False,
        "separatethousands": True,
    }
    return {
        "layout": {
            "font": {"family": "Inter, system-ui, sans-serif", "size": 12,
                     "color": colour("text", theme)},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": [colour("accent", theme), colour("bar", theme), muted],
            "margin": {"l": 48, "r": 16, "t": 8, "b": 32},
            "showlegend": False,
            "dragmode": False,
            "hovermode": "x unified",
            "hoverlabel": {"bgcolor": colour("surface", theme),
                           "bordercolor": colour("outline", theme),
                           "font": {"size": 12, "color": colour("text", theme)}},
            "separators": ".,",
            "uirevision": "kept",
            "bargap": 0.25,
            "xaxis": axis | {"showgrid": False, "showline": True, "linecolor": hairline,
                             "ticks": "outside", "ticklen": 4, "tickcolor": hairline},
            "yaxis": axis | {"gridcolor": hairline, "showline": False, "nticks": 5},
        }
    }  # fmt: skip


def figure(theme: Theme, data: Sequence[dict[str, Any]] = (), **layout: Any) -> Figure:
    """A figure of the house in a theme; `layout` is what differs.

    What is put in is not checked as a page is drawn, which took a third of the time; the tests of
    every chart check it whole.

    >>> figure("dark", height=240).layout.template.layout.dragmode
    False
    """
    return Figure(list(data), {"template": template(theme), **layout}, _validate=False)
