"""What a note on the throughput page may be about: an hour, or the whole shift."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc

from dashboard.components.flow.words import shown
from dashboard.components.marks import attributes
from dashboard.components.rack.notes import note_form
from db.queries.alarm_shapes import NoteShape
from db.queries.flow_shapes import DAY, FlowShape


def subjects(page: FlowShape) -> list[dict[str, str]]:
    """Hours that missed and have no reason of a person yet first, then the others, newest first."""
    begun = [row for row in page["hours"] if row["phase"] != "future"]
    begun.sort(key=lambda row: row["hour_at"], reverse=True)
    begun.sort(key=lambda row: not (row["is_missed"] and not row["notes"]))
    where = f" on {page['line']}" if page["line"] else ""
    found = [
        {"value": f"hour:{row['key']}",
         "label": f"hour {row['label']}{where}" + (", missed" if row["is_missed"] else "")}
        for row in begun
    ]  # fmt: skip
    window = page["window"]
    if window["shift"] != DAY and not window["is_empty"]:
        about = f"shift:{window['business_on']}/{window['shift']}"
        found.append({"value": about, "label": f"the whole shift: {shown(page)}"})
    return found


def written(page: FlowShape) -> list[NoteShape]:
    """Every note on an hour of the window, newest first."""
    found = [note for row in page["hours"] for note in row["notes"]]
    return sorted(found, key=lambda note: note["written_at"], reverse=True)


def form() -> Sequence[Any]:
    """Where a reason is written: about what comes first."""
    about = dmc.Select(id="throughput-note-about", data=[], placeholder="About…", size="sm",
                       searchable=True, allowDeselect=False, className="select",
                       **attributes(aria_label="What the note is about"))  # fmt: skip
    return [*note_form("throughput", about), dcc.Store(id="throughput-about")]
