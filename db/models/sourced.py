"""What every row that came from a plant system carries.

A row is known by (source, source_key): the source's code and the natural key it has there. The
content hash tells a re-pull from a correction; a corrected row's earlier version goes to `change`.
A row deleted at its source keeps its place with `deleted_at` set.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, text
from sqlmodel import Field, Index, SQLModel


class Sourced(SQLModel):
    """Columns of every table filled from a source. `source` is `<plant>.<feed>`."""

    source: str = Field(primary_key=True, max_length=64)
    source_key: str = Field(primary_key=True, max_length=200)
    plant: str = Field(max_length=16)
    content_hash: int = Field(sa_type=BigInteger)
    changed_at: datetime
    ingested_at: datetime
    load_id: int
    deleted_at: datetime | None = None


def newly_loaded(name: str) -> Index:
    """An index that finds the rows of the newest loads and costs the writer next to nothing.

    A few bytes a megabyte of rows on PostgreSQL; empty on SQLite, whose rowid says as much.
    """
    is_never = text("load_id < 0")
    return Index(name, "load_id", postgresql_using="brin", sqlite_where=is_never)


class Event(SQLModel):
    """Columns of every table whose rows happened at an instant.

    `occurred_at` is the instant the row counts at; `month` (yyyymm of it, UTC) is part of the key
    so that PostgreSQL can partition; `business_on` and `shift` are the plant's own day and shift.
    """

    month: int = Field(primary_key=True)
    occurred_at: datetime
    occurred_local: str = Field(default="", max_length=64)
    time_quality: str = Field(max_length=24)
    business_on: date
    shift: str = Field(max_length=8)
