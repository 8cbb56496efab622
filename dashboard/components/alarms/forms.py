"""What people do with an alarm: take it on, close it, mute it, open it again, write a note."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import html

from dashboard.components.alarms.state import alarm_key
from dashboard.components.marks import attributes
from dashboard.components.panels import panel
from dashboard.components.rack.head import stamp
from dashboard.components.rack.notes import note_fields
from db.clock import utc_now
from db.desk.alarms import acknowledge_alarm, close_alarm, mute_alarm, reopen_alarm
from db.desk.notes import write_note
from db.queries.alarm_shapes import AlarmShape, NoteShape
from db.queries.shapes import PlantShape

FORM = ("about", "hours", "note-text", "note-author", "note-owner", "note-due")
"""The fields of the form; their ids are "alarms-" and the name."""
MUTES = (("8", "8 hours"), ("24", "a day"), ("72", "3 days"), ("168", "a week"), ("0", "no longer"))
Given = Mapping[str, str]


class Action(NamedTuple):
    """A button: what it says, what it asks of db.desk, and with which values."""

    label: str
    entry: Callable[..., Any]
    values: Callable[[int, Given], Mapping[str, Any]]
    said: str


def _noted(alarm: int, given: Given) -> Mapping[str, Any]:
    due = given["note-due"]
    return {
        "subject": "drop", "subject_key": str(alarm), "text": given["note-text"],
        "author": given["note-author"], "owner": given["note-owner"],
        "due_on": date.fromisoformat(due) if due else None,
    }  # fmt: skip


ACTIONS: Mapping[str, Action] = {
    "take": Action("Take it on", acknowledge_alarm,
                   lambda alarm, given: {"alarm_id": alarm, "by": given["note-author"]},
                   "Taken on."),
    "close": Action("Close, with this reason", close_alarm,
                    lambda alarm, given: {"alarm_id": alarm, "by": given["note-author"],
                                          "reason": given["note-text"]}, "Closed."),
    "note": Action("Keep as a note", write_note, _noted, "Kept."),
    "reopen": Action("Open again", reopen_alarm,
                     lambda alarm, given: {"alarm_id": alarm, "by": given["note-author"]},
                     "Open again."),
    "mute": Action("Mute for", mute_alarm,
                   lambda alarm, given: {
                       "alarm_id": alarm, "by": given["note-author"],
                       "until": utc_now() + timedelta(hours=int(given["hours"] or 8))},
                   "Muting is set."),
}  # fmt: skip
TEXT_USED = ("close", "note")
"""Actions after which the text is cleared: it is kept elsewhere now."""


def form() -> Sequence[Any]:
    """The form. It is never drawn anew, so that nothing typed is lost."""
    about = dmc.Select(id="alarms-about", data=[], placeholder="Which alarm", size="sm",
                       searchable=True, allowDeselect=False, className="select",
                       **attributes(aria_label="Which alarm"))  # fmt: skip
    buttons = [_button(name) for name in ACTIONS]
    hours = dmc.Select(
        id="alarms-hours", value=MUTES[0][0], size="sm", allowDeselect=False, w=120,
        data=[{"value": value, "label": label} for value, label in MUTES],
        **attributes(aria_label="Mute for how long"),
    )  # fmt: skip
    said = html.P(id="alarms-said", className="muted form-said", role="status")
    note = "kept with your name and the time; a reason or note is written above the buttons"
    fields = html.Div([about, *note_fields("alarms")], className="filters note-form")
    acts = html.Div([*buttons, hours], className="filters note-form acts")
    return [panel("Act on an alarm", note, fields, acts, said, part="note-panel")]


def _button(name: str) -> html.Button:
    label = ACTIONS[name].label
    return html.Button(label, id=f"alarms-{name}", type="button", className="tool")


def targets(
    alarms: Sequence[AlarmShape], plants: Mapping[str, PlantShape], chosen: str
) -> dict[str, Any]:
    """The alarms one may act on, and the one chosen on the page."""
    choices = [
        {"value": alarm_key(it),
         "label": f"{plants[it['plant']]['name']} {it['line']} {it['operation']}, began "
                  f"{stamp(it['began_at'], plants[it['plant']])}"}
        for it in alarms
    ]  # fmt: skip
    return {"choices": choices, "chosen": chosen}


def done_button(note: NoteShape) -> list[Any]:
    """Says that what a note asks for is done."""
    name = {"type": "alarms-done", "key": f"{note['plant']}-{note['id']}"}
    label = f"Done: {note['text'][:60]}"
    return [html.Button("Done", id=name, type="button", className="tool small",
                        **attributes(aria_label=label))]  # fmt: skip
