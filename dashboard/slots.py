"""A page's content in slots, so that news replace only what they changed.

Dash builds whatever it is handed anew: a grid would lose its order, a reader his place. So each
part of a page has a slot, the browser keeps a digest of what is in each, and a slot whose part is
the same is left alone. Other parts of a page that are drawn again and again are kept likewise.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from dash import html, no_update
from dash._utils import to_json

from dashboard.components.static import thin

SLOTS = 16
"""Parts a page may have; the last slot takes all that are left."""

Parts = Mapping[str, Any]
"""Name of a part of a page → what it shows."""
Seen = Mapping[str, str]
"""Name of a part → digest of what the browser holds of it."""


def slot_id(slug: str, number: int) -> str:
    """Id of a slot of a page.

    >>> slot_id("shortages", 3)
    'shortages-slot-3'
    """
    return f"{slug}-slot-{number}"


def slots(slug: str, filled: Sequence[Any]) -> list[Any]:
    """The slots of a page with what is in them."""
    return [
        html.Div(part, id=slot_id(slug, number), className="slot")
        for number, part in enumerate(filled)
    ]


def in_slots(content: Sequence[Any]) -> list[Any]:
    """What goes into each slot of a page."""
    parts: list[Any] = list(content[: SLOTS - 1])
    rest = list(content[SLOTS - 1 :])
    parts += [None] * (SLOTS - 1 - len(parts)) + [rest or None]
    return thin(parts)  # type: ignore[no-any-return]


def digests(parts: Parts) -> dict[str, str]:
    """What the browser is told to hold of each part."""
    return {
        name: blake2b(to_json(part).encode(), digest_size=8).hexdigest()
        for name, part in parts.items()
    }


def changed(parts: Parts, now: Seen, seen: Seen) -> dict[str, Any]:
    """The parts, `no_update` for each that the browser holds already.

    >>> first, second = {"a": html.P("a"), "b": "b"}, {"a": html.P("a"), "b": "c"}
    >>> told = changed(second, digests(second), digests(first))
    >>> told["a"] is no_update, told["b"]
    (True, 'c')
    """
    return {
        name: no_update if now[name] == seen.get(name) else part for name, part in parts.items()
    }
