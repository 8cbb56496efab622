"""`/yield`: since when less passes first time, what follows it, and which units carry it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update

from dashboard.access.viewer import callback_scope
from dashboard.address import Option, label
from dashboard.components.marks import attributes
from dashboard.components.panels import empty, strip
from dashboard.components.rack.notes import notes
from dashboard.components.static import thin
from dashboard.components.yields.export import yield_report
from dashboard.components.yields.figures import figures, headline, rule_line
from dashboard.components.yields.later import (
    Panels,
    Shown,
    failed_panel,
    held,
    parts_panel,
    plant_of,
    shown,
    told,
    why_panel,
)
from dashboard.components.yields.notes import form, subjects
from dashboard.components.yields.others import others
from dashboard.components.yields.pareto import pareto
from dashboard.components.yields.plot import dot_named, dot_words, groups, plot
from dashboard.components.yields.state import ALL, CHIPS, DATES, FIELDS, link, options
from dashboard.desk import Desk, Drawn, desk_page, settled
from dashboard.desk import failed as fault
from dashboard.early import SIZES
from dashboard.keeping import register_notes
from dashboard.live.hub import Hub
from dashboard.read import Read
from dashboard.report import Asked, Report
from dashboard.wording import counted, held_back
from db.queries.scope import Scope
from db.queries.yield_failed import SHOWN_FAILED
from db.queries.yield_window import CannotAsk

FEEDS = ("test_run", "unit_step")
NO_PLANT = "There is no plant to show yet."
Named = Mapping[str, Sequence[Option]]


async def offer(asked: Asked) -> Named:
    """Plants, operations, lines … that have verdicts in the window."""
    default, is_drop = await plant_of(asked)
    if not default:
        return {}
    [found] = await asyncio.gather(_page(asked, default), return_exceptions=True)
    if isinstance(found, CannotAsk):
        return {}
    if isinstance(found, BaseException):
        raise found
    names = {plant["code"]: plant["name"] for plant in asked.plants}
    page = found.page
    return options(
        page["choices"], asked.plants, (names[default], page["operation_name"]), is_drop=is_drop
    )


async def draw(asked: Asked) -> Drawn:
    """The page for a state, but for what comes later."""
    default, _ = await plant_of(asked)
    if not default:
        return Drawn([empty(NO_PLANT)])
    [found] = await asyncio.gather(_page(asked, default), return_exceptions=True)
    if isinstance(found, CannotAsk):
        return Drawn([empty(f"This cannot be asked: {found}.")])
    if isinstance(found, BaseException):
        raise found
    return Drawn(_content(asked, found), notices=_notices(asked, found))


def _content(asked: Asked, found: Shown) -> list[Any]:
    page, state = found.page, asked.state
    because, listed, inside = held(found, state)
    plants = {plant["code"]: plant for plant in asked.plants}
    return [
        html.Div(_chips(asked, found), className="chips"),
        *headline(page),
        strip(figures(page)),
        rule_line(page, state),
        html.Div([plot(page, state, asked.theme), pareto(page, state)], className="wide-left"),
        *groups(page, state),
        html.Div(because, id="yield-why", **attributes(data_of=link(state))),
        html.Div(
            [html.Div(listed, id="yield-failed"), html.Div(inside, id="yield-parts")],
            className="wide-left",
        ),
        html.Div([others(page), notes(page["notes"], plants, asked.now)], className="wide-left"),
        dcc.Store(id="yield-later", data={"search": link(state), "as_of": page["as_of_at"]}),
        dcc.Store(id="yield-subjects", data={"plant": page["plant"],
                                             "subjects": subjects(page, state)}),
    ]  # fmt: skip


async def _page(asked: Asked, default: str, listed: int | None = SHOWN_FAILED) -> Shown:
    chosen = asked.state["plant"]
    return await shown(asked, default if chosen == ALL else chosen, listed)


def _chips(asked: Asked, found: Shown) -> list[Any]:
    """What narrows the page beyond its first filters; a click or Esc clears it."""
    state, page = asked.state, found.page
    chips = [
        (field.label, label(field, state[field.name]), link(state, **{field.name: ""}))
        for field in FIELDS
        if field.name in CHIPS and state[field.name] not in (field.default, ALL)
        and field.name != "point"
    ]  # fmt: skip
    if state["value"]:
        chips.append(
            (state["factor"].capitalize(), state["value"], link(state, factor="", value=""))
        )
    dot = dot_named(page, state["point"])
    if dot:
        chips.append(("Failed in", dot_words(page, dot), link(state, point="")))
    if not chips:
        return []
    rows = counted(found.total, "failed " + page["unit_name"]) + " left"
    return [
        *(
            html.A([html.Span(f"{name} ", className="muted"), text, html.B(" ×")], href=href,
                   className="chip", title=f"Clear {name.lower()}",
                   **attributes(data_stay="true", data_clear="true"))
            for name, text, href in chips
        ),
        html.Span(rows, className="muted"),
    ]  # fmt: skip


def _notices(asked: Asked, found: Shown) -> list[str]:
    state = asked.state
    said = []
    if state["days"] != DATES and (state["from"] or state["to"]):
        said.append("The dates count only with the range “Chosen dates”.")
    if state["point"] and dot_named(found.page, state["point"]) is None:
        said.append("The chosen dot is not in this window; all failed units are shown.")
    return said + held_back({found.page["plant_name"]: found.page["lacks"]})


async def tables(asked: Asked) -> Report:
    """The rows behind the page, with every failed unit."""
    found = await _page(asked, (await plant_of(asked))[0], listed=None)
    later = await told(asked, found)
    return yield_report(asked, found.page, found.units, later.why, later.carry)


DESK = Desk(
    "/yield",
    "Yield",
    3,
    FIELDS,
    FEEDS,
    draw,
    offer,
    tables,
    icon="yield",
    key="y",
    sizes=("banner", *SIZES),
    fixed=form,
)
"""What the yield page is made of. Open drops are counted on Alarms alone, not twice."""


def register(app: Dash, hub: Hub, read: Read) -> None:
    """The page's own callbacks: what comes later, clicks on dots, and notes."""
    _PAGE.register(app, hub, read)
    _tell_later(app, read)
    _choose_subject(app)
    register_notes(app, read, "yield")
    app.clientside_callback(
        ClientsideFunction("rackline", "followDot"),
        Output("yield-dots", "clickData"),
        Input("yield-dots", "clickData"),
        prevent_initial_call=True,
    )


def _tell_later(app: Dash, read: Read) -> None:
    @app.callback(
        Output("yield-why", "children"),
        Output("yield-failed", "children"),
        Output("yield-parts", "children"),
        Input("yield-later", "data"),
    )
    async def tell_later(wanted: dict[str, str] | None) -> tuple[Any, ...]:
        if not wanted:
            return no_update, no_update, no_update
        telling = later(read, callback_scope(), wanted["search"])
        panels: Any = (await asyncio.gather(telling, return_exceptions=True))[0]
        if isinstance(panels, BaseException):
            return html.Div(fault(DESK.path, panels), className="panel"), no_update, no_update
        return tuple(map(thin, panels))


async def later(read: Read, scope: Scope, search: str) -> Panels:
    """The panels that come after the first content of an address."""
    query = search.partition("?")[2]
    asked = (await settled(DESK, read, scope, query, names={}, theme="dark"))[0]
    found: Shown = await _page(asked, (await plant_of(asked))[0])
    because, inside, carry = await told(asked, found)
    return Panels(
        why_panel(found, because, asked.state),
        failed_panel(found, carry, asked.state),
        parts_panel(found, inside, because),
    )


def _choose_subject(app: Dash) -> None:
    """What a note is about is chosen; its form itself is that of every page."""
    app.clientside_callback(
        ClientsideFunction("rackline", "noteSubjects"),
        Output("yield-note-about", "data"),
        Output("yield-note-about", "value"),
        Input("yield-subjects", "data"),
        State("yield-note-about", "value"),
    )
    app.clientside_callback(
        ClientsideFunction("rackline", "noteAbout"),
        Output("yield-about", "data"),
        Input("yield-note-about", "value"),
        Input("yield-subjects", "data"),
    )


_PAGE = desk_page(DESK)
PAGE = replace(_PAGE, register=register)
