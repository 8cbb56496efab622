"""A small plant in the store, made by hand: valid by default, say only what a test is about."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel

from db.domain.calendar import BreakRule, PlantCalendar, ShiftRule, breaks_text
from db.ingest.outlook import store_outlook
from db.models import (
    BomLine,
    HourOutput,
    Line,
    Load,
    Operation,
    Part,
    PlanHour,
    Plant,
    PlantVersion,
    Quarantine,
    Receipt,
    ShiftInstance,
    Source,
    Station,
    StationState,
    StockPosition,
    UnitOperation,
)
from db.queries.outlook import compute_outlook
from db.queries.outlook_shapes import OutlookShape
from db.queries.shapes import WallShape
from db.queries.wall import wall

SHIFTS = (
    ShiftRule("D", "Day", "06:00", "18:00", breaks=(BreakRule("12:00", 30),), crews=("A", "B")),
    ShiftRule("N", "Night", "18:00", "06:00", breaks=(BreakRule("00:00", 30),), crews=("C",)),
)
MONDAY = date(2026, 7, 6)
FEEDS = ("unit_step", "test_run", "station_state", "plan_hour", "stock", "receipt", "bom")
"""Those the wall is made of."""
STAGES = {"KIT": "Kit", "LEAK": "Leak", "BURNIN": "Test", "FINAL": "Pack"}


def ct(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    """An instant by the clock of Mount Pleasant in summer (CDT)."""
    midnight = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    return midnight + timedelta(hours=hour, minutes=minute)


AT = ct(14, 30)


class World:
    """One plant with two rack lines, and what is written about it."""

    def __init__(self, engine: Engine, code: str = "mp", zone: str = "America/Chicago") -> None:
        self.engine, self.code = engine, code
        self.calendar = PlantCalendar.from_definition(zone, "06:00", SHIFTS)
        self._keys = count(1)
        with self.adding() as add:
            add(
                Plant(
                    code=code,
                    name=code.upper(),
                    city="Mount Pleasant",
                    state="WI",
                    zone=zone,
                    zone_label="CT",
                    is_illustrative=True,
                )
            )
            for position, (line, kind) in enumerate(
                (("L1", "rack"), ("L2", "rack"), ("T1", "tray"))
            ):
                add(Line(plant=code, code=line, name=line, kind=kind, position=position))
            for position, (operation, stage) in enumerate(STAGES.items()):
                add(
                    Operation(
                        plant=code,
                        code=operation,
                        name=operation,
                        level="L11",
                        kind="test",
                        stage=stage,
                        position=position,
                        counts_for_first_pass=operation in ("LEAK", "BURNIN"),
                        is_output=operation == "FINAL",
                    )
                )
                for line in ("L1", "L2"):
                    self._station(add, f"{line}-{operation}", line, operation, position)
            self._station(add, "L1-BURNIN-2", "L1", "BURNIN", 9)
            self._station(add, "T1-TASM", "T1", "TASM", 10)

    def _station(self, add: Any, code: str, line: str, operation: str, position: int) -> None:
        add(
            Station(
                plant=self.code,
                code=code,
                line=line,
                operation=operation,
                name=code.lower(),
                position=position,
            )
        )

    @contextmanager
    def adding(self) -> Iterator[Any]:
        """Gives `add(row)`; all rows are committed at the end."""
        with Session(self.engine) as session:
            yield session.add
            session.commit()

    def add(self, *rows: SQLModel) -> None:
        with self.adding() as add:
            for row in rows:
                add(row)

    def limits(self, text: str) -> None:
        with Session(self.engine) as session:
            plant = session.get_one(Plant, self.code)
            plant.thresholds = text
            session.add(plant)
            session.commit()

    def shifts(self, first: date = MONDAY - timedelta(days=3), days: int = 10) -> None:
        self.add(
            *(
                ShiftInstance(
                    plant=self.code,
                    business_on=shift.business_on,
                    shift=shift.code,
                    name=shift.name,
                    start_at=shift.start_at,
                    end_at=shift.end_at,
                    planned_minutes=shift.planned_minutes,
                    breaks=breaks_text(shift.breaks),
                    crew=shift.crew,
                )
                for offset in range(days)
                for shift in self.calendar.shifts_on(first + timedelta(days=offset))
            )
        )

    def sourced(self, feed: str) -> dict[str, Any]:
        return {
            "source": f"{self.code}.{feed}",
            "source_key": str(next(self._keys)),
            "plant": self.code,
            "content_hash": 0,
            "changed_at": ct(0),
            "ingested_at": ct(0),
            "load_id": 1,
        }

    def event(self, at: datetime) -> dict[str, Any]:
        business_on, shift = self.calendar.place(at)
        return {
            "month": at.year * 100 + at.month,
            "occurred_at": at,
            "time_quality": "exact",
            "business_on": business_on,
            "shift": shift,
        }

    def plan(self, hour_at: datetime, qty: str, line: str = "L1", **given: Any) -> None:
        values = self.sourced("plan_hour") | self.event(hour_at)
        values |= {"line": line, "product": "RK", "hour_at": hour_at, "planned_qty": Decimal(qty)}
        self.add(PlanHour(**(values | given)))

    def done(self, hour_at: datetime, racks: int, operation: str = "FINAL") -> None:
        business_on, shift = self.calendar.place(hour_at)
        self.add(
            HourOutput(
                plant=self.code,
                line="L1",
                operation=operation,
                product="RK",
                business_on=business_on,
                shift=shift,
                hour_at=hour_at,
                completed_count=racks,
            )
        )

    def completed(self, serial: str, at: datetime) -> None:
        self.add(UnitOperation(plant=self.code, serial=serial, operation="FINAL", completed_at=at))

    def verdict(self, serial: str, at: datetime, verdict: str, operation: str = "LEAK") -> None:
        self.add(
            UnitOperation(
                plant=self.code,
                serial=serial,
                operation=operation,
                first_verdict=verdict,
                first_verdict_at=at,
            )
        )

    def state(self, station: str, condition: str, since: datetime, **given: Any) -> None:
        values = self.sourced("station_state") | self.event(since)
        values |= {
            "line": station[:2],
            "station": station,
            "condition": condition,
            "started_at": since,
        }
        self.add(StationState(**(values | given)))

    def source(self, feed: str, **given: Any) -> None:
        values = {
            "code": f"{self.code}.{feed}",
            "plant": self.code,
            "feed": feed,
            "connector": "sql",
            "interval_seconds": 15,
            "allowed_lag_seconds": 60,
            "overlap_seconds": 120,
            "state": "ok",
        }
        self.add(Source(**(values | given)))

    def sources(self, last_success_at: datetime) -> None:
        for feed in FEEDS:
            self.source(feed, last_success_at=last_success_at)

    def held(self, key: str, feed: str = "test_run", **given: Any) -> None:
        values = {
            "source": f"{self.code}.{feed}",
            "record_key": key,
            "plant": self.code,
            "reason": "bad_time",
            "field": "ended_at",
            "payload": '{"id": 1}',
            "counts_at": ct(8),
            "first_seen_at": ct(8),
            "last_seen_at": ct(9),
            "load_id": 1,
        }
        self.add(Quarantine(**(values | given)))

    def load(self, feed: str, started_at: datetime, **given: Any) -> None:
        values = {
            "source": f"{self.code}.{feed}",
            "plant": self.code,
            "mode": "incremental",
            "started_at": started_at,
            "outcome": "ok",
        }
        self.add(Load(**(values | given)))

    def version(self, version: int) -> None:
        self.add(PlantVersion(plant=self.code, version=version, changed_at=ct(0)))

    def part(self, part: str, name: str) -> None:
        self.add(Part(**self.sourced("part"), part=part, name=name))

    def bom(self, part: str, per_qty: str, parent: str = "RK", **given: Any) -> None:
        values = self.sourced("bom")
        values |= {"parent": parent, "line_no": "1", "part": part, "per_qty": Decimal(per_qty)}
        self.add(BomLine(**(values | given)))

    def stock(self, part: str, qty: str, **given: Any) -> None:
        values = self.sourced("stock")
        values |= {
            "location": "MAIN",
            "part": part,
            "status": "unrestricted",
            "qty": Decimal(qty),
            "as_of_at": ct(0),
        }
        self.add(StockPosition(**(values | given)))

    def receipt(self, part: str, qty: str, promised_on: date | None, **given: Any) -> None:
        values = self.sourced("receipt")
        values |= {
            "order_no": "PO1",
            "part": part,
            "ordered_qty": Decimal(qty),
            "promised_on": promised_on,
            "is_confirmed": True,
            "status": "open",
        }
        self.add(Receipt(**(values | given)))

    def outlook(self, at: datetime = AT) -> OutlookShape:
        """Compute the plant's outlook and store it, as the end of a load does."""
        with Session(self.engine) as session:
            shape = compute_outlook(session, self.code, at)
        store_outlook(
            self.engine,
            self.code,
            as_of_at=at,
            load_id=1,
            formula_version=shape["formula_version"],
            payload=json.dumps(shape),
        )
        return shape


def read(world: World, at: datetime = AT, plant: str = "mp", **given: Any) -> WallShape:
    """The wall of a plant."""
    with Session(world.engine) as session:
        return wall(session, plant, at, **given)
