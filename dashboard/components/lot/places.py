"""The racks that carry a lot: counted and listed, as of now, as built, or ever."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from dash import html

from dashboard.address import Option
from dashboard.components.genealogy import serial_link
from dashboard.components.marks import figure, mark
from dashboard.components.panels import empty, panel, table
from dashboard.components.rack.head import stamp
from dashboard.components.rack.tables import tall
from dashboard.report import Column, Table
from dashboard.wording import NONE, count, counted, noun
from db.queries.lots import LotShape, is_as_built
from db.queries.rack_shapes import PlaceShape
from db.queries.shapes import PlantShape

LISTED = 200
WHERES = (
    Option("in_process", "In process"),
    Option("shipped", "Shipped"),
    Option("at_evaluation", "At evaluation"),
)
WORDS = dict(WHERES)
MOST_VIAS = 3


class Carrier(NamedTuple):
    """A rack with every place in it that holds or held the lot, the first installed first."""

    plant: PlantShape
    places: list[PlaceShape]
    is_now: bool
    is_built: bool

    @property
    def first(self) -> PlaceShape:
        """Its earliest place."""
        return self.places[0]


def carriers(found: Iterable[LotShape], plants: dict[str, PlantShape]) -> list[Carrier]:
    """A row for each rack, the latest installation first."""
    racks = [
        _carrier(plants[one["plant"]], places, one["completed_at"].get(serial))
        for one in found
        for serial, places in _by_rack(one["where"]["racks"]).items()
    ]
    return sorted(racks, key=lambda it: it.first["installed_at"], reverse=True)


def _by_rack(places: Iterable[PlaceShape]) -> dict[str, list[PlaceShape]]:
    racks: dict[str, list[PlaceShape]] = {}
    for place in sorted(places, key=lambda it: it["installed_at"]):
        racks.setdefault(place["serial"], []).append(place)
    return racks


def _carrier(plant: PlantShape, places: list[PlaceShape], completed_at: str | None) -> Carrier:
    is_built = any(is_as_built(place, completed_at) for place in places)
    return Carrier(plant, places, any(it["is_in_now"] for it in places), is_built)


def chosen(racks: Iterable[Carrier], time: str, where: str) -> list[Carrier]:
    """Those that carry it at a time (now, built, ever) and are where it was asked for."""
    held = {"now": lambda it: it.is_now, "built": lambda it: it.is_built, "ever": lambda it: True}
    return [it for it in racks if held[time](it) and where in ("all", it.first["where"])]


def figures(found: Sequence[LotShape], racks: Sequence[Carrier], time: str) -> list[html.Div]:
    """Racks in process, shipped, at evaluation; and what was taken out or is in no rack."""
    at = Counter(it.first["where"] for it in chosen(racks, time, "all"))
    loose = sum(one["where"]["loose_count"] for one in found)
    gone = sum(not it.is_now for it in racks)
    word = {"now": "carry it now", "built": "carried it as built", "ever": "carry or carried it"}
    counts = [
        figure(label, count(at[name]), noun(at[name], "rack"), word[time])  # type: ignore[index]
        for name, label in WHERES
    ]
    note = f"{counted(loose, 'unit')} with it in no rack yet"
    return [*counts, figure("Taken out again", count(gone), noun(gone, "rack"), note)]


def listing(racks: Sequence[Carrier], total: int, nothing: str) -> html.Section:
    """The racks, each leading to its page."""
    if not racks:
        return panel("Racks", "", empty(nothing))
    head = ["Rack", "Plant", "Product", "Build", "Line", "Where", "Through", "Built in",
            "Taken out", "As built"]  # fmt: skip
    rows = [_row(it) for it in racks[:LISTED]]
    rest = len(racks) - len(rows)
    more = [empty(f"{counted(rest, 'more rack')} in the export.")] if rest else []
    of = f" of {count(total)}" if total > len(racks) else ""
    note = f"{count(len(racks))}{of} racks, newest installation first; each plant's own time"
    return panel("Racks", note, tall(table(head, rows, "Racks")), *more)


def _row(it: Carrier) -> list[Any]:
    first = it.first
    at = f" at {first['operation']}" if first["where"] == "in_process" else ""
    return [
        serial_link(first["serial"]), it.plant["name"], first["product"] or NONE,
        first["build"] or NONE, first["line"] or NONE, f"{WORDS[first['where']]}{at}",
        _vias(it.places), f"{stamp(first['installed_at'], it.plant)} {it.plant['zone_label']}",
        NONE if it.is_now else mark("ring", stamp(_removed(it), it.plant), "outline"),
        "yes" if it.is_built else "no",
    ]  # fmt: skip


def _removed(it: Carrier) -> str | None:
    return max((place["removed_at"] or "" for place in it.places), default="") or None


def _vias(places: Sequence[PlaceShape]) -> list[Any]:
    vias = list(dict.fromkeys(place["via"] for place in places if place["via"]))
    if not vias:
        return ["the rack itself"]
    links = [part for via in vias[:MOST_VIAS] for part in (", ", serial_link(via))][1:]
    rest = len(vias) - MOST_VIAS
    return [*links, f" and {rest} more"] if rest > 0 else links


def rows_of(racks: Iterable[Carrier]) -> Table:
    """A row for each place in each rack, for files."""
    columns = [Column("Rack"), Column("Plant"), Column("Product"), Column("Build"), Column("Line"),
               Column("Where"), Column("Operation"), Column("Through"),
               Column("Built in", "instant"), Column("Taken out", "instant"), Column("In now"),
               Column("As built")]  # fmt: skip
    rows = [
        (
            place["serial"], it.plant["name"], place["product"], place["build"], place["line"],
            WORDS[place["where"]], place["operation"], place["via"], place["installed_at"],
            place["removed_at"], _yes(place["is_in_now"]), _yes(it.is_built),
        )
        for it in racks
        for place in it.places
    ]  # fmt: skip
    return Table("Racks", columns, rows)


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"
