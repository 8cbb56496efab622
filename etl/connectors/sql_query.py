"""What a plant file says about a table or query, and the statement that asks for a window of it."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator
from sqlalchemy import Dialect, TextClause, text

from etl.connectors.base import Window
from etl.connectors.options import Options
from etl.connectors.sql_session import local_bound

_COLONS = re.compile(r":")


class SqlOptions(Options):
    """One table, view or SELECT and how its rows change. It is wrapped, so it needs no WHERE.

    What is new is known by one of three things, or by none (a snapshot, read whole each time):

        change_column   when a row changed. `change_format` says how that is stored: `native` (the
                        database's own instants; zoneless ones are UTC), `local` (zoneless, in the
                        source's zone), `text` (see `change_text`, in the source's zone), or epoch
        cursor_column   a number that only grows: the key of a log that is only ever added to, or a
                        version that every change raises. Rows that are committed late are covered
                        by `overlap_count`, which is how far each poll goes back in it
        the same, `cursor_kind = "rowversion"`: SQL Server's, whose open transactions are known
    """

    url: Annotated[str, Field(description="SQLAlchemy URL", min_length=1)]
    query: Annotated[str | None, Field(description="One SELECT, no semicolon", min_length=1)] = None
    table: Annotated[
        str | None, Field(description="Table or view instead, perhaps schema.table", min_length=1)
    ] = None
    key_column: Annotated[str, Field(description="Column that orders equal change times")]
    change_column: Annotated[str | None, Field(description="Column of the change time")] = None
    change_format: Literal["native", "local", "text", "epoch_seconds", "epoch_ms"] = "native"
    change_text: Annotated[str, Field(description="strftime form of a text change time")] = (
        "%Y-%m-%d %H:%M:%S"
    )
    cursor_column: Annotated[str | None, Field(description="Column of a growing number")] = None
    cursor_kind: Literal["number", "rowversion"] = "number"
    overlap_count: Annotated[int, Field(ge=0)] = 1_000
    batch_rows: Annotated[int, Field(ge=1, le=100_000)] = 10_000
    silence_seconds: Annotated[
        float, Field(gt=0, le=600, description="Longest wait for the clock and between rows")
    ] = 8
    horizon_seconds: Annotated[
        int, Field(ge=0, description="Longest that an open PostgreSQL transaction holds us back")
    ] = 3_600

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.query is None) == (self.table is None):
            raise ValueError("exactly one of query and table")
        if self.change_column and self.cursor_column:
            raise ValueError("change_column or cursor_column, not both")
        return self


def statement(options: SqlOptions, dialect: Dialect, window: Window, source: str) -> TextClause:
    """The question for a window's rows, in order; `source` is what stands in FROM.

    >>> from sqlalchemy.dialects import mssql
    >>> options = SqlOptions(url="mssql://", table="log", key_column="id", change_column="at")
    >>> print(statement(options, mssql.dialect(), Window(since=datetime(2026, 7, 1)), "log"))
    SELECT q.* FROM log q WHERE q.at >= :since ORDER BY q.at, q.id
    """
    name = dialect.identifier_preparer.quote
    column = options.change_column or options.cursor_column
    ordered = [f"q.{name(column)}"] if column else []
    bounds = []
    if options.change_column:
        bounds += [f"{ordered[0]} >= :since"] * (window.since is not None)
        bounds += [f"{ordered[0]} <= :until"] * (window.until is not None)
    elif options.cursor_column:
        bounds += [f"{ordered[0]} > :cursor"] * bool(window.cursor)
        is_versioned = options.cursor_kind == "rowversion"
        bounds += [f"{ordered[0]} < MIN_ACTIVE_ROWVERSION()"] * is_versioned
    if options.key_column != column:
        ordered.append(f"q.{name(options.key_column)}")
    where = f" WHERE {' AND '.join(bounds)}" if bounds else ""
    return text(f"SELECT q.* FROM {source} q{where} ORDER BY {', '.join(ordered)}")


def parameters(
    options: SqlOptions, dialect: Dialect, window: Window, zone: ZoneInfo
) -> dict[str, Any]:
    """The values of `statement`'s parameters."""
    if options.change_column:
        ends = {"since": window.since, "until": window.until}
        return {
            name: _bound(options, at, dialect.name, zone, is_until=name == "until")
            for name, at in ends.items()
            if at is not None
        }
    if not options.cursor_column or not window.cursor:
        return {}
    if options.cursor_kind == "rowversion":
        return {"cursor": bytes.fromhex(window.cursor)}
    return {"cursor": int(window.cursor) - options.overlap_count}


def cursor_of(options: SqlOptions, value: Any) -> str:
    """The last row's cursor as text; '' when it is no number that grows, and all is read again.

    >>> options = SqlOptions(url="mssql://", table="log", key_column="id", cursor_column="id")
    >>> cursor_of(options, 17), cursor_of(options, "A17")
    ('17', '')
    """
    if options.cursor_kind == "rowversion":
        return bytes(value).hex() if isinstance(value, bytes | bytearray | memoryview) else ""
    try:
        return str(int(value))
    except (TypeError, ValueError):
        return ""


def subquery(query: str) -> str:
    """A SELECT of the plant's to stand in FROM; its colons are no parameters."""
    return f"({_COLONS.sub(lambda _: chr(92) + ':', query.strip().rstrip(';'))})"


def _bound(
    options: SqlOptions, at: datetime, database: str, zone: ZoneInfo, *, is_until: bool
) -> Any:
    kind = options.change_format
    if kind.startswith("epoch"):
        return at.timestamp() * (1_000 if kind == "epoch_ms" else 1)
    if kind == "native" and database != "sqlite":
        return at if database == "postgresql" else at.astimezone(UTC).replace(tzinfo=None)
    local = local_bound(at, ZoneInfo("UTC") if kind == "native" else zone, is_until=is_until)
    return local if kind == "local" else local.strftime(options.change_text)
