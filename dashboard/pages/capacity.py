"""`/capacity`: what can be committed, and what limits it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dash import ClientsideFunction, Dash, Input, Output, html

from dashboard.address import Option
from dashboard.capacity import capacity
from dashboard.components.capacity.behind import behind, options
from dashboard.components.capacity.charts import main_chart, small_charts
from dashboard.components.capacity.export import capacity_report
from dashboard.components.capacity.figures import figures
from dashboard.components.capacity.limits import limits
from dashboard.components.capacity.told import claims, findings, forecasts, reach
from dashboard.components.capacity.verdict import verdict
from dashboard.components.capacity.view import FEEDS, FIELDS, PATH, View, view_of, week_options
from dashboard.components.panels import empty, strip
from dashboard.desk import Desk, Drawn, desk_page
from dashboard.early import SIZES
from dashboard.live.hub import Hub
from dashboard.read import Read
from dashboard.report import Asked, Report
from dashboard.wording import held_back
from db.queries.capacity_ledger import Capacities


async def offer(asked: Asked) -> Mapping[str, Sequence[Option]]:
    """The weeks of the chosen plants."""
    return {"week": week_options(_view(await _capacity(asked), asked))}


async def draw(asked: Asked) -> Drawn:
    """The page for a state."""
    view = _view(await _capacity(asked), asked)
    if not view.sites:
        return Drawn([empty("No plant is loaded yet. ", html.A("Data health", href="/health"))])
    state, theme = asked.state, asked.theme
    content = [
        html.Div(verdict(view), className="stack"),
        strip(figures(view)),
        main_chart(view, state, theme),
        limits(view, state),
        small_charts(view, state, theme),
        *behind(view),
        options(view),
        forecasts(view),
        html.P(reach(view), className="muted rule"),
        claims(view),
        findings(view),
    ]
    lacks = {site.plant["name"]: site.held.lacks for site in view.sites}
    return Drawn(content, notices=held_back(lacks))


async def tables(asked: Asked) -> Report:
    """The rows behind the page."""
    found = await _capacity(asked)
    return capacity_report(asked, _view(found, asked), found.at.isoformat())


async def _capacity(asked: Asked) -> Capacities:
    return await asked.read.ask(capacity, asked.scope)


def _view(found: Capacities, asked: Asked) -> View:
    return view_of(found, asked.plants, asked.state)


def register(app: Dash, hub: Hub, read: Read) -> None:
    """The page's callbacks, and a click on a week that looks at it."""
    _PAGE.register(app, hub, read)
    app.clientside_callback(
        ClientsideFunction("rackline", "followDot"),
        Output("capacity-chart", "clickData"),
        Input("capacity-chart", "clickData"),
        prevent_initial_call=True,
    )


DESK = Desk(PATH, "Capacity", 2, FIELDS, FEEDS, draw, offer, tables, icon="capacity", key="c",
            sizes=("banner", *SIZES))  # fmt: skip
_PAGE = desk_page(DESK)
PAGE = replace(_PAGE, register=register)
"""What the capacity page is made of."""
