"""The controls of desk pages, and nothing else knows which library draws them.

Each takes its id, a label that is read aloud and shown as a tip, and its value.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.address import Field, Option
from dashboard.components.marks import attributes

BUNDLES = frozenset({"dash_mantine_components"})
LONG_LIST = 12
"""From so many options on a list can be searched by typing."""
SEARCH_MS = 250


def provider(content: Any, id: str, scheme: Literal["dark", "light"]) -> dmc.MantineProvider:
    """What every page with controls is wrapped in; its `forceColorScheme` follows the theme."""
    theme: Any = {
        "fontFamily": "Inter, system-ui, sans-serif",
        "defaultRadius": 6,
        "respectReducedMotion": True,
    }
    return dmc.MantineProvider(content, id=id, theme=theme, forceColorScheme=scheme)


def choices(options: Iterable[Option]) -> list[dict[str, str]]:
    """Options as the controls take them."""
    return [{"value": option.value, "label": option.label} for option in options]


def control(field: Field, id: str, options: Iterable[Option], value: str) -> Any:
    """The control that `field` declares, at `value`; `options` are the choices the data offers."""
    return CONTROLS[field.control](id, field.label, field.options or options, value)


def more(controls: Sequence[Any]) -> list[Any]:
    """Filters that are asked for less often, folded away; nothing without any."""
    if not controls:
        return []
    return [html.Details([html.Summary("More filters", className="tool"),
                          html.Div(controls, className="filters")], className="more")]  # fmt: skip


def select(id: str, label: str, options: Iterable[Option], value: str) -> dmc.Select:
    """A list of which one is chosen."""
    data = choices(options) or [{"value": value, "label": label}]
    return dmc.Select(
        id=id,
        data=data,
        value=value,
        size="sm",
        allowDeselect=False,
        searchable=len(data) >= LONG_LIST,
        comboboxProps={"shadow": "md", "withinPortal": True},
        className="select",
        **attributes(aria_label=label),
    )


def segmented(id: str, label: str, options: Iterable[Option], value: str) -> dmc.SegmentedControl:
    """A few words side by side, one of them chosen."""
    return dmc.SegmentedControl(
        id=id,
        data=choices(options),
        value=value,
        size="sm",
        className="segmented",
        **attributes(aria_label=label),
    )


def search(id: str, label: str, options: Iterable[Option], value: str) -> dmc.TextInput:
    """A text to look for; `/` leads here."""
    return dmc.TextInput(
        id=id,
        value=value,
        placeholder=label,
        size="sm",
        debounce=SEARCH_MS,
        className="search",
        **attributes(aria_label=label, data_search="true"),
    )


def day(id: str, label: str, options: Iterable[Option], value: str) -> dmc.DatePickerInput:
    """A date, as YYYY-MM-DD; "" is none."""
    return dmc.DatePickerInput(
        id=id,
        value=value or None,
        placeholder=label,
        valueFormat="MMM D, YYYY",
        size="sm",
        clearable=True,
        className="date",
        **attributes(aria_label=label),
    )


def hidden(id: str, label: str, options: Iterable[Option], value: str) -> dcc.Input:
    """What only a click on the page sets."""
    return dcc.Input(id=id, type="hidden", value=value)


CONTROLS = {
    "select": select,
    "segmented": segmented,
    "search": search,
    "date": day,
    "hidden": hidden,
}
