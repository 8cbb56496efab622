"""One bulk writer at a time on a store that has one writer: live loads get in between its batches.

SQLite lets waiting writers look again only every 100 ms, and gives the lock to whoever looks first.
Two processes that load history would pass it to and fro and keep live loads out for seconds. On
PostgreSQL nothing of this is needed.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from sqlalchemy import Engine

BREATH_SECONDS = 0.12
"""Longer than the 100 ms after which a waiting writer looks again."""

Gate = Callable[[bool], AbstractContextManager[None]]
"""Entered around a bulk batch; True asks for a breath after it, in which nobody writes in bulk."""


def open_gate(_: bool) -> AbstractContextManager[None]:
    """Lets everyone through."""
    return nullcontext()


def gate_of(engine: Engine, wait: Callable[[float], object]) -> Gate:
    """The gate before a store's bulk writes, shared by all processes of this machine."""
    file = engine.url.database
    if engine.dialect.name != "sqlite" or not file or file == ":memory:":
        return open_gate

    @contextmanager
    def gate(has_breath: bool) -> Iterator[None]:
        with Path(f"{file}-bulk").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
            if has_breath:
                wait(BREATH_SECONDS)

    return gate
