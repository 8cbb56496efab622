"""A desk page from what differs between pages: its filters, what it draws, what it exports.

The address is the state (dashboard.address). The browser keeps it and the controls the same
(assets/51-address.js). The page opens with what its address shows; one callback draws it anew when
the address changes or a feed the page stands on brings news. Nothing moves layout, scroll or focus:
only the parts that changed are replaced (dashboard.slots).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import uuid4

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update

from dashboard.access.viewer import callback_scope
from dashboard.address import Field, Option, frozen, parse, search_of, within
from dashboard.components.inputs import BUNDLES, choices, control, more, provider
from dashboard.components.marks import mark
from dashboard.components.pills import data_pill, is_current, no_store, zone
from dashboard.components.static import thin
from dashboard.early import SIZES, early, frames, waiting
from dashboard.live.hub import Hub
from dashboard.live.snapshot import Key
from dashboard.page import Badge, Opened, Page, Theme, slug_in
from dashboard.read import Read
from dashboard.report import Asked, Export, Report, Tables
from dashboard.shell import age_id, news_id, shell
from dashboard.slots import SLOTS, Parts, Seen, changed, digests, in_slots, slot_id, slots
from db.clock import utc_now
from db.queries.feeds import FeedsShape
from db.queries.scope import Scope

TOPIC = "feeds"
PLANT = "plant"
ALL_PLANTS = Option("all", "All plants")
Options = dict[str, Sequence[Option]]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Drawn:
    """What a page shows for a state. `options` are the choices the data offers, by filter; of a
    state that names others the page shows the default, and says so.
    """

    content: Sequence[Any]
    options: Mapping[str, Sequence[Option]] = field(default_factory=dict)
    notices: Sequence[str] = ()
    state: Mapping[str, str] = field(default_factory=dict)


Draw = Callable[[Asked], Awaitable[Drawn]]
Offer = Callable[[Asked], Awaitable[Mapping[str, Sequence[Option]]]]


@dataclass(frozen=True)
class Desk:
    """A desk page. `feeds` are what it stands on: the worst of them is its freshness, and it is
    drawn anew when one of them brought something. A field named "plant" narrows both.

    `draw` is asked with a state that holds only what `offer` knows (the choices for fields whose
    `options` are None). `sizes` are those of its first parts, as assets/41-frame.css knows them.
    `fixed` are parts below the content that are never drawn anew: forms.
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
    sizes: Sequence[str] = SIZES
    fixed: Callable[[], Sequence[Any]] = tuple


def desk_page(desk: Desk) -> Page:
    """The page that `desk` describes."""

    async def layout(opened: Opened) -> Any:
        return await _opened(desk, opened)

    layout.__module__ = desk.draw.__module__

    def register(app: Dash, hub: Hub, read: Read) -> None:
        _keep_address(app, desk)
        _draw(app, hub, read, desk)
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
        early=_early(desk),
    )


def _early(desk: Desk) -> html.Main:
    filters, is_exported = frames(desk.fields, slug_of(desk)), desk.tables is not None
    return early(desk.title, filters, desk.sizes, is_exported=is_exported)


def slug_of(desk: Desk) -> str:
    """The page's own word; every id on the page begins with it."""
    return slug_in(desk.path)


async def _opened(desk: Desk, opened: Opened) -> Any:
    """The page with its first content. Where that cannot be read the page opens and says so."""
    hub, read, scope, names, search, theme = opened
    found, aged = await asyncio.gather(
        drawn(desk, read, scope, search, names=names, theme=theme, is_opening=True),
        _aged(desk, hub, read, scope, search),
        return_exceptions=True,
    )
    if isinstance(found, BaseException):
        told = Drawn(waiting(desk.sizes), state=parse(desk.fields, search)[0])
        parts = _parts(desk, told, search) | {"notices": failed(desk.path, found)}
    else:
        told, parts = found, _parts(desk, found, search)
    seen = digests(parts)
    age = NO_AGE if isinstance(aged, BaseException) else aged
    return _frame(desk, opened, {**parts, **age}, _filters(desk, told), seen)


def _frame(desk: Desk, opened: Opened, parts: Parts, filters: Sequence[Any], seen: Seen) -> Any:
    slug = slug_of(desk)
    filled = [parts[name] for name in SLOT_NAMES]
    page = shell(
        desk.path,
        desk.title,
        TOPIC,
        [
            html.Div(filters, className="filters", role="search"),
            html.Div(parts["notices"], id=f"{slug}-notices", className="notices", role="status"),
            html.Div(slots(slug, filled), id=f"{slug}-content", className=parts["kind"]),
            *thin(list(desk.fixed())),
            dcc.Location(id=f"{slug}-address", search=opened.search, refresh=False),
            dcc.Store(id=f"{slug}-seen", data=dict(seen)),
            dcc.Store(id=f"{slug}-names", data=dict(opened.names)),
            dcc.Store(id=f"{slug}-link", data=parts["link"]),
            dcc.Store(id=f"{slug}-fields", data=declared(desk)),
        ],
        age=parts["age"],
        zone=parts["zone"],
        slug=slug,
        feeds=desk.feeds,
        is_exported=desk.tables is not None,
    )
    return provider(page, f"{slug}-inputs", opened.theme)


def _filters(desk: Desk, told: Drawn) -> list[Any]:
    """The controls at the state that is shown, those asked for less often folded."""

    def controls(*, is_folded: bool) -> list[Any]:
        return [
            control(it, f"{slug_of(desk)}-{it.name}", told.options.get(it.name, ()),
                    told.state[it.name])
            for it in desk.fields
            if it.is_folded == is_folded
        ]  # fmt: skip

    return [*controls(is_folded=False), *more(controls(is_folded=True))]


def declared(desk: Desk) -> list[dict[str, Any]]:
    """The fields as assets/51-address.js takes them."""
    return [
        {
            "id": f"{slug_of(desk)}-{it.name}",
            "name": it.name,
            "default": it.default,
            "control": it.control,
            "values": None if it.options is None else [option.value for option in it.options],
        }
        for it in desk.fields
    ]


def _keep_address(app: Dash, desk: Desk) -> None:
    """Controls write the address; the address fills the controls. Neither asks the server."""
    slug = slug_of(desk)
    ids = [f"{slug}-{each.name}" for each in desk.fields]
    declared = State(f"{slug}-fields", "data")
    app.clientside_callback(
        ClientsideFunction("rackline", "writeAddress"),
        Output(f"{slug}-fields", "modified_timestamp"),
        *(Input(name, "value") for name in ids),
        declared,
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("rackline", "readAddress"),
        *(Output(name, "value") for name in ids),
        Input(f"{slug}-address", "search"),
        declared,
        *(State(name, "value") for name in ids),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("rackline", "keepLink"),
        Output(f"{slug}-link", "modified_timestamp"),
        Input(f"{slug}-link", "data"),
        State(f"{slug}-names", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("rackline", "asIs"),
        Output(f"{slug}-inputs", "forceColorScheme"),
        Input("theme", "data"),
        prevent_initial_call=True,
    )


SLOT_NAMES = [f"slot {number}" for number in range(SLOTS)]
NO_AGE = {"age": no_store(), "zone": None, "kind": "content"}


def _parts(desk: Desk, found: Drawn, search: str) -> dict[str, Any]:
    """What the page shows, by the names of `_outputs`."""
    state, _ = parse(desk.fields, search)
    return {
        **dict(zip(SLOT_NAMES, in_slots(found.content), strict=True)),
        **{f"choices of {it.name}": choices(found.options.get(it.name, ()))
           for it in desk.fields if _is_open(it)},
        "notices": [html.P(text) for text in found.notices],
        "link": search_of(desk.fields, frozen(desk.fields, state, utc_now()), search),
    }  # fmt: skip


def _outputs(desk: Desk) -> dict[str, Output]:
    """Where each part of the page is."""
    slug = slug_of(desk)
    return {
        **{name: Output(slot_id(slug, at), "children") for at, name in enumerate(SLOT_NAMES)},
        **{f"choices of {it.name}": Output(f"{slug}-{it.name}", "data")
           for it in desk.fields if _is_open(it)},
        "notices": Output(f"{slug}-notices", "children"),
        "link": Output(f"{slug}-link", "data"),
    }  # fmt: skip


def _draw(app: Dash, hub: Hub, read: Read, desk: Desk) -> None:
    slug, outputs = slug_of(desk), _outputs(desk)

    @app.callback(
        output={
            "parts": outputs,
            "age": _age_outputs(slug, allow_duplicate=True),
            "seen": Output(f"{slug}-seen", "data"),
        },
        inputs={
            "search": Input(f"{slug}-address", "search"),
            "theme": Input("theme", "data"),
            "news": Input(news_id(TOPIC), "data"),
        },
        state={"names": State(f"{slug}-names", "data"), "seen": State(f"{slug}-seen", "data")},
        prevent_initial_call=True,
    )
    async def draw(
        search: str, theme: Theme, news: object, names: dict[str, str], seen: dict[str, str]
    ) -> dict[str, Any]:
        scope = callback_scope()
        found, aged = await asyncio.gather(
            drawn(desk, read, scope, search, names=names, theme=theme),
            _aged(desk, hub, read, scope, search),
            return_exceptions=True,
        )
        age = NO_AGE if isinstance(aged, BaseException) else aged
        if isinstance(found, BaseException):
            told = dict.fromkeys(outputs, no_update) | {"notices": failed(desk.path, found)}
            return {"parts": told, "age": age, "seen": {**seen, "notices": ""}}
        parts = _parts(desk, found, search)
        now = digests(parts)
        return {"parts": changed(parts, now, seen), "age": age, "seen": now}


async def drawn(
    desk: Desk,
    read: Read,
    scope: Scope,
    search: str,
    *,
    names: Mapping[str, str],
    theme: Theme,
    is_opening: bool = False,
) -> Drawn:
    """What the page shows at an address, with a notice for each filter that could not be taken."""
    asked, options, notices = await settled(desk, read, scope, search, names=names, theme=theme)
    page = await desk.draw(asked._replace(is_opening=is_opening))
    options |= page.options
    return Drawn(page.content, options, [*notices, *page.notices], asked.state)


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


def _is_open(field: Field) -> bool:
    return field.options is None and field.control in ("select", "segmented")


def _age_outputs(slug: str, *, allow_duplicate: bool = False) -> dict[str, Output]:
    places = {"age": (age_id(slug), "children"), "zone": (f"{slug}-zone", "children"),
              "kind": (f"{slug}-content", "className")}  # fmt: skip
    return {name: Output(*place, allow_duplicate=allow_duplicate) for name, place in places.items()}


def _tell_age(app: Dash, hub: Hub, read: Read, desk: Desk) -> None:
    slug = slug_of(desk)

    @app.callback(
        output=_age_outputs(slug),
        inputs={"pulse": Input(f"{slug}-pulse", "data")},
        state={"search": State(f"{slug}-address", "search")},
        prevent_initial_call=True,
    )
    async def tell_age(pulse: object, search: str) -> dict[str, Any]:
        return await _aged(desk, hub, read, callback_scope(), search)


async def _aged(desk: Desk, hub: Hub, read: Read, scope: Scope, search: str) -> dict[str, Any]:
    """How old the page's data is, in whose time it speaks, and the content's class."""
    state, _ = parse(desk.fields, search)
    seen = await read.plants(scope)
    plants = [it for it in seen if state.get(PLANT) in (it["code"], None)] or seen
    frames = [hub.fresh(Key(TOPIC, it["code"])) for it in plants]
    found = await asyncio.gather(*frames, return_exceptions=True)
    held = [it for it in found if not isinstance(it, BaseException)]
    shapes = [cast(FeedsShape, it.blocks) for it in held]
    is_whole = len(held) == len(found)
    told = data_pill(shapes, desk.feeds, plants, utc_now()) if is_whole else no_store()
    kind = "content" if is_current(shapes, desk.feeds) else "content old"
    return {"age": thin(told), "zone": thin(zone(plants)), "kind": kind}
