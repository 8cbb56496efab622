"""The watcher names exactly the plants that moved, and outlives a store that goes away."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from db import watch as watching
from db.clock import utc_now
from db.models import PlantVersion
from db.watch import watch

PATIENCE_SECONDS = 20


@contextmanager
def watched(url: str) -> Iterator["Queue[dict[str, int]]"]:
    """What a watcher of `url` says, in order; stops and joins it at the end."""
    said: Queue[dict[str, int]] = Queue()
    stop = threading.Event()
    thread = threading.Thread(target=watch, args=(url, said.put, stop))
    thread.start()
    try:
        yield said
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def put_version(engine: Engine, plant: str, version: int) -> None:
    with Session(engine) as session:
        session.merge(PlantVersion(plant=plant, version=version, changed_at=utc_now()))
        session.commit()


def test_it_first_names_all_plants_then_only_those_that_moved(
    engine: Engine, database_url: str
) -> None:
    put_version(engine, "mp", 4)
    put_version(engine, "oh", 7)
    with watched(database_url) as said:
        assert said.get(timeout=PATIENCE_SECONDS) == {"mp": 4, "oh": 7}
        put_version(engine, "oh", 8)
        assert said.get(timeout=PATIENCE_SECONDS) == {"oh": 8}


def test_a_commit_that_moves_no_version_says_nothing(engine: Engine, database_url: str) -> None:
    put_version(engine, "mp", 1)
    with watched(database_url) as said:
        assert said.get(timeout=PATIENCE_SECONDS) == {"mp": 1}
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO lease VALUES ('x', 'y', 1, '2026-01-01')"))
        put_version(engine, "mp", 2)
        assert said.get(timeout=PATIENCE_SECONDS) == {"mp": 2}
        assert said.empty()


def test_a_notification_is_heard_before_the_next_look(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "POSTGRES_LOOK_SECONDS", 3600.0)
    put_version(engine, "mp", 1)
    with watched(database_url) as said:
        assert said.get(timeout=PATIENCE_SECONDS) == {"mp": 1}
        put_version(engine, "mp", 2)
        if engine.dialect.name == "postgresql":
            with engine.begin() as connection:
                connection.execute(text(f"NOTIFY {watching.CHANNEL}, 'mp'"))
        assert said.get(timeout=PATIENCE_SECONDS) == {"mp": 2}


def test_a_reading_that_failed_with_the_store_is_repeated(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "RETRY_SECONDS", 0.01)
    put_version(engine, "mp", 1)
    said: Queue[dict[str, int]] = Queue()
    stop = threading.Event()
    failures = [engine.dialect.loaded_dbapi.OperationalError("gone")]

    def tell(versions: dict[str, int]) -> None:
        if failures:
            raise failures.pop()
        said.put(versions)
        stop.set()

    watch(database_url, tell, stop)
    assert said.get_nowait() == {"mp": 1}


def test_a_store_that_is_not_there_yet_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path
) -> None:
    monkeypatch.setattr(watching, "RETRY_SECONDS", 0.01)
    file = tmp_path / "late.sqlite3"
    with watched(f"sqlite:///{file}") as said:
        store = sqlite3.connect(file)
        sqlite3.connect(sqlite_template).backup(store)
        store.execute(
            "INSERT INTO plant_version (plant, version, changed_at) VALUES ('tx', 3, '2026-01-01')"
        )
        store.commit()
        store.close()
        assert said.get(timeout=PATIENCE_SECONDS) == {"tx": 3}
