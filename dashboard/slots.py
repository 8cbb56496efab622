"""A page's content in slots, so that news replace only what they changed.

Dash builds whatever it is handed anew: a grid would lose its order, a reader his place. So each
part of a page has a slot, the browser keeps a digest of what is in each, and a slot whose part is
the same is left alone.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from dash import dcc, html, no_update
from dash._utils import to_json

SLOTS = 16
"""Parts a page may have; the last slot takes all that are left."""

Filled = tuple[list[Any], list[str]]


def slot_id(slug: str, number: int) -> str:
    """Id of a slot of a page.

    >>> slot_id("shortages", 3)
    'shortages-slot-3'
    """
    return f"{slug}-slot-{number}"


def slots(slug: str, waiting: Sequence[Any]) -> list[Any]:
    """The empty slots of a page, the first with what is shown until the page is drawn."""
    first = [html.Div(list(waiting), id=slot_id(slug, 0), className="slot")]
    rest = [html.Div(id=slot_id(slug, number), className="slot") for number in range(1, SLOTS)]
    return [*first, *rest, dcc.Store(id=f"{slug}-seen")]


def fill(content: Sequence[Any], seen: Sequence[str] | None) -> Filled:
    """What goes into each slot, `no_update` where it holds that already, and the new digests.

    >>> first, seen = fill([html.P("a"), html.P("b")], None)
    >>> second, _ = fill([html.P("a"), html.P("c")], seen)
    >>> [it is no_update for it in second[:3]]
    [True, False, True]
    """
    parts: list[Any] = list(content[: SLOTS - 1])
    rest = list(content[SLOTS - 1 :])
    parts += [None] * (SLOTS - 1 - len(parts)) + [rest or None]
    digests = [blake2b(to_json(part).encode(), digest_size=8).hexdigest() for part in parts]
    held = seen or [""] * SLOTS
    filled = [
        no_update if now == before else part
        for part, now, before in zip(parts, digests, held, strict=True)
    ]
    return filled, digests


def unchanged() -> list[Any]:
    """Every slot left as it is."""
    return [no_update] * SLOTS
