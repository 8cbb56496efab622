"""SQLite: rows go in by `executemany`.

The lock of a plant is the lock of the file: `db.engine` begins every transaction IMMEDIATE.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Column, Connection, Date
from sqlmodel.sql.sqltypes import UTCDateTime

from db.models.types import QuantityType, micro_units

KEYS = "json_each(:keys) AS k"
TEMPORARY = "CREATE TEMP TABLE IF NOT EXISTS {name} AS {select}"


def instant_text(instant: datetime) -> str:
    """An aware instant exactly as SQLAlchemy stores it, so that texts sort as instants do.

    >>> instant_text(datetime(2026, 11, 1, 6, 30, tzinfo=UTC))
    '2026-11-01 06:30:00.000000'
    """
    if instant.tzinfo is not UTC:
        if instant.utcoffset() is None:
            raise ValueError(f"an instant needs its zone; {instant!r} has none")
        instant = instant.astimezone(UTC)
    return instant.isoformat(" ", "microseconds")[:26]


CONVERTERS: dict[type, Callable[[Any], Any]] = {
    UTCDateTime: instant_text,
    Date: date.isoformat,
    QuantityType: micro_units,
}


def hour_of(instant: str) -> str:
    """The UTC hour in which a stored instant lies.

    >>> hour_of("2026-11-01 06:59:59.000000")
    '2026-11-01 06:00:00.000000'
    """
    return instant[:13] + ":00:00.000000"


def lock_plant(connection: Connection, plant: str) -> None:
    """Nothing to do: the transaction already holds the only writer's lock."""


def insert(
    connection: Connection, table: str, columns: Sequence[Column[Any]], rows: Iterable[Any]
) -> None:
    """Add rows of native values to a table."""
    names = ", ".join(column.name for column in columns)
    marks = ", ".join("?" * len(columns))
    raw: Any = connection.connection.driver_connection
    raw.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def announce(connection: Connection, plant: str) -> None:
    """Nothing to do: watchers see PRAGMA data_version move."""
