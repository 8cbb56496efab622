"""How every chart looks: one light and one dark template, drawn from the colour table.

Horizontal hairlines only, no box, no legend, no mode bar; one accent, the rest greys; red and
amber only for points that broke a rule, with a marker of their own. A figure that starts from
`figure(theme)` needs to say nothing of this again.
"""

from functools import cache
from typing import Any, Final, Literal

from plotly.graph_objs._figure import Figure
from plotly.graph_objs.layout._template import Template

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
def template(theme: Theme) -> Template:
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
    return Template(
        layout={
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
    )  # fmt: skip


def figure(theme: Theme, **layout: Any) -> Figure:
    """An empty figure of the house in a theme; `layout` is what differs.

    >>> figure("dark", height=240).layout.template.layout.dragmode
    False
    """
    return Figure(layout={"template": template(theme), **layout})
