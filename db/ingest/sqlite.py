"""SQLite: rows go in by the hundred, the last few by `executemany`.

The lock of a plant is the lock of the file: `db.engine` begins every transaction IMMEDIATE.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from sqlalchemy import Column, Connection, Date
from sqlmodel.sql.sqltypes import UTCDateTime

from db.models.types import QuantityType, micro_units

KEYS = "json_each(:keys) AS k"
TEMPORARY = "CREATE TEMP TABLE IF NOT EXISTS {name} AS {select}"
LOOK_UP = "{outer} CROSS JOIN {table} f WHERE {match}"
"""CROSS JOIN keeps the order: SQLite would rather read the whole table first."""
HELD = LOOK_UP.format(
    outer=KEYS, table="{table}", match="f.source = :source AND f.source_key = k.value"
)
FOUND = f"rowid IN (SELECT f.rowid FROM {LOOK_UP})"
STRETCH_OF = "substr(f.changed_at, 1, 15)"
ROWS_AT_ONCE = 200
"""Rows of one INSERT: a quarter less CPU than row by row, and other threads run meanwhile."""
EPOCH_AT = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTES = [f" {minute // 60:02}:{minute % 60:02}:" for minute in range(1440)]
_SECONDS = [f"{second:02}." for second in range(60)]
"""Texts put together from parts cost a third of what `isoformat` of an aware instant does."""


def instant_text(instant: datetime) -> str:
    """An aware instant exactly as SQLAlchemy stores it, so that texts sort as instants do.

    >>> instant_text(datetime(2026, 11, 1, 6, 30, tzinfo=UTC))
    '2026-11-01 06:30:00.000000'
    """
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs its zone; {instant!r} has none")
    return str(instant_texts([instant])[0])


def instant_texts(instants: Iterable[datetime | None]) -> list[str | None]:
    """The same of many aware instants; None stays None.

    >>> instant_texts([datetime(2026, 11, 1, 6, 30, 7, 8, tzinfo=UTC), None])
    ['2026-11-01 06:30:07.000008', None]
    """
    spans = [None if instant is None else instant - EPOCH_AT for instant in instants]
    return [
        None
        if span is None
        else f"{_day(span.days)}{_MINUTES[span.seconds // 60]}{_SECONDS[span.seconds % 60]}"
        + (f"{span.microseconds:06}" if span.microseconds else "000000")
        for span in spans
    ]


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return (EPOCH_AT + timedelta(days)).date().isoformat()


CONVERTERS: dict[type, Callable[[Any], Any]] = {
    UTCDateTime: instant_text,
    Date: lru_cache(maxsize=4096)(date.isoformat),
    QuantityType: micro_units,
}
COLUMN_CONVERTERS: dict[type, Callable[[Iterable[Any]], list[Any]]] = {UTCDateTime: instant_texts}


def hour_of(instant: str) -> str:
    """The UTC hour in which a stored instant lies.

    >>> hour_of("2026-11-01 06:59:59.000000")
    '2026-11-01 06:00:00.000000'
    """
    return instant[:13] + ":00:00.000000"


def stretch_at(value: str) -> datetime:
    """The instant at which ten minutes begin that are called by the first part of their text.

    >>> stretch_at("2026-11-01 06:3")
    datetime.datetime(2026, 11, 1, 6, 30, tzinfo=datetime.timezone.utc)
    """
    return datetime.fromisoformat(f"{value}0:00+00:00")


def native_instant(instant: datetime) -> str:
    """An instant as the store compares it."""
    return instant_text(instant)


def lock_plant(connection: Connection, plant: str) -> None:
    """Nothing to do: the transaction already holds the only writer's lock."""


def insert(
    connection: Connection, table: str, columns: Sequence[Column[Any]], rows: Iterable[Any]
) -> None:
    """Add rows of native values to a table."""
    names = ", ".join(column.name for column in columns)
    marks = f"({', '.join('?' * len(columns))})"
    raw: Any = connection.connection.driver_connection
    statement = f"INSERT INTO {table} ({names}) VALUES {marks}"
    many = statement + f", {marks}" * (ROWS_AT_ONCE - 1)
    values, full = chain.from_iterable(rows), len(columns) * ROWS_AT_ONCE
    while len(portion := list(islice(values, full))) == full:
        raw.execute(many, portion)
    raw.executemany(statement, zip(*[iter(portion)] * len(columns), strict=True))


def gather_statistics(connection: Connection, tables: Sequence[str]) -> None:
    """Nothing to do: the order of look-ups is written into the statements."""


def announce(connection: Connection, plant: str) -> None:
    """Nothing to do: watchers see PRAGMA data_version move."""
