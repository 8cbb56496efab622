"""The reading side of the store. Callers hand in query functions and need no SQL library."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from db.engine import check_schema, make_engine

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """A store opened for reading. Safe to use from many threads; each read has its own session."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(
        self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `fn(session, *args, **kwargs)` on one consistent reading that cannot write."""
        with Session(self._engine) as session:
            return fn(session, *args, **kwargs)

    def check_schema(self) -> None:
        """Raise SchemaOutOfDate unless the store is at the revision this program needs."""
        check_schema(self._engine)

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


def open_store(url: str) -> Store:
    """The store at `url`, read-only; raises ConfigError for a kind of database we do not know.

    A read sees one moment: SQLite's WAL gives that by itself, PostgreSQL by REPEATABLE READ.
    """
    engine = make_engine(url, is_read_only=True)
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    return Store(engine)
