"""What a note on the yield page may be about, and the form in which that is chosen."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc

from dashboard.address import State
from dashboard.components.marks import attributes
from dashboard.components.rack.notes import note_form
from dashboard.components.yields.figures import when
from dashboard.components.yields.plot import dot_named, dot_words
from db.queries.yield_shapes import YieldShape


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
    """Where a note is written: about what comes first."""
    about = dmc.Select(id="yield-note-about", data=[], placeholder="About…", size="sm",
                       searchable=True, allowDeselect=False, className="select",
                       **attributes(aria_label="What the note is about"))  # fmt: skip
    return [*note_form("yield", about), dcc.Store(id="yield-about")]
