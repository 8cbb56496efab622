"""A schema nobody here wrote: Tryton's, brought in by the very TOML that docs/plants.md shows."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.clock import frozen
from db.models import Quarantine, UnitStep
from etl.connectors.base import Window
from etl.publish import publish
from etl.pulls import pulls_of, read_plants
from etl.runner import Context, run_load
from tests.etl.site import Site

HERE = Path(__file__).parent
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
DONE = ("2026-11-10 09:00:00.123456", "2026-11-10 10:30:00")
CYCLES = (("done", *DONE), ("running", "2026-11-10 11:00:00", None), ("halted", *DONE))
"""State, creation and last change of a cycle; the last state is none that Tryton has."""


def shown() -> str:
    """The source of docs/plants.md that reads Tryton."""
    page = (HERE.parents[2] / "docs" / "plants.md").read_text(encoding="utf-8")
    (example,) = (it for it in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "_cycle" in it)
    return str(example)


@pytest.fixture
def tryton(tmp_path: Path, database_url: str) -> Site:
    site = Site(tmp_path, database_url)
    file = site.add_plant("nw", systems=())
    head = file.read_text().partition("[[sources]]")[0]
    url = "sqlite:///${PLANT_DATA}/tryton.sqlite3"
    file.write_text(head + re.sub(r'url = ".*"', f'url = "{url}"', shown()))
    with closing(sqlite3.connect(site.data_dir / "tryton.sqlite3")) as connection:
        connection.executescript((HERE / "tryton.sql").read_text())
        connection.execute("INSERT INTO product_product (id, code) VALUES (1, 'RK')")
        connection.execute("INSERT INTO production_work_center (id, name) VALUES (1, 'F_01')")
        for number, (state, began, changed) in enumerate(CYCLES, 1):
            connection.execute(
                "INSERT INTO production (id, number, product) VALUES (?, ?, 1)", (number, number)
            )
            connection.execute(
                "INSERT INTO production_work (id, production, work_center) VALUES (?, ?, 1)",
                (number, number),
            )
            connection.execute(
                "INSERT INTO production_work_cycle (work, state, create_date, write_date) "
                "VALUES (?, ?, ?, ?)",
                (number, state, began, changed),
            )
        connection.commit()
    return site


def test_the_documented_source_loads_trytons_own_tables(tryton: Site, engine: Engine) -> None:
    (plant,) = read_plants(tryton.settings)
    publish(engine, [plant])
    (pull,) = pulls_of(plant)
    with frozen(NOON):
        done = run_load(Context(engine), pull, "first", Window())
        again = run_load(Context(engine), pull, "poll", Window())
    pull.connector.close()
    assert (done.outcome, done.totals.new, done.reasons) == ("partial", 2, {"unknown_word": 1})
    assert (again.totals.new, again.totals.changed) == (0, 0)
    with Session(engine) as session:
        steps = session.exec(select(UnitStep).order_by(UnitStep.serial)).all()
        (held,) = session.exec(select(Quarantine)).all()
    assert [(one.serial, one.result, one.station) for one in steps] == [
        ("1", "completed", "F1"),
        ("2", "open", "F1"),
    ]
    assert steps[0].ended_at == datetime(2026, 11, 10, 10, 30, tzinfo=UTC)
    assert (held.field, "halted" in held.payload) == ("result", True)
