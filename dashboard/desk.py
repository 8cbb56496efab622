"""A desk page from what differs between pages: its filters, what it draws, what it exports.

The address is the state (dashboard.address). One callback keeps the address and the controls the
same; another draws from the state, again whenever a feed the page stands on brings news. Neither
moves layout, scroll or focus: only the parts that changed are replaced (dashboard.slots).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast
from uuid import uuid4

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard.access.viewer import callback_scope
from dashboard.address import Field, Option, frozen, parse, search_of, within
from dashboard.components.inputs import BUNDLES, choices, control, more, provider
from dashboard.components.marks import mark
from dashboard.components.pills import data_pill, is_current, no_store, zone
from dashboard.live.hub import Hub
from dashboard.live.snapshot import Key
from dashboard.page import Badge, Page
from dashboard.read import Read
from dashboard.report import Asked, Export, Report, Tables
from dashboard.shell import age_id, news_id, shell
from dashboard.slots import SLOTS, fill, slot_id, slots, unchanged
from db.clock import monotonic_seconds, utc_now
from db.queries.feeds import FeedsShape
from db.queries.scope import Scope

TOPIC = "feeds"
PLANT = "plant"
ALL_PLANTS = Option("all", "All plants")
Theme = Literal["dark", "light"]
Options = dict[str, Sequence[Option]]
log = logging.getLogger(__name__)

MAY_BE_BLANK = {"search", "date", "hidden"}


@dataclass(frozen=True)
class Drawn:
    """What a page shows for a state. `options` are the choices the data offers, by filter; of a
    state that names others the page shows the default, and says so.
    """

    content: Sequence[Any]
    options: Mapping[str, Sequence[Option]] = field(default_factory=dict)
    notices: Sequence[str] = ()


Draw = Callable[[Asked], Awaitable[Drawn]]
Offer = Callable[[Asked], Awaitable[Mapping[str, Sequence[Option]]]]


@dataclass(frozen=True)
class Desk:
    """A desk page. `feeds` are what it stands on: the worst of them is its freshness, and it is
    drawn anew when one of them brought something. A field named "plant" narrows both.

    `draw` is asked with a state that holds only what `offer` knows (the choices for fields whose
    `options` are None). `fixed` are parts below the content that are never drawn anew: forms.
    """

    path: str
    title: str
    order: int
    fields: Sequence[Field]
    feeds: Sequence[str]
    draw: Draw
    offer: Offer
    tables: Tables | None = None
    badge: Badge | None = None
    icon: str = ""
    key: str = ""
    bundles: frozenset[str] = frozenset()
    fixed: Callable[[], Sequence[Any]] = tuple


def desk_page(desk: Desk) -> Page:
    """The page that `desk` describes."""

    def layout(**names: str) -> Any:
        return _frame(desk, names)

    layout.__module__ = desk.draw.__module__

    def register(app: Dash, hub: Hub, read: Read) -> None:
        _keep_address(app, desk)
        _draw(app, read, desk)
        _tell_age(app, hub, read, desk)

    return Page(
        desk.path,
        desk.title,
        desk.order,
        layout,
        register,
        icon=desk.icon,
        key=desk.key,
        bundles=BUNDLES | desk.bundles,
        tables=_exported(desk, desk.tables) if desk.tables else None,
        badge=desk.badge,
    )


def slug_of(desk: Desk) -> str:
    """The page's own word; every id on the page begins with it."""
    return desk.path.split("/")[1]


def _frame(desk: Desk, names: Mapping[str, str]) -> Any:
    slug = slug_of(desk)
    filters = [control(it, f"{slug}-{it.name}") for it in desk.fields if not it.is_folded]
    folded = [control(it, f"{slug}-{it.name}") for it in desk.fields if it.is_folded]
    page = shell(
        desk.path,
        desk.title,
        TOPIC,
        [
            html.Div([*filters, *more(folded)], className="filters", role="search"),
            html.Div(id=f"{slug}-notices", className="notices", role="status"),
            html.Div(slots(slug, _waiting()), id=f"{slug}-content", className="content"),
            *desk.fixed(),
            dcc.Location(id=f"{slug}-address", refresh="callback-nav"),
            dcc.Store(id=f"{slug}-names", data=dict(names)),
            dcc.Store(id=f"{slug}-state"),
            dcc.Store(id=f"{slug}-typed"),
            dcc.Store(id=f"{slug}-link"),
        ],
        slug=slug,
        feeds=desk.feeds,
        is_exported=desk.tables is not None,
    )
    return provider(page, f"{slug}-inputs")


def _waiting() -> list[Any]:
    """Shown after a second without an answer, in about the final sizes."""
    return [html.Div(className=f"waiting {size}") for size in ("short", "tall", "tall")]


def _keep_address(app: Dash, desk: Desk) -> None:
    slug, ids = slug_of(desk), [f"{slug_of(desk)}-{each.name}" for each in desk.fields]

    @app.callback(
        output={
            "search": Output(f"{slug}-address", "search"),
            "controls": [Output(name, "value") for name in ids],
            "state": Output(f"{slug}-state", "data"),
            "typed": Output(f"{slug}-typed", "data"),
            "link": Output(f"{slug}-link", "data"),
        },
        inputs={
            "search": Input(f"{slug}-address", "search"),
            "values": [Input(name, "value") for name in ids],
        },
        prevent_initial_call=True,
    )
    async def keep_address(search: str | None, values: Sequence[str | None]) -> dict[str, Any]:
        names = {name.rpartition(".")[0] for name in ctx.triggered_prop_ids} & set(ids)
        moved = {ids.index(name) for name in names}
        if moved and not any(values[at] or desk.fields[at].control in MAY_BE_BLANK for at in moved):
            raise PreventUpdate  # a select told a value it does not know has emptied itself
        return synced(desk.fields, search, values, moved=moved)

    app.clientside_callback(
        ClientsideFunction("rackline", "replaceSearch"),
        Output(f"{slug}-typed", "modified_timestamp"),
        Input(f"{slug}-typed", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("rackline", "keepLink"),
        Output(f"{slug}-link", "modified_timestamp"),
        Input(f"{slug}-link", "data"),
        State(f"{slug}-names", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("rackline", "asIs"),
        Output(f"{slug}-inputs", "forceColorScheme"),
        Input("theme", "data"),
    )


def synced(
    fields: Sequence[Field], search: str | None, values: Sequence[str | None], *, moved: set[int]
) -> dict[str, Any]:
    """Address and controls brought together: the controls lead if one of them `moved`.

    What is typed replaces the address (`typed`), what is chosen adds to the history (`search`).
    """
    if moved:
        given = zip(fields, values, strict=True)
        state = {field.name: taken(field, value) for field, value in given}
    else:
        state, _ = parse(fields, search)
    wanted = search_of(fields, state, search) if moved else search or ""
    is_typed = bool(moved) and all(fields[at].control == "search" for at in moved)
    is_chosen = wanted != (search or "") and not is_typed
    controls = [state[it.name] or (None if it.control == "date" else "") for it in fields]
    return {
        "search": wanted if is_chosen else no_update,
        "controls": [no_update] * len(fields) if moved else controls,
        "state": wanted,
        "typed": {"search": wanted, "at": monotonic_seconds()} if is_typed else no_update,
        "link": search_of(fields, frozen(fields, state, utc_now()), search),
    }


def _draw(app: Dash, read: Read, desk: Desk) -> None:
    slug, open_fields = slug_of(desk), [each for each in desk.fields if _is_open(each)]

    @app.callback(
        output={
            "content": [Output(slot_id(slug, at), "children") for at in range(SLOTS)],
            "seen": Output(f"{slug}-seen", "data"),
            "notices": Output(f"{slug}-notices", "children"),
            "options": {it.name: Output(f"{slug}-{it.name}", "data") for it in open_fields},
        },
        inputs={
            "search": Input(f"{slug}-state", "data"),
            "theme": Input("theme", "data"),
            "news": Input(news_id(TOPIC), "data"),
        },
        state={"names": State(f"{slug}-names", "data"), "seen": State(f"{slug}-seen", "data")},
        prevent_initial_call=True,
    )
    async def draw(
        search: str | None,
        theme: Theme | None,
        news: object,
        names: dict[str, str],
        seen: list[str] | None,
    ) -> dict[str, Any]:
        same = {"content": unchanged(), "seen": no_update, "notices": no_update,
                "options": {it.name: no_update for it in open_fields}}  # fmt: skip
        if search is None:
            return same
        reading = drawn(desk, read, callback_scope(), search, names=names, theme=theme or "dark")
        [found] = await asyncio.gather(reading, return_exceptions=True)
        if isinstance(found, BaseException):
            return same | {"notices": failed(desk.path, found)}
        content, seen = fill(found.content, seen)
        return {
            "content": content,
            "seen": seen,
            "notices": [html.P(text) for text in found.notices],
            "options": {it.name: choices(found.options.get(it.name, ())) for it in open_fields},
        }


async def drawn(
    desk: Desk, read: Read, scope: Scope, search: str, *, names: Mapping[str, str], theme: Theme
) -> Drawn:
    """What the page shows at an address, with a notice for each filter that could not be taken."""
    asked, options, notices = await settled(desk, read, scope, search, names=names, theme=theme)
    page = await desk.draw(asked)
    return Drawn(page.content, {**options, **page.options}, [*notices, *page.notices])


async def settled(
    desk: Desk, read: Read, scope: Scope, search: str, *, names: Mapping[str, str], theme: Theme
) -> tuple[Asked, Options, list[str]]:
    """What the page is asked by an address: a state the data knows, the choices, and notices."""
    state, notices = parse(desk.fields, search)
    plants = await read.plants(scope)
    asked = Asked(read, scope, plants, names, state, theme, utc_now())
    options: Options = dict(await desk.offer(asked))
    if any(it.name == PLANT for it in desk.fields):
        seen = [Option(it["code"], it["name"]) for it in plants]
        options = {PLANT: [ALL_PLANTS, *seen], **options}
    state, more = within(desk.fields, state, options)
    return asked._replace(state=state), options, notices + more


def _exported(desk: Desk, tables: Tables) -> Export:
    async def export(read: Read, scope: Scope, names: Mapping[str, str], search: str) -> Report:
        asked, _, _ = await settled(desk, read, scope, search, names=names, theme="light")
        return await tables(asked)

    return export


def failed(path: str, error: BaseException) -> list[Any]:
    """Said when a page cannot be drawn; its content stays as it is."""
    fault = uuid4().hex[:8]
    log.error("fault %s: %s cannot be drawn", fault, path, exc_info=error)
    text = (
        "This could not be read just now; what is shown stays as it was. It is tried again by "
        f"itself. If it stays so, look for fault {fault} in the log."
    )
    return [html.P(mark("hatch", text, "stale-outline"))]


def taken(field: Field, value: str | None) -> str:
    """What a control says, or the default where that cannot be."""
    given = value or field.default
    return given if field.allows(given) else field.default


def _is_open(field: Field) -> bool:
    return field.options is None and field.control in ("select", "segmented")


def _tell_age(app: Dash, hub: Hub, read: Read, desk: Desk) -> None:
    slug = slug_of(desk)

    @app.callback(
        Output(age_id(slug), "children"),
        Output(f"{slug}-zone", "children"),
        Output(f"{slug}-content", "className"),
        Input(f"{slug}-state", "data"),
        Input(f"{slug}-pulse", "data"),
        prevent_initial_call=True,
    )
    async def tell_age(search: str | None, pulse: object) -> tuple[Any, Any, str]:
        state, _ = parse(desk.fields, search)
        seen = await read.plants(callback_scope())
        plants = [it for it in seen if state.get(PLANT) in (it["code"], None)] or seen
        frames = [hub.fresh(Key(TOPIC, it["code"])) for it in plants]
        found = await asyncio.gather(*frames, return_exceptions=True)
        held = [it for it in found if not isinstance(it, BaseException)]
        shapes = [cast(FeedsShape, it.blocks) for it in held]
        now, kind = utc_now(), "content" if is_current(shapes, desk.feeds) else "content old"
        told = data_pill(shapes, desk.feeds, now) if len(held) == len(found) else no_store()
        return told, zone(plants), kind
