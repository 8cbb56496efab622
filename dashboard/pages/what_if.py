"""`/capacity/what-if`: changes thought of, their answer beside how things stand."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dash import Dash, Input, Output, State, html, no_update

from dashboard.access.viewer import callback_scope
from dashboard.address import Field, Option, parse, search_of
from dashboard.components.capacity.answered import (
    by_week,
    chips,
    figures,
    levers,
    side_by_side,
    verdict,
)
from dashboard.components.capacity.changes import ENTERED, Given, entered
from dashboard.components.capacity.compare import Compared, comparison, kept
from dashboard.components.capacity.form import AUTHOR, FORM, TITLE, form, name
from dashboard.components.capacity.view import FEEDS
from dashboard.components.capacity.whatif_export import whatif_report
from dashboard.components.inputs import choices
from dashboard.components.panels import empty, strip
from dashboard.components.times import clock
from dashboard.desk import TOPIC, Desk, Drawn, desk_page, failed
from dashboard.early import SIZES
from dashboard.keeping import said
from dashboard.live.hub import Hub
from dashboard.page import slug_in
from dashboard.read import Read
from dashboard.report import Asked, Report
from dashboard.shell import news_id
from dashboard.slots import slot_id
from dashboard.whatif import Held, held, held_soon, saved
from db.desk.entry import NotAccepted
from db.desk.scenarios import save_scenario
from db.domain.capacity.scenario import (
    LONGEST_TEXT,
    Change,
    Scenario,
    UnreadableScenario,
    plants_named,
    scenario_from,
    scenario_text,
)
from db.domain.capacity.whatif import Answer
from db.queries.capacity_whatif import Saved
from db.queries.plants import iso
from db.queries.scope import Scope

PATH, NONE = "/capacity/what-if", "none"
FIELDS = (
    Field("s", "Scenario", control="hidden", longest=LONGEST_TEXT),
    Field("a", "Compare with", NONE),
    Field("b", "Compare with", NONE),
)


async def offer(asked: Asked) -> Mapping[str, Sequence[Option]]:
    """Kept scenarios to compare with."""
    found = await asked.read.ask(saved, asked.scope)
    options = [Option(NONE, "Compare with…"), *(Option(one.key, one.name) for one in found)]
    return {"a": options, "b": options}


async def draw(asked: Asked) -> Drawn:
    """The page for a state."""
    at_hand = held_soon if asked.is_opening else held
    here = await at_hand(asked.read, asked.scope)
    if here is None:
        return Drawn([empty("The plants are being worked through; this fills by itself.")])
    if not here.standings.by_plant:
        return Drawn([empty("No plant is loaded yet. ", html.A("Data health", href="/health"))])
    found, notices = await _answered(here, asked.state["s"])
    plants = {plant["code"]: plant for plant in asked.plants}
    others = await asked.read.ask(saved, asked.scope)
    without = [_href(asked.state, _less(found.scenario, at))
               for at in range(len(found.scenario.changes))]  # fmt: skip
    told = [f"{finding.sentence}." for finding in found.findings]
    as_of = clock(iso(here.standings.at), asked.plants[0])
    content = [
        html.Div([verdict(found, plants), chips(found, here.standings, plants, without)],
                 className="stack"),
        strip(figures(found, plants)),
        side_by_side(found, plants),
        await _compared(here, asked, found, others),
        by_week(found),
        kept(others, [_href(asked.state, scenario_from(one.text)) for one in others]),
        html.P(f"Held against how the plants stood at {as_of}; read anew after five minutes.",
               className="muted rule"),
    ]  # fmt: skip
    return Drawn(content, notices=[*notices, *told])


async def _answered(here: Held, text: str) -> tuple[Answer, list[str]]:
    """The answer to a text; one that cannot be read changes nothing, and says so."""
    try:
        return await here.answer(text or scenario_text(Scenario())), []
    except UnreadableScenario as error:
        return await here.answer(scenario_text(Scenario())), [
            f"This scenario cannot be read: {error}."
        ]


async def _compared(
    here: Held, asked: Asked, found: Answer, others: Sequence[Saved]
) -> html.Section | None:
    by_key = {one.key: one for one in others}
    chosen = [by_key[key] for key in (asked.state["a"], asked.state["b"]) if key in by_key]
    if not chosen:
        return None
    columns = [Compared("This scenario", found)]
    for one in chosen:
        columns.append(Compared(one.name, await here.answer(one.text)))
    plants = {plant["code"]: plant for plant in asked.plants}
    return comparison(columns, here.standings, plants)


def _less(scenario: Scenario, at: int) -> Scenario:
    changes = (*scenario.changes[:at], *scenario.changes[at + 1 :])
    return replace(scenario, changes=changes)


def _href(state: Mapping[str, str], scenario: Scenario) -> str:
    text = scenario_text(scenario) if scenario.changes else ""
    return f"{PATH}{search_of(FIELDS, {**state, 's': text})}"


async def tables(asked: Asked) -> Report:
    """The rows behind the page."""
    here = await held(asked.read, asked.scope)
    found, _ = await _answered(here, asked.state["s"])
    return whatif_report(asked, found, here.standings)


def register(app: Dash, hub: Hub, read: Read) -> None:
    """The page's callbacks: the form, the ranking, keeping a scenario."""
    _PAGE.register(app, hub, read)
    _offer_choices(app, read)
    _add(app, read)
    _rank(app, read)
    _save(app, read)


def _offer_choices(app: Dash, read: Read) -> None:
    @app.callback(
        Output(name("at"), "data"),
        Output(name("other"), "data"),
        Output(name("which"), "data"),
        Output(name("which"), "disabled"),
        Output(name("amount"), "placeholder"),
        Output(name("amount"), "disabled"),
        Output(name("from"), "disabled"),
        Output(name("to"), "disabled"),
        Output(name("other"), "disabled"),
        Input(name("kind"), "value"),
        Input(name("at"), "value"),
    )
    async def offer_choices(kind: str | None, plant: str | None) -> tuple[Any, ...]:
        seen = [Option(it["code"], it["name"]) for it in await read.plants(callback_scope())]
        entry = ENTERED.get(kind or "") or next(iter(ENTERED.values()))
        options: Sequence[Option] = ()
        if entry.choices and plant:
            here = await held(read, callback_scope())
            one = here.standings.by_plant.get(plant)
            options = entry.choices(one) if one else ()
        plants = choices(seen)
        return (
            plants, plants, choices(options), entry.choices is None,
            entry.amount or "no number needed", not entry.amount,
            not entry.has_dates, not entry.has_dates, not entry.has_other,
        )  # fmt: skip


def _add(app: Dash, read: Read) -> None:
    @app.callback(
        Output(name("s"), "value", allow_duplicate=True),
        Output(name("said"), "children", allow_duplicate=True),
        Input(name("add"), "n_clicks"),
        State(name("s"), "value"),
        *(State(name(field), "value") for field in FORM),
        prevent_initial_call=True,
    )
    async def add(clicks: int | None, text: str | None, kind: str, *values: Any) -> tuple[Any, Any]:
        if not clicks:
            return no_update, no_update
        plant, which, amount, from_on, to_on, other = values
        number = float(amount) if isinstance(amount, int | float) else None
        given = Given(plant or "", which or "", number, from_on or "", to_on or "", other or "")
        here = await held(read, callback_scope())
        try:
            change = entered(kind, given, here.standings)
            return added(text or "", change), ""
        except (ValueError, UnreadableScenario) as error:
            return no_update, f"Not added: {error}."


def added(text: str, change: Change) -> str:
    """A scenario's text with one change more; UnreadableScenario when it grows too long."""
    before = scenario_from(text) if text else Scenario()
    return scenario_text(replace(before, changes=(*before.changes, change)))


def _rank(app: Dash, read: Read) -> None:
    """The ranking, by itself after the page has opened."""

    @app.callback(
        Output(name("levers"), "children"),
        Output(news_id(TOPIC), "data", allow_duplicate=True),
        Input(name("address"), "search"),
        State(slot_id(slug_in(PATH), 1), "children"),
        prevent_initial_call="initial_duplicate",
    )
    async def rank(search: str | None, answered: object) -> tuple[Any, Any]:
        return await rank_and_tell(read, callback_scope(), search or "", answered)


async def rank_and_tell(read: Read, scope: Scope, search: str, answered: object) -> tuple[Any, Any]:
    """The ranking, and news for a page that opened without its answer, which is there by then."""
    found: Any = (await asyncio.gather(ranking(read, scope, search), return_exceptions=True))[0]
    if isinstance(found, BaseException):
        return failed(PATH, found), no_update
    return found, no_update if answered else {"ranked": search}


async def ranking(read: Read, scope: Scope, search: str) -> Any:
    """The single changes, each a link that adds it to the scenario of an address."""
    here = await held(read, scope)
    found, shapes = await asyncio.gather(here.levers(), read.plants(scope))
    state, _ = parse(FIELDS, search)
    plants = {plant["code"]: plant for plant in shapes}
    hrefs = [_href(state, scenario_from(_safely_added(state["s"], one.change))) for one in found]
    return levers(found, here.standings, plants, hrefs)


def _safely_added(text: str, change: Change) -> str:
    """As `added`; a scenario that cannot grow or be read is begun anew."""
    try:
        return added(text, change)
    except UnreadableScenario:
        return added("", change)


def _save(app: Dash, read: Read) -> None:
    @app.callback(
        Output(name("said"), "children", allow_duplicate=True),
        Output(news_id(TOPIC), "data", allow_duplicate=True),
        Input(name("save"), "n_clicks"),
        State(name("s"), "value"),
        State(name(TITLE), "value"),
        State(name(AUTHOR), "value"),
        prevent_initial_call=True,
    )
    async def save(
        clicks: int | None, text: str | None, title: str | None, author: str | None
    ) -> tuple[Any, Any]:
        if not clicks:
            return no_update, no_update
        keeping = keep(read, callback_scope(), text or "", title or "", author or "")
        told, is_kept = await said(PATH, keeping)
        return told, {"saved": clicks} if is_kept else no_update


async def keep(read: Read, scope: Scope, text: str, title: str, author: str) -> int:
    """Keep a scenario at the plant its first change is about; NotAccepted says what is missing."""
    scenario = scenario_from(text) if text else Scenario()
    if not scenario.changes:
        raise NotAccepted(["scenario: it changes nothing; add a change first"])
    for plant in plants_named(scenario):
        scope.require(plant)
    plant = scenario.changes[0].plant
    return await read.write(save_scenario, scope, plant, title=title, text=text, by=author)


DESK = Desk(PATH, "What if", 0, FIELDS, FEEDS, draw, offer, tables, fixed=form,
            sizes=("half", "half", "banner", *SIZES))  # fmt: skip
_PAGE = desk_page(DESK)
PAGE = replace(_PAGE, register=register)
"""What the what-if page is made of."""
