"""Reads any database SQLAlchemy can reach, never writing to it."""

import os
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlalchemy import Connection, CursorResult, Engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from db.clock import utc_now
from db.errors import SourceChanged, SourceRefused, SourceUnavailable
from etl.connectors.base import Probe, RawBatch, Window
from etl.connectors.deadline import Deadline
from etl.connectors.options import Options
from etl.connectors.sql_session import (
    BLIND,
    CLOCKS,
    Horizon,
    diagnosis,
    local_bound,
    read_only_engine,
)

SAMPLE_ROWS = 5
_COLONS = re.compile(r":")


class SqlOptions(Options):
    """One SELECT and how its rows change. The connector wraps the query, so it needs no WHERE.

    `change_column` None reads everything each time (snapshots). `change_format` says how the change
    time is stored: `native` (the database's own instants; zoneless ones are UTC), `local` (zoneless
    timestamps in the source's zone), `text` (see `change_text`, in the source's zone), or epoch.
    """

    url: Annotated[str, Field(description="SQLAlchemy URL", min_length=1)]
    query: Annotated[str, Field(description="One SELECT, no semicolon", min_length=1)]
    key_column: Annotated[str, Field(description="Column that orders equal change times")]
    change_column: Annotated[str | None, Field(description="Column of the change time")] = None
    change_format: Literal["native", "local", "text", "epoch_seconds", "epoch_ms"] = "native"
    change_text: Annotated[str, Field(description="strftime form of a text change time")] = (
        "%Y-%m-%d %H:%M:%S"
    )
    batch_rows: Annotated[int, Field(ge=1, le=100_000)] = 10_000
    horizon_seconds: Annotated[
        int, Field(ge=0, description="Longest that an open PostgreSQL transaction holds us back")
    ] = 3_600


class SqlConnector:
    """One query on one database; a connection is kept between fetches."""

    caution = ""

    def __init__(
        self, source: str, options: SqlOptions, zone: ZoneInfo, deadline_seconds: float
    ) -> None:
        self._source, self._options, self._zone = source, options, zone
        self._seconds = deadline_seconds
        self._horizon = Horizon(timedelta(seconds=options.horizon_seconds))
        self._engine: Engine | None = None
        self._driver: Any = None
        self._cursor: Any = None
        self._statements: dict[tuple[bool, bool], Any] = {}

    def probe(self) -> Probe:
        """The query's columns and its first few rows."""
        deadline = Deadline(self._seconds, self._abort)
        with self._reading(deadline) as connection, deadline.running():
            clock, _ = self._clock(connection)
            with closing(self._execute(connection, Window())) as result:
                return Probe(tuple(result.keys()), self._rows(result, SAMPLE_ROWS), clock)

    def fetch(self, window: Window) -> Iterator[RawBatch]:
        """Rows whose change time lies in the window, ordered by change time and key."""
        deadline = Deadline(self._seconds, self._abort)
        with self._reading(deadline) as connection:
            with deadline.running():
                clock, horizon = self._clock(connection)
                result = self._execute(connection, window)
            with closing(result):
                columns = tuple(result.keys())
                while True:
                    with deadline.running():
                        rows = self._rows(result, self._options.batch_rows)
                    if not rows:
                        return
                    yield RawBatch(columns, rows, horizon, clock)

    def close(self) -> None:
        """Give the connection back to the database."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @contextmanager
    def _reading(self, deadline: Deadline) -> Iterator[Connection]:
        try:
            with deadline.running():
                connection = self._opened().connect()
                self._driver = connection.connection.driver_connection
            with closing(connection):
                yield connection
        except TimeoutError as error:
            self._forget()
            raise SourceUnavailable(self._source, f"{self._where()}: {error}") from error
        except (SQLAlchemyError, OSError) as error:
            self._forget()
            raise self._explained(error, deadline) from error
        finally:
            self._driver = None

    def _forget(self) -> None:
        """Start afresh next time. psycopg leaves a failed server cursor open; it is closed last."""
        with suppress(SQLAlchemyError, OSError):
            self.close()
        with suppress(Exception):
            self._cursor.close()

    def _watch(self, connection: Connection, cursor: Any, *rest: Any) -> None:
        self._cursor = cursor

    def _opened(self) -> Engine:
        if self._engine is None:
            try:
                self._engine = read_only_engine(self._options.url, self._seconds)
                event.listen(self._engine, "before_cursor_execute", self._watch)
            except (ArgumentError, ImportError) as error:
                raise SourceUnavailable(self._source, f"{self._where()}: {error}") from error
        return self._engine

    def _clock(self, connection: Connection) -> tuple[datetime, datetime]:
        """The source's clock, and the instant up to which nothing can still be committed."""
        statement = CLOCKS.get(connection.dialect.name)
        if statement is None:
            return utc_now(), utc_now()
        now, *others = connection.exec_driver_sql(statement).one()
        clock = now.replace(tzinfo=UTC) if now.tzinfo is None else now.astimezone(UTC)
        if not others:
            return clock, clock
        oldest, prepared, blind = others
        is_weaker = blind is not None and self._options.change_column is not None
        self.caution = BLIND.format(user=blind) if is_weaker else ""
        return clock, self._horizon.at(clock, oldest, prepared).astimezone(UTC)

    def _execute(self, connection: Connection, window: Window) -> CursorResult[Any]:
        options = self._options
        since, until = (window.since, window.until) if options.change_column else (None, None)
        shape = (since is not None, until is not None)
        if shape not in self._statements:
            self._statements[shape] = text(_wrapped(options, connection, *shape))
        bounds = {
            name: self._bound(at, connection.dialect.name, is_until=name == "until")
            for name, at in (("since", since), ("until", until))
            if at is not None
        }
        streamed = connection.execution_options(
            stream_results=True, max_row_buffer=options.batch_rows
        )
        return streamed.execute(self._statements[shape], bounds)

    def _rows(self, result: CursorResult[Any], many: int) -> Sequence[tuple[Any, ...]]:
        """The driver's own rows: `text` has no types, so nothing would be converted on the way."""
        return list(map(tuple, result.cursor_strategy.fetchmany(result, result.cursor, many)))

    def _bound(self, at: datetime, database: str, *, is_until: bool) -> Any:
        kind = self._options.change_format
        if kind.startswith("epoch"):
            return at.timestamp() * (1_000 if kind == "epoch_ms" else 1)
        if kind == "native" and database != "sqlite":
            return at if database == "postgresql" else at.astimezone(UTC).replace(tzinfo=None)
        zone = ZoneInfo("UTC") if kind == "native" else self._zone
        local = local_bound(at, zone, is_until=is_until)
        return local if kind == "local" else local.strftime(self._options.change_text)

    def _abort(self) -> None:
        driver = self._driver
        with suppress(Exception):
            if hasattr(driver, "interrupt"):
                driver.interrupt()
            elif hasattr(driver, "fileno"):
                with socket.socket(fileno=os.dup(driver.fileno())) as line:
                    line.shutdown(socket.SHUT_RDWR)

    def _where(self) -> str:
        return make_url(self._options.url).render_as_string(hide_password=True)

    def _explained(
        self, error: Exception, deadline: Deadline
    ) -> SourceChanged | SourceRefused | SourceUnavailable:
        if deadline.is_over:
            late = f"{self._where()}: no complete answer within {deadline.seconds:g} s"
            return SourceUnavailable(self._source, late)
        kind, said = diagnosis(error)
        if issubclass(kind, SourceChanged):
            return SourceChanged(self._source, [said], [])
        return kind(self._source, f"{self._where()}: {said}")


def _wrapped(options: SqlOptions, connection: Connection, has_since: bool, has_until: bool) -> str:
    name = connection.dialect.identifier_preparer.quote
    query = _COLONS.sub(r"\\:", options.query.strip().rstrip(";"))
    change = f"q.{name(options.change_column)}" if options.change_column else None
    bounds = [f"{change} >= :since"] * has_since + [f"{change} <= :until"] * has_until
    where = f" WHERE {' AND '.join(bounds)}" if bounds else ""
    order = ", ".join(filter(None, (change, f"q.{name(options.key_column)}")))
    return f"SELECT q.* FROM ({query}) q{where} ORDER BY {order}"
