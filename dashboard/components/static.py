"""Plain HTML as text: in Dash every element would be a component with a subscription.

Nine hundred cells took the browser most of a second; as one piece they take milliseconds.
"""

import re
from collections.abc import Iterator, Mapping
from copy import copy
from html import escape
from typing import Any

from dash.development.base_component import Component

RENAMED = {"className": "class", "htmlFor": "for"}
VOID = frozenset({"br", "col", "hr", "img", "input", "wbr"})
HTML = "dash_html_components"


def thin(part: Any) -> Any:
    """`part` with every branch that is plain HTML as text, drawn by assets/56-desk-static.js.

    An element with an id, and what another library draws, stay components, for callbacks may ask
    for them; nothing changes on the page.

    >>> from dash import dcc, html
    >>> thin(html.Ul([html.Li("a", className="b"), html.Li("<c>")]))
    Ul(data-html='<li class="b">a</li><li>&lt;c&gt;</li>')
    >>> thin(html.Div([html.P([html.B("a")]), dcc.Store(id="kept")]))
    Div([P(data-html='<b>a</b>'), Store(id='kept')])
    """
    if isinstance(part, list | tuple):
        return [thin(it) for it in part]
    inside = getattr(part, "children", None)
    if not isinstance(part, Component) or not isinstance(inside, list | tuple | Component):
        return part
    thinned = copy(part)
    if _is_html(part) and _is_plain(inside):
        del thinned.children
        setattr(thinned, "data-html", to_html(inside))
    else:
        thinned.children = thin(inside)
    return thinned


def to_html(component: Any) -> str:
    """A tree of Dash's HTML components as escaped text.

    >>> from dash import html
    >>> to_html(html.Td(["<b> & ", html.A("x", href='?q="')], className="low", colSpan=2))
    '<td class="low" colspan="2">&lt;b&gt; &amp; <a href="?q=&quot;">x</a></td>'
    >>> to_html(html.Details(html.I(style={"maxWidth": "4%", "top": 0}), open=True))
    '<details open=""><i style="max-width:4%;top:0"></i></details>'
    """
    if component is None or isinstance(component, bool):
        return ""
    if isinstance(component, list | tuple):
        return "".join(map(to_html, component))
    if not isinstance(component, Component):
        return escape(str(component))
    tag, inside = component._type.lower(), to_html(getattr(component, "children", None))
    written = "".join(
        f' {RENAMED.get(name, name.lower())}="{escape(_value(value))}"'
        for name, value in _given(component)
        if value is not None and value is not False
    )
    return f"<{tag}{written}>" if tag in VOID else f"<{tag}{written}>{inside}</{tag}>"


def _given(component: Component) -> Iterator[tuple[str, Any]]:
    """What an element was given but for its children, in one order: faster than its own JSON."""
    held = vars(component)
    yield from ((name, held[name]) for name in component._prop_names[1:] if name in held)
    yield from ((name, value) for name, value in held.items() if "-" in name)


def _value(value: Any) -> str:
    if value is True:
        return ""
    if isinstance(value, Mapping):
        return ";".join(f"{_hyphened(name)}:{it}" for name, it in value.items())
    return str(value)


def _hyphened(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: f"-{found[0].lower()}", name)


def _is_html(part: Component) -> bool:
    return bool(part._namespace == HTML) and getattr(part, "id", None) is None


def _is_plain(part: Any) -> bool:
    if isinstance(part, list | tuple):
        return all(map(_is_plain, part))
    if isinstance(part, Component):
        return _is_html(part) and _is_plain(getattr(part, "children", None))
    return True
