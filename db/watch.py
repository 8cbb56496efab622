"""What changed: tells the web process that a plant's screens are out of date.

The writer raises `plant_version.version` in the same transaction as the facts. SQLite shows another
connection's commit in `PRAGMA data_version` (about 6 µs a look, so we look every 50 ms); PostgreSQL
sends a notification, with a look at the table as a net under it.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from db.clock import monotonic_seconds
from db.engine import make_engine

CHANNEL = "rackline"
"""PostgreSQL channel on which the writer sends the plant's code after raising its version."""
SQLITE_LOOK_SECONDS = 0.05
POSTGRES_LOOK_SECONDS = 2.0
POSTGRES_WAIT_SECONDS = 0.25
"""How long one wait for a notification may last: the time in which `stop` is noticed."""
RETRY_SECONDS = 1.0
VERSIONS = "SELECT plant, version FROM plant_version"

log = logging.getLogger(__name__)


def watch(url: str, on_change: Callable[[dict[str, int]], None], stop: threading.Event) -> None:
    """Call `on_change({plant: version})` for plants whose version moved, until `stop` is set.

    Blocks: run it in a thread of its own. The first call names all plants. A store that goes away
    is retried each second and nothing committed meanwhile is missed; versions count as seen only
    once `on_change` has returned, so that a reading which failed with the store is repeated.
    """
    engine = make_engine(url, is_read_only=True)
    follow = _follow_sqlite if engine.dialect.name == "sqlite" else _follow_postgresql
    store_errors = (engine.dialect.loaded_dbapi.Error, SQLAlchemyError)
    seen: dict[str, int] = {}
    is_broken = False
    while not stop.is_set():
        try:
            with closing(_own_connection(engine)) as connection:
                for versions in follow(connection, stop):
                    if is_broken:
                        log.info("the store answers again; changes are followed")
                        is_broken = False
                    _tell(versions, seen, on_change)
        except store_errors as error:
            if not is_broken:
                log.warning("the store does not answer, trying each second: %s", error)
                is_broken = True
            stop.wait(RETRY_SECONDS)
    engine.dispose()


def _tell(
    versions: dict[str, int], seen: dict[str, int], on_change: Callable[[dict[str, int]], None]
) -> None:
    moved = {plant: version for plant, version in versions.items() if seen.get(plant) != version}
    if moved:
        on_change(moved)
        seen.update(moved)


def _own_connection(engine: Engine) -> Any:
    """A driver connection outside the pool: data_version and LISTEN belong to one connection."""
    pooled = engine.raw_connection()
    connection = pooled.driver_connection
    pooled.detach()
    return connection


def _read(connection: Any) -> dict[str, int]:
    return dict(connection.execute(VERSIONS).fetchall())


def _follow_sqlite(connection: Any, stop: threading.Event) -> Iterator[dict[str, int]]:
    data_version = None
    while not stop.is_set():
        (now,) = connection.execute("PRAGMA data_version").fetchone()
        if now != data_version:
            # asked before the read: a commit in between is seen again, never missed
            data_version = now
            yield _read(connection)
        stop.wait(SQLITE_LOOK_SECONDS)


def _follow_postgresql(connection: Any, stop: threading.Event) -> Iterator[dict[str, int]]:
    connection.autocommit = True
    connection.execute(f"LISTEN {CHANNEL}")
    yield _read(connection)
    looked_at = monotonic_seconds()
    while not stop.is_set():
        told = connection.notifies(timeout=POSTGRES_WAIT_SECONDS, stop_after=1)
        if list(told) or monotonic_seconds() - looked_at >= POSTGRES_LOOK_SECONDS:
            yield _read(connection)
            looked_at = monotonic_seconds()
