"""Asking for many keys at once, and by the index that is meant."""

import json
from collections.abc import Sequence
from typing import Any

import sqlmodel
from sqlalchemy import JSON, ColumnElement, String, cast, literal
from sqlmodel import Session, func

choose: Any = sqlmodel.select


def among(session: Session, column: Any, keys: Sequence[str]) -> ColumnElement[bool]:
    """Condition that a column is one of any number of keys, bound as one parameter.

    Hundreds of parameters cost more to bind than the index look-ups they stand for. That PostgreSQL
    looks a thousand up, and does not read millions of links for them, it owes to being told how
    many different serials there are (migration 0012).
    """
    told = literal(json.dumps(list(keys)), String)
    if session.get_bind().dialect.name == "postgresql":
        one = func.json_array_elements_text(cast(told, JSON)).table_valued("value")
    else:
        one = func.json_each(told).table_valued("value")
    found: ColumnElement[bool] = column.in_(choose(one.c.value))
    return found


def hidden(column: Any) -> ColumnElement[Any]:
    """The column, hidden from its indexes: SQLite takes "since" for better than a serial."""
    return func.coalesce(column, column)


def inline(value: str) -> ColumnElement[str]:
    """A value within the statement, so that an index of rows with just this value is seen to do."""
    return literal(value, String, literal_execute=True)
