"""The hour-by-hour board: the chart, what was lost to what, and the table with the reasons."""

from datetime import datetime
from html import escape
from typing import Any

from dash import html

from dashboard.address import State
from dashboard.components.flow.state import defined, link
from dashboard.components.flow.words import KINDS, reason, shown, tenths
from dashboard.components.marks import attributes, mark
from dashboard.components.panels import chart, empty, panel, picture
from dashboard.figures.flow import HOURS_HEIGHT, HourBar, hour_chart
from dashboard.figures.template import Theme
from dashboard.wording import NONE, count, counted
from db.queries.alarm_shapes import NoteShape
from db.queries.flow_shapes import FlowHourShape, FlowShape

HEAD = ("Hour", "Plan", "Done", "Variance", "Cumulative", "Why")
REASONS_SHOWN = 2


def hours_panel(page: FlowShape, state: State, theme: Theme) -> html.Section:
    """The chart of the window's hours."""
    tools = _tools(page, state)
    if not page["hours"]:
        return panel("Hour by hour", tools, empty(page["window"]["sentence"] or "No hours."),
                     part="flow-chart")  # fmt: skip
    bars = [_bar(row) for row in page["hours"]]
    return panel(
        f"Racks per hour, {page['plant_name']}{_of_line(page)}",
        tools,
        _legend(page),
        chart("throughput-chart", hour_chart(bars, theme), _sentence(page), HOURS_HEIGHT),
        part="flow-chart",
    )


def _of_line(page: FlowShape) -> str:
    names = {it["value"]: it["label"] for it in page["lines"]}
    return f", {names[page['line']]}" if page["line"] in names else ""


def _bar(row: FlowHourShape) -> HourBar:
    why = "".join(f"<br>{tenths(it['racks'])}: {escape(reason(it))}" for it in row["reasons"])
    return HourBar(
        datetime.fromisoformat(row["hour_at"]),
        row["label"],
        row["planned"],
        row["done"],
        row["cumulative_difference"],
        row["phase"],
        row["is_missed"],
        why,
    )


def _legend(page: FlowShape) -> html.Div:
    keys: list[Any] = [
        html.Span([html.I(className="key done"), "done"]),
        html.Span([html.I(className="key plan"), "plan"]),
        html.Span([html.I(className="key line"), "ahead or behind, cumulative"]),
    ]
    missed = sum(row["is_missed"] for row in page["hours"])
    if missed:
        keys.append(mark("down", f"{counted(missed, 'hour')} missed the plan", "amber"))
    return html.Div(keys, className="legend")


def _sentence(page: FlowShape) -> str:
    """The chart for those who cannot see it; it holds the newest value."""
    begun = [row for row in page["hours"] if row["phase"] != "future"]
    if not begun:
        return "No hour of this window has begun."
    last = begun[-1]
    behind = last["cumulative_difference"]
    told = (
        "no plan" if behind is None else f"{tenths(behind, is_signed=True)} against the plan so far"
    )
    return (
        f"Racks by hour, {shown(page)}: {counted(len(begun), 'hour')}; newest {last['label']}, "
        f"{count(last['done'])} done; {told}."
    )


def _tools(page: FlowShape, state: State) -> html.Span:
    """To the shift or day before and after; the chart as a picture."""
    window = page["window"]
    steps = [("earlier", "Earlier", window["earlier"]), ("later", "Later", window["later"])]
    links = [
        html.A(name, href=link(state, on=to[0], shift=to[1], asof=""),
               **attributes(data_stay="true", data_step=way))
        for way, name, to in steps if to
    ]  # fmt: skip
    saved = picture("throughput-chart", "completed_count", "planned_qty", "difference")
    return html.Span([*links, saved], className="steps")


def lost_panel(page: FlowShape) -> html.Section:
    """Racks that missed hours lost, by kind of reason."""
    note = defined("racks, missed hours only", "lost_racks")
    lost = page["lost"]
    if not lost:
        return panel("Lost to", note, empty(_why_nothing(page)), part="codes lost")
    most = max(one["racks"] for one in lost)
    rows = [
        html.Div(
            [
                html.Span(KINDS[one["kind"]], className="name"),
                html.Span(
                    html.I(className=f"across {one['kind']}",
                           style={"width": f"{100 * one['racks'] / most:.1f}%"}),
                    className="track",
                ),
                html.Span([html.B(tenths(one["racks"])), f" in {one['hour_count']} h"],
                          className="number"),
            ],
            className="row",
        )
        for one in lost
    ]  # fmt: skip
    foot = html.P(
        "Stops are counted in the hour in which what they held up was due at the output, nearest "
        "first, and never for more than the hour missed. Seen at the right time, not proved.",
        className="muted aside",
    )
    return panel("Lost to", note, html.Div(rows, className="bars-across"), foot, part="codes lost")


def _why_nothing(page: FlowShape) -> str:
    if page["window"]["is_empty"]:
        return "Nobody works in this window, so no hour missed anything."
    if page["output"]["target"] is None:
        return "Without a plan no hour can miss it."
    if not any(row["phase"] == "past" for row in page["hours"]):
        return "No hour of this window is over yet."
    return "No hour missed its plan by half a rack or more."


def hours_table(page: FlowShape) -> html.Section:
    """Every hour: plan, done, variance, cumulative variance, and why it missed."""
    if not page["hours"]:
        return panel("Hours", "", empty("No shift, so no hours."))
    head = [
        html.Th(name, scope="col", className="number" if 0 < at < 5 else None)
        for at, name in enumerate(HEAD)
    ]
    here = "last data" if page["stale_at"] else "now"
    rows = [_row(row, here) for row in page["hours"]]
    box = html.Div(
        html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)]),
        className="scroll stack",
        tabIndex="0",
        role="region",
        **attributes(aria_label="Hour by hour, scrolls sideways"),
    )
    note = "plan is due so far; notes of people first, then what the stations said"
    return panel("Plan, output and reasons by hour", note, box, part="flow-hours")


def _row(row: FlowHourShape, here: str) -> html.Tr:
    """An hour; the one in which the window is told up to is named `here`."""
    is_future = row["phase"] == "future"
    plan = row["planned"] if row["phase"] == "future" else row["due"]
    cells = {
        "Plan": tenths(plan) if row["planned"] is not None else "No plan",
        "Done": NONE if is_future else count(row["done"]),
        "Variance": tenths(row["difference"], is_signed=True),
        "Cumulative": tenths(row["cumulative_difference"], is_signed=True),
    }
    now: list[Any] = [" ", html.Span(here, className="tag")] if row["phase"] == "current" else []
    short = row["working_minutes"]
    title = f"{short:.0f} working minutes"
    head = html.Th([html.B(row["label"]), *now], scope="row", title=title)
    told = [html.Td(cells[name], className="number", **attributes(data_label=name))
            for name in HEAD[1:5]]  # fmt: skip
    why = html.Td(_why(row), className="why-cell", **attributes(data_label="Why"))
    return html.Tr([head, *told, why], className=row["phase"])


def _why(row: FlowHourShape) -> list[Any]:
    """Notes that people wrote, then the reasons of a missed hour."""
    said: list[Any] = [_note(note) for note in row["notes"]]
    reasons = row["reasons"]
    if row["is_missed"]:
        plate = mark("down", f"{tenths(sum(it['racks'] for it in reasons))} short", "amber")
        told = "; ".join(
            f"{tenths(it['racks'])} {_lower(reason(it))}" for it in reasons[:REASONS_SHOWN]
        )
        more = len(reasons) - REASONS_SHOWN
        rest = f"; {more} more" if more > 0 else ""
        said.append(html.Span([plate, " ", html.Span(told + rest, title=_all(row))]))
    elif row["planned"] is None and row["done"] and row["phase"] == "past":
        said.append(html.Span("made without a plan", className="muted"))
    return said


def _all(row: FlowHourShape) -> str:
    return "; ".join(f"{tenths(it['racks'])} {reason(it)}" for it in row["reasons"])


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def _note(note: NoteShape) -> html.Span:
    _, _, line = note["subject_key"].rpartition("/")
    about = "" if line == "all" else f" ({line})"
    by = html.Span(f" {note['author']}{about} ", className="muted")
    return html.Span([html.Q(note["text"]), by], className="told-by")
