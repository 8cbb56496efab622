"""Comparing a day with its source, against one scan of that day at the source.

A scan reads every row of the day through the connector and drops it. Compared: nothing moved since
the last comparison, as on nearly every run; then 60 rows committed late within half an hour; last,
for the reader's information, a day that was never compared, all of which is parsed and looked up.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from db.settings import Settings
from etl.connectors.base import Window
from etl.publish import publish
from etl.pulls import read_plants
from etl.reconcile.days import compare_day
from etl.reconcile.sides import day_span
from etl.runner import Context, Pull, run_load
from tests.bench.figures import Figure, Goal
from tests.bench.source import BEGAN_AT, steps_in_postgres, steps_in_sqlite
from tests.bench.stores import DATABASES, Stores, stores

ROUNDS = 3
DAY = date(2026, 10, 1)
LATE = 60


def measure(row_count: int) -> Iterator[Figure]:
    """The ratios on both databases; source and store are of the same kind."""
    for database in DATABASES:
        folder = tempfile.TemporaryDirectory(prefix="rackline-bench-")
        with folder as name, stores(database) as made:
            yield from _measured(made, Path(name), row_count)


def _measured(made: Stores, folder: Path, row_count: int) -> Iterator[Figure]:
    pull, address = _source(made, folder, row_count)
    engine = made.new()
    publish(engine, read_plants(Settings(plants_dir=folder / "plants", plant_data_dir=folder)))
    context = Context(engine)
    span = day_span(pull, DAY)
    window = Window(*span)
    summary = run_load(context, pull, "history", window)
    assert summary.error is None, summary.message
    first = _best(lambda: compare_day(context, pull, DAY, span), 1)
    scan = _best(lambda: sum(len(batch.rows) for batch in pull.connector.fetch(window)), ROUNDS)
    same = _best(lambda: compare_day(context, pull, DAY, span), ROUNDS)
    _commit_late(address, row_count)
    found = []
    late = _best(lambda: found.append(compare_day(context, pull, DAY, span)), 1)
    assert found[0].repaired.new == LATE, found[0]
    told = f"{scan:.2f} s for {summary.read_count} rows"
    yield Figure(made.database, "one scan of the day at the source", scan, unit="s", detail=told)
    for what, seconds, goal in (
        ("comparison, nothing moved / scan", same, Goal("<=", 1.5)),
        (f"comparison that repairs {LATE} rows / scan", late, Goal("<=", 1.5)),
        ("a day never compared / scan", first, None),
    ):
        yield Figure(made.database, what, seconds / scan, goal, detail=f"{seconds:.2f} s")


def _source(made: Stores, folder: Path, row_count: int) -> tuple[Pull, str]:
    """The day's visits, within 22 hours of it."""
    hours = timedelta(hours=22)
    if made.database == "sqlite":
        return (
            steps_in_sqlite(folder, row_count, hours),
            f"sqlite:///{folder / 'oh' / 'mes.sqlite3'}",
        )
    url = made.new_database("mes")
    return steps_in_postgres(folder, url, row_count, hours), url


def _commit_late(address: str, row_count: int) -> None:
    """Rows of half an hour that no poll could see."""
    at = BEGAN_AT + timedelta(hours=9, minutes=2)
    engine = create_engine(address)
    with engine.begin() as connection:
        for number in range(LATE):
            changed = f"{at + timedelta(seconds=20 * number):%Y-%m-%d %H:%M:%S}"
            connection.execute(
                text(
                    "INSERT INTO unit_history SELECT :id, serial_no, product_code, order_no, "
                    "work_center, position, start_utc, end_utc, status, :at, deleted "
                    "FROM unit_history WHERE id = :like"
                ),
                {"id": row_count + number, "at": changed, "like": row_count // 2},
            )
    engine.dispose()


def _best(work: Callable[[], object], rounds: int) -> float:
    """Seconds of the fastest round."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)
