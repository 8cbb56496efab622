"""The only door from the web process to the store: everything is read in a thread, by scope, and
what people enter is written through db.desk.
"""

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from dashboard.answers import Answers
from dashboard.live.snapshot import Blocks, Key
from db.clock import monotonic_seconds, utc_now
from db.desk.entry import open_desk
from db.queries.feeds import feeds
from db.queries.health import health
from db.queries.plants import plants
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.shapes import PlantShape
from db.queries.store import Store
from db.queries.wall import wall
from db.watch import watch

P = ParamSpec("P")
T = TypeVar("T")

Question = Callable[Concatenate[Any, Scope, P], T]
"""A function of db.queries: (session, scope, …) → answer."""
Entry = Callable[Concatenate[Any, str, P], T]
"""A function of db.desk: (session, plant, …) → what was kept."""

TOPICS: dict[str, Callable[[Any, str, datetime], Any]] = {
    "wall": wall,
    "health": lambda session, plant, at: health(session, [plant], at),
    "feeds": feeds,
}
"""Live topic → how its blocks are read for one plant."""

PLANTS_SECONDS = 5.0
"""A thousand screens that reconnect at once ask for the plants once; the last answer stays good
while the store is away."""


class Read(Protocol):
    """What the dashboard asks of the store; tests put canned shapes in its place."""

    async def plants(self, scope: Scope) -> list[PlantShape]:
        """The plants within `scope`, in display order."""

    async def build(self, key: Key) -> Blocks:
        """The blocks of `key` as of now."""

    async def ask(
        self, question: Question[P, T], scope: Scope, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `question(session, scope, …)` answers. Ask it with plain values: the same question
        is answered once for all viewers until a plant's data moves."""

    async def write(
        self, entry: Entry[P, T], scope: Scope, plant: str, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Keep what a person entered about a plant, by `entry(session, plant, …)`; NotInScope,
        NotAccepted and StorageBusy say what was wrong."""

    def watch(self, on_change: Callable[[dict[str, int]], None], stop: threading.Event) -> None:
        """Blocks; calls `on_change({plant: version})` whenever a plant's data moved."""


class StoreRead:
    """`Read` on a real store at `url`."""

    def __init__(self, store: Store, url: str) -> None:
        self._store, self._url = store, url
        self._desk = open_desk(url)
        self._plants: list[PlantShape] = []
        self._plants_at = float("-inf")
        self._answers = Answers()

    async def plants(self, scope: Scope) -> list[PlantShape]:
        if monotonic_seconds() - self._plants_at >= PLANTS_SECONDS:
            reading = asyncio.to_thread(self._store.read, plants, EVERY_PLANT)
            [found] = await asyncio.gather(reading, return_exceptions=True)
            if not isinstance(found, BaseException):
                self._plants = found
            elif not self._plants:
                raise found
            self._plants_at = monotonic_seconds()
        return [plant for plant in self._plants if plant["code"] in scope]

    async def build(self, key: Key) -> Blocks:
        return await asyncio.to_thread(self._store.read, TOPICS[key.topic], key.plant, utc_now())

    async def ask(
        self, question: Question[P, T], scope: Scope, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def read(session: Any) -> T:
            return question(session, scope, *args, **kwargs)

        key = (question, scope, args, tuple(sorted(kwargs.items())))
        return await self._answers.get(key, lambda: asyncio.to_thread(self._store.read, read))

    async def write(
        self, entry: Entry[P, T], scope: Scope, plant: str, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        scope.require(plant)

        def write(session: Any) -> T:
            return entry(session, plant, *args, **kwargs)

        kept = await asyncio.to_thread(self._desk.write, write)
        self._answers.forget()
        return kept

    def watch(self, on_change: Callable[[dict[str, int]], None], stop: threading.Event) -> None:
        def moved(versions: dict[str, int]) -> None:
            self._answers.forget()
            on_change(versions)

        watch(self._url, moved, stop)
