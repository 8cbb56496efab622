"""What the yield pages ask of a big store: page, ranked explanation, genealogy both ways.

`--rows N` puts N trays into the two weeks asked about, ten times as many into the store, and ten
links of genealogy a tray of the window, on PostgreSQL; a tenth of all that on SQLite. The goals are
set for N = 1,000,000, which takes half an hour to fill and about eleven gigabytes;
RACKLINE_BENCH_KEEP=DIR keeps the filled stores there for the next run of the same size.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from sqlmodel import Session, func, select

from db.engine import make_engine
from db.models import Alarm, UnitCase
from db.queries.attribution import explanation
from db.queries.genealogy import genealogy, where_used
from db.queries.scope import EVERY_PLANT
from db.queries.store import Store, open_store
from db.queries.yield_shapes import YieldFilter
from db.queries.yields import yield_page
from tests.bench.figures import Figure, Goal
from tests.bench.stores import DATABASES, stores
from tests.bench.yield_store import fill
from tests.bench.yield_values import OPERATION, PLANT, Size, serial

KEPT = os.environ.get("RACKLINE_BENCH_KEEP")
SHARE = {"postgresql": 1, "sqlite": 10}
IN_STORE = 10
"""Trays in the store for one in the window."""
READINGS = 20
DROP_DAYS = 3
PAGE, WHY, TREE = Goal("<=", 300), Goal("<=", 2000), Goal("<=", 200)
Ask = Callable[[int], Any]


def measure(row_count: int) -> Iterator[Figure]:
    """Time of each reading, 95th percentile, on both databases."""
    for database in DATABASES:
        with stores(database, Path(KEPT) if KEPT else None) as made:
            recent = row_count // SHARE[database]
            size = Size(IN_STORE * recent, recent)
            url = made.kept_url(f"yields{recent}", partial(_fill, size))
            yield from contents(url, size)
            yield from readings(url, size, made.server_cpu_seconds)


def _fill(size: Size, url: str) -> None:
    engine = make_engine(url)
    fill(engine, size)
    engine.dispose()


def contents(url: str, size: Size) -> Iterator[Figure]:
    """How much is in a filled store."""
    engine = make_engine(url)
    database = engine.dialect.name
    yield Figure(database, "units in the store", _count(engine, "unit_case"), unit="M")
    yield Figure(database, "units in the window", size.recent / 1e6, unit="M")
    links = _count(engine, "genealogy_link")
    yield Figure(database, "links of genealogy", links, unit="M")
    engine.dispose()


def _count(engine: Engine, table: str) -> float:
    with engine.connect() as connection:
        return float(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()) / 1e6


def readings(url: str, size: Size, server_cpu: Callable[[], float]) -> Iterator[Figure]:
    """How long each question takes a filled store, without a drop and then with one.

    `server_cpu`: CPU seconds that the database's own processes have used.
    """
    store = open_store(url)
    now = store.read(_filled_until)
    database = url.partition(":")[0].partition("+")[0]
    for what, goal, ask in _questions(store, size, now):
        yield _figure(database, what, goal, ask, server_cpu)
    asked = YieldFilter(PLANT, operation=OPERATION)
    with _drop(url, now):
        for what, goal, ask in (
            ("page since a drop, p95", PAGE, lambda i: _ask(store, yield_page, asked, now)),
            ("explanation since a drop, p95", WHY, lambda i: _ask(store, explanation, asked, now)),
        ):
            yield _figure(database, what, goal, ask, server_cpu)
    store.close()


def _filled_until(session: Session) -> datetime:
    newest = session.exec(select(func.max(UnitCase.first_verdict_at))).one()
    assert newest is not None
    return newest + timedelta(seconds=60)


def _questions(store: Store, size: Size, now: datetime) -> Iterator[tuple[str, Goal | None, Ask]]:
    asked = YieldFilter(PLANT, operation=OPERATION)
    views = [
        asked,
        YieldFilter(PLANT, operation=OPERATION, grain="day", group="station"),
        YieldFilter(PLANT, operation=OPERATION, line="T1", group="product"),
        YieldFilter(PLANT, operation=OPERATION, grain="last", group="shift"),
    ]
    lot, firm = {"factor": "lot", "value": f"P3 L{size.lots // 2}"}, {"supplier": "F3"}
    narrow = [YieldFilter(PLANT, operation=OPERATION, **narrowed) for narrowed in (lot, firm)]  # type: ignore[arg-type]
    racks, lots, trays = size.racks, size.lots, size.recent
    yield (
        "yield page from rollups, p95",
        PAGE,
        lambda i: _ask(store, yield_page, views[i % len(views)], now),
    )
    yield "page of a lot's units, p95", PAGE, lambda i: _ask(store, yield_page, narrow[0], now)
    yield "page of a supplier's units, p95", PAGE, lambda i: _ask(store, yield_page, narrow[1], now)
    yield "ranked explanation, p95", WHY, lambda i: _ask(store, explanation, asked, now)
    yield (
        "genealogy of a rack, p95",
        TREE,
        lambda i: _ask(store, genealogy, PLANT, f"R{i * 7919 % racks:08d}", now),
    )
    yield (
        "where a lot went, p95",
        TREE,
        lambda i: _ask(store, where_used, PLANT, part=f"P{i % 9}", lot=f"L{i * 31 % lots}"),
    )
    yield (
        "where a tray went, p95",
        TREE,
        lambda i: _ask(store, where_used, PLANT, serial=serial(size.old + i * 7919 % trays)),
    )


def _ask(store: Store, question: Callable[..., Any], *given: Any, **named: Any) -> Any:
    return store.read(question, EVERY_PLANT, *given, **named)


def _figure(
    database: str, what: str, goal: Goal | None, ask: Ask, server_cpu: Callable[[], float]
) -> Figure:
    ask(0)
    waits, cpu = [], time.process_time() + server_cpu()
    for i in range(READINGS):
        began = time.perf_counter()
        ask(i)
        waits.append((time.perf_counter() - began) * 1000)
    p95, median = statistics.quantiles(waits, n=20)[-1], statistics.median(waits)
    cpu = (time.process_time() + server_cpu() - cpu) / READINGS * 1000
    told = f"median {median:.0f} ms, CPU {cpu:.0f} ms with the server's"
    return Figure(database, what, p95, goal, "ms", told)


@contextmanager
def _drop(url: str, now: datetime) -> Iterator[None]:
    """A drop that has stood for three days; gone afterwards."""
    engine, began = make_engine(url), now - timedelta(days=DROP_DAYS)
    drop = Alarm(
        plant=PLANT, line="T1", operation=OPERATION, found_at=began, began_at=began,
        began_from_at=began, began_to_at=began, detected_at=began, units=1000, fails=50,
        expected_fails=20.0, evidence="{}", detector_version="1",
    )  # fmt: skip
    with Session(engine) as session:
        session.add(drop)
        session.commit()
        yield
        session.delete(drop)
        session.commit()
    engine.dispose()
