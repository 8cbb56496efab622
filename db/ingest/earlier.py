"""What rows said before they were corrected, deleted or put to another unit."""

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Table

from db.ingest.dialect import insert_rows, table_of
from db.models import Change

COLUMNS = [column for column in table_of(Change).columns if column.name != "id"]


def keep_earlier(
    connection: Connection,
    table: Table,
    before: Sequence[Row[Any]],
    now: datetime,
    load_id: int,
    *,
    deleted: Collection[str] = (),
) -> list[str]:
    """Put what the rows said before into `change`; returns the kind of each change.

    `deleted` are keys of those that are gone now.
    """
    kinds = [_kind(row, is_deleted=row.source_key in deleted) for row in before]
    changes = [
        (
            table.name,
            row.source,
            row.source_key,
            row.plant,
            kind,
            row.content_hash,
            json.dumps(row._asdict(), default=_plain, separators=(",", ":")),
            now,
            load_id,
        )
        for row, kind in zip(before, kinds, strict=True)
    ]
    insert_rows(connection, COLUMNS, changes)
    return kinds


def _kind(before: Row[Any], *, is_deleted: bool) -> str:
    if before.deleted_at is not None:
        return "changed" if is_deleted else "restored"
    return "deleted" if is_deleted else "changed"


def _plain(value: object) -> str:
    """A value as JSON text: instants and dates in ISO 8601, decimals digit for digit."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in a change record")
