"""Rows of the store as pages show them: where their source keeps them, and what they say."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from db.queries.part_shapes import RowShape
from db.queries.plants import iso


def row_shape(row: Any, names: str) -> RowShape:
    """A sourced row with the named columns."""
    return RowShape(
        source=row.source,
        source_key=row.source_key,
        changed_at=iso(row.changed_at),
        says={name: _said(getattr(row, name)) for name in names.split()},
    )


def _said(value: Any) -> str | float | None:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else value
