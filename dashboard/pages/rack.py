"""`/rack/<serial>`: one rack, tray or module, from its state down to the rows it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dash import Dash, dcc, html

from dashboard.address import Field, Option
from dashboard.components.genealogy import tree
from dashboard.components.marks import attributes
from dashboard.components.panels import empty, panel, strip
from dashboard.components.rack.export import rack_report
from dashboard.components.rack.head import Here, figures, stamp, title
from dashboard.components.rack.notes import note_form, notes
from dashboard.components.rack.tables import (
    deviations,
    done,
    elsewhere,
    route,
    rows_behind,
    runs,
    seen,
)
from dashboard.desk import Desk, Drawn, desk_page
from dashboard.keeping import register_notes
from dashboard.live.hub import Hub
from dashboard.read import Read
from dashboard.report import Asked, Report
from dashboard.units import Unit, unit

TREES = (Option("now", "As now"), Option("built", "As built"))
FIELDS = (Field("plant", "Plant", "all"), Field("tree", "Genealogy", "now", TREES, "segmented"))
FEEDS = ("unit_step", "test_run", "defect", "genealogy")


async def offer(asked: Asked) -> Mapping[str, Sequence[Option]]:
    """Nothing beyond the plants."""
    return {}


async def draw(asked: Asked) -> Drawn:
    """The serial at the chosen plant; with all plants, where something happened to it last."""
    known = await _known(asked)
    here = _here(asked, known)
    if here is None:
        return Drawn([_unknown(asked, known), dcc.Store(id="rack-about", data=None)])
    page = here.page
    others = [it for it in known if it.page["plant"] != page["plant"]]
    plants = {plant["code"]: plant for plant in asked.plants}
    return Drawn(
        [
            title(here, others),
            strip(figures(here)),
            deviations(here),
            route(here),
            runs(here),
            html.Div([seen(here), done(here)], className="halves"),
            html.Div([_genealogy(here, asked.state["tree"]), elsewhere(here)], className="halves"),
            notes(page["notes"], plants, asked.now),
            rows_behind(here),
            dcc.Store(
                id="rack-about",
                data={"plant": page["plant"], "subject": "rack", "key": page["serial"]},
            ),
        ]
    )


def _genealogy(here: Here, chosen: str) -> html.Section:
    """The tree of the chosen time, and when that was."""
    told, zone = here.page["genealogy"], here.plant["zone_label"]
    is_as_built = chosen == "built"
    if not is_as_built:
        note = f"as now, {stamp(here.page['as_of_at'], here.plant)} {zone}"
    elif told["is_complete"]:
        note = f"as built on {stamp(told['as_built_at'], here.plant)} {zone}"
    else:
        note = "not built yet: as of now"
    drawn = tree(told, here.page["zone"], is_as_built=is_as_built)
    box = html.Div(drawn, className="genealogy-box", tabIndex="0", role="region",
                   **attributes(aria_label="Genealogy"))  # fmt: skip
    return panel("Genealogy", note, box, part="genealogy")


def _unknown(asked: Asked, known: Sequence[Unit]) -> html.P:
    serial = asked.names["serial"]
    if not asked.plants:
        return empty("There is no plant to look in.")
    names = {plant["code"]: plant["name"] for plant in asked.plants}
    sought = names.get(asked.state["plant"]) or ", ".join(names.values())
    also = [it.page["plant_name"] for it in known]
    text = (
        f"No visit, test, defect or genealogy record names serial {serial!r} at {sought}. "
        "Serials are looked up as they are written, capitals included."
    )
    links = [html.A(f" It is known at {' and '.join(also)}.", href="?")] if also else []
    return empty(text, *links)


async def tables(asked: Asked) -> Report:
    """The rows behind the page."""
    return rack_report(asked, _here(asked, await _known(asked)))


async def _known(asked: Asked) -> list[Unit]:
    codes = tuple(plant["code"] for plant in asked.plants)
    return await asked.read.ask(unit, asked.scope, codes, asked.names["serial"])


def _here(asked: Asked, known: Sequence[Unit]) -> Here | None:
    plants = {plant["code"]: plant for plant in asked.plants}
    wanted = [it for it in known if asked.state["plant"] in ("all", it.page["plant"])]
    if not wanted:
        return None

    def last_seen(one: Unit) -> str:
        route = one.page["route"]
        return route[-1]["started_at"] if route else ""

    latest = max(wanted, key=last_seen)
    return Here(latest, plants[latest.page["plant"]], asked.now)


DESK = Desk("/rack/<serial>", "Unit", 0, FIELDS, FEEDS, draw, offer, tables,
            fixed=lambda: note_form("rack"))  # fmt: skip
_PAGE = desk_page(DESK)


def register(app: Dash, hub: Hub, read: Read) -> None:
    """The page's own callbacks: notes."""
    _PAGE.register(app, hub, read)
    register_notes(app, read, "rack")


PAGE = replace(_PAGE, register=register)
"""What the page of one serial is made of."""
