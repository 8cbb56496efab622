"""`/throughput`: each hour against its plan and why it missed, and what holds lines back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html

from dashboard.address import Option
from dashboard.components.flow.export import flow_report
from dashboard.components.flow.figures import figures, headline, rule_line
from dashboard.components.flow.hours import hours_panel, hours_table, lost_panel
from dashboard.components.flow.notes import form, subjects, written
from dashboard.components.flow.process import times_panel, wip_panel
from dashboard.components.flow.state import ALL, FIELDS, RELATIVE, filter_of, options
from dashboard.components.flow.stations import bottleneck_panel, oee_panel, use_panel
from dashboard.components.panels import empty, strip
from dashboard.components.rack.notes import notes
from dashboard.desk import Desk, Drawn, desk_page
from dashboard.flow import flow_page, furthest_behind
from dashboard.keeping import register_notes
from dashboard.live.hub import Hub
from dashboard.read import Read
from dashboard.report import Asked, Report
from dashboard.wording import held_back
from db.queries.flow_shapes import FlowShape

FEEDS = ("unit_step", "plan_hour", "station_state")
NO_PLANT = "There is no plant to show yet."


async def offer(asked: Asked) -> Mapping[str, Sequence[Option]]:
    """Lines, shifts and operations of the plant shown."""
    plant, word = await _plant(asked)
    if not plant:
        return {}
    page = await _page(asked, plant)
    return options(page, asked.plants, f"{word}: {page['plant_name']}")


async def draw(asked: Asked) -> Drawn:
    """The page for a state."""
    plant, _ = await _plant(asked)
    if not plant:
        return Drawn([empty(NO_PLANT)])
    page = await _page(asked, plant)
    return Drawn(
        _content(asked, page),
        notices=[*_notices(asked), *held_back({page["plant_name"]: page["lacks"]})],
    )


async def _plant(asked: Asked) -> tuple[str, str]:
    """The plant to show, and how it came to be: chosen, furthest behind, or the first."""
    codes = tuple(plant["code"] for plant in asked.plants)
    if not codes or asked.state["plant"] in codes:
        return (asked.state["plant"] if codes else ""), "First"
    worst = await asked.read.ask(furthest_behind, asked.scope, codes)
    return (worst.plant, "Furthest behind") if worst.plant else (codes[0], "First")


async def _page(asked: Asked, plant: str) -> FlowShape:
    return await asked.read.ask(flow_page, asked.scope, filter_of(asked.state, plant))


def _content(asked: Asked, page: FlowShape) -> list[Any]:
    plants = {plant["code"]: plant for plant in asked.plants}
    state, theme = asked.state, asked.theme
    return [
        *headline(page),
        strip(figures(page)),
        rule_line(page),
        html.Div([hours_panel(page, state, theme), lost_panel(page)], className="wide-left"),
        hours_table(page),
        html.Div([times_panel(page, theme), wip_panel(page)], className="halves"),
        bottleneck_panel(page, state),
        html.Div([oee_panel(page), use_panel(page)], className="halves"),
        notes(written(page), plants, asked.now, title="Reasons people gave",
              nothing="Nobody has written a reason for an hour of this window. The form is below."),
        dcc.Store(id="throughput-subjects",
                  data={"plant": page["plant"], "subjects": subjects(page)}),
    ]  # fmt: skip


def _notices(asked: Asked) -> list[str]:
    state = asked.state
    said = []
    if state["on"] and state["shift"] in RELATIVE:
        said.append("The day counts only with a named shift or the whole day.")
    if state["asof"] and filter_of(state, ALL).at is None and state["shift"] in RELATIVE:
        said.append(f"“{state['asof']}” is no instant; shown is the present shift.")
    return said


async def tables(asked: Asked) -> Report:
    """The rows behind the page."""
    return flow_report(asked, await _page(asked, (await _plant(asked))[0]))


DESK = Desk(
    "/throughput",
    "Throughput",
    2,
    FIELDS,
    FEEDS,
    draw,
    offer,
    tables,
    icon="flow",
    key="t",
    fixed=form,
)


def register(app: Dash, hub: Hub, read: Read) -> None:
    """The page's own callbacks: what a note is about, and keeping it."""
    _PAGE.register(app, hub, read)
    register_notes(app, read, "throughput")
    app.clientside_callback(
        ClientsideFunction("rackline", "noteSubjects"),
        Output("throughput-note-about", "data"),
        Output("throughput-note-about", "value"),
        Input("throughput-subjects", "data"),
        State("throughput-note-about", "value"),
    )
    app.clientside_callback(
        ClientsideFunction("rackline", "noteAbout"),
        Output("throughput-about", "data"),
        Input("throughput-note-about", "value"),
        Input("throughput-subjects", "data"),
    )


_PAGE = desk_page(DESK)
PAGE = replace(_PAGE, register=register)
