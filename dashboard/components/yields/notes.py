"""What people wrote about the drop, its shifts and stations, and the form to write more."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.address import State
from dashboard.components.marks import attributes, mark
from dashboard.components.panels import empty, panel
from dashboard.components.times import day_of
from dashboard.components.yields.figures import when
from dashboard.components.yields.plot import dot_named, dot_words
from db.queries.alarm_shapes import NoteShape
from db.queries.yield_shapes import YieldShape

FORM = ("about", "text", "author", "owner", "due")
"""The fields of the form; their ids are "yield-note-" and the name."""
SUBJECTS = {
    "drop": "the drop",
    "shift": "shift",
    "station": "station",
    "rack": "rack",
    "lot": "lot",
}


def notes(page: YieldShape) -> html.Section:
    """The newest notes of the plant that this page is about."""
    found = page["notes"]
    if not found:
        text = (
            "Nobody has written anything yet. What was found out belongs here: the form is below."
        )
        return panel("Notes", "", empty(text), part="notes")
    rows = [html.Li(_note(note, page["zone"])) for note in found]
    box = html.Ul(rows, className="told rows", tabIndex="0", **attributes(aria_label="Notes"))
    return panel("Notes", "newest first", box, part="notes")


def _note(note: NoteShape, zone: str) -> list[Any]:
    about = f"{SUBJECTS[note['subject']]} {note['subject_key']}"
    if note["subject"] == "drop":
        about = f"drop {note['subject_key']}"
    late = [mark("triangle", "overdue", "amber")] if note["is_overdue"] else []
    parts: list[Any] = [*late, html.Span(note["text"], className="text")]
    who = f"{note['author']}, {when(note['written_at'], zone)}, about {about}"
    if note["owner"]:
        who += f"; to do by {note['owner']}"
    if note["due_on"]:
        who += f" until {day_of(note['due_on'])}"
    if note["done_at"]:
        who += "; done"
    parts.append(html.Span(who, className="muted"))
    return parts


def subjects(page: YieldShape, state: State) -> list[dict[str, str]]:
    """What a note may be about on this page, the most likely first."""
    found: list[tuple[str, str]] = []
    dot = dot_named(page, state["point"])
    if dot and state["grain"] == "shift":
        found.append((f"shift:{dot['business_on']}/{dot['shift']}", dot_words(page, dot)))
    if page["drop"]:
        began = when(page["drop"]["began_at"], page["zone"])
        found.append((f"drop:{page['drop']['id']}", f"the drop that began {began}"))
    points = page["series"][0]["points"] if state["grain"] == "shift" else []
    for point in reversed(points):
        key = f"shift:{point['business_on']}/{point['shift']}"
        if all(key != known for known, _ in found):
            found.append((key, dot_words(page, point)))
    found += [(f"station:{it['value']}", f"station {it['label']}")
              for it in page["choices"]["stations"]]  # fmt: skip
    return [{"value": value, "label": label} for value, label in found]


def form() -> Sequence[Any]:
    """Where a note is written. It is never drawn anew, so that nothing typed is lost."""
    fields = [
        dmc.Select(id="yield-note-about", data=[], placeholder="About…", size="sm",
                   searchable=True, allowDeselect=False, className="select",
                   **attributes(aria_label="What the note is about")),
        dmc.Textarea(id="yield-note-text", placeholder="What was seen, found or done", size="sm",
                     autosize=True, minRows=2, maxRows=2, className="text",
                     **attributes(aria_label="Note")),
        dmc.TextInput(id="yield-note-author", placeholder="Your name", size="sm", persistence=True,
                      **attributes(aria_label="Your name")),
        dmc.TextInput(id="yield-note-owner", placeholder="To do by (optional)", size="sm",
                      **attributes(aria_label="Who is to do it")),
        dmc.DatePickerInput(id="yield-note-due", placeholder="Until (optional)", size="sm",
                            valueFormat="MMM D, YYYY", clearable=True,
                            **attributes(aria_label="Until when")),
        html.Button("Keep note", id="yield-note-keep", type="button", className="tool"),
    ]  # fmt: skip
    said = html.P(id="yield-note-said", className="muted", role="status")
    box = html.Div(fields, className="filters note-form")
    return [panel("Write a note", "kept with your name and the time", box, said, part="note-panel")]
