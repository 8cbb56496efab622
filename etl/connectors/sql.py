"""Reads any database SQLAlchemy can reach, never writing to it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Connection,
    CursorResult,
    Engine,
    bindparam,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from db.clock import utc_now
from db.errors import SourceChanged, SourceRefused, SourceUnavailable
from etl.connectors.base import Probe, RawBatch, Window
from etl.connectors.deadline import Deadline
from etl.connectors.sql_query import SqlOptions, cursor_of, parameters, statement, subquery
from etl.connectors.sql_session import (
    BLIND,
    CLOCKS,
    EXTRAS,
    Horizon,
    abandon,
    diagnosis,
    kill,
    read_only_engine,
    wake,
)
from etl.connectors.sql_summary import FOUND_AT_ONCE, edges_as_stored, pushed_down, scanned

SAMPLE_ROWS = 5
NAMES_SHOWN = 20
DRAINS = frozenset({"mysql", "mariadb"})
"""Databases whose driver reads a result to its end before it lets go of it."""


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
        self._is_whole = False
        self._from = subquery(options.query) if options.query else ""

    def probe(self) -> Probe:
        """The query's columns and its first few rows."""
        deadline = Deadline(self._seconds, self._abort)
        with (
            self._reading(deadline) as (connection, clock, _),
            self._asked(connection, Window(), deadline) as result,
            deadline.running(),
        ):
            return Probe(tuple(result.keys()), self._rows(result, SAMPLE_ROWS), clock)

    def fetch(self, window: Window) -> Iterator[RawBatch]:
        """Rows of the window, ordered by change time or cursor, and key."""
        options, deadline = self._options, Deadline(self._seconds, self._abort)
        silence: float | None = None
        with (
            self._reading(deadline) as (connection, clock, horizon),
            self._asked(connection, window, deadline) as result,
        ):
            columns = tuple(result.keys())
            place = _place(columns, options.cursor_column, self._source)
            while True:
                with deadline.running(silence):
                    rows = self._rows(result, options.batch_rows)
                if not rows:
                    self._is_whole = True
                    return
                silence = self._silence(connection)
                cursor = "" if place is None else cursor_of(options, rows[-1][place])
                yield RawBatch(columns, rows, horizon, clock, cursor=cursor)

    def summarise(self, edges: Sequence[datetime]) -> list[tuple[int, str]]:
        """Count and digest of the rows changed between each two neighbours of `edges`."""
        options, deadline = self._options, Deadline(self._seconds, self._abort)
        kind, column = options.change_format, options.change_column or ""
        database = make_url(options.url).get_backend_name()
        stored = edges_as_stored(edges, kind, options.change_text, self._zone, database)
        if database != "postgresql":
            return scanned(self.fetch(Window(edges[0], edges[-1])), column, stored)
        with self._reading(deadline) as (connection, _, _), deadline.running():
            name = connection.dialect.identifier_preparer.quote
            source = self._from or self._reflected(connection)
            asked = pushed_down(source, f"q.{name(column)}", kind)
            bounds = {"edges": stored, "since": stored[0], "until": stored[-1]}
            sides = [(0, "")] * (len(edges) - 1)
            for number, count, digest in connection.execute(text(asked), bounds):
                sides[number - 1] = (count, str(digest))
            return sides

    def find(self, column: str, values: Sequence[Any]) -> Iterator[RawBatch]:
        """Rows that hold one of the values in a column, whenever they were changed."""
        deadline = Deadline(self._seconds, self._abort)
        with self._reading(deadline) as (connection, clock, horizon):
            name = connection.dialect.identifier_preparer.quote
            with deadline.running():
                source = self._from or self._reflected(connection)
            query = f"SELECT q.* FROM {source} q WHERE q.{name(column)} IN :values"
            asked = text(query).bindparams(bindparam("values", expanding=True))
            for start in range(0, len(values), FOUND_AT_ONCE):
                some = {"values": list(values[start : start + FOUND_AT_ONCE])}
                with deadline.running(), closing(connection.execute(asked, some)) as result:
                    columns, rows = tuple(result.keys()), list(map(tuple, result.all()))
                if rows:
                    yield RawBatch(columns, rows, horizon, clock)

    def close(self) -> None:
        """Give the connection back to the database."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        self._driver = None

    @contextmanager
    def _reading(self, deadline: Deadline) -> Iterator[tuple[Connection, datetime, datetime]]:
        """A connection, the source's clock, and until when nothing can still be committed."""
        try:
            connection, clock, horizon = self._begun(deadline)
            with closing(connection):
                yield connection, clock, horizon
        except TimeoutError as error:
            self._forget()
            raise SourceUnavailable(self._source, f"{self._where()}: {error}") from error
        except (SQLAlchemyError, OSError) as error:
            self._forget()
            raise self._explained(error, deadline) from error

    def _begun(self, deadline: Deadline) -> tuple[Connection, datetime, datetime]:
        """A session that has told its clock: one kept from the last load, or else a new one."""
        is_kept = self._driver is not None
        with deadline.running():
            connection = self._opened().connect()
        try:
            with deadline.running(self._silence(connection)):
                return connection, *self._clock(connection)
        except DBAPIError as error:
            connection.close()
            if not (is_kept and error.connection_invalidated) or deadline.is_over:
                raise
        except BaseException:
            connection.close()
            raise
        self._forget()
        return self._begun(deadline)

    def _silence(self, connection: Connection) -> float | None:
        """Seconds without a word that tell a dead line; a local file has none."""
        return None if connection.dialect.name == "sqlite" else self._options.silence_seconds

    def _forget(self) -> None:
        """Start afresh next time. psycopg leaves a failed server cursor open; it is closed last."""
        with suppress(SQLAlchemyError, OSError):
            self.close()
        with suppress(Exception):
            self._cursor.close()

    def _watch(self, connection: Connection, cursor: Any, *rest: Any) -> None:
        self._cursor = cursor

    def _note_driver(self, driver: Any, *rest: Any) -> None:
        self._driver = driver

    def _opened(self) -> Engine:
        if self._engine is None:
            try:
                self._engine = read_only_engine(
                    self._options.url, self._seconds, self._options.silence_seconds
                )
            except ModuleNotFoundError as error:
                raise SourceUnavailable(self._source, self._absent(error)) from error
            except (ArgumentError, ImportError) as error:
                raise SourceUnavailable(self._source, f"{self._where()}: {error}") from error
            event.listen(self._engine, "before_cursor_execute", self._watch)
            event.listen(self._engine, "connect", self._note_driver)
        return self._engine

    def _clock(self, connection: Connection) -> tuple[datetime, datetime]:
        """The source's clock, and the instant up to which nothing can still be committed."""
        question = CLOCKS.get(connection.dialect.name)
        if question is None:
            return utc_now(), utc_now()
        now, *others = connection.exec_driver_sql(question).one()
        clock = now.replace(tzinfo=UTC) if now.tzinfo is None else now.astimezone(UTC)
        if not others:
            return clock, clock
        oldest, prepared, blind = others
        is_weaker = blind is not None and self._options.change_column is not None
        self.caution = BLIND.format(user=blind) if is_weaker else ""
        return clock, self._horizon.at(clock, oldest, prepared).astimezone(UTC)

    @contextmanager
    def _asked(
        self, connection: Connection, window: Window, deadline: Deadline
    ) -> Iterator[CursorResult[Any]]:
        options, dialect = self._options, connection.dialect
        self._is_whole, result = False, None
        try:
            with deadline.running():
                source = self._from or self._reflected(connection)
                streamed = connection.execution_options(
                    stream_results=True, max_row_buffer=options.batch_rows
                )
                result = streamed.execute(
                    statement(options, dialect, window, source),
                    parameters(options, dialect, window, self._zone),
                )
            yield result
        finally:
            if dialect.name in DRAINS and not self._is_whole:
                self._leave(connection)
            elif result is not None:
                result.close()

    def _leave(self, connection: Connection) -> None:
        """Let go of a result that was not read to its end, here and at the server."""
        driver, self._driver = self._driver, None
        if driver is not None:
            wake(driver)
            abandon(driver)
            threading.Thread(target=kill, args=(connection.engine.url, driver), daemon=True).start()
        with suppress(SQLAlchemyError, OSError):
            connection.invalidate()

    def _reflected(self, connection: Connection) -> str:
        """The table or view with the columns it has now; SourceUnavailable when it is not there."""
        schema, _, name = (self._options.table or "").rpartition(".")
        found, preparer = inspect(connection), connection.dialect.identifier_preparer
        names = sorted(
            {*found.get_table_names(schema or None), *found.get_view_names(schema or None)}
        )
        if name not in names:
            shown = ", ".join(names[:NAMES_SHOWN]) or "none"
            said = f"no table or view {self._options.table}; there are: {shown}"
            raise SourceUnavailable(self._source, f"{self._where()}: {said}")
        columns = [column["name"] for column in found.get_columns(name, schema or None)]
        listed = ", ".join(preparer.quote(column) for column in columns)
        of = f"{preparer.quote(schema)}.{preparer.quote(name)}" if schema else preparer.quote(name)
        return subquery(f"SELECT {listed} FROM {of}")

    def _rows(self, result: CursorResult[Any], many: int) -> Sequence[tuple[Any, ...]]:
        """The driver's own rows: `text` has no types, so nothing would be converted on the way."""
        return list(map(tuple, result.cursor_strategy.fetchmany(result, result.cursor, many)))

    def _abort(self) -> None:
        wake(self._driver)

    def _where(self) -> str:
        return make_url(self._options.url).render_as_string(hide_password=True)

    def _absent(self, error: ModuleNotFoundError) -> str:
        extra = EXTRAS.get(make_url(self._options.url).get_backend_name(), "")
        helps = f". Run: pip install --editable '.[{extra}]'" if extra else ""
        return f"{self._where()}: the driver {error.name} is not installed{helps}"

    def _explained(
        self, error: Exception, deadline: Deadline
    ) -> SourceChanged | SourceRefused | SourceUnavailable:
        if deadline.is_over:
            return SourceUnavailable(self._source, f"{self._where()}: {deadline.said}")
        kind, said = diagnosis(error)
        if issubclass(kind, SourceChanged):
            return SourceChanged(self._source, [said], [])
        return kind(self._source, f"{self._where()}: {said}")


def _place(columns: Sequence[str], cursor_column: str | None, source: str) -> int | None:
    if cursor_column is None:
        return None
    if cursor_column not in columns:
        raise SourceChanged(source, [cursor_column], columns)
    return columns.index(cursor_column)
