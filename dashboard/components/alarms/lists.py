"""Alarms in rows, and all that is known of the one that is looked at."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.components.alarms.state import alarm_key, link, yield_link
from dashboard.components.marks import attributes, figure, mark
from dashboard.components.panels import empty, panel
from dashboard.components.rack.head import stamp
from dashboard.components.times import moment
from dashboard.units import Drops
from dashboard.wording import NONE, count, counted
from db.queries.alarm_shapes import AlarmShape, EventShape
from db.queries.alarms import is_calling
from db.queries.shapes import PlantShape

Plants = Mapping[str, PlantShape]
HEAD = ("State", "Began", "Detected", "Plant", "Line", "Operation", "Failed of units", "Expected",
        "First pass, before and since", "Who")  # fmt: skip
NUMBERS = (6, 7, 8)


def state_mark(alarm: AlarmShape) -> html.Span:
    """What became of an alarm, in shape and word."""
    if alarm["is_withdrawn"]:
        return mark("ring", "withdrawn", "outline")
    if alarm["state"] == "closed":
        return mark("dot", "closed")
    if alarm["is_muted"]:
        return mark("ring", "muted", "outline")
    if alarm["state"] == "acknowledged":
        return mark("triangle", "taken on", "amber")
    return mark("square", "open", "red")


def figures(drops: Drops, alarms: Sequence[AlarmShape]) -> list[html.Div]:
    """Open, taken on, muted; and what people are late with."""
    calling = [it for it in alarms if is_calling(it)]
    taken = [it for it in alarms if it["state"] == "acknowledged" and not it["is_withdrawn"]]
    muted = [it for it in alarms if it["is_muted"] and it["state"] != "closed"]
    late = sum(note["is_overdue"] for note in drops.todo)
    excess = sum(it["excess_fails"] for it in (*calling, *taken))
    return [
        figure("Open alarms", count(len(calling)), "", "nobody has taken them on yet"),
        figure(
            "Taken on", count(len(taken)), "", f"{count(excess)} fails above expected, with open"
        ),
        figure("Muted", count(len(muted)), "", "kept out of the count until their time is up"),
        figure("Notes to do", count(len(drops.todo)), "", f"{count(late)} overdue"),
    ]


def listing(
    alarms: Sequence[AlarmShape], shown: str, state: Mapping[str, str], plants: Plants,
    now: datetime,
) -> html.Section:  # fmt: skip
    """The alarms; each row leads to what is known of it."""
    if not alarms:
        return panel("Alarms", "", empty(_why_none(state)))
    right = dict.fromkeys(NUMBERS, "number")
    head = [html.Th(it, scope="col", className=right.get(at)) for at, it in enumerate(HEAD)]
    rows = [
        html.Tr(
            [html.Td(cell, className=right.get(at))
             for at, cell in enumerate(_cells(it, state, plants[it["plant"]], now))],
            className="chosen" if alarm_key(it) == shown else None,
        )
        for it in alarms
    ]  # fmt: skip
    box = html.Div(
        html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)]),
        className="scroll",
        tabIndex="0",
        role="region",
        **attributes(aria_label="Alarms, scrolls sideways"),
    )
    return panel(
        "Alarms",
        f"{counted(len(alarms), 'alarm')}, open before muted, most excess fails first",
        box,
        part="alarm-list",
    )


def _why_none(state: Mapping[str, str]) -> str:
    if state["state"] == "standing":
        return ("No drop stands here: every line and operation passes as it did before. "
                "“Closed” shows earlier ones.")  # fmt: skip
    return "None with these filters. “All” and all plants show every alarm that is kept."


def _cells(
    alarm: AlarmShape, state: Mapping[str, str], plant: PlantShape, now: datetime
) -> list[Any]:
    where = html.A(
        stamp(alarm["began_at"], plant),
        href=link(state, alarm=alarm_key(alarm)),
        title="Show this alarm",
        **attributes(data_stay="true"),
    )
    name = html.Span(f" {alarm['operation_name']}", className="muted")
    return [
        state_mark(alarm),
        [where, f" {plant['zone_label']}"],
        moment(alarm["detected_at"], plant, now),
        plant["name"],
        alarm["line"] or NONE,
        [html.B(alarm["operation"]), name],
        f"{count(alarm['fails'])} of {count(alarm['units'])}",
        f"{alarm['expected_fails']:.1f}",
        f"{alarm['baseline_ratio']:.1%} → {alarm['current_ratio']:.1%}",
        _who(alarm),
    ]


def _who(alarm: AlarmShape) -> str:
    return alarm["closed_by"] or alarm["acknowledged_by"] or NONE


def detail(
    alarm: AlarmShape, events: Sequence[EventShape], plant: PlantShape, now: datetime
) -> html.Section:
    """What is known of one alarm: its figures, when it began, and what became of it."""
    zone = plant["zone_label"]
    begin, end = (stamp(at, plant) for at in alarm["began_interval"])
    facts = [
        ("Began", f"{stamp(alarm['began_at'], plant)} {zone}, {alarm['shift_label']}; "
                  f"{alarm['confidence']:.0%} sure it lies from {begin} to {end}"),
        ("Detected", f"{stamp(alarm['detected_at'], plant)} {zone}, after "
                     f"{counted(alarm['units_to_detection'], 'unit')}"),
        ("By chance alone", f"about once in {count(alarm['units_per_false_alarm'])} units; "
                            f"detector {alarm['detector_version']}"),
        *_became(alarm, plant),
    ]  # fmt: skip
    box = html.Dl([part for name, said in facts for part in (html.Dt(name), html.Dd(said))],
                  className="alarm-facts")  # fmt: skip
    lead = html.P(
        [state_mark(alarm), html.B(alarm["sentence"]), " ",
         html.A("Open on the yield page", href=yield_link(alarm))],
        className="lead",
    )  # fmt: skip
    return panel(f"{plant['name']} {alarm['line']} {alarm['operation']}", f"alarm {alarm['id']}",
                 lead, html.Div([box, _history(events, plant, now)], className="halves"),
                 part="alarm")  # fmt: skip


def _became(alarm: AlarmShape, plant: PlantShape) -> list[tuple[str, str]]:
    zone = plant["zone_label"]
    told = [
        ("Taken on", alarm["acknowledged_at"], f"by {alarm['acknowledged_by']}"),
        ("Muted until", alarm["muted_until"], ""),
        ("Yield is back since", alarm["recovered_at"], "by later verdicts"),
        ("Closed", alarm["closed_at"], f"by {alarm['closed_by']}: {alarm['closed_reason']}"),
    ]
    return [(name, f"{stamp(at, plant)} {zone} {more}".strip()) for name, at, more in told if at]


def _text(event: EventShape, plant: PlantShape) -> str:
    """What was said; the end of a muting by the plant's clock."""
    if event["kind"] not in ("muted", "unmuted"):
        return event["text"]
    until = event["text"].removeprefix("until ")
    return f"until {stamp(until, plant)} {plant['zone_label']}"


def _history(events: Sequence[EventShape], plant: PlantShape, now: datetime) -> html.Div:
    rows = [
        html.Li(
            [
                html.Span(f"{moment(it['at'], plant, now)}", className="muted"),
                html.B(it["kind"]),
                html.Span([f"by {it['by']}" if it["by"] else "", f" {_text(it, plant)}".rstrip()]),
            ]
        )
        for it in reversed(events)
    ]
    said = html.Ul(rows, className="told") if rows else empty("Nothing is recorded yet.")
    named = attributes(aria_label="What happened to this alarm")
    return html.Div(said, className="alarm-history", tabIndex="0", role="region", **named)
