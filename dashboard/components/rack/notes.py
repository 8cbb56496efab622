"""What people wrote about a serial, a lot or a drop, and the form to write more."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.components.genealogy import serial_link
from dashboard.components.marks import attributes, mark
from dashboard.components.panels import empty, panel
from dashboard.components.times import day_of, moment
from dashboard.page import address
from db.queries.alarm_shapes import NoteShape
from db.queries.shapes import PlantShape

FORM = ("text", "author", "owner", "due")
"""The fields of the form; their ids are the page's own word, "-note-" and the name."""
Plants = Mapping[str, PlantShape]


def notes(
    found: Sequence[NoteShape],
    plants: Plants,
    now: datetime,
    *,
    title: str = "Notes",
    nothing: str = "Nobody has written anything yet. The form is below.",
    order: str = "newest first",
    extra: Callable[[NoteShape], Sequence[Any]] = lambda note: (),
) -> html.Section:
    """A list of notes with who wrote them, who is to act and by when; `extra` ends a row."""
    if not found:
        return panel(title, "", empty(nothing))
    rows = [html.Li([*_note(note, plants[note["plant"]], now), *extra(note)]) for note in found]
    box = html.Ul(rows, className="told notes-list", tabIndex="0", **attributes(aria_label=title))
    return panel(title, order, box, part="notes")


def _note(note: NoteShape, plant: PlantShape, now: datetime) -> list[Any]:
    who = [
        f"{note['author']}, {moment(note['written_at'], plant, now)}, {plant['name']}, about ",
        *_about(note),
    ]
    if note["owner"]:
        who.append(f"; to do by {note['owner']}")
    if note["due_on"]:
        who.append(f" until {day_of(note['due_on'])}")
    if note["done_at"]:
        who.append(f"; done {moment(note['done_at'], plant, now)}")
    plate = [mark("triangle", "overdue", "amber")] if note["is_overdue"] else []
    return [*plate, html.Span(note["text"], className="text"), html.Span(who, className="muted")]


def _about(note: NoteShape) -> list[Any]:
    key = note["subject_key"]
    if note["subject"] == "rack":
        return ["rack ", serial_link(key)]
    if note["subject"] == "lot":
        part, _, lot = key.partition("/")
        return ["lot ", html.A(lot, href=address("/lot/<part>/<lot>", part=part, lot=lot))]
    if note["subject"] == "drop":
        return [html.A(f"drop {key}", href=f"/alarms?alarm={note['plant']}-{key}&state=all")]
    return [f"{note['subject']} {key}"]


def note_fields(slug: str) -> list[Any]:
    """Text, author, owner and due day of a note; the author is remembered by the browser."""
    return [
        dmc.Textarea(id=f"{slug}-note-text", placeholder="What was seen, found or done", size="sm",
                     autosize=True, minRows=2, maxRows=2, className="text",
                     **attributes(aria_label="Note or reason")),
        author(f"{slug}-note-author"),
        dmc.TextInput(id=f"{slug}-note-owner", placeholder="To do by (optional)", size="sm",
                      **attributes(aria_label="Who is to do it")),
        dmc.DatePickerInput(id=f"{slug}-note-due", placeholder="Until (optional)", size="sm",
                            valueFormat="MMM D, YYYY", clearable=True,
                            **attributes(aria_label="Until when")),
    ]  # fmt: skip


def author(id: str) -> dmc.TextInput:
    """Who is writing; the browser remembers it, one name for all pages (assets/58-keeping.js)."""
    return dmc.TextInput(id=id, placeholder="Your name", size="sm",
                         **attributes(aria_label="Your name", data_author="true"))  # fmt: skip


def note_form(slug: str, *before: Any) -> Sequence[Any]:
    """Where a note about the page's subject is written; `before` come ahead of its fields. It is
    never drawn anew, so that nothing typed is lost."""
    keep = html.Button("Keep note", id=f"{slug}-note-keep", type="button", className="tool")
    said = html.P(id=f"{slug}-note-said", className="muted form-said", role="status")
    box = html.Div([*before, *note_fields(slug), keep], className="filters note-form")
    return [panel("Write a note", "kept with your name and the time", box, said, part="note-panel")]
