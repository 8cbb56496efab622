"""The two databases behind one set of names; everything else in db.ingest is the same SQL."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

import psycopg
from sqlalchemy import Column, Connection, Table, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

from db.errors import BatchRefused, StorageBusy, StorageFull
from db.ingest import postgres, sqlite
from db.ingest.batch import Rows

Row = tuple[Any, ...]
Columns = dict[str, Sequence[Any]]
"""Values of as many rows in each column, by the column's name."""
BUSY_STATES = {"55P03", "40P01", "40001", "57014", "57P01", "57P02", "57P03"}
"""SQLSTATEs after which the very same batch may succeed: locks, deadlocks, a server going down."""


class Dialect(Protocol):
    """What `db.ingest.postgres` and `db.ingest.sqlite` provide."""

    KEYS: str
    """FROM item that yields the keys of parameter `:keys` (see key_list) as column `k.value`."""
    TEMPORARY: str
    LOOK_UP: str
    """FROM clause of `outer` and the rows `f` of `table` that `match` it, found by the index."""
    HELD: str
    """FROM clause of the rows `f` of `table` that `:source` holds with one of the `:keys`."""
    FOUND: str
    """WHERE condition for the same rows of `table`, to change or delete them."""
    STRETCH_OF: str
    """Expression: the ten minutes that `f.changed_at` lies in, for `stretch_at` to read."""
    CONVERTERS: dict[type, Callable[[Any], Any]]
    """Column type → what turns a Python value into what the driver stores."""
    COLUMN_CONVERTERS: dict[type, Callable[[Iterable[Any]], list[Any]]]
    """The same for many values, None among them, where that is cheaper than one by one."""

    def hour_of(self, instant: Any) -> Any: ...
    def stretch_at(self, value: Any) -> datetime: ...
    def native_instant(self, instant: datetime) -> Any: ...
    def lock_plant(self, connection: Connection, plant: str) -> None: ...
    def insert(
        self,
        connection: Connection,
        table: str,
        columns: Sequence[Column[Any]],
        rows: Iterable[Any],
    ) -> None: ...
    def gather_statistics(self, connection: Connection, tables: Sequence[str]) -> None: ...
    def announce(self, connection: Connection, plant: str) -> None: ...


DIALECTS: dict[str, Dialect] = {"sqlite": sqlite, "postgresql": postgres}


def dialect_of(connection: Connection) -> Dialect:
    """The dialect of the database at the other end."""
    return DIALECTS[connection.dialect.name]


def table_of(model: type[SQLModel]) -> Table:
    """The model's table in the metadata, the only schema there is."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def insert_rows(
    connection: Connection, columns: Sequence[Column[Any]], rows: Sequence[Row]
) -> Sequence[Row]:
    """Add rows of Python values to the columns' table; returns them in the store's own values."""
    native = to_native(connection, columns, rows)
    if native:
        dialect_of(connection).insert(connection, columns[0].table.name, columns, native)
    return native


def to_native(
    connection: Connection, columns: Sequence[Column[Any]], rows: Sequence[Row]
) -> Sequence[Row]:
    """The rows with each value as the database's driver stores it; None stays None."""
    converters = dialect_of(connection).CONVERTERS
    if not any(type(column.type) in converters for column in columns):
        return rows
    return list(zip(*native_columns(connection, columns, rows).values(), strict=True))


def native_columns(
    connection: Connection, columns: Sequence[Column[Any]], rows: Sequence[Row]
) -> Columns:
    """By column name, the rows' values as the database's driver stores them; None stays None.

    Columns that are dear to convert and say the same, as when a step counts at its end, share it.
    """
    dialect, native = dialect_of(connection), {}
    done: list[tuple[type, Sequence[Any], Sequence[Any]]] = []
    for column, values in zip(columns, Rows.of(rows, len(columns)).columns, strict=True):
        kind = type(column.type)
        same = [to for of, said, to in done if of is kind and said == values]
        native[column.name] = same[0] if same else _native(dialect, kind, values)
        if kind in dialect.COLUMN_CONVERTERS:
            done.append((kind, values, native[column.name]))
    return native


def _native(dialect: Dialect, kind: type, values: Sequence[Any]) -> Sequence[Any]:
    if kind in dialect.COLUMN_CONVERTERS:
        return dialect.COLUMN_CONVERTERS[kind](values)
    if kind in dialect.CONVERTERS:
        convert = dialect.CONVERTERS[kind]
        return [None if value is None else convert(value) for value in values]
    return values


def key_list(keys: Sequence[str]) -> str:
    """What `:keys` of a dialect's KEYS is bound to: any number of keys as one parameter.

    >>> key_list(["7", "8"])
    '["7", "8"]'
    """
    return json.dumps(list(keys))


def run(connection: Connection, statement: str, /, **parameters: Any) -> int:
    """Execute SQL; returns how many rows it touched."""
    instant = dialect_of(connection).CONVERTERS.get(UTCDateTime)
    if instant:
        parameters = {
            name: instant(value) if isinstance(value, datetime) else value
            for name, value in parameters.items()
        }
    return connection.execute(text(statement), parameters).rowcount


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn the drivers' complaints about locks, room and lost servers into db.errors."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        state, words = getattr(cause, "sqlstate", None), str(cause).lower()
        if state == "53100" or "disk is full" in words:
            raise StorageFull(
                f"the store's disk is full, the batch was rolled back whole: {cause}. "
                "Free or add space; loading goes on by itself"
            ) from error
        if state in BUSY_STATES or "locked" in words or isinstance(cause, _lost(state)):
            raise StorageBusy(
                f"the store could not be written, the batch was rolled back whole: {cause}. "
                "It is tried again; if this lasts, look for a long transaction"
            ) from error
        raise


REFUSALS = (
    DataError,
    IntegrityError,
    psycopg.DataError,
    psycopg.IntegrityError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
    OverflowError,
    ValueError,
)
"""What drivers and converters raise for a value that cannot be stored, as they do again."""


@contextmanager
def refusals() -> Iterator[None]:
    """Turn complaints about values into BatchRefused."""
    try:
        yield
    except REFUSALS as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise BatchRefused(f"the store refuses a value: {cause}") from error


def _lost(state: str | None) -> tuple[type[BaseException], ...]:
    """A psycopg OperationalError without an SQLSTATE is a connection that broke."""
    return (psycopg.OperationalError,) if state is None else ()
