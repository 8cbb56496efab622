"""Where rows end up: SQL tables, a folder of tester files, or documents behind a service."""

import csv
import io
import json
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from etl.simulator.dialect import FeedDialect, Row
from etl.simulator.facts import Key
from etl.simulator.journal import Entry, Flaw
from etl.simulator.worktime import HOUR

Entries = dict[Key, Entry]
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000")
NEW_PRAGMAS = ("journal_mode=OFF", "synchronous=OFF", "cache_size=-65536")
"""While history is made, nobody reads it, and a crash starts it over: nothing has to be safe."""


class Store(Protocol):
    """One place a plant's system keeps rows in."""

    def write(self, feed: str, entries: Entries) -> None:
        """Insert or replace rows."""
        ...

    def commit(self, now: int, *, is_live: bool) -> None:
        """Make what was written visible."""
        ...

    def safe_to(self) -> int:
        """The last instant up to which nothing would be lost by a crash; 0 when none is."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


def open_sqlite(file: Path, *, is_new: bool) -> sqlite3.Connection:
    """A WAL database that a reader may use while we write; a new one is not safe, but fast."""
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in NEW_PRAGMAS if is_new else PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


class SqlStore:
    """A database with one table per feed; the only kind of store whose rows can be replaced."""

    def __init__(
        self, file: Path, tables: dict[str, tuple[str, FeedDialect]], *, is_new: bool = False
    ) -> None:
        """`tables` gives each feed its table name and dialect."""
        self._tables = tables
        self._connection = open_sqlite(file, is_new=is_new)
        self._inserts: dict[str, str] = {}
        for feed, (name, dialect) in tables.items():
            self._create(name, dialect)
            marks = ", ".join("?" * len(dialect.columns))
            self._inserts[feed] = f"INSERT OR REPLACE INTO {name} VALUES ({marks})"
        self._committed_at = 0

    def _create(self, name: str, dialect: FeedDialect) -> None:
        columns = [f'"{column}"' for column in dialect.columns]
        if dialect.has_row_number:
            columns[0] += " INTEGER PRIMARY KEY"
        else:
            keys = ", ".join(f'"{column}"' for column in dialect.key_columns)
            columns.append(f"PRIMARY KEY ({keys})")
        self._connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(columns)})")
        if dialect.changed_column:
            self._connection.execute(
                f'CREATE INDEX IF NOT EXISTS "{name}_changed" ON {name}'
                f' ("{dialect.changed_column}", "{dialect.key_columns[0]}")'
            )

    def _begin(self) -> None:
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")

    def write(self, feed: str, entries: Entries) -> None:
        """Insert or replace rows of a feed's table."""
        self._begin()
        row = self._tables[feed][1].row
        rows = [row(key, entry) for key, entry in entries.items()]
        self._connection.executemany(self._inserts[feed], rows)

    def replace(self, feed: str, entries: Entries) -> None:
        """Empty the feed's table and fill it anew, in one transaction."""
        self._begin()
        self._connection.execute(f'DELETE FROM "{self._tables[feed][0]}"')
        self.write(feed, entries)

    def commit(self, now: int, *, is_live: bool) -> None:
        """Commit and begin the next transaction."""
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
        self._committed_at = now

    def safe_to(self) -> int:
        """The instant of the last commit."""
        return self._committed_at

    def close(self) -> None:
        """Commit and fold the log into the file."""
        self.commit(self._committed_at, is_live=True)
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()


class DocumentStore(SqlStore):
    """The database behind a JSON service: one table per resource, rows as documents."""

    def _create(self, name: str, dialect: FeedDialect) -> None:
        self._connection.execute(
            f'CREATE TABLE IF NOT EXISTS "{name}" (key PRIMARY KEY, changed TEXT, doc TEXT)'
        )
        self._connection.execute(
            f'CREATE INDEX IF NOT EXISTS "{name}-changed" ON "{name}" (changed, key)'
        )

    def write(self, feed: str, entries: Entries) -> None:
        """Insert or replace documents."""
        self._begin()
        name, dialect = self._tables[feed]
        columns, changed = dialect.columns, dialect.columns.index(dialect.changed_column)
        rows = (
            ("|".join(k) if isinstance(k, tuple) else k, dialect.row(k, e))
            for k, e in entries.items()
        )
        self._connection.executemany(
            f'INSERT OR REPLACE INTO "{name}" VALUES (?, ?, ?)',
            (
                (key, row[changed], json.dumps(dict(zip(columns, row, strict=True))))
                for key, row in rows
            ),
        )


class TesterFolder:
    """CSV files as testers drop them: by the hour in history, as results come when live.

    A file is complete once an empty `<name>.done` stands beside it. Some testers write under the
    final name from the start, so that half a file can be seen until the next `commit`.
    """

    def __init__(self, folder: Path, dialect: FeedDialect) -> None:
        self._folder, self._dialect = folder, dialect
        folder.mkdir(parents=True, exist_ok=True)
        for file in folder.glob("*.csv"):  # cut off by a crash; its results are sent again
            if not file.with_name(file.name + ".done").exists():
                file.unlink()
        self._safe_to = 0
        self._waiting: list[tuple[int, Row]] = []
        self._half: tuple[Path, str] | None = None

    def write(self, feed: str, entries: Entries) -> None:
        """Take results in; a result sent twice comes with the next ones again."""
        for key, entry in entries.items():
            _, *cells = self._dialect.row(key, entry)
            station = self._dialect.station_name(str(entry.fact[2]), entry)
            row = (f"TST-{station}", *cells, str(key))
            self._waiting += [(entry.changed_at, row)] * (2 if entry.flaw is Flaw.TWICE else 1)

    def commit(self, now: int, *, is_live: bool) -> None:
        """Drop what came in: one file now when live, one per full hour in history."""
        self._finish_half()
        self._waiting.sort(key=lambda item: item[0])
        if is_live:
            ready, self._waiting = self._waiting, []
            if ready:
                self._drop(now, [row for _, row in ready], is_live=True)
            if self._half is None:
                self._safe_to = now
            return
        ends = {at - at % HOUR + HOUR for at, _ in self._waiting}
        for end in sorted(end for end in ends if end <= now):
            self._drop(end, [r for at, r in self._waiting if end - HOUR <= at < end], is_live=False)
        self._waiting = [item for item in self._waiting if item[0] >= now - now % HOUR]

    def safe_to(self) -> int:
        """Everything up to here stands in complete files."""
        return self._safe_to

    def _text(self, rows: Iterable[Row]) -> str:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow((*self._dialect.columns, "RunNo"))
        writer.writerows(rows)
        return buffer.getvalue()

    def _drop(self, at: int, rows: list[Row], *, is_live: bool) -> None:
        file = self._folder / f"results_{at}.csv"
        text = self._text(rows)
        if is_live and at % 5 == 0:
            file.write_text(text[: len(text) * 2 // 3])
            self._half = (file, text)
            return
        hidden = file.with_suffix(".tmp")
        hidden.write_text(text)
        os.utime(hidden, (at, at))
        hidden.rename(file)
        self._mark_done(file, at)

    def _mark_done(self, file: Path, at: int) -> None:
        done = file.with_name(file.name + ".done")
        done.touch()
        os.utime(done, (at, at))

    def _finish_half(self) -> None:
        if self._half:
            file, text = self._half
            self._half = None
            file.write_text(text)
            at = int(file.stem.partition("_")[2])
            os.utime(file, (at, at))
            self._mark_done(file, at)

    def close(self) -> None:
        """Complete what is half written."""
        self._finish_half()
