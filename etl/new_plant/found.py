"""What a database holds: tables, columns, keys, a few values; and which feeds they may serve."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from db.errors import SourceUnavailable
from etl.connectors.sql_session import read_only_engine
from etl.feeds.declare import SOURCED, Feed, Kind
from etl.feeds.registry import FEEDS
from etl.new_plant.names import is_hinted, likeness

SAMPLE, DISTINCT, MOST_TABLES = 20, 200, 400
ENOUGH = 0.6
"""Share of a feed's required fields that a table must seem to have, to be proposed."""
SECONDS = 30.0
SYSTEM = {"information_schema", "pg_catalog", "sys", "mysql", "performance_schema"}


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table or view of the source. `sample`: its first rows, as the driver gives them."""

    name: str
    """As a query writes it, with its schema and in quotes where needed."""
    columns: tuple[str, ...]
    key: tuple[str, ...]
    sample: Sequence[tuple[Any, ...]]
    table: Table

    def values(self, column: str) -> list[Any]:
        """What the sample holds in a column, without what is empty."""
        place = self.columns.index(column)
        return [row[place] for row in self.sample if row[place] not in (None, "")]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A table that may serve a feed. `columns`: our field → its column. `missing`: required fields
    that no column seems to hold. `others`: further tables that may do, the likeliest first."""

    feed: Feed
    table: FoundTable
    columns: dict[str, str]
    missing: tuple[str, ...]
    score: float
    others: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Looker:
    """An open, read-only look at one database."""

    engine: Engine
    connection: Connection

    @classmethod
    def at(cls, url: str) -> "Looker":
        """Raises SourceUnavailable."""
        try:
            engine = read_only_engine(url, SECONDS)
            return cls(engine, engine.connect())
        except (SQLAlchemyError, ImportError) as error:
            said = str(error.__cause__ or error).splitlines()[0]
            raise SourceUnavailable("the new plant's database", said) from error

    def close(self) -> None:
        """Let go of it."""
        self.connection.close()
        self.engine.dispose()

    def tables(self) -> list[FoundTable]:
        """Every table and view that holds something."""
        seen = inspect(self.connection)
        default = seen.default_schema_name
        found: list[FoundTable] = []
        for schema in [name for name in seen.get_schema_names() if name not in SYSTEM]:
            own = None if schema == default else schema
            for name in [*seen.get_table_names(own), *seen.get_view_names(own)][:MOST_TABLES]:
                with suppress(SQLAlchemyError):  # one that may not be read by us
                    found.append(self._table(name, own))
        return [table for table in found if table.sample]

    def _table(self, name: str, schema: str | None) -> FoundTable:
        table = Table(name, MetaData(), schema=schema, autoload_with=self.connection)
        rows = self.connection.execute(select(table).limit(SAMPLE)).all()
        written = self.engine.dialect.identifier_preparer.format_table(table)
        keys = tuple(column.name for column in table.primary_key)
        return FoundTable(
            written, tuple(table.columns.keys()), keys, [tuple(row) for row in rows], table
        )

    def distinct(self, table: FoundTable, *columns: str) -> list[tuple[Any, ...]]:
        """The different values of some columns together, at most two hundred."""
        asked = select(*(table.table.columns[name] for name in columns)).distinct()
        return [tuple(row) for row in self.connection.execute(asked.limit(DISTINCT))]


def proposals(tables: Sequence[FoundTable]) -> list[Proposal]:
    """For each feed the table that seems to serve it best, if any does."""
    return [best for feed in FEEDS.values() if (best := _best(feed, tables)) is not None]


def _best(feed: Feed, tables: Sequence[FoundTable]) -> Proposal | None:
    found = sorted(
        (one for table in tables if (one := _proposal(feed, table)) is not None),
        key=lambda one: -one.score,
    )
    if found:
        found[0].others.extend(one.table.name for one in found[1:4])
    return found[0] if found else None


def _proposal(feed: Feed, table: FoundTable) -> Proposal | None:
    columns: dict[str, str] = {}
    scored: list[float] = []
    followed = feed.follows_station
    fields = sorted(feed.fields, key=lambda it: not it.is_required)
    for one in (*fields, *SOURCED[1:]):
        like, column = max(
            (
                (likeness(one.name, name), name)
                for name in table.columns
                if name not in columns.values() and _may_hold(one.kind, table.values(name))
            ),
            default=(0.0, ""),
        )
        if like:
            columns[one.name] = column
        if one.is_required and one.name not in followed:
            scored.append(like)
    missing = tuple(
        one.name
        for one in feed.fields
        if one.is_required and one.name not in columns and one.name not in followed
    )
    share = sum(score > 0 for score in scored) / max(1, len(scored))
    is_told = is_hinted(feed.name, table.name)
    if not is_told or share < ENOUGH:
        return None
    return Proposal(
        feed, table, columns, missing, sum(scored) / max(1, len(scored)) + len(columns) / 100
    )


def _may_hold(kind: Kind, values: Sequence[Any]) -> bool:
    """Whether values seen in a column can be of a field's kind; nothing seen speaks against it."""
    if not values:
        return True
    first = values[0]
    if kind in {Kind.INSTANT, Kind.PLANNED, Kind.DATE}:
        return isinstance(first, datetime | date) or (
            isinstance(first, str) and any(sign in first for sign in "-:/.")
        )
    if kind in {Kind.QUANTITY, Kind.COUNT, Kind.RATIO}:
        return not isinstance(first, datetime | date | bytes) and _is_number(first)
    return not isinstance(first, bytes | datetime | date)


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
