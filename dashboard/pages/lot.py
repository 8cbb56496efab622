"""`/lot/<part>/<lot>`: every rack that carries a lot of a part, wherever it is now."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from dash import Dash, dcc, html

from dashboard.address import Field, Option
from dashboard.components.lot.places import (
    WHERES,
    Carrier,
    carriers,
    chosen,
    figures,
    listing,
    rows_of,
)
from dashboard.components.panels import empty, panel, strip, table
from dashboard.components.part.tables import said
from dashboard.components.rack.head import stamp
from dashboard.components.rack.notes import note_form, notes
from dashboard.desk import Desk, Drawn, desk_page
from dashboard.keeping import register_notes
from dashboard.live.hub import Hub
from dashboard.page import address
from dashboard.read import Read
from dashboard.report import Asked, Column, Report, Table
from dashboard.units import lot_at
from dashboard.wording import counted
from db.queries.alarm_shapes import NoteShape
from db.queries.lots import LotShape
from db.queries.shapes import PlantShape

TIMES = (Option("now", "As now"), Option("built", "As built"), Option("ever", "Ever"))
FIELDS = (
    Field("plant", "Plant", "all"),
    Field("time", "Carried", "now", TIMES, "segmented"),
    Field("where", "Where", "all", (Option("all", "Wherever it is"), *WHERES)),
)
FEEDS = ("genealogy", "unit_step", "lot")
DEFINITIONS = (
    ("As now", "racks that carry the lot, at any depth, at the reading"),
    ("As built", "racks that carried it at their first completion of the output operation; "
                 "racks in process as they are now"),
    ("Shipped", "packed and gone; at evaluation: the same, of an evaluation build"),
)  # fmt: skip


class Here(NamedTuple):
    """A lot at the plants asked about, and the racks that carry it."""

    found: list[LotShape]
    notes: list[NoteShape]
    racks: list[Carrier]
    plants: dict[str, PlantShape]


async def offer(asked: Asked) -> Mapping[str, Sequence[Option]]:
    """Nothing beyond the plants."""
    return {}


async def draw(asked: Asked) -> Drawn:
    """The racks, counted and listed."""
    here = await _here(asked)
    if not here.found:
        return Drawn([_unknown(asked), dcc.Store(id="lot-about", data=None)])
    state = asked.state
    racks = chosen(here.racks, state["time"], state["where"])
    return Drawn(
        [
            _title(asked, here),
            strip(figures(here.found, here.racks, state["time"])),
            listing(racks, len(here.racks), _nothing(here)),
            notes(here.notes, here.plants, asked.now),
            _records(here),
            dcc.Store(id="lot-about", data=_about(asked, here)),
        ]
    )


def _title(asked: Asked, here: Here) -> html.Div:
    names = asked.names
    first = here.found[0]["where"]
    from_ = " ".join(filter(None, (first["supplier"], first["country"])))
    at = ", ".join(here.plants[one["plant"]]["name"] for one in here.found)
    part = html.A(names["part"], href=address("/part/<number>", number=names["part"]))
    told: list[Any] = [
        "part ",
        part,
        f" · from {from_}" if from_ else " · origin not known",
        f" · {at}",
    ]
    return html.Div(
        [html.H2(f"Lot {names['lot']}"), html.Span(told, className="muted")], className="subject"
    )


def _nothing(here: Here) -> str:
    if not here.racks:
        return "No rack carries or carried it; see above for units in no rack yet."
    number = counted(len(here.racks), "rack")
    return f"None of {number}; choose “Ever” and “Wherever it is” to see all."


def _unknown(asked: Asked) -> html.P:
    names = {plant["code"]: plant["name"] for plant in asked.plants}
    if not names:
        return empty("There is no plant to look in.")
    sought = names.get(asked.state["plant"]) or ", ".join(names.values())
    return empty(
        f"No record of lot {asked.names['lot']!r} of part {asked.names['part']!r} at {sought}, and "
        "nothing was built in from it. Part and lot are looked up as they are written."
    )


def _about(asked: Asked, here: Here) -> dict[str, str]:
    key = f"{asked.names['part']}/{asked.names['lot']}"
    return {"plant": here.found[0]["plant"], "subject": "lot", "key": key}


def _records(here: Here) -> html.Section:
    rows: list[list[Any]] = [
        [here.plants[one["plant"]]["name"], row["source"], row["source_key"],
         stamp(row["changed_at"], here.plants[one["plant"]]), said(row)]
        for one in here.found
        for row in one["rows"]
    ]  # fmt: skip
    if not rows:
        text = "No plant system sent a record of the lot itself; it is known from what it is in."
        return panel("Records of the lot", "", empty(text))
    head = ["Plant", "Source", "Key there", "Changed", "Says"]
    return panel("Records of the lot", "", table(head, rows, "Records of the lot"))


async def tables(asked: Asked) -> Report:
    """The rows behind the page."""
    here = await _here(asked)
    state, names = asked.state, asked.names
    first = here.plants[here.found[0]["plant"]] if here.found else None
    records = [
        (one["plant"], row["source"], row["source_key"], row["changed_at"], said(row))
        for one in here.found
        for row in one["rows"]
    ]
    columns = [Column("Plant"), Column("Source"), Column("Key there"),
               Column("Changed", "instant"), Column("Says")]  # fmt: skip
    labels = {field.name: dict(field.options or ()) for field in FIELDS}
    return Report(
        title=f"Lot {names['lot']} of part {names['part']}",
        as_of_at=here.found[0]["as_of_at"] if here.found else None,
        zone=first["zone"] if first else "UTC",
        zone_label=first["zone_label"] if first else "UTC",
        filters=[("Part", names["part"]), ("Lot", names["lot"]),
                 *((field.label, labels[field.name].get(state[field.name], state[field.name]))
                   for field in FIELDS)],
        definitions=DEFINITIONS,
        tables=[rows_of(chosen(here.racks, state["time"], state["where"])),
                Table("Records of the lot", columns, records)],
        plant=state["plant"],
        span=(names["part"], names["lot"]),
    )  # fmt: skip


async def _here(asked: Asked) -> Here:
    plants = {plant["code"]: plant for plant in asked.plants}
    wanted = tuple(code for code in plants if asked.state["plant"] in ("all", code))
    names = asked.names
    found, written = await asked.read.ask(
        lot_at, asked.scope, wanted, names["part"], names["lot"]
    )  # fmt: skip
    return Here(found, written, carriers(found, plants), plants)


DESK = Desk("/lot/<part>/<lot>", "Lot", 0, FIELDS, FEEDS, draw, offer, tables,
            fixed=lambda: note_form("lot"))  # fmt: skip
_PAGE = desk_page(DESK)


def register(app: Dash, hub: Hub, read: Read) -> None:
    """The page's own callbacks: notes."""
    _PAGE.register(app, hub, read)
    register_notes(app, read, "lot")


PAGE = replace(_PAGE, register=register)
"""What the page of one lot is made of."""
