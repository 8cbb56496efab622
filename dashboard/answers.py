"""Answers of the store that hold until its data moves: asked once, however many want to know."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar, cast

from db.clock import monotonic_seconds

T = TypeVar("T")

KEPT = 256
SECONDS = 10.0
"""Answers may depend on the clock too: none is older than this."""


class Answers:
    """The answers to the last questions. All but `forget` are called on one event loop."""

    def __init__(self) -> None:
        self._held: OrderedDict[Hashable, tuple[int, float, asyncio.Future[Any]]] = OrderedDict()
        self._round = 0

    def forget(self) -> None:
        """The data has moved; may be called from any thread. Answers under way are not kept."""
        self._round += 1

    async def get(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """The answer to `key`, by `read()` unless it is known or being read already.

        A failure is told to all who wait for it and not kept.
        """
        round_, until, answer = self._held.get(key, (-1, 0.0, None))
        is_good = answer is not None and not (answer.done() and answer.exception())
        if not is_good or round_ != self._round or monotonic_seconds() > until:
            answer = asyncio.ensure_future(read())
            self._held[key] = (self._round, monotonic_seconds() + SECONDS, answer)
        self._held.move_to_end(key)
        while len(self._held) > KEPT:
            self._held.popitem(last=False)
        return cast(T, await asyncio.shield(cast("asyncio.Future[T]", answer)))
