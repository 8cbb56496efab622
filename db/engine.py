"""Opening the store: SQLite for one machine, PostgreSQL for production.

SQLite runs in WAL with foreign keys on and every writing transaction begins IMMEDIATE, so that a
writer waits its turn (5 s) instead of failing half way. PostgreSQL gets TCP keepalives, without
which a vanished server would hang a reader for ever.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from db.errors import ConfigError, Fault, SchemaOutOfDate

MIGRATIONS = Path(__file__).parent / "migrations"
SETTING = "RACKLINE_DATABASE_URL"
STORES = "sqlite:///path or postgresql+psycopg://user@host/name"
BUSY_TIMEOUT_MS = 5_000
SQLITE_PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "NORMAL",
    "foreign_keys": "ON",
    "busy_timeout": str(BUSY_TIMEOUT_MS),
    "cache_size": "-16384",
    "temp_store": "MEMORY",
}
POSTGRES_KEEPALIVE = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 6_000,
}


def make_engine(url: str, *, is_read_only: bool = False) -> Engine:
    """An engine for the store at `url` (sqlite:///… or postgresql+psycopg://…).

    `is_read_only` makes the database itself refuse writes: `query_only` on SQLite, a read-only
    default transaction on PostgreSQL. Raises ConfigError for any other kind of database.
    """
    parsed = _parsed(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(url, parsed.database, is_read_only)
    if backend == "postgresql":
        options = {"options": "-c default_transaction_read_only=on"} if is_read_only else {}
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            connect_args=POSTGRES_KEEPALIVE | options,
            pool_pre_ping=True,
        )
    raise ConfigError([Fault("environment", SETTING, parsed.drivername, STORES)])


def told_url(url: str) -> str:
    """The store's address as people may see it, without a password.

    >>> told_url("postgresql+psycopg://rackline:secret@db/rackline")
    'postgresql+psycopg://rackline:***@db/rackline'
    """
    parsed = _parsed(url)
    if "password" in parsed.query:
        parsed = parsed.update_query_dict({"password": "***"})
    return parsed.render_as_string(hide_password=True)


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        found = "no URL"  # what was meant may hold a password
        raise ConfigError([Fault("environment", SETTING, found, STORES)]) from error


def _sqlite(url: str, file: str | None, is_read_only: bool) -> Engine:
    if file and file != ":memory:" and not is_read_only:
        _make_folder(Path(file).parent)
    engine = create_engine(url, connect_args={"check_same_thread": False})
    pragmas = SQLITE_PRAGMAS | ({"query_only": "ON"} if is_read_only else {})

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name}={value}")
        connection.create_function("holds_one", 2, _holds_one, deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        is_reading = is_read_only or connection.get_execution_options().get("is_reading")
        connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")

    return engine


def _holds_one(words: str, wanted: str) -> bool:
    """SQLite's `holds_one`: whether one text has a word of another, blank between.

    As a dozen conditions in SQL it takes four times as long a row.

    >>> _holds_one("33 106", "74 106"), _holds_one("33", "3"), _holds_one("", "3")
    (True, False, False)
    """
    return not _words(wanted).isdisjoint(words.split())


@lru_cache(64)
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        allowed = f"a file in a folder that can be made ({error.strerror})"
        raise ConfigError([Fault("environment", SETTING, str(folder), allowed)]) from error


def reading(engine: Engine) -> Connection:
    """A connection that only reads: on SQLite it waits for no writer."""
    return engine.connect().execution_options(is_reading=True)


def alembic_config(url: str) -> Config:
    """Alembic's configuration for the store at `url`; no ini file is needed."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def check_schema(engine: Engine) -> None:
    """Raise SchemaOutOfDate unless the store is at the newest migration."""
    needed = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if _is_absent(engine):  # to connect would leave an empty file behind
        raise SchemaOutOfDate(None, str(needed))
    with engine.connect() as connection:
        held = MigrationContext.configure(connection).get_current_revision()
    if held != needed:
        raise SchemaOutOfDate(held, str(needed))


def _is_absent(engine: Engine) -> bool:
    file = engine.url.database
    is_file = engine.dialect.name == "sqlite" and file not in (None, "", ":memory:")
    return is_file and not Path(str(file)).exists()
