"""Reading without a SQL library, without writing, and from one moment."""

from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from db.errors import SchemaOutOfDate
from db.models import PlantVersion
from db.queries.plants import plants
from db.queries.scope import EVERY_PLANT
from db.queries.store import open_store
from tests.db.queries.world import MONDAY, World


def test_query_functions_are_run_by_the_store(world: World, database_url: str) -> None:
    store = open_store(database_url)
    store.check_schema()
    assert [plant["code"] for plant in store.read(plants, EVERY_PLANT)] == ["mp"]
    store.close()


def test_reader_cannot_write(world: World, database_url: str) -> None:
    def write(session: Session) -> None:
        session.add(
            PlantVersion(plant="mp", version=1, changed_at=world.calendar.day_starts_at(MONDAY))
        )
        session.flush()

    store = open_store(database_url)
    with pytest.raises(DBAPIError):
        store.read(write)
    store.close()


def test_one_reading_sees_one_moment(world: World, database_url: str) -> None:
    world.version(1)

    def read_around_a_write(session: Session) -> tuple[int, int]:
        version = select(PlantVersion.version)
        before = session.exec(version).one()
        with Session(world.engine) as other:
            other.get_one(PlantVersion, "mp").version = 2
            other.commit()
        return before, session.exec(version).one()

    store = open_store(database_url)
    assert store.read(read_around_a_write) == (1, 1)
    assert store.read(lambda session: session.exec(select(PlantVersion.version)).one()) == 2
    store.close()


def test_absent_store_is_said_to_need_migrating_and_stays_absent(tmp_path: Path) -> None:
    file = tmp_path / "var" / "rackline.sqlite3"
    with pytest.raises(SchemaOutOfDate, match=r"revision none.*Run: rackline migrate"):
        open_store(f"sqlite:///{file}").check_schema()
    assert not file.parent.exists()
