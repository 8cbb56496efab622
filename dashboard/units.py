"""What the pages of a serial, a lot and the alarms ask the store, of all the viewer's plants."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from db.queries.alarm_shapes import AlarmsShape, NoteShape
from db.queries.alarms import alarms
from db.queries.lots import LotShape, lot_page
from db.queries.notes import notes
from db.queries.rack import rack_page
from db.queries.rack_shapes import RackShape
from db.queries.scope import Scope
from db.queries.unit_rows import UnitRowsShape, unit_rows


class Unit(NamedTuple):
    """A serial at one plant: its page and the rows behind it."""

    page: RackShape
    behind: UnitRowsShape


class Drops(NamedTuple):
    """The alarms of some plants, and the notes there that somebody is still to act on."""

    found: list[AlarmsShape]
    todo: list[NoteShape]


def unit(session: Any, scope: Scope, plants: Sequence[str], serial: str) -> list[Unit]:
    """The serial at each of the plants that know it or hold a record of it, in their order."""
    pages = [rack_page(session, scope, plant, serial) for plant in plants]
    return [
        Unit(page, unit_rows(session, scope, page["plant"], serial))
        for page in pages
        if not page["sentence"] or page["held_count"]
    ]


def lot_at(
    session: Any, scope: Scope, plants: Sequence[str], part: str, lot: str
) -> tuple[list[LotShape], list[NoteShape]]:
    """Where a lot went at each of the plants that know it, and what people wrote about it."""
    found = [lot_page(session, scope, plant, part, lot) for plant in plants]
    key = f"{part}/{lot}"
    written = [note for plant in plants for note in notes(session, scope, plant, "lot", [key])]
    return [one for one in found if one["is_known"]], written


def drops(session: Any, scope: Scope, plants: Sequence[str]) -> Drops:
    """Alarms by plant, and open notes that have an owner, the overdue and the earliest first."""
    todo = [
        note
        for plant in plants
        for note in notes(session, scope, plant, is_open_only=True)
        if note["owner"]
    ]
    todo.sort(key=lambda note: (not note["is_overdue"], note["due_on"] or "9", note["id"]))
    return Drops([alarms(session, scope, plant) for plant in plants], todo)
