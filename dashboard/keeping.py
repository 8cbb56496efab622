"""Notes and decisions that people enter on desk pages: checked, kept through the one door, said."""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import date
from typing import Any

from dash import Dash, Input, Output, State, no_update

from dashboard.access.viewer import callback_scope
from dashboard.components.rack.notes import FORM
from dashboard.desk import TOPIC, failed
from dashboard.read import Read
from dashboard.shell import news_id
from db.desk.notes import write_note
from db.errors import RacklineError
from db.queries.scope import Scope

KEPT = "Kept."
NOTHING_HERE = "Not kept: nothing is known here that a note could be about."


async def said(path: str, keeping: Awaitable[object]) -> tuple[Any, bool]:
    """What is said of an entry, and whether it was kept; never raises. An entry that returns text
    is said in its own words."""
    [found] = await asyncio.gather(keeping, return_exceptions=True)
    if isinstance(found, RacklineError):
        told = str(found)
        return told if told.endswith("?") else f"{told}.", False
    if isinstance(found, BaseException):
        return failed(path, found), False
    return found if isinstance(found, str) else KEPT, True


async def keep_note(
    read: Read, scope: Scope, about: Mapping[str, str], given: Mapping[str, str]
) -> int:
    """Keep a note about `plant`, `subject` and `key`; NotAccepted names what is missing."""
    due = given["due"]
    return await read.write(
        write_note, scope, about["plant"], about["subject"], about["key"],
        text=given["text"], author=given["author"], owner=given["owner"],
        due_on=date.fromisoformat(due) if due else None,
    )  # fmt: skip


def register_notes(app: Dash, read: Read, slug: str) -> None:
    """The form of a page whose subject is in the store `<slug>-about`."""

    @app.callback(
        Output(f"{slug}-note-said", "children"),
        Output(f"{slug}-note-text", "value"),
        Output(news_id(TOPIC), "data", allow_duplicate=True),
        Input(f"{slug}-note-keep", "n_clicks"),
        State(f"{slug}-about", "data"),
        *(State(f"{slug}-note-{name}", "value") for name in FORM),
        prevent_initial_call=True,
    )
    async def keep(clicks: int | None, about: Any, *fields: str | None) -> tuple[Any, ...]:
        if not clicks:
            return no_update, no_update, no_update
        if not about:
            return NOTHING_HERE, no_update, no_update
        given = {name: value or "" for name, value in zip(FORM, fields, strict=True)}
        told, is_kept = await said(f"/{slug}", keep_note(read, callback_scope(), about, given))
        return told, "" if is_kept else no_update, {"kept": clicks} if is_kept else no_update
