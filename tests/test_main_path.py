"""The main path, whole: three simulated plants, their own systems, real loads, the walls.

Two runs with the same seed and clock must give the same facts and rollups, on both databases.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, SQLModel

from db import models
from db.clock import frozen
from db.ingest.rollups import rebuild_rollups
from db.queries.wall import wall
from db.settings import Settings
from etl.publish import publish
from etl.pulls import pulls_of, read_plants
from etl.runner import Context, LoadSummary
from etl.simulator.factory import Run
from etl.simulator.plant_run import PlantRun
from etl.simulator.tx_service import DEFAULT_TOKEN, Service
from etl.sync import History, load_now
from tests.etl.simulator.conftest import CODES, read_plant

PRESENT = datetime(2026, 11, 3, 18, tzinfo=UTC)
DAYS = 3
FACTS = (
    *(models.UnitStep, models.TestRun, models.Defect, models.GenealogyLink, models.StationState),
    *(models.Build, models.PlanHour, models.Demand),
    *(models.Part, models.Lot, models.StockPosition, models.Receipt, models.BomLine),
)
ROLLUPS = (
    models.UnitOperation,
    *(models.HourOutput, models.DayOutput, models.HourYield, models.DayYield),
)
STAMPS = {"ingested_at", "load_id"}
"""What a run adds of its own: not the plant's facts."""


@pytest.fixture(scope="module")
def plant_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The systems of the three plants, with three days of history up to PRESENT."""
    folder = tmp_path_factory.mktemp("plants")
    present = int(PRESENT.timestamp())
    for code in CODES:
        run = PlantRun(read_plant(code), folder / code, Run(7, present, DAYS, 0.1))
        run.catch_up(lambda: present, lambda: True)
        run.close()
    return folder


@contextmanager
def _houston(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Houston's service, answering on a free port."""
    service = Service(0, folder / "tx" / "service.sqlite3", DEFAULT_TOKEN, lambda uptime: False)
    monkeypatch.setenv("RACKLINE_TX_PORT", str(service.server_address[1]))
    monkeypatch.setenv("RACKLINE_TX_TOKEN", DEFAULT_TOKEN)
    thread = threading.Thread(target=service.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        service.shutdown()
        service.server_close()
        thread.join()


def _load_everything(engine: Engine, settings: Settings) -> list[LoadSummary]:
    summaries = []
    plants = read_plants(settings)
    publish(engine, plants)
    for plant in plants:
        pulls = pulls_of(plant)
        summaries += [load_now(Context(engine), pull) for pull in pulls]
        History(pulls).load(Context(engine))
        for pull in pulls:
            pull.connector.close()
    return summaries


def _rows(engine: Engine, model: type[SQLModel]) -> list[tuple[object, ...]]:
    table = SQLModel.metadata.tables[str(model.__tablename__)]
    columns = [column for column in table.columns if column.name not in STAMPS]
    with engine.connect() as connection:
        rows = connection.execute(table.select().with_only_columns(*columns))
        return sorted((tuple(row) for row in rows), key=repr)


def _everything(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    return {str(model.__tablename__): _rows(engine, model) for model in (*FACTS, *ROLLUPS)}


@pytest.mark.slow
def test_the_same_seed_and_clock_give_the_same_facts_rollups_and_walls(
    plant_data: Path, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _houston(plant_data, monkeypatch), frozen(PRESENT):
        settings = Settings(plant_data_dir=plant_data)
        summaries = _load_everything(engine, settings)
        assert {summary.outcome for summary in summaries} <= {"ok", "partial"}
        read = sum(summary.read_count for summary in summaries)
        held = sum(summary.totals.quarantined for summary in summaries)
        assert 0 < held < read * 0.01, "only the seeded bad rows are set aside"
        first = _everything(engine)
        assert all(first.values()), "every table of the main path has rows"

        _check_walls(engine)
        for code in CODES:
            rebuild_rollups(engine, code)
        assert _everything(engine) == first, "following each batch equals recomputing all"

        again = _load_everything(engine, settings)
        assert sum(summary.totals.new + summary.totals.changed for summary in again) == 0
        assert _everything(engine) == first, "reading the overlap again changes nothing"

        with engine.begin() as connection:
            for table in reversed(SQLModel.metadata.sorted_tables):
                connection.execute(text(f"DELETE FROM {table.name}"))
        _load_everything(engine, settings)
        assert _everything(engine) == first, "a second run from nothing gives the same"


def _check_walls(engine: Engine) -> None:
    for code in CODES:
        with Session(engine) as session:
            shown = wall(session, code, PRESENT)
        assert shown["freshness"]["page"]["state"] == "ok"
        assert shown["score"]["target"] is not None
        assert sum(hour["done"] for hour in shown["hours"]) == shown["score"]["done"]
        assert shown["first_pass"]["first_count"] > 0
        assert all(cell["condition"] for line in shown["lines"] for cell in line["cells"])
        assert shown["part_stops"]
        assert shown["backfill"]["is_complete"]
