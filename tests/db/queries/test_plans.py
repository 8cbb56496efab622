"""The live screens read by index: none of their statements walks a table of facts.

SQLite says how it would answer before it has seen any row, so that no clock and no large store is
needed to know.
"""

from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event
from sqlmodel import Session

from db.engine import make_engine
from db.queries.health import health
from db.queries.scope import EVERY_PLANT
from db.queries.wall import wall
from db.queries.yield_shapes import YieldFilter
from db.queries.yields import yield_page
from tests.db.queries.world import World, ct

FACTS = (
    "unit_step",
    "test_run",
    "defect",
    "genealogy_link",
    "station_state",
    "unit_operation",
    "hour_output",
    "day_output",
    "hour_yield",
    "day_yield",
    "plan_hour",
    "stock_position",
    "receipt",
    "bom_line",
    "part",
    "quarantine",
)


@pytest.fixture
def sqlite_world(sqlite_template: Path, tmp_path: Path) -> World:
    """A plant with something in every block, on SQLite."""
    file = tmp_path / "plans.sqlite3"
    file.write_bytes(sqlite_template.read_bytes())
    world = World(make_engine(f"sqlite:///{file}"))
    world.shifts()
    world.plan(ct(14), "4")
    world.bom("CLIP", "1")
    world.stock("CLIP", "1")
    world.sources(ct(14))
    return world


def statements(engine: Engine, run: object) -> list[tuple[str, object]]:
    """What is sent to the database while `run(session)` reads."""
    said: list[tuple[str, object]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(
        connection: Connection, cursor: object, statement: str, parameters: object, *rest: object
    ) -> None:
        said.append((statement, parameters))

    with Session(engine) as session:
        run(session)  # type: ignore[operator]
    event.remove(engine, "before_cursor_execute", note)
    return [(statement, parameters) for statement, parameters in said if "SELECT" in statement]


@pytest.mark.parametrize("ask", ["wall", "health"])
def test_no_statement_of_a_live_screen_walks_a_table_of_facts(
    sqlite_world: World, ask: str
) -> None:
    at = ct(14, 30)
    reads = {
        "wall": lambda session: wall(session, "mp", at),
        "health": lambda session: health(session, ["mp"], at),
    }
    asked = statements(sqlite_world.engine, reads[ask])
    assert len(asked) >= 3
    with sqlite_world.engine.connect() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            steps = [row[3] for row in plan]
            walked = [s for s in steps if s.startswith("SCAN") and s.split()[1] in FACTS]
            assert not walked, f"{walked} in {statement}"
    sqlite_world.engine.dispose()


def test_the_yield_page_finds_what_failed_by_index_and_its_defects_by_serial(
    sqlite_world: World,
) -> None:
    asked = YieldFilter("mp", operation="LEAK")
    sent = statements(
        sqlite_world.engine,
        lambda session: yield_page(session, EVERY_PLANT, asked, ct(14, 30)),
    )
    steps: list[str] = []
    with sqlite_world.engine.connect() as connection:
        for statement, parameters in sent:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps += [row[3] for row in plan]
    assert not [it for it in steps if it.startswith("SCAN") and it.split()[1] in FACTS]
    by_serial = [it for it in steps if "defect" in it and "ix_defect_when" not in it]
    assert [it for it in by_serial if "ix_defect_unit (plant=? AND serial=?)" in it] == by_serial
    assert len(by_serial) == 4, "losses, the listed units, scrapped ones, no trouble found"
    failed = [it for it in steps if "ix_unit_operation_failed" in it]
    assert len(failed) == 3, "losses, the listed units, no trouble found"
    sqlite_world.engine.dispose()


def test_what_a_screen_asks_does_not_grow_with_sources_or_stations(sqlite_world: World) -> None:
    at, engine = ct(14, 30), sqlite_world.engine
    few = {
        "wall": len(statements(engine, lambda session: wall(session, "mp", at))),
        "health": len(statements(engine, lambda session: health(session, ["mp"], at))),
    }
    assert few["health"] == 10
    assert few["wall"] <= 18
    for number in range(9):
        sqlite_world.source(f"more_{number}", last_success_at=at)
        sqlite_world.load(f"more_{number}", at)
        sqlite_world.load(f"more_{number}", at, outcome="failed")
    many = statements(engine, lambda session: health(session, ["mp"], at))
    assert len(many) == few["health"]
    assert len(statements(engine, lambda session: wall(session, "mp", at))) == few["wall"]
    engine.dispose()
