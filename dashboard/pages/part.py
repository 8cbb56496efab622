"""`/part/<number>`: one part at one plant, from its line stop down to the rows it came from."""

from collections.abc import Mapping, Sequence

from dash import html

from dashboard.address import Field, Option
from dashboard.components.panels import empty, strip
from dashboard.components.part.export import part_report
from dashboard.components.part.head import (
    Here,
    figures,
    projected,
    sentence,
    title,
    why_none,
)
from dashboard.components.part.tables import (
    alternates,
    lots,
    pegging,
    promises,
    raw,
    receipts,
    suppliers,
    where_used,
)
from dashboard.components.shortages.lists import moves
from dashboard.desk import Desk, Drawn, desk_page
from dashboard.early import SIZES
from dashboard.material import part
from dashboard.report import Asked, Report
from db.queries.part_shapes import PartDetailShape
from db.queries.stops import whole_stop

DAYS = tuple(Option(str(days), f"Next {days} days") for days in (7, 14, 28))
FIELDS = (Field("plant", "Plant", "all"), Field("days", "Horizon", "14", DAYS))
FEEDS = ("stock", "receipt", "bom", "plan_hour", "lot", "part")


async def offer(asked: Asked) -> Mapping[str, Sequence[Option]]:
    """Nothing beyond the plants."""
    return {}


async def draw(asked: Asked) -> Drawn:
    """The part at the chosen plant; with all plants, at the one where it stops a line first."""
    number = asked.names["number"]
    detail = await asked.read.ask(part, asked.scope, number)
    here = _here(asked, detail)
    if here is None:
        text = f"No plant you may see knows part {number!r}. Search on "
        return Drawn([empty(text, html.A("Shortages", href="/shortages?show=all"))])
    own = here.at["outlook"]
    names = {plant["code"]: plant["name"] for plant in asked.plants}
    others = [it for it in detail["plants"] if it["plant"] != here.at["plant"]]
    head: list[object] = [title(here, others)]
    if own is None:
        head.append(empty(why_none(here)))
    else:
        head += [*sentence(here, own), strip(figures(here, own))]
    if here.at["as_of_at"] is not None:
        head += [
            projected(here, asked.theme, int(asked.state["days"])),
            *([receipts(here, own)] if own else []),
            pegging(here),
            _aside(here, detail, names),
        ]
    return Drawn(
        [
            *head,
            lots(here),
            suppliers(here, own),
            promises(here),
            where_used(here),
            raw(here),
        ]
    )


def _aside(here: Here, detail: PartDetailShape, names: dict[str, str]) -> html.Div:
    plant = here.at["plant"]
    useful = [it for it in detail["moves"] if plant in (it["from_plant"], it["to_plant"])]
    return html.Div([alternates(here), moves(useful, names)], className="halves")


async def tables(asked: Asked) -> Report:
    """The rows behind the page."""
    detail = await asked.read.ask(part, asked.scope, asked.names["number"])
    return part_report(asked, detail, _here(asked, detail))


def _here(asked: Asked, detail: PartDetailShape) -> Here | None:
    plants = {plant["code"]: plant for plant in asked.plants}
    known = [it for it in detail["plants"] if it["plant"] in plants
             and asked.state["plant"] in ("all", it["plant"])]  # fmt: skip
    if not known:
        return None

    def stop(at: int) -> str:
        own = known[at]["outlook"]
        return (own and whole_stop(own)) or "9"

    first = known[min(range(len(known)), key=stop)]
    return Here(detail, first, plants[first["plant"]], asked.now)


DESK = Desk(
    "/part/<number>",
    "Part",
    0,
    FIELDS,
    FEEDS,
    draw,
    offer,
    tables,
    sizes=("banner", "banner", *SIZES),
)
PAGE = desk_page(DESK)
