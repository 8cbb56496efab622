"""The outlook is computed inside the loads that changed it and by the clock, never in their way."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from db.clock import frozen
from db.domain.calendar import HOUR
from db.models import BomLine, Load, MaterialOutlook, PlanHour, ShiftInstance, StockPosition
from db.queries.outlook import compute_outlook, held_outlook
from etl import outlook as hook
from etl.connectors.base import Window
from etl.outlook import MADE_OF, refresh_outlook, refresh_when_old
from etl.publish import publish
from etl.pulls import pulls_of
from etl.registry import load_plants
from etl.runner import Context, LoadSummary, Pull, run_load
from etl.simulator.factory import Run
from etl.simulator.plant_run import PlantRun
from etl.simulator.scenario import SCENARIOS
from etl.simulator.tx_service import DEFAULT_TOKEN, Service
from etl.sync import load_now
from tests.etl.simulator.conftest import PLANTS, PRESENT, read_plant

NOW = datetime.fromtimestamp(PRESENT, UTC)
SHORT = {code: scenario.shortages[0] for code, scenario in SCENARIOS.items()}
"""The shortage seeded into each plant's scenario."""
NOWHERE_ELSE: Mapping[str, str] = {}
HOURS_OFF = timedelta(hours=1.5)
"""Racks take parts unevenly and the plan has breaks: the seeded hour is met about as closely."""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a plant's systems with two days of history at the usual output, by code."""
    folder = tmp_path_factory.mktemp("plants")

    def made(code: str) -> Path:
        if not (folder / code).exists():
            run = PlantRun(read_plant(code), folder / code, Run(7, PRESENT, 2))
            run.catch_up(lambda: PRESENT, lambda: True)
            run.close()
        return folder

    return made


@contextmanager
def houston(folder: Path) -> Iterator[dict[str, str]]:
    """Where the service of Houston answers meanwhile."""
    service = Service(0, folder / "tx" / "service.sqlite3", DEFAULT_TOKEN, lambda uptime: False)
    thread = threading.Thread(target=service.serve_forever, daemon=True)
    thread.start()
    try:
        port = str(service.server_address[1])
        yield {"RACKLINE_TX_PORT": port, "RACKLINE_TX_TOKEN": DEFAULT_TOKEN}
    finally:
        service.shutdown()
        service.server_close()
        thread.join()


def material_pulls(
    engine: Engine, folder: Path, code: str, places: Mapping[str, str] = NOWHERE_ELSE
) -> dict[str, Pull]:
    """The plant published, and its sources of material ready to be loaded."""
    plants = {p.plant.code: p for p in load_plants(PLANTS, {"PLANT_DATA": str(folder), **places})}
    with frozen(NOW):
        publish(engine, [plants[code]])
    return {
        pull.feed.feed.name: pull
        for pull in pulls_of(plants[code])
        if pull.feed.feed.name in MADE_OF | {"demand"}
    }


def loaded(
    engine: Engine, folder: Path, code: str, places: Mapping[str, str] = NOWHERE_ELSE
) -> dict[str, Pull]:
    pulls = material_pulls(engine, folder, code, places)
    with frozen(NOW):
        for pull in pulls.values():
            assert load_now(Context(engine), pull).error is None
    return pulls


def stored(engine: Engine) -> MaterialOutlook | None:
    with Session(engine) as session:
        return session.exec(select(MaterialOutlook)).one_or_none()


@pytest.mark.parametrize("code", sorted(SHORT))
def test_the_seeded_shortage_is_first_with_the_right_hour(
    engine: Engine, history: Callable[[str], Path], code: str
) -> None:
    with houston(history("tx")) if code == "tx" else nullcontext({}) as places:
        for pull in loaded(engine, history(code), code, places).values():
            pull.connector.close()
    with Session(engine) as session:
        held = held_outlook(session, code)
        assert held is not None
        seeded, first = SHORT[code], held["outlook"]["parts"][0]
        assert first["part"] == seeded.part
        stops_at = datetime.fromisoformat(str(first["cases"]["promised"]["stops_at"]))
        assert abs(stops_at - by_hand(session, code, seeded.part)) <= timedelta(minutes=1)
        assert abs(stops_at - (NOW + seeded.cover_hours * HOUR)) <= HOURS_OFF
        assert held["outlook"]["line_stops"][0]["first"]["part"] == seeded.part  # type: ignore[index]


def by_hand(session: Session, plant: str, part: str) -> datetime:
    """Minute by minute: unrestricted stock less what is set aside, used up by the planned racks."""
    rows = session.exec(
        select(StockPosition).where(
            StockPosition.plant == plant,
            StockPosition.part == part,
            StockPosition.status == "unrestricted",
            col(StockPosition.deleted_at).is_(None),
        )
    )
    left = float(sum(row.qty - row.allocated_qty for row in rows))
    line = session.exec(
        select(BomLine).where(
            BomLine.plant == plant, BomLine.part == part, BomLine.parent == "RK72-A"
        )
    ).one()
    scrap = line.scrap_ratio
    each = float(
        line.per_qty / (1 - scrap)
        if line.scrap_convention == "divide"
        else line.per_qty * (1 + scrap)
    )
    plan: dict[datetime, Decimal] = {}
    for hour in session.exec(select(PlanHour).where(PlanHour.plant == plant)):
        plan[hour.hour_at] = plan.get(hour.hour_at, Decimal(0)) + hour.planned_qty
    pauses = [
        (datetime.fromisoformat(start), datetime.fromisoformat(end))
        for shift in session.exec(select(ShiftInstance).where(ShiftInstance.plant == plant))
        for start, end in json.loads(shift.breaks)
    ]

    def works(at: datetime) -> bool:
        return not any(start <= at < end for start, end in pauses)

    at = NOW
    while left > 0:
        hour = at.replace(minute=0, second=0, microsecond=0)
        worked = sum(works(hour + timedelta(minutes=n)) for n in range(60))
        left -= float(plan[hour]) * each / worked if works(at) else 0.0
        at += timedelta(minutes=1)
    return at


def test_nothing_is_told_before_all_that_is_needed_is_loaded(
    engine: Engine, history: Callable[[str], Path]
) -> None:
    pulls = material_pulls(engine, history("oh"), "oh")
    with frozen(NOW):
        for feed in ("part", "bom", "stock", "plan_hour"):
            load_now(Context(engine), pulls[feed])
            assert stored(engine) is None, feed
        load_now(Context(engine), pulls["receipt"])
    assert stored(engine) is not None


def test_a_load_stores_what_the_store_yields_again_and_says_which_load_it_was(
    engine: Engine, history: Callable[[str], Path]
) -> None:
    pulls = loaded(engine, history("oh"), "oh")
    with frozen(NOW + HOUR):
        summary = again(engine, pulls["stock"])
    held = stored(engine)
    assert held is not None
    assert (held.load_id, held.as_of_at) == (summary.load_id, NOW + HOUR)
    with Session(engine) as session:
        assert json.loads(held.payload) == compute_outlook(session, "oh", NOW + HOUR)
        load = session.get_one(Load, summary.load_id)
        assert held.computed_at is not None
        assert load.finished_at is not None
        assert load.started_at <= held.computed_at <= load.finished_at


def again(engine: Engine, pull: Pull) -> LoadSummary:
    """Load a source whole after its rows were changed behind its back, so that there is news."""
    with Session(engine) as session:
        model: Any = pull.feed.feed.model
        row = session.exec(select(model).where(model.source == pull.code)).first()
        row.content_hash = 1
        session.add(row)
        session.commit()
    mode = "snapshot" if pull.entry.mode == "snapshot" else "first"
    summary = run_load(Context(engine), pull, mode, Window())
    assert summary.totals.changed == 1
    return summary


@pytest.mark.parametrize("feed", sorted(MADE_OF))
def test_each_feed_it_is_made_of_brings_a_new_outlook(
    engine: Engine, history: Callable[[str], Path], feed: str
) -> None:
    pulls = loaded(engine, history("oh"), "oh")
    with frozen(NOW + HOUR):
        again(engine, pulls[feed])
    held = stored(engine)
    assert held is not None
    assert held.as_of_at == NOW + HOUR


def test_an_unrelated_feed_or_no_news_brings_none(
    engine: Engine, history: Callable[[str], Path]
) -> None:
    pulls = loaded(engine, history("oh"), "oh")
    with frozen(NOW + HOUR):
        again(engine, pulls["demand"])
        run_load(Context(engine), pulls["stock"], "snapshot", Window())
    held = stored(engine)
    assert held is not None
    assert held.as_of_at == NOW


def test_a_calculation_that_fails_fails_no_load_and_is_recorded(
    engine: Engine, history: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    pulls = loaded(engine, history("oh"), "oh")

    def broken(*given: Any) -> None:
        raise ZeroDivisionError("of the calculation")

    with frozen(NOW + HOUR), monkeypatch.context() as patch:
        patch.setattr(hook, "compute_outlook", broken)
        assert again(engine, pulls["stock"]).outcome == "ok"
    held = stored(engine)
    assert held is not None
    assert (held.as_of_at, held.error_at) == (NOW, NOW + HOUR)
    assert "of the calculation" in held.error
    assert json.loads(held.payload)["parts"]
    with frozen(NOW + 2 * HOUR):
        again(engine, pulls["stock"])
    healed = stored(engine)
    assert healed is not None
    assert (healed.error, healed.as_of_at) == ("", NOW + 2 * HOUR)


def test_the_clock_renews_an_outlook_after_an_hour_or_at_a_new_business_date(
    engine: Engine, history: Callable[[str], Path]
) -> None:
    loaded(engine, history("oh"), "oh")
    with frozen(NOW + timedelta(minutes=59)):
        assert not refresh_when_old(engine, "oh")
    with frozen(NOW + timedelta(minutes=60)):
        assert refresh_when_old(engine, "oh")
    edge = next_day_start(engine)
    with frozen(edge - timedelta(minutes=1)):
        refresh_outlook(engine, "oh", None)
    with frozen(edge + timedelta(minutes=1)):
        assert refresh_when_old(engine, "oh")


def test_the_clock_renews_an_outlook_of_old_formulas_at_once(
    engine: Engine, history: Callable[[str], Path]
) -> None:
    loaded(engine, history("oh"), "oh")
    with engine.begin() as connection:
        connection.execute(text("UPDATE material_outlook SET formula_version = 'material 0'"))
    with frozen(NOW + timedelta(minutes=1)):
        assert refresh_when_old(engine, "oh")
        assert not refresh_when_old(engine, "oh")


def next_day_start(engine: Engine) -> datetime:
    held = stored(engine)
    assert held is not None
    return datetime.fromisoformat(json.loads(held.payload)["day_edges"][1])
