"""The store opens the same way on both databases and keeps what it was given."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError
from sqlmodel import Session, SQLModel, select

from db.engine import check_schema, make_engine, reading
from db.errors import ConfigError, Fault, SchemaOutOfDate
from db.models import PlantVersion

CHICAGO = ZoneInfo("America/Chicago")


def test_migrations_build_exactly_the_schema_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_both_repeated_hours_survive_the_round_trip(engine: Engine) -> None:
    first = datetime(2026, 11, 1, 1, 30, tzinfo=CHICAGO, fold=0)
    second = datetime(2026, 11, 1, 1, 30, tzinfo=CHICAGO, fold=1)
    with Session(engine) as session:
        session.add(PlantVersion(plant="first", changed_at=first))
        session.add(PlantVersion(plant="second", changed_at=second))
        session.commit()
        session.expire_all()
        rows = session.exec(select(PlantVersion).order_by(PlantVersion.changed_at)).all()  # type: ignore[arg-type]
    assert [(row.plant, row.changed_at) for row in rows] == [
        ("first", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
        ("second", datetime(2026, 11, 1, 7, 30, tzinfo=UTC)),
    ]


def test_a_naive_instant_is_refused(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(PlantVersion(plant="mp", changed_at=datetime(2026, 11, 1)))  # noqa: DTZ001
        with pytest.raises(StatementError, match="timezone information"):
            session.commit()


def test_a_read_only_engine_cannot_write(database_url: str) -> None:
    engine = make_engine(database_url, is_read_only=True)
    with pytest.raises((OperationalError, DBAPIError)), engine.begin() as connection:
        connection.execute(text("DELETE FROM plant_version"))
    engine.dispose()


def test_an_unmigrated_store_names_the_command_that_mends_it(tmp_path: object) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/empty.sqlite3")
    with pytest.raises(SchemaOutOfDate, match="Run: rackline migrate"):
        check_schema(engine)
    engine.dispose()


def test_another_kind_of_database_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(ConfigError, match="postgresql\\+psycopg"):
        make_engine("mysql://root@localhost/rackline")


def test_a_reader_waits_for_no_writer(engine: Engine) -> None:
    with engine.begin() as writer:
        writer.execute(text("INSERT INTO lease VALUES ('x', 'y', 1, '2026-01-01')"))
        with reading(engine) as connection:
            assert connection.execute(text("SELECT count(*) FROM lease")).scalar() == 0


def test_a_fault_of_the_environment_sends_nobody_to_a_file() -> None:
    said = str(ConfigError([Fault("environment", "RACKLINE_DATABASE_URL", "x", "a URL")]))
    assert said.startswith("1 fault in the environment, nothing was started")
    assert "Set the variable" in said
    assert "Mend the file" not in said
