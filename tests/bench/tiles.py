"""What the screens ask of the store, where ten million facts have left their rollups.

The output rollups are always whole. `--rows N` writes the histories of 3 N units at an operation:
ten million facts leave nearly as many, so N = 3,000,000 is the whole of them.
"""

import json
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from db.clock import utc_now
from db.engine import make_engine
from db.ingest.outlook import store_outlook
from db.models import DayOutput, HourOutput
from db.queries.outlook import compute_outlook
from db.queries.store import Store, open_store
from db.queries.wall import wall
from db.settings import Settings
from etl.registry import load_plants
from tests.bench.figures import Figure, Goal
from tests.bench.filled import FACTS, fill
from tests.bench.live import NO_SYSTEMS
from tests.bench.stores import DATABASES, Stores, stores

READINGS = 200
UNITS_A_ROW = 3
TODAY_GOAL, MONTH_GOAL = Goal("<=", 100, 20), Goal("<=", 200, 50)


def measure(row_count: int) -> Iterator[Figure]:
    """Time of each reading of the store, 95th percentile, on both databases."""
    for database in DATABASES:
        with stores(database) as made:
            yield from _measure_on(made, UNITS_A_ROW * row_count)


def _measure_on(made: Stores, units: int) -> Iterator[Figure]:
    database, url, now = made.database, made.new_url(), utc_now()
    engine = make_engine(url)
    plants = load_plants(Settings().plants_dir, NO_SYSTEMS)
    written = fill(engine, plants, units, now)
    for plant in plants:
        _compute_outlook(engine, plant.plant.code, now)
    engine.dispose()
    told = ", ".join(f"{count} {table}" for table, count in written.items())
    yield Figure(database, "rollups as after this many facts", FACTS / 1e6, unit="M", detail=told)
    store, codes = open_store(url), [plant.plant.code for plant in plants]
    _check(store, codes[0], now)
    day, month = now - timedelta(days=1), now - timedelta(days=30)
    for what, goal, fn, details in (
        ("wall, the whole reading, p95", TODAY_GOAL, wall, [(code, now) for code in codes]),
        ("today by hour and line, p95", TODAY_GOAL, today, [(code, day) for code in codes]),
        ("30 days of all plants, p95", MONTH_GOAL, by_day, [(month,)]),
    ):
        began = time.process_time() + made.server_cpu_seconds()
        waits = list(_waits(store, fn, details))
        cpu = (time.process_time() + made.server_cpu_seconds() - began) / READINGS * 1000
        p95, median = statistics.quantiles(waits, n=20)[-1], statistics.median(waits)
        told = f"median {median:.1f} ms, CPU {cpu:.1f} ms with the server's"
        yield Figure(database, what, p95, goal, "ms", told)
    store.close()


def _compute_outlook(engine: Engine, plant: str, at: datetime) -> None:
    """As the end of a load does: the wall reads what is stored."""
    with Session(engine) as session:
        shape = compute_outlook(session, plant, at)
    version, payload = shape["formula_version"], json.dumps(shape)
    store_outlook(
        engine, plant, as_of_at=at, load_id=None, formula_version=version, payload=payload
    )


def today(session: Session, plant: str, since: datetime) -> Sequence[Any]:
    """Completions of one plant by hour and line."""
    return session.exec(
        select(HourOutput.hour_at, HourOutput.line, func.sum(HourOutput.completed_count))
        .where(HourOutput.plant == plant, col(HourOutput.hour_at) >= since)
        .group_by(col(HourOutput.hour_at), col(HourOutput.line))
    ).all()


def by_day(session: Session, since: datetime) -> Sequence[Any]:
    """Completions of all plants by business date."""
    return session.exec(
        select(DayOutput.plant, DayOutput.business_on, func.sum(DayOutput.completed_count))
        .where(col(DayOutput.business_on) >= since.date())
        .group_by(col(DayOutput.plant), col(DayOutput.business_on))
    ).all()


def _waits(store: Store, fn: Any, details: Sequence[tuple[Any, ...]]) -> Iterator[float]:
    """Milliseconds of each reading, taking the plants in turn."""
    for given in islice(cycle(details), READINGS):
        began = time.perf_counter()
        store.read(fn, *given)
        yield (time.perf_counter() - began) * 1000


def _check(store: Store, plant: str, now: datetime) -> None:
    """Raise ValueError unless every block of the wall has something to read and to show."""
    shape = store.read(wall, plant, now)
    blocks = {
        "score": shape["score"]["target"],
        "hours": shape["hours"],
        "open_stop": shape["open_stop"],
        "part_stops": shape["part_stops"],
        "first_pass": shape["first_pass"]["first_count"],
        "next_rack": shape["next_rack"]["last_completed_at"],
    }
    empty = [name for name, shown in blocks.items() if not shown]
    if empty:
        raise ValueError(f"the filled store leaves these blocks of the wall empty: {empty}")
