"""A store as it stands after ten million facts: 90 days of three plants, written directly.

The output rollups are whole: one row per plant, line, operation, product and hour (and day), as the
plants' own calendars cut them. Of the units' histories only as many are written as asked for. Facts
are left out, for what is measured here never reads them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle, islice
from typing import Any

from sqlalchemy import Engine, text
from sqlmodel import SQLModel

from db.domain.calendar import HOUR, Shift
from db.domain.vocabulary import ReceiptStatus, StationCondition, StockStatus, Verdict
from db.ingest.dialect import insert_rows, run, table_of
from db.models import (
    BomLine,
    DayOutput,
    HourOutput,
    Part,
    PlanHour,
    Receipt,
    StationState,
    StockPosition,
    UnitOperation,
)
from etl.feeds.compile import plant_calendar
from etl.plant_file import PlantFile
from etl.publish import publish

FACTS = 10_000_000
DAYS, AHEAD_DAYS = 90, 14
PARTS, POSITIONS, STATES = 60, 3, 200
"""Parts of a rack, stock positions of a part, ended states of a station; illustrative."""
CHUNK = 20_000
OPEN_STATES = (StationCondition.RUNNING, StationCondition.DOWN, StationCondition.STARVED)

Values = dict[str, Any]


def fill(engine: Engine, plants: list[PlantFile], units: int, at: datetime) -> Counter[str]:
    """Write it, up to the instant `at`; returns how many rows each table then holds."""
    publish(engine, plants)
    written: Counter[str] = Counter()
    for plant in plants:
        shifts = plant_calendar(plant).shifts_between(
            at - timedelta(days=DAYS), at + timedelta(days=AHEAD_DAYS)
        )
        past = [shift for shift in shifts if shift.start_at <= at]
        per_row = FACTS // _row_count(plants, at)
        for model, rows in (
            (HourOutput, _hours(plant, past, at, per_row)),
            (DayOutput, _days(plant, past, per_row)),
            (UnitOperation, _units(plant, units // len(plants), past, at)),
            (PlanHour, _plan(plant, shifts)),
            (StationState, _states(plant, at)),
            (Part, _parts(plant)),
            (BomLine, _bom(plant)),
            (StockPosition, _stock(plant, at)),
            (Receipt, _receipts(plant, at)),
        ):
            written[str(model.__tablename__)] += _write(engine, model, plant, at, rows)
    _settle(engine, at)
    return written


def _row_count(plants: list[PlantFile], at: datetime) -> int:
    return sum(len(_grain(plant)) for plant in plants) * 24 * DAYS


def _write(
    engine: Engine, model: type[SQLModel], plant: PlantFile, at: datetime, rows: Iterable[Values]
) -> int:
    """Insert rows, each given the columns that every row of its kind carries."""
    columns = list(table_of(model).columns)
    names, code, count = [column.name for column in columns], plant.plant.code, 0
    common = {column.name: _default(column) for column in columns} | {
        "plant": code, "source": f"{code}.{model.__tablename__}", "content_hash": 0,
        "changed_at": at, "ingested_at": at, "load_id": 0, "time_quality": "zone_assumed",
    }  # fmt: skip
    whole = (common | {"source_key": str(number)} | row for number, row in enumerate(rows))
    values = (tuple(map(row.__getitem__, names)) for row in whole)
    while chunk := list(islice(values, CHUNK)):
        with engine.begin() as connection:
            insert_rows(connection, columns, chunk)
        count += len(chunk)
    return count


def _default(column: Any) -> Any:
    return column.default.arg if column.default is not None else None


def _grain(plant: PlantFile) -> list[tuple[str, str, str]]:
    """Line, operation and product of every output row."""
    places = sorted({(station.line, station.operation) for station in plant.stations})
    products = sorted({product.code for product in plant.products})
    return [(*place, product) for place in places for product in products]


def _hours_of(shift: Shift) -> Iterator[datetime]:
    at = shift.start_at
    while at < shift.end_at:
        yield at
        at += HOUR


def _hours(plant: PlantFile, shifts: list[Shift], at: datetime, count: int) -> Iterator[Values]:
    for shift in shifts:
        for hour_at in _hours_of(shift):
            if hour_at <= at:
                yield from ({**row, "hour_at": hour_at} for row in _output(plant, shift, count))


def _days(plant: PlantFile, shifts: list[Shift], count: int) -> Iterator[Values]:
    for shift in shifts:
        yield from _output(plant, shift, count * len(list(_hours_of(shift))))


def _output(plant: PlantFile, shift: Shift, count: int) -> Iterator[Values]:
    common = {
        "business_on": shift.business_on, "shift": shift.code, "completed_count": count,
        "duration_ms": count * 900_000, "duration_count": count,
    }  # fmt: skip
    for line, operation, product in _grain(plant):
        yield {"line": line, "operation": operation, "product": product, **common}


def _units(plant: PlantFile, many: int, shifts: list[Shift], at: datetime) -> Iterator[Values]:
    """Units going through all operations of their line, evenly over the days before `at`."""
    routes = [[s for s in plant.stations if s.line == line.code] for line in plant.lines]
    tests = {operation.code for operation in plant.operations if operation.counts_for_first_pass}
    visits = (
        (unit, station)
        for unit, route in enumerate(cycle(filter(None, routes)))
        for station in {station.operation: station for station in route}.values()
    )
    began, product = at - timedelta(days=DAYS), plant.products[0].code
    for number, (unit, station) in enumerate(islice(visits, many)):
        end = began + timedelta(days=DAYS) * number / many
        shift = shifts[min(number * len(shifts) // many, len(shifts) - 1)]
        row = {
            "serial": f"U{unit:08d}", "operation": station.operation, "product": product,
            "build": f"B{unit // 20:05d}", "line": station.line, "last_at": end,
            "started_at": end - timedelta(minutes=20), "completed_at": end,
            "completed_on": shift.business_on, "completed_shift": shift.code,
            "completed_line": station.line, "completed_ms": 1_200_000,
        }  # fmt: skip
        verdict = Verdict.PASSED if number % 20 else Verdict.FAILED
        yield row | (_verdict(verdict, row, station.code) if station.operation in tests else {})


def _verdict(verdict: Verdict, row: Values, station: str) -> Values:
    return {
        "first_verdict": verdict.value, "last_verdict": verdict.value, "run_count": 1,
        "first_verdict_at": row["completed_at"], "first_verdict_on": row["completed_on"],
        "first_verdict_shift": row["completed_shift"], "first_verdict_line": row["line"],
        "first_verdict_station": station, "verdict_count": 1,
    }  # fmt: skip


def _event(at: datetime, shift: str = "D") -> Values:
    return {
        "month": at.year * 100 + at.month,
        "occurred_at": at,
        "business_on": at.date(),
        "shift": shift,
    }


def _plan(plant: PlantFile, shifts: list[Shift]) -> Iterator[Values]:
    product = plant.products[0].code
    for shift in shifts:
        for hour_at in _hours_of(shift):
            when = _event(hour_at, shift.code) | {"business_on": shift.business_on}
            for line in plant.lines:
                if line.kind == "rack":
                    planned = {"line": line.code, "product": product, "planned_qty": Decimal(1)}
                    yield when | planned | {"hour_at": hour_at}


def _states(plant: PlantFile, at: datetime) -> Iterator[Values]:
    span = timedelta(days=DAYS) / STATES
    for number, station in enumerate(plant.stations):
        for back in range(STATES + 1):
            begin = at - span * back - HOUR
            yield _event(begin) | {
                "line": station.line, "station": station.code, "started_at": begin, "reason": "",
                "condition": OPEN_STATES[number % len(OPEN_STATES)].value,
                "ended_at": begin + span if back else None,
            }  # fmt: skip


def _parts(plant: PlantFile) -> Iterator[Values]:
    return ({"part": f"P{n:03d}", "name": f"Part {n}"} for n in range(PARTS))


def _bom(plant: PlantFile) -> Iterator[Values]:
    for product in sorted({product.code for product in plant.products}):
        for n in range(PARTS):
            need = {"per_qty": Decimal(1 + n % 18), "scrap_ratio": Decimal("0.01")}
            yield {"parent": product, "line_no": str(n), "part": f"P{n:03d}", **need}


def _stock(plant: PlantFile, at: datetime) -> Iterator[Values]:
    for n in range(PARTS):
        for position in range(POSITIONS):
            yield {
                "location": f"S{position}", "part": f"P{n:03d}", "as_of_at": at,
                "status": StockStatus.UNRESTRICTED.value, "qty": Decimal(100 + 50 * n),
            }  # fmt: skip


def _receipts(plant: PlantFile, at: datetime) -> Iterator[Values]:
    for n in range(PARTS):
        for days in (2, 9):
            yield {
                "order_no": f"O{n}", "part": f"P{n:03d}", "ordered_qty": Decimal(500),
                "promised_on": (at + timedelta(days=days)).date(), "is_confirmed": True,
                "status": ReceiptStatus.OPEN.value,
            }  # fmt: skip


def _settle(engine: Engine, at: datetime) -> None:
    """Sources loaded just now; and the statistics that PostgreSQL gathers by itself in time."""
    with engine.begin() as connection:
        run(connection, "UPDATE source SET state = 'ok', last_success_at = :at", at=at)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
