"""Keeps what a source said of its own accord, until a scheduled load has taken it.

Brokers speak when they like; loads ask when it is their turn. Between the two stands a small SQLite
file of the source's own. A subscriber writes to it and only then acknowledges to the broker; a load
reads it like any table, by the time of receipt, with the overlap of any other source. What comes
twice is kept once.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from db.clock import utc_now
from etl.connectors.base import Window
from etl.connectors.http_values import tabulated

KEPT = timedelta(days=7)
"""How long what was received can be read again."""
BUSY_SECONDS = 5.0
SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS message (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, received_at TEXT NOT NULL,
  record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_message_received ON message (received_at);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL);
COMMIT;
"""
KEY_COLUMN, TIME_COLUMN = "_key", "_received_at"
"""Columns added to every record: what names it for ever, and when we got it."""


@dataclass(frozen=True, slots=True)
class Received:
    """One record on its way into the inbox; `key` is the same however often it is sent."""

    key: str
    record: Mapping[str, Any]


class Inbox:
    """The file of one source. One process writes, any number read."""

    def __init__(self, file: Path, now: Callable[[], datetime] = utc_now) -> None:
        self.file, self._now = file, now

    def put(self, received: Sequence[Received], state: Mapping[str, Any] | None = None) -> int:
        """Keep records and what the subscriber has to remember, in one transaction; how many are
        new. Once this has returned they are on disk."""
        with self._opened(is_writer=True) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            (newest,) = connection.execute("SELECT max(received_at) FROM message").fetchone()
            now = max(_stamp(self._now()), newest or "")
            before = connection.total_changes
            connection.executemany(
                "INSERT INTO message (key, received_at, record) VALUES (?, ?, ?)"
                " ON CONFLICT (key) DO NOTHING",
                [(one.key, now, json.dumps(one.record, default=_plain)) for one in received],
            )
            new = connection.total_changes - before
            connection.executemany(
                "INSERT INTO state VALUES (?, ?) ON CONFLICT (name) DO UPDATE"
                " SET value = excluded.value",
                [
                    (name, json.dumps(value, default=_plain))
                    for name, value in (state or {}).items()
                ],
            )
            return new

    def prune(self) -> None:
        """Let go of what has been there for longer than `KEPT`."""
        with self._opened(is_writer=True) as connection, connection:
            limit = _stamp(self._now() - KEPT)
            connection.execute("DELETE FROM message WHERE received_at < ?", (limit,))

    def state(self) -> dict[str, Any]:
        """What the subscriber remembered."""
        with self._opened() as connection:
            found = connection.execute("SELECT name, value FROM state")
            return {name: json.loads(value) for name, value in found}

    def read(
        self, window: Window, columns: Sequence[str], many: int
    ) -> Iterator[tuple[tuple[str, ...], list[tuple[Any, ...]]]]:
        """The window's records in the order of receipt, at most `many` at a time.

        `columns` are there even when no record has them.
        """
        since = _stamp(window.since) if window.since else ""
        until = _stamp(window.until) if window.until else "9999"
        last = 0
        with self._opened() as connection:
            while True:
                found = connection.execute(
                    "SELECT id, key, received_at, record FROM message"
                    " WHERE id > ? AND received_at BETWEEN ? AND ? ORDER BY id LIMIT ?",
                    (last, since, until, many),
                ).fetchall()
                if not found:
                    return
                last = found[-1][0]
                yield tabulated(
                    [
                        {KEY_COLUMN: key, TIME_COLUMN: at} | json.loads(record)
                        for _, key, at, record in found
                    ],
                    columns,
                )

    @contextmanager
    def _opened(self, *, is_writer: bool = False) -> Iterator[sqlite3.Connection]:
        if is_writer:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        with closing(
            sqlite3.connect(self.file, timeout=BUSY_SECONDS, isolation_level=None)
        ) as connection:
            if is_writer or not connection.execute("PRAGMA schema_version").fetchone()[0]:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.executescript(SCHEMA)
            yield connection


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
