"""The failed units, newest first, and what is in the one that is looked at."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.address import State
from dashboard.components.genealogy import also_in, serial_link, tree
from dashboard.components.marks import attributes
from dashboard.components.panels import empty, panel
from dashboard.components.yields.figures import listed, when
from dashboard.components.yields.state import link
from dashboard.wording import NONE, count, counted
from db.queries.rack_shapes import TreeShape, WhereShape
from db.queries.yield_shapes import FailedUnitShape, YieldShape

HEAD = ("Failed at", "Code", "Station", "Suspect lots", "Now", "In it")
Carry = Mapping[str, Sequence[str]]
"""Serial → the suspect lots it held; a serial without any is not in it."""
MOST_ROWS = 200


def looked_at(units: Sequence[FailedUnitShape], state: State) -> str:
    """The serial whose genealogy is shown: the chosen one, else the newest that failed."""
    return state["serial"] or (units[0]["serial"] if units else "")


def failed(
    page: YieldShape,
    units: Sequence[FailedUnitShape],
    total: int,
    state: State,
    carry: Carry | None = None,
) -> html.Section:
    """The table; `total` says how many there are beyond those listed. None of `carry`: not known
    yet."""
    unit = page["unit_name"]
    title = f"Failed {unit}s"
    if not units:
        return panel(title, "", empty(_why_none(page, state)), part="failed")
    shown = looked_at(units, state)
    head = [html.Th(name, scope="col") for name in (unit.capitalize(), *HEAD)]
    rows = [_row(one, page["zone"], state, _suspects(one, carry), is_shown=one["serial"] == shown)
            for one in units[:MOST_ROWS]]  # fmt: skip
    box = html.Div(
        html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)]),
        className="scroll rows stack",
        tabIndex="0",
        role="region",
        **attributes(aria_label=title),
    )
    told = counted(total, unit)
    if total > len(rows):
        told = f"{count(len(rows))} of {told}"
    return panel(title, f"{told}, newest first", box, part="failed")


def _suspects(one: FailedUnitShape, carry: Carry | None) -> str:
    return "" if carry is None else listed(carry.get(one["serial"], ())) or "none"


def _lots_only(suspects: str) -> str:
    """Without the parts, which are in the tooltip: the end of a lot's name is what tells it."""
    return ", ".join(it.partition(" ")[2] or it for it in suspects.split(", "))


def _row(
    one: FailedUnitShape, zone: str, state: State, suspects: str, *, is_shown: bool
) -> html.Tr:
    """A unit with the columns of HEAD."""
    code = one["defect"] or one["symptom"] or "not coded yet"
    slot = f" {one['slot']}" if one["slot"] else ""
    rack: list[Any] = [" in ", serial_link(one["rack"])] if one["rack"] else []
    choose = html.A(
        "shown" if is_shown else "parts",
        href=link(state, serial=one["serial"]),
        title=f"Show what is in {one['serial']}",
        **attributes(data_stay="true", **({"aria_current": "true"} if is_shown else {})),
    )
    cells: dict[str, Any] = {
        "Failed at": when(one["failed_at"], zone),
        "Code": html.Span(code, title=f"{one['symptom']} {one['defect']}", className="cut"),
        "Station": f"{one['station'] or NONE}{slot}",
        "Suspect lots": html.Span(_lots_only(suspects), title=suspects, className="cut"),
        "Now": one["now"],
        "In it": choose,
    }
    told = [html.Td(cells[name], **attributes(data_label=name)) for name in HEAD]
    serial = html.Span([serial_link(one["serial"]), *rack], title=one["serial"], className="cut")
    return html.Tr([html.Th(serial, scope="row"), *told], className="chosen" if is_shown else None)


def _why_none(page: YieldShape, state: State) -> str:
    if not page["kpis"]["first_count"]:
        return "No first verdict, so nothing that failed."
    if state["symptom"] or state["point"]:
        return "None of the failed units matches what is chosen above. Esc clears it."
    return f"All {counted(page['kpis']['first_count'], page['unit_name'])} passed first time."


def parts(
    told: TreeShape | None, where: Sequence[WhereShape], zone: str, marked: Sequence[str]
) -> html.Section:
    """The genealogy of the unit that is looked at, and where else its suspect lots are."""
    if told is None:
        text = "Choose “parts” in a row to see what is in it and where else its lots are."
        return panel("Genealogy", "", empty(text), part="genealogy")
    content = [*(also_in(one) for one in where), tree(told, zone, marked)]
    box = html.Div(content, className="rows", tabIndex="0", role="region",
                   **attributes(aria_label=f"What is in {told['serial']}"))  # fmt: skip
    return panel("Genealogy", [serial_link(told["serial"]), ", as now"], box, part="genealogy")


def parts_waiting(serial: str) -> html.Section:
    """Shown, at its final height, until the genealogy is read."""
    return panel("Genealogy", serial, empty("Reading what is in it…"), part="genealogy")
