"""PostgreSQL: rows go in by binary COPY.

The lock of a plant is an advisory lock that ends with the transaction.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from sqlalchemy import Column, Connection, text
from sqlalchemy.dialects import postgresql

from db.models.types import QuantityType, micro_units

KEYS = "json_array_elements_text(CAST(:keys AS json)) AS k(value)"
TEMPORARY = "CREATE TEMP TABLE IF NOT EXISTS {name} ON COMMIT DELETE ROWS AS {select}"
LOOK_UP = "{outer} CROSS JOIN LATERAL (SELECT * FROM {table} f WHERE {match} OFFSET 0) f"
"""One index look-up an outer row. A plain join with a table without statistics is planned as a
reading of all of it, for every batch; OFFSET 0 leaves the planner no other way.
"""
HELD = (
    "{table} f WHERE f.source = :source AND f.source_key = ANY(ARRAY("
    "SELECT json_array_elements_text(CAST(:keys AS json))))"
)
"""The key's index is gone through once, in order, at a fifth of the cost of one look-up a key."""
FOUND = """ctid = ANY(ARRAY(SELECT f.row_id FROM {outer}
CROSS JOIN LATERAL (SELECT f.ctid AS row_id FROM {table} f WHERE {match} OFFSET 0) f))"""
STRETCH_OF = "date_bin('10 minutes', f.changed_at, TIMESTAMPTZ '1970-01-01 00:00Z')"
LOCK_WAIT_MS = 5_000
COARSE = 10
"""Three thousand rows looked at tell a new table from an empty one, at a tenth of the cost."""
EPOCH_AT = datetime(1970, 1, 1, tzinfo=UTC)
CONVERTERS: dict[type, Callable[[Any], Any]] = {QuantityType: micro_units}
COLUMN_CONVERTERS: dict[type, Callable[[Iterable[Any]], list[Any]]] = {}
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def hour_of(instant: datetime) -> datetime:
    """The UTC hour in which a stored instant lies, whatever zone the session shows it in."""
    since = instant - EPOCH_AT
    return _hour(since.days * 24 + since.seconds // 3600)


@lru_cache(maxsize=4096)
def _hour(number: int) -> datetime:
    """One object an hour: an instant keeps its hash once it is known."""
    return EPOCH_AT + timedelta(hours=number)


def stretch_at(value: datetime) -> datetime:
    """The instant at which ten minutes begin, in UTC."""
    return value.astimezone(UTC)


def native_instant(instant: datetime) -> datetime:
    """An instant as the store compares it."""
    return instant


def lock_plant(connection: Connection, plant: str) -> None:
    """Wait at most five seconds for every other writer of the plant to end."""
    digest = blake2b(f"rackline plant {plant}".encode(), digest_size=8).digest()
    connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}"))
    connection.execute(
        text("SELECT pg_advisory_xact_lock(:key)"),
        {"key": int.from_bytes(digest, "big", signed=True)},
    )


def insert(
    connection: Connection, table: str, columns: Sequence[Column[Any]], rows: Iterable[Any]
) -> None:
    """Add rows of native values to a table."""
    names = ", ".join(column.name for column in columns)
    raw: Any = connection.connection.driver_connection
    copying = f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)"
    with raw.cursor() as cursor, cursor.copy(copying) as copy:
        copy.set_types([_type_name(column) for column in columns])
        for row in rows:
            copy.write_row(row)


def gather_statistics(connection: Connection, tables: Sequence[str]) -> None:
    """Let the planner know tables it knows nothing of, instead of in a minute or so.

    Without statistics any index looks as good as the right one, and a batch of ten thousand rows
    reads thousands of rows for each.
    """
    unknown = (
        connection.execute(
            text(
                "SELECT oid::regclass::text FROM pg_class WHERE reltuples < 0 AND oid IN "
                "(SELECT to_regclass(t) FROM unnest(CAST(:tables AS text[])) AS t)"
            ),
            {"tables": list(tables)},
        )
        .scalars()
        .all()
    )
    if unknown:
        connection.execute(text(f"SET LOCAL default_statistics_target = {COARSE}"))
    for name in unknown:
        connection.execute(text(f"ANALYZE (SKIP_LOCKED) {name}"))


def announce(connection: Connection, plant: str) -> None:
    """Wake whoever listens, when and if this transaction commits."""
    connection.execute(text("SELECT pg_notify('rackline', :plant)"), {"plant": plant})


@lru_cache(maxsize=1024)
def _type_name(column: Column[Any]) -> str:
    """What psycopg calls the column's type.

    >>> from sqlmodel import SQLModel
    >>> import db.models
    >>> _type_name(SQLModel.metadata.tables["unit_step"].c.ended_at)
    'timestamp with time zone'
    """
    return str(column.type.compile(_DIALECT)).partition("(")[0].lower()
