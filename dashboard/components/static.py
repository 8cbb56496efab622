"""Large tables as one piece of HTML: in Dash every cell would be a component with a subscription.

Nine hundred cells took the browser most of a second; as one piece they take milliseconds.
"""

from html import escape
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.marks import attributes

RENAMED = {"className": "class", "tabIndex": "tabindex", "colSpan": "colspan", "rowSpan": "rowspan",
           "dateTime": "datetime"}  # fmt: skip
VOID = frozenset({"br", "img", "input"})


def static(component: Component) -> html.Div:
    """`component`, plain HTML that no callback needs, drawn by assets/56-desk-static.js."""
    return html.Div(className="static", **attributes(data_html=to_html(component)))


def to_html(component: Any) -> str:
    """A tree of Dash's HTML components as escaped text.

    >>> to_html(html.Td(["<b> & ", html.A("x", href='?q="')], className="low"))
    '<td class="low">&lt;b&gt; &amp; <a href="?q=&quot;">x</a></td>'
    """
    if component is None:
        return ""
    if isinstance(component, list | tuple):
        return "".join(map(to_html, component))
    if not isinstance(component, Component):
        return escape(str(component))
    told = component.to_plotly_json()
    tag, props = told["type"].lower(), dict(told["props"])
    children = props.pop("children", None)
    written = "".join(
        f' {RENAMED.get(name, name)}="{escape(str(value))}"'
        for name, value in props.items()
        if value is not None
    )
    return f"<{tag}{written}>" if tag in VOID else f"<{tag}{written}>{to_html(children)}</{tag}>"
