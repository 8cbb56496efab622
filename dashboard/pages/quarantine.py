"""`/quarantine`: records that could not be trusted, what is wrong with them, and the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard.access.viewer import callback_scope
from dashboard.address import Option
from dashboard.components.marks import attributes
from dashboard.components.panels import empty, panel, strip
from dashboard.components.quarantine.export import quarantine_report
from dashboard.components.quarantine.lists import asked as asked_of_loads
from dashboard.components.quarantine.lists import figures, listing, records
from dashboard.components.quarantine.state import FIELDS, group_key, matching, options
from dashboard.components.rack.notes import author
from dashboard.desk import TOPIC, Desk, Drawn, desk_page
from dashboard.keeping import said
from dashboard.live.hub import Hub
from dashboard.read import Read
from dashboard.report import Asked, Report
from dashboard.shell import news_id
from db.desk.entry import NotAccepted
from db.desk.quarantine import discard_held, request_replay
from db.domain.held_back import Group
from db.queries.quarantine import (
    GroupShape,
    held_groups,
    held_of_group,
    held_records,
    requests,
)
from db.queries.scope import Scope

FEEDS = (
    "unit_step", "test_run", "defect", "genealogy", "station_state", "build", "part", "lot",
    "stock", "receipt", "bom", "plan_hour", "demand",
)  # fmt: skip
ACTIONS = {
    "replay": "Read again by the mended map",
    "discard": "Set aside for good, with this reason",
}
"""Button → what it says."""
FORM = {
    "group": ("quarantine-target", "data"),
    "by": ("quarantine-by", "value"),
    "why": ("quarantine-why", "value"),
}
"""What a button is given → where it stands."""


async def offer(asked: Asked) -> Mapping[str, Sequence[Option]]:
    """The feeds and reasons of which something waits."""
    return options(await _groups(asked))


async def draw(asked: Asked) -> Drawn:
    """The groups that the filters leave, and the records of the one that is looked at."""
    if not asked.plants:
        return Drawn([empty("There is no plant to show yet.")])
    plants = {plant["code"]: plant for plant in asked.plants}
    groups = matching(await _groups(asked), asked.state)
    named = next((it for it in groups if group_key(it) == asked.state["group"]), None)
    chosen = named or next(iter(groups), None)
    is_lost = bool(asked.state["group"]) and named is None
    notices = ["That group does not wait any more."] if is_lost else []
    codes = tuple(plants)
    done = await asked.read.ask(requests, asked.scope, plants=codes)
    return Drawn(
        [
            strip(figures(groups, plants, asked.now)),
            listing(groups, chosen, asked.state, plants, asked.now),
            *([await _records(asked, chosen, plants)] if chosen else []),
            asked_of_loads(done, plants, asked.now),
            dcc.Store(id="quarantine-target", data=dict(chosen) if chosen else None),
        ],
        notices=notices,
    )


async def _records(asked: Asked, group: GroupShape, plants: Mapping[str, Any]) -> Any:
    key = Group(group["source"], group["reason"], group["field"])
    held = await asked.read.ask(held_of_group, asked.scope, group["plant"], key)
    return records(group, held, plants, asked.now)


async def tables(asked: Asked) -> Report:
    """The rows behind the page."""
    groups = matching(await _groups(asked), asked.state)
    return quarantine_report(asked, groups, await asked.read.ask(waiting, asked.scope))


def waiting(session: Any, scope: Scope) -> Any:
    """All waiting records with what their sources said."""
    return held_records(session, has_payload=True, scope=scope)


async def _groups(asked: Asked) -> list[GroupShape]:
    codes = tuple(plant["code"] for plant in asked.plants)
    return await asked.read.ask(held_groups, asked.scope, plants=codes)


def form() -> Sequence[Any]:
    """What can be done with the group looked at. It is never drawn anew."""
    why = dmc.Textarea(
        id="quarantine-why", placeholder="Why it will never be wanted", size="sm", autosize=True,
        minRows=2, maxRows=2, className="text", **attributes(aria_label="Reason"),
    )  # fmt: skip
    buttons = [
        html.Button(label, id=f"quarantine-{name}", type="button", className="tool")
        for name, label in ACTIONS.items()
    ]
    told = html.P(id="quarantine-said", className="muted form-said", role="status")
    note = "of the group looked at above; nothing is ever removed from the store"
    fields = html.Div([why, author("quarantine-by"), *buttons], className="filters note-form")
    return [panel("Act on the group", note, fields, told, part="note-panel")]


async def act(read: Read, scope: Scope, name: str, given: Mapping[str, Any]) -> str:
    """Do what a button says with the group looked at; returns what to say.

    Raises NotInScope, NotAccepted and StorageBusy, which say what is wrong.
    """
    group, by = given["group"], given["by"] or ""
    if not group:
        raise NotAccepted(["group: nothing waits"])
    key = Group(group["source"], group["reason"], group["field"])
    if name == "replay":
        return await read.write(request_replay, scope, group["plant"], key, by)
    return await read.write(discard_held, scope, group["plant"], key, by, given["why"] or "")


DESK = Desk("/quarantine", "Quarantine", 8, FIELDS, FEEDS, draw, offer, tables, icon="tray",
            key="q", fixed=form)  # fmt: skip
_PAGE = desk_page(DESK)


def register(app: Dash, hub: Hub, read: Read) -> None:
    """The page's own callback: the form."""
    _PAGE.register(app, hub, read)

    @app.callback(
        Output("quarantine-said", "children"),
        Output("quarantine-why", "value"),
        Output(news_id(TOPIC), "data", allow_duplicate=True),
        *(Input(f"quarantine-{name}", "n_clicks") for name in ACTIONS),
        *(State(name, part) for name, part in FORM.values()),
        prevent_initial_call=True,
    )
    async def act_on(*values: Any) -> tuple[Any, ...]:
        name = str(ctx.triggered_id).removeprefix("quarantine-")
        clicks, fields = values[: len(ACTIONS)], values[len(ACTIONS) :]
        if name not in ACTIONS or not any(clicks):
            return no_update, no_update, no_update
        doing = act(read, callback_scope(), name, dict(zip(FORM, fields, strict=True)))
        told, is_kept = await said(DESK.path, doing)
        if not is_kept:
            return told, no_update, no_update
        return told, "", {"acted": sum(filter(None, clicks))}


PAGE = replace(_PAGE, register=register)
"""What the quarantine page is made of."""
