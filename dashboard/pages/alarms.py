"""`/alarms`: drops of yield that were found, what they follow, and what people do about them."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dash import ALL as EACH
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard.access.viewer import callback_scope
from dashboard.address import Option
from dashboard.components.alarms.export import alarms_report
from dashboard.components.alarms.forms import (
    ACTIONS,
    FORM,
    TEXT_USED,
    Given,
    done_button,
    form,
    targets,
)
from dashboard.components.alarms.lists import detail, figures, listing
from dashboard.components.alarms.state import (
    ALL,
    FIELDS,
    alarm_key,
    link,
    matching,
    of_plant,
    options,
)
from dashboard.components.alarms.why import unknown, waiting, why
from dashboard.components.marks import attributes
from dashboard.components.panels import empty, strip
from dashboard.components.rack.notes import Plants, notes
from dashboard.components.static import thin
from dashboard.desk import TOPIC, Desk, Drawn, desk_page
from dashboard.desk import failed as fault
from dashboard.keeping import said
from dashboard.live.hub import Hub
from dashboard.read import Read
from dashboard.report import Asked, Report
from dashboard.shell import COUNTED, news_id
from dashboard.units import Drops, drops
from dashboard.yields import drops_calling, why_it_fails
from db.clock import utc_now
from db.desk.entry import NotAccepted
from db.desk.notes import finish_note
from db.queries.alarm_shapes import AlarmShape, NoteShape
from db.queries.scope import Scope
from db.queries.yield_shapes import DEFAULT_DAYS, YieldFilter

FEEDS = ("test_run", "unit_step")
DAYS_BEFORE = 5
"""Days before an alarm began that its explanation looks at, at least."""


async def offer(asked: Asked) -> Mapping[str, Sequence[Option]]:
    """The lines and operations that have alarms."""
    found = await _drops(asked.read, asked.scope, asked.plants)
    return options(of_plant(found, asked.state["plant"]))


async def draw(asked: Asked) -> Drawn:
    """The alarms that the filters leave, and the one that is looked at."""
    if not asked.plants:
        return Drawn([empty("There is no plant to show yet.")])
    found, state = await _drops(asked.read, asked.scope, asked.plants), asked.state
    plants = {plant["code"]: plant for plant in asked.plants}
    here = of_plant(found, state["plant"])
    rows = matching(here, state)
    chosen, notices = _chosen(here, rows, state["alarm"])
    key = alarm_key(chosen) if chosen else ""
    todo = [it for it in found.todo if state["plant"] in (ALL, it["plant"])]
    about = targets(here, plants, key)
    return Drawn(
        [
            strip(figures(Drops(found.found, todo), here)),
            listing(rows, key, state, plants, asked.now),
            *_looked_at(asked, found, chosen),
            html.Div(_written(asked, chosen, todo, plants), className="halves"),
            html.P(_detector(found, chosen), className="muted"),
            dcc.Store(id="alarms-target", data=about),
            dcc.Store(id="alarms-later", data=_later(chosen)),
        ],
        notices=notices,
    )  # fmt: skip


def _chosen(
    here: Sequence[AlarmShape], rows: Sequence[AlarmShape], key: str
) -> tuple[AlarmShape | None, list[str]]:
    """The alarm the address names, else the first of the rows; a notice where it is not there."""
    named = next((it for it in here if alarm_key(it) == key), None)
    notices = [f"Alarm “{key}” is not among those of these plants."] if key and not named else []
    return named or next(iter(rows), None), notices


def _looked_at(asked: Asked, found: Drops, chosen: AlarmShape | None) -> list[Any]:
    if chosen is None:
        return []
    plant = next(it for it in asked.plants if it["code"] == chosen["plant"])
    events = next(it["events"] for it in found.found if it["plant"] == chosen["plant"])
    clear = html.A("Back to the first alarm ×", href=link(asked.state, alarm=""), className="chip",
                   **attributes(data_stay="true", data_clear="true"))  # fmt: skip
    return [
        html.Div([clear] if asked.state["alarm"] else [], className="chips"),
        detail(chosen, events.get(chosen["id"], []), plant, asked.now),
        html.Div(waiting(), id="alarms-why", **attributes(data_alarm=alarm_key(chosen))),
    ]


def _written(
    asked: Asked, chosen: AlarmShape | None, todo: Sequence[NoteShape], plants: Plants
) -> list[Any]:
    """What people wrote about the alarm, and what they are to do anywhere."""
    own = [notes(chosen["notes"], plants, asked.now, title="Notes on this alarm")] if chosen else []
    nothing = "Nobody is to do anything: no open note has an owner."
    tasks = notes(todo, plants, asked.now, title="To do", order="overdue first", nothing=nothing,
                  extra=done_button)  # fmt: skip
    return [*own, tasks]


def _detector(found: Drops, chosen: AlarmShape | None) -> str:
    """How rare a false alarm is, of the plant that is looked at."""
    told = {it["plant"]: it["detector_sentence"] for it in found.found}
    return told[chosen["plant"]] if chosen else next(iter(told.values()), "")


def _later(chosen: AlarmShape | None) -> dict[str, Any] | None:
    """What the explanation is asked by; it changes when the alarm or its counts do."""
    if chosen is None:
        return None
    return {"key": alarm_key(chosen), "counts": [chosen["units"], chosen["fails"]]}


async def tables(asked: Asked) -> Report:
    """The rows behind the page."""
    found = await _drops(asked.read, asked.scope, asked.plants)
    return alarms_report(asked, found, matching(of_plant(found, asked.state["plant"]), asked.state))


async def _drops(read: Read, scope: Scope, plants: Sequence[Any]) -> Drops:
    return await read.ask(drops, scope, tuple(plant["code"] for plant in plants))


async def count_open(read: Read, scope: Scope) -> int:
    """Alarms that nobody has taken on or muted."""
    codes = tuple(plant["code"] for plant in await read.plants(scope))
    return (await read.ask(drops_calling, scope, codes)).open_count


async def explained(read: Read, scope: Scope, key: str) -> Any:
    """What the fails of an alarm follow, looked for around the time it began."""
    plants = await read.plants(scope)
    found = await _drops(read, scope, plants)
    alarm = next((it for it in of_plant(found, ALL) if alarm_key(it) == key), None)
    if alarm is None:
        return unknown("This alarm is not there any more.")
    if alarm["is_withdrawn"]:
        return unknown("Corrected facts took its ground away: there is nothing to explain.")
    zone = next(ZoneInfo(it["zone"]) for it in plants if it["code"] == alarm["plant"])
    since, until = looked_through(alarm, zone)
    asked = YieldFilter(alarm["plant"], alarm["operation"], alarm["line"], since_on=since,
                        until_on=until)  # fmt: skip
    return why(await read.ask(why_it_fails, scope, asked), alarm, (since, until))


def looked_through(alarm: AlarmShape, zone: ZoneInfo) -> tuple[date, date]:
    """First and last day whose units the explanation compares: until the yield was back, at most
    a usual window from some days before it began."""
    since = _day(alarm["began_at"], zone) - timedelta(days=DAYS_BEFORE)
    until = since + timedelta(days=DEFAULT_DAYS)
    back_at = alarm["recovered_at"]
    last = min(until, _day(back_at, zone)) if back_at else until
    return since, min(last, utc_now().astimezone(zone).date())


def _day(at: str, zone: ZoneInfo) -> date:
    return datetime.fromisoformat(at).astimezone(zone).date()


async def act(read: Read, scope: Scope, name: str, given: Given) -> str:
    """Do what a button says with the alarm named in `given`; returns what to say.

    Raises NotInScope, NotAccepted and StorageBusy, which say what is wrong.
    """
    plant, _, number = given["about"].partition("-")
    if not number.isdecimal():
        raise NotAccepted(["alarm: choose one above"])
    action = ACTIONS[name]
    await read.write(action.entry, scope, plant, **action.values(int(number), given))
    return action.said


DESK = Desk("/alarms", "Alarms", 4, FIELDS, FEEDS, draw, offer, tables, badge=count_open,
            icon="bell", key="a", fixed=form)  # fmt: skip
_PAGE = desk_page(DESK)


def register(app: Dash, hub: Hub, read: Read) -> None:
    """The page's own callbacks: the form, notes that are done, and what comes later."""
    _PAGE.register(app, hub, read)
    _act(app, read)
    _finish(app, read)
    _explain(app, read)
    app.clientside_callback(
        ClientsideFunction("rackline", "followChosen"),
        Output("alarms-about", "data"),
        Output("alarms-about", "value"),
        Input("alarms-target", "data"),
        State("alarms-about", "value"),
    )


def _act(app: Dash, read: Read) -> None:
    @app.callback(
        Output("alarms-said", "children"),
        Output("alarms-note-text", "value"),
        Output(news_id(TOPIC), "data", allow_duplicate=True),
        Output(COUNTED, "data", allow_duplicate=True),
        *(Input(f"alarms-{name}", "n_clicks") for name in ACTIONS),
        *(State(f"alarms-{name}", "value") for name in FORM),
        prevent_initial_call=True,
    )
    async def act_on(*values: Any) -> tuple[Any, ...]:
        name = str(ctx.triggered_id).removeprefix("alarms-")
        clicks, fields = values[: len(ACTIONS)], values[len(ACTIONS) :]
        if name not in ACTIONS or not any(clicks):
            return (no_update,) * 4
        given = {field: value or "" for field, value in zip(FORM, fields, strict=True)}
        told, is_kept = await said(DESK.path, act(read, callback_scope(), name, given))
        if not is_kept:
            return told, no_update, no_update, no_update
        news = {"acted": sum(filter(None, clicks))}
        return told, "" if name in TEXT_USED else no_update, news, news


def _finish(app: Dash, read: Read) -> None:
    @app.callback(
        Output("alarms-said", "children", allow_duplicate=True),
        Output(news_id(TOPIC), "data", allow_duplicate=True),
        Input({"type": "alarms-done", "key": EACH}, "n_clicks"),
        State("alarms-note-author", "value"),
        prevent_initial_call=True,
    )
    async def finish(clicks: list[int | None], author: str | None) -> tuple[Any, ...]:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            return no_update, no_update
        key = str(ctx.triggered_id["key"])
        told, is_kept = await said(
            DESK.path, finished(read, callback_scope(), key, author or "")
        )  # fmt: skip
        return told, {"finished": key} if is_kept else no_update


async def finished(read: Read, scope: Scope, key: str, author: str) -> str:
    """Say that the note "plant-id" is done; returns what to say."""
    plant, _, number = key.partition("-")
    if not number.isdecimal():
        raise NotAccepted([f"note: there is none called {key!r}"])
    await read.write(finish_note, scope, plant, note_id=int(number), by=author)
    return "Done."


def _explain(app: Dash, read: Read) -> None:
    @app.callback(Output("alarms-why", "children"), Input("alarms-later", "data"))
    async def explain(wanted: dict[str, Any] | None) -> Any:
        if not wanted:
            return no_update
        asking: Awaitable[object] = explained(read, callback_scope(), wanted["key"])
        [found] = await asyncio.gather(asking, return_exceptions=True)
        if isinstance(found, BaseException):
            return html.Div(fault(DESK.path, found), className="panel")
        return thin(found)


PAGE = replace(_PAGE, register=register)
"""What the alarms page is made of."""
