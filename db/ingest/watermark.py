"""How far each source has been read. A watermark moves in the transaction of the rows it covers."""

from datetime import datetime

from sqlalchemy import Connection, Engine, select

from db.ingest.batch import Mark
from db.ingest.dialect import run, table_of
from db.models import Watermark

TABLE = table_of(Watermark)


def clamped(mark: Mark) -> Mark:
    """The mark, never past its source's own clock: a row stamped in the future hides no later one.

    >>> from datetime import datetime, UTC
    >>> ahead, now = datetime(2030, 1, 1, tzinfo=UTC), datetime(2026, 11, 10, tzinfo=UTC)
    >>> clamped(Mark(ahead, "7", now)).changed_at
    datetime.datetime(2026, 11, 10, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if mark.changed_at <= mark.source_clock_at:
        return mark
    return Mark(mark.source_clock_at, "", mark.source_clock_at)


def read_watermark(engine: Engine, source: str) -> Mark | None:
    """How far the source has been read; None before its first load."""
    with engine.connect() as connection:
        return held_mark(connection, source)


def held_mark(connection: Connection, source: str) -> Mark | None:
    """The same within a transaction."""
    found = connection.execute(
        select(TABLE.c.changed_at, TABLE.c.key, TABLE.c.source_clock_at).where(
            TABLE.c.source == source
        )
    ).one_or_none()
    return None if found is None else Mark(*found)


def is_ahead(connection: Connection, source: str, mark: Mark) -> bool:
    """Whether the mark is further than what is held."""
    held, new = held_mark(connection, source), clamped(mark)
    return held is None or (new.changed_at, new.key) > (held.changed_at, held.key)


def advance(connection: Connection, source: str, mark: Mark | None, now: datetime) -> None:
    """Move the source's watermark forward; never back."""
    if mark is None or not is_ahead(connection, source, mark):
        return
    new = clamped(mark)
    run(
        connection,
        "INSERT INTO watermark (source, changed_at, key, source_clock_at, advanced_at) "
        "VALUES (:source, :changed_at, :key, :clock, :now) ON CONFLICT (source) DO UPDATE SET "
        "changed_at = excluded.changed_at, key = excluded.key, "
        "source_clock_at = excluded.source_clock_at, advanced_at = excluded.advanced_at",
        source=source,
        changed_at=new.changed_at,
        key=new.key,
        clock=new.source_clock_at,
        now=now,
    )
