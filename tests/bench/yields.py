"""What the yield pages ask of a big store: page, ranked explanation, genealogy both ways.

The store is filled by SQL of its own: N units with a first verdict within two weeks, ten times as
many links of genealogy. `--rows N` gives 10 N units on PostgreSQL and N on SQLite, so N = 100,000
is the million units and ten million links that the goals are set for.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from db.clock import utc_now
from db.engine import make_engine
from db.ingest.factors import follow_factors
from db.queries.attribution import explanation
from db.queries.genealogy import genealogy, where_used
from db.queries.scope import EVERY_PLANT
from db.queries.store import open_store
from db.queries.yield_shapes import YieldFilter
from db.queries.yields import yield_page
from db.settings import Settings
from etl.publish import publish
from etl.registry import load_plants
from tests.bench.figures import Figure, Goal
from tests.bench.live import NO_SYSTEMS
from tests.bench.stores import DATABASES, stores

SHARE = {"postgresql": 10, "sqlite": 1}
LINKS_A_UNIT = 10
UNITS_A_LOT = 200
"""A lot of a part is in about so many racks; RACKLINE_BENCH_LOTS=harsh scatters it over all days,
so that every unit carries ten of two thousand lots of each day."""
SCATTERED_LOTS = 2_000
READINGS = 20
IS_HARSH = os.environ.get("RACKLINE_BENCH_LOTS") == "harsh"
SPAN_SECONDS = 14 * 86_400
NUMBERS = {
    "postgresql": "generate_series(0, {last}) AS n(i)",
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
    "SELECT i FROM n) AS n",
}
AT = {
    "postgresql": "CAST(:start AS timestamptz) + ({seconds}) * interval '1 second'",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', :start, ({seconds}) || ' seconds')",
}
DAY_OF = {"postgresql": "CAST({at} AS date)", "sqlite": "date({at})"}
STAMP = "'mp.x', '{kind}' || {key}, 'mp', 0, {at}, {at}, 1"
STAMPED = "source, source_key, plant, content_hash, changed_at, ingested_at, load_id"
EVENT = "month, occurred_at, occurred_local, time_quality, business_on, shift"
FAILED = "CASE WHEN i % 50 = 0 OR (i % 97 = 0 AND i % 3 = 0) THEN 'failed' ELSE 'passed' END"


def measure(row_count: int) -> Iterator[Figure]:
    """Time of each reading, 95th percentile, on both databases."""
    for database in DATABASES:
        with stores(database) as made:
            url, units = made.new_url(), SHARE[database] * row_count
            engine = make_engine(url)
            began = time.perf_counter()
            links = _fill(engine, units)
            took = f"filled in {time.perf_counter() - began:.0f} s"
            began = time.process_time()
            follow_factors(engine, "mp")
            kept = (time.process_time() - began) / units * 1e6
            engine.dispose()
            yield Figure(database, "units in the window", units / 1e6, unit="M", detail=took)
            yield Figure(database, "links of genealogy", links / 1e6, unit="M")
            told = "our CPU; not in the transaction of the facts"
            yield Figure(database, "keeping what a unit carried", kept, unit="µs", detail=told)
            yield from _readings(database, url, units)


def _readings(database: str, url: str, units: int) -> Iterator[Figure]:
    store, now, lots = open_store(url), utc_now(), _lots(units)
    asked = YieldFilter("mp", operation="LEAK")
    questions: tuple[tuple[str, Goal, Callable[[int], Any]], ...] = (
        (
            "yield page from rollups, p95",
            Goal("<=", 300),
            lambda i: store.read(yield_page, EVERY_PLANT, asked, now),
        ),
        (
            "ranked explanation, p95",
            Goal("<=", 2000),
            lambda i: store.read(explanation, EVERY_PLANT, asked, now),
        ),
        (
            "genealogy of a rack, p95",
            Goal("<=", 200),
            lambda i: store.read(genealogy, EVERY_PLANT, "mp", f"R{i * 7919 % units}", now),
        ),
        (
            "where a lot went, p95",
            Goal("<=", 200),
            lambda i: store.read(
                where_used, EVERY_PLANT, "mp", part=f"P{i % 10}", lot=f"L{i * 31 % lots}"
            ),
        ),
    )
    for what, goal, ask in questions:
        waits = []
        for i in range(READINGS):
            began = time.perf_counter()
            ask(i)
            waits.append((time.perf_counter() - began) * 1000)
        p95, median = statistics.quantiles(waits, n=20)[-1], statistics.median(waits)
        yield Figure(database, what, p95, goal, "ms", f"median {median:.0f} ms")
    store.close()


def _lots(units: int) -> int:
    """How many lots of each part there are."""
    return SCATTERED_LOTS if IS_HARSH else max(1, units // UNITS_A_LOT)


def _lot(units: int) -> str:
    """SQL of the lot of link i: used up one after the other, with a change every 200 racks."""
    rack = f"(i / {LINKS_A_UNIT})"
    if IS_HARSH:
        return f"'L' || ({rack} * 7 % {SCATTERED_LOTS})"
    overlap = f"i % {LINKS_A_UNIT} * 17 + {UNITS_A_LOT // 2} * ({rack} % 3)"
    return f"'L' || (({rack} + {overlap}) / {UNITS_A_LOT} % {_lots(units)})"


def _fill(engine: Engine, units: int) -> int:
    plants = [p for p in load_plants(Settings().plants_dir, NO_SYSTEMS) if p.plant.code == "mp"]
    publish(engine, plants)
    database = engine.dialect.name
    start = utc_now() - timedelta(seconds=SPAN_SECONDS + 3600)
    at = AT[database].format(seconds=f"CAST(i AS bigint) * {SPAN_SECONDS} / {units}")
    held = AT[database].format(
        seconds=f"CAST(i / {LINKS_A_UNIT} AS bigint) * {SPAN_SECONDS} / {units} - 40000"
    )
    event = "202601, {at}, '', 'exact', {day}, 'D'"
    statements = (
        (
            units,
            f"INSERT INTO test_run ({STAMPED}, {EVENT}, serial, product, line, operation, station, "
            "slot, started_at, verdict, verdict_raw, program, program_revision, firmware, fixture) "
            f"SELECT {STAMP.format(kind='t', key='i', at=at)}, "
            f"{event.format(at=at, day=DAY_OF[database].format(at=at))}, 'R' || i, 'RK72-A', "
            "'L' || (i % 2 + 1), 'LEAK', 'L' || (i % 2 + 1) || '-LEAK-' || (i % 3 + 1), "
            f"'S' || (i % 16), {at}, {FAILED}, '', 'PDT', '7.' || (i % 4), '1.' || (i % 5), "
            "'FX-' || (i % 40)",
        ),
        (
            units,
            "INSERT INTO unit_operation (plant, serial, operation, product, build, line, "
            "started_at, last_at, completed_at, completed_on, completed_shift, completed_line, "
            "first_verdict, first_verdict_at, first_verdict_on, first_verdict_shift, "
            "first_verdict_line, first_verdict_station, last_verdict, run_count, verdict_count) "
            "SELECT plant, serial, operation, product, '', line, started_at, occurred_at, "
            "occurred_at, business_on, shift, line, verdict, occurred_at, business_on, shift, "
            "line, station, 'passed', 1, 1 FROM test_run",
        ),
        (
            units * LINKS_A_UNIT,
            f"INSERT INTO genealogy_link ({STAMPED}, {EVENT}, parent_serial, position, "
            "child_serial, part, lot, supplier, part_revision, qty) "
            f"SELECT {STAMP.format(kind='g', key='i', at=held)}, "
            f"{event.format(at=held, day=DAY_OF[database].format(at=held))}, "
            f"'R' || (i / {LINKS_A_UNIT}), 'X' || (i % {LINKS_A_UNIT}), '', "
            f"'P' || (i % {LINKS_A_UNIT}), {_lot(units)}, "
            "'F' || (i % 7), '', 1000000",
        ),
        (0, _ROLLUP.format(table="hour_yield", hour=", hour_at", value=f", {_hour(database)}")),
        (0, _ROLLUP.format(table="day_yield", hour="", value="")),
    )
    _execute(engine, statements, start)
    return units * LINKS_A_UNIT


def _execute(engine: Engine, statements: Sequence[tuple[int, str]], start: datetime) -> None:
    """Statements that fill a table with so many rows, then statistics."""
    database = engine.dialect.name
    for count, statement in statements:
        with engine.begin() as connection:
            source = f" FROM {NUMBERS[database].format(last=count - 1)}"
            whole = statement + ("" if " FROM " in statement else source)
            given = {"start": _native(engine, start)} if ":start" in whole else {}
            connection.execute(text(whole), given)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if database == "postgresql" else "ANALYZE"))


_ROLLUP = (
    "INSERT INTO {table} (plant, line, operation, product, business_on, shift, station, "
    "first_count, first_passed_count, run_count, passed_count, failed_count, no_verdict_count"
    "{hour}) SELECT plant, line, operation, product, business_on, shift, station, count(*), "
    "sum(CASE verdict WHEN 'passed' THEN 1 ELSE 0 END), count(*), "
    "sum(CASE verdict WHEN 'passed' THEN 1 ELSE 0 END), "
    "sum(CASE verdict WHEN 'failed' THEN 1 ELSE 0 END), 0{value} FROM test_run "
    "GROUP BY plant, line, operation, product, business_on, shift, station{value}"
)


def _hour(database: str) -> str:
    if database == "postgresql":
        return "date_trunc('hour', occurred_at)"
    return "strftime('%Y-%m-%d %H:00:00.000000', occurred_at)"


def _native(engine: Engine, start: Any) -> Any:
    return start if engine.dialect.name == "postgresql" else start.strftime("%Y-%m-%d %H:%M:%S")
