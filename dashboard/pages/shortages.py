"""`/shortages`: which line stops when, for lack of which part, and what would help."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import cast

from dash import html

from dashboard.address import Field, Option
from dashboard.components.panels import GRID_BUNDLES, empty, strip
from dashboard.components.shortages.builds import clear_to_build, each_build
from dashboard.components.shortages.export import shortages_report
from dashboard.components.shortages.figures import figures, headline
from dashboard.components.shortages.heat import heat
from dashboard.components.shortages.lists import (
    below_safety,
    findings,
    lines,
    moves,
    reasons,
)
from dashboard.components.shortages.orders import orders
from dashboard.components.shortages.rows import (
    ALL,
    Row,
    Site,
    choices,
    horizon,
    line_stops,
    red_count,
    rows,
    sites,
)
from dashboard.components.times import clock
from dashboard.desk import Desk, Drawn, desk_page
from dashboard.material import Material, material
from dashboard.read import Read
from dashboard.report import Asked, Report
from dashboard.wording import held_back
from db.clock import utc_now
from db.domain.held_back import sentence
from db.queries.outlook_shapes import Case, FindingShape, HeldBackShape, MoveShape
from db.queries.scope import Scope
from db.queries.shapes import PlantShape

DAYS = tuple(Option(str(days), f"Next {days} days") for days in (7, 14, 28))
CASES = (
    Option("promised", "Promises hold"),
    Option("late", "Suppliers late as usual"),
    Option("none", "Nothing arrives"),
)
SHOWN = (Option("short", "Short only"), Option("all", "All parts"))
FIELDS = (
    Field("plant", "Plant", ALL),
    Field("line", "Line", ALL),
    Field("commodity", "Commodity", ALL),
    Field("supplier", "Supplier", ALL),
    Field("days", "Horizon", "14", DAYS),
    Field("case", "Case", "promised", CASES),
    Field("show", "Parts", "short", SHOWN, "segmented"),
    Field("q", "Find a part", control="search"),
)
FEEDS = ("stock", "receipt", "bom", "plan_hour", "build", "part")
NOTHING_YET = (
    "No outlook yet. It is computed with the first loads of stock, receipts, bills of material and "
    "plan; this page fills by itself. How far they are: "
)


async def offer(asked: Asked) -> Mapping[str, Sequence[Option]]:
    """Lines, commodities and suppliers of the chosen plants."""
    return choices(_chosen(await _material(asked), asked))


async def draw(asked: Asked) -> Drawn:
    """The page for a state."""
    told = await _material(asked)
    chosen = _chosen(told, asked)
    if not chosen:
        nothing = empty(NOTHING_YET, html.A("Data health", href="/health"))
        return Drawn([nothing], notices=_held_back(told, asked))
    return Drawn(_content(asked, told, chosen), notices=_notices(told, chosen, asked))


def _content(asked: Asked, told: Material, chosen: Sequence[Site]) -> list[object]:
    state, now = asked.state, asked.now
    case = cast("Case", state["case"])
    names = {plant["code"]: plant["name"] for plant in asked.plants}
    found = rows(chosen, state, now)
    days = horizon(chosen, int(state["days"]))
    stops = line_stops(chosen, state)
    short = [row for row in found if row.stops_within(len(days))]
    shown = short if state["show"] == "short" else found
    held = rows(chosen, {**state, "case": "promised"}, now)
    useful = _useful(told.moves, [row for row in held if row.stops_within(len(days))])
    return [
        *headline(found, stops),
        strip(figures(found, held, useful, len(days), names=names, now=now)),
        heat(shown, days, is_many=len(chosen) > 1, now=now),
        orders(chosen, found, state["line"], case),
        lines(chosen, state["line"], now),
        html.Div([reasons(short, now), clear_to_build(chosen, case)], className="halves"),
        each_build(chosen, state["line"], case),
        html.Div([moves(useful, names), below_safety(found)], className="halves"),
        findings(_faults(told, chosen, asked)),
    ]


async def tables(asked: Asked) -> Report:
    """The rows behind the page."""
    told = await _material(asked)
    chosen = _chosen(told, asked)
    faults = _faults(told, chosen, asked)
    return shortages_report(asked, FIELDS, chosen, told.moves, faults)


async def count_red(read: Read, scope: Scope) -> int:
    """Parts that stop a line now or within hours, if promises hold."""
    told, plants = await asyncio.gather(read.ask(material, scope), read.plants(scope))
    found = sites([held["outlook"] for held in told.held], plants, ALL)
    return red_count(found, utc_now())


async def _material(asked: Asked) -> Material:
    return await asked.read.ask(material, asked.scope)


def _chosen(told: Material, asked: Asked) -> list[Site]:
    return sites([held["outlook"] for held in told.held], asked.plants, asked.state["plant"])


def _notices(told: Material, chosen: Sequence[Site], asked: Asked) -> list[str]:
    """Whose outlook is missing, and whose could not be computed anew."""
    by_code = {site.plant["code"]: site.plant for site in chosen}
    wanted = asked.state["plant"]
    rest = [it["name"] for it in asked.plants
            if it["code"] not in by_code and wanted in (ALL, it["code"])]  # fmt: skip
    missing = f"{len(chosen)} of {len(asked.plants)} plants; no outlook yet: {', '.join(rest)}."
    failed = [
        f"{by_code[held['plant']]['name']}: the newest outlook could not be computed "
        f"({held['error']}); shown is that of {clock(held['computed_at'], by_code[held['plant']])}."
        for held in told.held
        if held["error"] and held["plant"] in by_code
    ]
    return [*([missing] if rest else []), *failed, *_held_back(told, asked)]


def _held_back(told: Material, asked: Asked) -> list[str]:
    """What each plant's numbers lack; why is told by the findings."""
    counts: dict[str, Counter[str]] = {}
    for plant, one in _waiting(told, asked):
        counts.setdefault(plant["name"], Counter())[one["feed"]] += one["count"]
    return held_back(
        {
            name: [sentence(feed, count) for feed, count in feeds.items()]
            for name, feeds in counts.items()
        }
    )


def _faults(told: Material, chosen: Sequence[Site], asked: Asked) -> list[tuple[str, FindingShape]]:
    """What makes something unknown, by plant's name: rows held back, what outlooks found, and what
    plants name differently ("")."""
    found: list[tuple[str, FindingShape]] = [
        *((plant["name"], one) for plant, one in _waiting(told, asked)),
        *((site.plant["name"], one) for site in chosen for one in site.outlook["findings"]),
        *(("", one) for one in told.differing),
    ]
    return found


def _waiting(told: Material, asked: Asked) -> list[tuple[PlantShape, HeldBackShape]]:
    """What waits in quarantine of the chosen plants, with or without an outlook."""
    by_code = {plant["code"]: plant for plant in asked.plants}
    return [
        (by_code[one["plant"]], one)
        for one in told.waiting
        if one["plant"] in by_code and asked.state["plant"] in (ALL, one["plant"])
    ]


def _useful(moves: Sequence[MoveShape], short: Sequence[Row]) -> list[MoveShape]:
    """The moves for parts that stop a line within the days shown, if promises hold."""
    wanted = {(row.plant["code"], row.part["part"]) for row in short}
    return [move for move in moves if (move["to_plant"], move["part"]) in wanted]


DESK = Desk(
    "/shortages",
    "Shortages",
    4,
    FIELDS,
    FEEDS,
    draw,
    offer,
    tables,
    badge=count_red,
    icon="box",
    key="s",
    bundles=GRID_BUNDLES,
)
PAGE = desk_page(DESK)
