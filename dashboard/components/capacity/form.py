"""The forms of the what-if page: adding a change, and keeping a scenario under a name."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.address import Option
from dashboard.components.capacity.changes import ENTERED
from dashboard.components.inputs import choices, day, search
from dashboard.components.marks import attributes
from dashboard.components.panels import panel

SLUG = "capacity-what-if"
FORM = ("kind", "at", "which", "amount", "from", "to", "other")
"""The fields of the form; their ids are the page's word and the name."""
FIRST = "s"
TITLE = "title"
AUTHOR = "author"


def name(field: str) -> str:
    """Id of a field of the page.

    >>> name("kind")
    'capacity-what-if-kind'
    """
    return f"{SLUG}-{field}"


def form() -> Sequence[Any]:
    """Both forms, never drawn anew, and the place of the ranking."""
    kinds = [Option(letter, kind.label) for letter, kind in ENTERED.items()]
    fields = [
        _select("kind", "Kind of change", kinds, FIRST),
        _select("at", "Plant", [], None),
        _select("which", "What", [], None),
        dmc.NumberInput(id=name("amount"), size="sm", w=190, placeholder="Hours a week more",
                        hideControls=True, **attributes(aria_label="Number")),
        day(name("from"), "From", (), ""),
        day(name("to"), "To, not included", (), ""),
        _select("other", "To plant", [], None),
        html.Button("Add", id=name("add"), type="button", className="tool"),
    ]  # fmt: skip
    keep = [
        search(name(TITLE), "Name of this scenario", (), ""),
        search(name(AUTHOR), "Your name", (), ""),
        html.Button("Save", id=name("save"), type="button", className="tool"),
        html.Span(id=name("said"), className="muted form-said", role="status"),
    ]
    note = "no plant's data is changed; the scenario is in the link"
    return [
        html.Div(panel("Change something", note, html.Div(fields, className="filters"),
                       html.Div(keep, className="filters"), part="whatif-panel"),
                 className="whatif-form"),
        html.Div(panel("Which single change buys the most racks", "",
                       html.P("Each change is being worked through.", className="nothing")),
                 id=name("levers"), className="whatif-levers"),
    ]  # fmt: skip


def _select(field: str, label: str, options: Sequence[Option], value: str | None) -> Any:
    return dmc.Select(
        id=name(field), data=choices(options), value=value, placeholder=label, size="sm",
        searchable=True, allowDeselect=False, className="select",
        **attributes(aria_label=label),
    )  # fmt: skip
