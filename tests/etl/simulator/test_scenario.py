"""The drop seeded at Mount Pleasant: its lot is named first and likely, the innocent one is not;
Lordstown, where nothing was seeded, has nothing that stands out. Through the store and its SQL."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from db.clock import frozen
from db.engine import make_engine
from db.migrations.migrate import migrate
from db.models import GenealogyLink, Lot, TestRun
from db.queries.attribution import explanation
from db.queries.scope import EVERY_PLANT
from db.queries.yield_shapes import ExplanationShape, YieldFilter
from db.queries.yields import yield_page
from etl.alarms import AlarmWatch
from etl.feeds.compile import plant_calendar
from etl.simulator.scenario import SCENARIOS
from tests.db.queries.yield_world import YieldWorld
from tests.etl.simulator.conftest import PRESENT, Told, tell

DAYS = 22
AT = datetime.fromtimestamp(PRESENT, UTC)
LEAK = "LEAK"


class Loaded(YieldWorld):
    """A simulated plant's leak tests and what its racks were built of, in a store."""

    def __init__(self, engine: Engine, told: Told) -> None:
        code = told.plant.plant.code
        super().__init__(engine, code, told.plant.plant.zone)
        self.calendar = plant_calendar(told.plant)
        self.shifts(AT.date() - timedelta(days=DAYS + 2), DAYS + 4)
        self.source("test_run", loaded_from_at=AT - timedelta(days=60))
        lines = {station.code: station.line for station in told.plant.stations}
        tests = [fact for fact in told.facts("test_run") if f"-{LEAK}" in str(fact["station"])]
        racks = {fact["serial"] for fact in tests}
        self.in_parts(TestRun, (self.test(fact, lines) for fact in tests))
        links = (fact for fact in told.facts("genealogy") if fact["parent_serial"] in racks)
        self.in_parts(GenealogyLink, (self.link(fact) for fact in links if fact["lot"]))
        self.put(
            "lot",
            Lot,
            *(
                {name: fact[name] for name in ("part", "lot", "supplier", "origin_country")}
                for fact in told.facts("lot")
            ),
        )

    def in_parts(self, model: Any, rows: Iterable[dict[str, Any]]) -> None:
        left = iter(rows)
        while part := list(islice(left, 5000)):
            self.put(str(model.__tablename__), model, *part)

    def test(self, fact: dict[str, Any], lines: dict[str, str]) -> dict[str, Any]:
        began, ended = (_instant(fact[name]) for name in ("started_at", "ended_at"))
        run = self.ran(str(fact["serial"]), ended, str(fact["verdict"]), started_at=began)
        names = ("product", "station", "slot", "program", "program_revision", "firmware", "fixture")
        return run | {name: fact[name] for name in names} | {"line": lines[str(fact["station"])]}

    def link(self, fact: dict[str, Any]) -> dict[str, Any]:
        removed = fact["removed_at"]
        names = ("position", "part", "lot", "supplier", "part_revision")
        return self.built_in(
            str(fact["parent_serial"]),
            _instant(fact["installed_at"]),
            qty=Decimal(fact["qty"]) / 1000,
            removed_at=None if removed is None else _instant(removed),
            **{name: fact[name] for name in names},
        )


def _instant(seconds: Any) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def loaded(code: str, folder: Path) -> Loaded:
    url = f"sqlite:///{folder}/{code}.sqlite3"
    migrate(url)
    here = Loaded(make_engine(url), tell(code, days=DAYS, scale=0.9))
    with frozen(AT):
        AlarmWatch(here.engine, code).refresh()
    return here


def why(here: Loaded) -> ExplanationShape:
    asked = YieldFilter(here.code, operation=LEAK)
    with Session(here.engine) as session:
        return explanation(session, EVERY_PLANT, asked, AT)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_seeded_lot_is_named_and_the_innocent_one_beside_it_is_not(tmp_path: Path) -> None:
    here, seeded = loaded("mp", tmp_path), SCENARIOS["mp"]
    bad, innocent = seeded.bad_lot, seeded.innocent_lot
    assert bad is not None
    assert innocent is not None
    with Session(here.engine) as session:
        found = yield_page(session, EVERY_PLANT, YieldFilter("mp", operation=LEAK), AT)
        told = explanation(session, EVERY_PLANT, YieldFilter("mp", operation=LEAK), AT)
    first = told["findings"][0]
    assert (first["value"], first["standing"]) == (f"{bad.part} {bad.lot}", "likely")
    beside = [one for one in told["findings"] if innocent.lot in one["value"]]
    assert {one["standing"] for one in beside} <= {"explained", "nothing"}
    assert found["drop"] is not None
    began = datetime.fromisoformat(found["drop"]["began_at"])
    affected = _first_verdicts_of(here, bad.lot)
    assert abs(began - min(affected)) <= timedelta(hours=12)


def _first_verdicts_of(here: Loaded, lot: str) -> list[datetime]:
    """First verdicts of racks that carry the lot and failed."""
    asked = YieldFilter(here.code, operation=LEAK, factor="lot", value=f"UQD-04 {lot}")
    with Session(here.engine) as session:
        found = yield_page(session, EVERY_PLANT, asked, AT)
    return [datetime.fromisoformat(one["failed_at"]) for one in found["failed"]]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_where_nothing_was_seeded_nothing_stands_out(tmp_path: Path) -> None:
    told = why(loaded("oh", tmp_path))
    assert told["standing"] in ("nothing", "time_wide")
    assert not [one for one in told["findings"] if one["standing"] == "likely"]
