"""Failure codes since the drop: a bar for each, a tick where chance would put it."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.address import LONGEST_TEXT, State
from dashboard.components.marks import attributes
from dashboard.components.panels import empty, panel
from dashboard.components.yields.state import UNITS, link, toggled
from dashboard.wording import NONE, count
from db.queries.yield_shapes import ParetoShape, YieldShape

WORDS = {"racks": "{unit}s", "hours": "hours lost", "mw": "MW lost"}


def pareto(page: YieldShape, state: State) -> html.Section:
    """The panel; a click on a code narrows the failed units to it."""
    unit = state["unit"]
    title = "Failure codes since drop" if page["drop"] else "Failure codes"
    words = WORDS[unit].format(unit=page["unit_name"])
    note = f"{words} / expected (tick)" if unit == "racks" and page["drop"] else words
    if not page["pareto"]:
        return panel(title, "", empty(_why_none(page)), part="codes")
    rows = [_row(code, page["pareto"], state) for code in ordered(page["pareto"], unit)]
    return panel(title, note, html.Div(rows, className="bars-across"), _units(page, state),
                 part="codes")  # fmt: skip


def ordered(codes: Sequence[ParetoShape], unit: str) -> list[ParetoShape]:
    """The codes by what they cost in a unit; the sum of the others stays last."""
    return sorted(codes, key=lambda code: (code["code"] == "other", -(amount(code, unit) or 0.0)))


def amount(code: ParetoShape, unit: str) -> float | None:
    """What a code costs: failed units, hours, or megawatts; None when that is not known."""
    if unit == "racks":
        return float(code["count"])
    return code["hours"] if unit == "hours" else code["mw"]


def code_label(code: ParetoShape) -> str:
    """How people read a code.

    >>> code_label({"code": "", "code_count": 1}), code_label({"code": "other", "code_count": 9})
    ('not coded yet', 'Other (9 codes)')
    """
    if code["code"] == "other" and code["code_count"] > 1:
        return f"Other ({code['code_count']} codes)"
    return code["code"] or "not coded yet"


def _row(code: ParetoShape, all_: Sequence[ParetoShape], state: State) -> html.Div:
    unit, label = state["unit"], code_label(code)
    most = max(max(amount(it, unit) or 0.0, _expected(it, unit) or 0.0) for it in all_)
    here, tick = amount(code, unit), _expected(code, unit)
    can_choose = 0 < len(code["code"]) <= LONGEST_TEXT and code["code_count"] == 1
    chosen = can_choose and state["symptom"] == code["code"]
    name: Any = html.Span(label, className="name", title=label)
    if can_choose:
        pressed = {"aria_current": "true"} if chosen else {}
        name = html.A(label, href=toggled(state, "symptom", code["code"]), className="name",
                      title=label, **attributes(data_stay="true", **pressed))  # fmt: skip
    marks: list[Any] = [html.I(className="across", style={"width": _width(here, most)})]
    if tick is not None:
        marks.append(html.I(className="expected", style={"left": _width(tick, most)}))
    dim = "dim" if state["symptom"] not in ("", code["code"]) else ""
    kind = f"row {'chosen' if chosen else ''} {dim}"
    return html.Div([name, html.Span(marks, className="track"), _value(here, tick, unit)],
                    className=" ".join(kind.split()))  # fmt: skip


def _value(here: float | None, tick: float | None, unit: str) -> html.Span:
    said = NONE if here is None else count(here) if unit == "racks" else f"{here:,.1f}"
    parts: list[Any] = [html.B(said)]
    if tick is not None:
        parts.append(f" / {tick:.1f}")
    return html.Span(parts, className="number")


def _units(page: YieldShape, state: State) -> html.Footer:
    """The units that the bars may be drawn in."""
    links = [
        html.A(
            WORDS[unit].format(unit=page["unit_name"]),
            href=link(state, unit=unit),
            className="unit",
            **attributes(data_stay="true", **_current(unit == state["unit"])),
        )
        for unit in UNITS
    ]
    return html.Footer([html.Span("Count in"), *links], className="muted under")


def _current(is_it: bool) -> dict[str, str]:
    return {"aria_current": "true"} if is_it else {}


def _expected(code: ParetoShape, unit: str) -> float | None:
    return code["expected"] if unit == "racks" else None


def _width(value: float | None, most: float) -> str:
    return f"{100 * (value or 0.0) / most if most else 0:.1f}%"


def _why_none(page: YieldShape) -> str:
    kpis = page["kpis"]
    if not kpis["first_count"]:
        return "No first verdict, so no failure code."
    if not kpis["failed_count"]:
        return f"All {count(kpis['first_count'])} {page['unit_name']}s passed: nothing failed."
    return "None of the failed units has been looked at yet."
