"""What differs between databases: sessions that cannot write, clocks, bounds, error texts."""

import os
import re
import socket
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from db.engine import POSTGRES_KEEPALIVE
from db.errors import SourceChanged, SourceRefused, SourceUnavailable

READ_ONLY = {
    "sqlite": ("PRAGMA query_only=ON",),
    "mysql": ("SET SESSION TRANSACTION READ ONLY", "SET time_zone = '+00:00'"),
    "mariadb": ("SET SESSION TRANSACTION READ ONLY", "SET time_zone = '+00:00'"),
    "oracle": ("ALTER SESSION SET TIME_ZONE = 'UTC'",),
}
"""What makes a session refuse writes, and speak in UTC; PostgreSQL is told when it is opened. SQL
Server and Oracle have no such session: there the account's rights alone forbid writing."""
DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "mssql": "mssql+pymssql",
    "oracle": "oracle+oracledb",
}
"""Which driver serves a URL that names none."""
EXTRAS = {"mysql": "mysql", "mariadb": "mysql", "mssql": "mssql", "oracle": "oracle"}
"""The extra of ours that brings the driver of a database."""
CLOCKS = {
    "mysql": "SELECT UTC_TIMESTAMP(6)",
    "mariadb": "SELECT UTC_TIMESTAMP(6)",
    "mssql": "SELECT SYSUTCDATETIME()",
    "oracle": "SELECT SYS_EXTRACT_UTC(SYSTIMESTAMP) FROM DUAL",
    "postgresql": (
        "SELECT clock_timestamp(),"
        " (SELECT min(xact_start) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()),"
        " (SELECT min(prepared) FROM pg_prepared_xacts WHERE database = current_database()),"
        " (SELECT quote_ident(current_user) FROM pg_roles WHERE rolname = 'pg_read_all_stats'"
        " AND NOT pg_has_role(oid, 'USAGE'))"
    ),
}
"""The source's own clock in UTC. PostgreSQL also says when its oldest open transaction began, when
the oldest one that waits prepared was prepared, and who asks if he may not see the open ones."""
BLIND = (
    "{user} may not see the transactions of others, so rows that are committed late may be missed "
    "beyond the overlap. On the source run: GRANT pg_read_all_stats TO {user}"
)
PREPARE_SPAN = timedelta(minutes=1)
"""How long before it is prepared a transaction may have begun to stamp rows, if nobody saw it."""


class Horizon:
    """Up to when nothing can still be committed with an older stamp, from what `CLOCKS` answers."""

    def __init__(self, longest: timedelta) -> None:
        """`longest` bounds how far back an open transaction holds the horizon."""
        self._longest = longest
        self._unprepared_at: datetime | None = None

    def at(
        self, clock: datetime, oldest: datetime | None = None, prepared: datetime | None = None
    ) -> datetime:
        """The horizon, when the source's clock shows `clock`.

        A prepared transaction is no longer among the open ones and does not say when it began: as
        long as there is one, the horizon stays where it was before there was any.

        >>> noon, second = datetime(2026, 7, 1, 12, tzinfo=UTC), timedelta(seconds=1)
        >>> horizon = Horizon(timedelta(hours=1))
        >>> horizon.at(noon, oldest=noon - 9 * second) == noon - 9 * second
        True
        >>> horizon.at(noon + second, prepared=noon) == noon - 9 * second
        True
        >>> horizon.at(noon + 2 * second) == noon + 2 * second
        True
        """
        horizon = min(clock, oldest or clock)
        if prepared is None:
            self._unprepared_at = horizon
        else:
            horizon = min(horizon, self._unprepared_at or prepared - PREPARE_SPAN)
        return max(horizon, clock - self._longest)


_REFUSED = re.compile(
    r"authentication failed|access denied|login failed|ORA-01017|no pg_hba\.conf entry"
    r"|not permitted to log in|role \S+ does not exist|permission denied|no password supplied",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"no such column: (\S+)|column \"?([\w.]+)\"? does not exist"
    r"|Unknown column '([^']+)'|Invalid column name '([^']+)'"
)


def read_only_engine(address: str, seconds: float, silence: float = 5) -> Engine:
    """An engine of one connection whose session refuses writes and gives up after `seconds`.

    A server that says nothing for `silence` seconds is no server. Raises ModuleNotFoundError when
    its driver is not installed.
    """
    url = make_url(address)
    backend = url.get_backend_name()
    if backend in DRIVERS and ("+" not in url.drivername or backend == "postgresql"):
        url = url.set(drivername=DRIVERS[backend])
    arguments = _limits(backend, seconds, max(2, min(5, round(seconds), round(silence))))
    if backend == "sqlite" and url.database and url.database != ":memory:":
        url = url.set(database=f"file:{quote(url.database)}", query={"mode": "ro", "uri": "true"})
        arguments = {"timeout": seconds, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments, pool_size=1, max_overflow=0)

    @event.listens_for(engine, "connect")
    def refuse_writes(connection: Any, record: ConnectionPoolEntry) -> None:
        with closing(connection.cursor()) as cursor:
            for statement in READ_ONLY.get(backend, ()):
                cursor.execute(statement)
        if backend in {"mysql", "mariadb"}:
            connection._read_timeout = seconds  # was that of the handshake

    return engine


def _limits(backend: str, seconds: float, connecting: int) -> dict[str, Any]:
    """What each driver is told so that no call outlasts the deadline by much."""
    match backend:
        case "postgresql":
            return POSTGRES_KEEPALIVE | {
                "connect_timeout": connecting,
                "options": "-c default_transaction_read_only=on -c timezone=UTC"
                f" -c statement_timeout={int(seconds * 1000)}",
            }
        case "mysql" | "mariadb":
            return {"connect_timeout": connecting, "read_timeout": min(seconds, connecting)}
        case "mssql":
            return {"login_timeout": connecting, "timeout": round(seconds)}
        case "oracle":
            return {"tcp_connect_timeout": connecting}
    return {}


def wake(driver: Any) -> None:
    """End a call that hangs in a driver, from another thread; its connection is of no more use."""
    line = getattr(driver, "_sock", None)
    with suppress(Exception):
        if hasattr(driver, "interrupt"):
            driver.interrupt()
        elif hasattr(driver, "fileno"):
            with socket.socket(fileno=os.dup(driver.fileno())) as end:
                end.shutdown(socket.SHUT_RDWR)
        elif isinstance(line, socket.socket):
            line.shutdown(socket.SHUT_RDWR)
        elif hasattr(driver, "cancel"):
            driver.cancel()


def abandon(driver: Any) -> None:
    """Make pymysql forget the unread rest of a result, which it would wait for otherwise."""
    result: Any = getattr(driver, "_result", None)
    if getattr(result, "unbuffered_active", False):
        result.unbuffered_active, result.connection = False, None


def kill(url: URL, driver: Any) -> None:
    """End a MySQL or MariaDB session whose statement goes on although nobody waits for it."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5})
    with suppress(Exception), engine.connect() as connection:
        connection.exec_driver_sql(f"KILL {int(driver.thread_id())}")


def local_bound(at: datetime, zone: ZoneInfo, *, is_until: bool) -> datetime:
    """A bound as wall clock time that leaves nothing out, whatever the clock does meanwhile.

    Near a night on which clocks go back, wall time does not follow instants: a lower bound then
    moves to before the repeated hour, an upper one to after it, so that the hour is read whole.

    >>> chicago = ZoneInfo("America/Chicago")
    >>> second_0130 = datetime(2026, 11, 1, 7, 30, tzinfo=UTC)
    >>> local_bound(second_0130, chicago, is_until=False)
    datetime.datetime(2026, 10, 31, 21, 30)
    >>> local_bound(datetime(2026, 7, 1, 6, tzinfo=UTC), chicago, is_until=False)
    datetime.datetime(2026, 7, 1, 0, 59, 59)
    """
    hours = range(-2, 3)
    offsets = [
        (at + timedelta(hours=hour)).astimezone(zone).utcoffset() or timedelta() for hour in hours
    ]
    local = at.astimezone(UTC).replace(tzinfo=None)
    margin = timedelta(hours=4) if len(set(offsets)) > 1 else timedelta(seconds=1)
    return local + max(offsets) + margin if is_until else local + min(offsets) - margin


def diagnosis(
    error: Exception,
) -> tuple[type[SourceChanged | SourceRefused | SourceUnavailable], str]:
    """What a database's error means for a source, and its text; of a lost column, its name.

    A missing table counts as an outage, for it may be about to be made; a missing column does not.
    """
    original = error.orig if isinstance(error, DBAPIError) else error
    said = " ".join(str(original).split())[:300]
    state = getattr(original, "sqlstate", None) or ""
    gone = _GONE.search(said)
    if gone:
        return SourceChanged, next(filter(None, gone.groups())).rpartition(".")[2]
    if state.startswith("28") or state == "42501" or _REFUSED.search(said):
        return SourceRefused, f"refused us: {said}"
    return SourceUnavailable, said
