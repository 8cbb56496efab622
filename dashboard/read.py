"""The only door from the web process to the store: everything is read in a thread, by scope."""

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from dashboard.live.snapshot import Blocks, Key
from db.clock import utc_now
from db.queries.health import health
from db.queries.plants import plants
from db.queries.scope import Scope
from db.queries.shapes import PlantShape
from db.queries.store import Store
from db.queries.wall import wall
from db.watch import watch

TOPICS: dict[str, Callable[[Any, str, datetime], Any]] = {
    "wall": wall,
    "health": lambda session, plant, at: health(session, [plant], at),
}
"""Live topic → how its blocks are read for one plant."""


class Read(Protocol):
    """What the dashboard asks of the store; tests put canned shapes in its place."""

    async def plants(self, scope: Scope) -> list[PlantShape]:
        """The plants within `scope`, in display order."""

    async def build(self, key: Key) -> Blocks:
        """The blocks of `key` as of now."""

    def watch(self, on_change: Callable[[dict[str, int]], None], stop: threading.Event) -> None:
        """Blocks; calls `on_change({plant: version})` whenever a plant's data moved."""


class StoreRead:
    """`Read` on a real store at `url`."""

    def __init__(self, store: Store, url: str) -> None:
        self._store, self._url = store, url

    async def plants(self, scope: Scope) -> list[PlantShape]:
        return await asyncio.to_thread(self._store.read, plants, scope)

    async def build(self, key: Key) -> Blocks:
        return await asyncio.to_thread(self._store.read, TOPICS[key.topic], key.plant, utc_now())

    def watch(self, on_change: Callable[[dict[str, int]], None], stop: threading.Event) -> None:
        watch(self._url, on_change, stop)
