"""The ingest path against the limit of the database: the same rows, raw, into the same table.

Whole path: read from the plant's database, parse and validate, quarantine, write, with watermark
and load counts, in batches as the connector makes them. Raw: the validated rows, already converted,
by COPY or executemany; nothing is fetched, parsed or checked there. On SQLite the writer itself is
dearer by the row in everything but the insert, where it puts many rows into one statement, which
executemany does not: the raw speed is what a plain program reaches, not the least there could be.
On a busy machine believe the CPU ratios: with no second core free the two threads gain nothing.
"""

import gc
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from db.clock import utc_now
from db.ingest import postgres
from db.ingest.batch import STAMPED, Batch, row_columns
from db.ingest.dialect import table_of, to_native
from db.ingest.loads import open_load
from db.ingest.rollups import rebuild_rollups
from db.ingest.write import Upkeep, write_batch
from db.models import UnitStep
from etl.ahead import ahead
from etl.connectors.base import Window
from etl.runner import Context, Pull, run_load
from tests.bench.figures import Figure, Goal
from tests.bench.memory import peak_mb
from tests.bench.source import BEGAN_AT, pull_of_ohio, steps_in_sqlite
from tests.bench.stores import DATABASES, Stores, stores

RAW_GOALS = {
    ("sqlite", "deferred"): Goal(">=", 0.5, 0.65),
    ("postgresql", "deferred"): Goal(">=", 0.35, 0.5),
    ("postgresql", "delta"): Goal(">=", 0.25, 0.3),
}
CPU_GOALS: dict[str, Goal] = {"deferred": Goal("<=", 3.0, 2.2), "delta": Goal("<=", 6.0, 4.0)}
NAMES: dict[str, str] = {"deferred": "without rollups", "delta": "with rollups"}
TILE = (
    "SELECT hour_at, line, sum(completed_count) FROM hour_output WHERE plant = 'oh' "
    "AND hour_at >= (SELECT max(hour_at) FROM hour_output WHERE plant = 'oh') "
    "GROUP BY hour_at, line"
)
IDLE_POLLS = 200
ROUNDS = 3


@dataclass(slots=True)
class Cost:
    """Seconds on the wall, and CPU seconds of this process and of the database server."""

    made: Stores
    wall: float = 0.0
    cpu: float = 0.0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Add what the body costs. What was alive before is left out of garbage collection."""
        gc.collect()
        gc.freeze()
        began = time.perf_counter(), self._cpu_now()
        yield
        self.wall += time.perf_counter() - began[0]
        self.cpu += self._cpu_now() - began[1]
        gc.unfreeze()

    def _cpu_now(self) -> float:
        return time.process_time() + self.made.server_cpu_seconds()


def measure(row_count: int) -> Iterator[Figure]:
    """All ingest figures on both databases."""
    with tempfile.TemporaryDirectory(prefix="rackline-bench-") as name:
        folder = Path(name)
        pull = steps_in_sqlite(folder, row_count)
        batches = validated(pull)
        for database in DATABASES:
            with stores(database) as made:
                yield from _against_raw(made, folder, batches)
                yield from _writer(made, batches)
                yield _memory(made, folder, row_count)
                yield _idle_poll(made, pull)


def _against_raw(made: Stores, folder: Path, batches: list[Batch]) -> Iterator[Figure]:
    """The whole path without and with rollups, and once more over all that is held.

    Everything is loaded raw and by both ways in turn, each into a new store, several times over,
    so that a busy machine slows all alike.
    """
    raw, again = Cost(made), Cost(made)
    whole: dict[Upkeep, Cost] = {"deferred": Cost(made), "delta": Cost(made)}
    engines: dict[Upkeep, Engine] = {}
    for _ in range(ROUNDS):
        raw_load = load_raw(made.new(), batches)
        next(raw_load)  # converts
        _run(raw_load, raw)
        for upkeep, cost in whole.items():
            engines[upkeep] = made.new()
            _run(_load(engines[upkeep], pull_of_ohio(folder), upkeep), cost)
    before = _counts(engines["delta"])
    _run(_load(engines["delta"], pull_of_ohio(folder), "delta"), again)
    many = ROUNDS * sum(len(batch.rows) for batch in batches)
    yield Figure(made.database, "raw load", many / raw.wall / 1000, unit="k/s")
    for upkeep, cost in whole.items():
        speed, goal = raw.wall / cost.wall, RAW_GOALS.get((made.database, upkeep))
        told = f"{many / cost.wall / 1000:.1f} k rows/s"
        what = f"whole path {NAMES[upkeep]} / raw speed"
        yield Figure(made.database, what, speed, goal, detail=told)
        spent, goal = cost.cpu / raw.cpu, CPU_GOALS[upkeep]
        yield Figure(made.database, f"its CPU / raw CPU, {NAMES[upkeep]}", spent, goal)
    cheap = ROUNDS * again.wall / whole["delta"].wall
    yield Figure(made.database, "re-pull of everything / first pass", cheap, Goal("<=", 0.8, 0.75))
    changed = float(_counts(engines["delta"]) != before)
    yield Figure(made.database, "tables changed by the re-pull", changed, Goal("<=", 0), "")


def _writer(made: Stores, batches: list[Batch]) -> Iterator[Figure]:
    """The writer alone, from validated rows: what keeping the rollups costs; a tile's query."""
    spent: dict[Upkeep, Cost] = {"deferred": Cost(made), "delta": Cost(made)}
    engines = {upkeep: made.new() for upkeep in spent}
    for batch in batches:
        for upkeep, cost in spent.items():
            with cost.counted():
                write_batch(engines[upkeep], batch, upkeep=upkeep)
    engine = engines["delta"]
    upkeep_ratio = spent["delta"].wall / spent["deferred"].wall
    yield Figure(
        made.database, "facts with rollups / facts only", upkeep_ratio, Goal("<=", 2.0, 1.8)
    )
    with engine.connect() as connection:
        connection.execute(text(TILE)).all()
        began = time.perf_counter()
        connection.execute(text(TILE)).all()
        waited = (time.perf_counter() - began) * 1000
    yield Figure(made.database, "tile query on the rollup", waited, Goal("<=", 100, 20), "ms")
    rebuilt = Cost(made)
    with rebuilt.counted():
        rebuild_rollups(engine, "oh")
    many = sum(len(batch.rows) for batch in batches)
    yield Figure(made.database, "rebuilding the rollups", many / rebuilt.wall / 1000, unit="k/s")


def _memory(made: Stores, folder: Path, row_count: int) -> Figure:
    """Peak memory of a process that loads everything."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        peak = pool.apply(_peak_of_load, (made.new_url(), folder, row_count))
    return Figure(made.database, "peak memory of a load", peak, Goal("<=", 200), "MB")


def _peak_of_load(url: str, folder: Path, row_count: int) -> float:
    from db.engine import make_engine  # noqa: PLC0415  (kept out of the parent's measurement)

    for _ in _load(make_engine(url), pull_of_ohio(folder), "delta"):
        pass
    return peak_mb()


def _idle_poll(made: Stores, pull: Pull) -> Figure:
    """CPU of a poll that finds only what the last one found."""
    context = Context(made.new())
    window = Window(since=BEGAN_AT.replace(year=2027))
    run_load(context, pull, "poll", window)
    cost = Cost(made)
    own: list[float] = []
    with cost.counted():
        for _ in range(IDLE_POLLS):
            run_load(context, pull, "poll", window)
            own.append(time.process_time())
    polls = sorted(after - before for before, after in pairwise(own))
    told = f"ours: median {polls[len(polls) // 2] * 1000:.2f}, dearest {polls[-1] * 1000:.2f}"
    spent, goal = cost.cpu / IDLE_POLLS * 1000, Goal("<=", 5)
    return Figure(made.database, "CPU of an idle poll", spent, goal, "ms", told)


def validated(pull: Pull) -> list[Batch]:
    """The source's rows as the connector and the feed hand them to the writer."""
    return [_batch(pull, raw, 0) for raw in pull.connector.fetch(Window())]


def seconds_of_load(made: Stores, pull: Pull, upkeep: Upkeep) -> float:
    """How long the whole path takes, everything the source holds into an empty store."""
    cost = Cost(made)
    _run(_load(made.new(), pull, upkeep), cost)
    return cost.wall


def _run(steps: Iterator[None], cost: Cost) -> None:
    with cost.counted():
        for _ in steps:
            pass


def _load(engine: Engine, pull: Pull, upkeep: Upkeep) -> Iterator[None]:
    """The whole path, one batch at a step; the next is read and parsed meanwhile."""
    load_id = open_load(engine, pull.code, pull.plant, "first", Window())
    for batch in ahead(_batch(pull, raw, load_id) for raw in pull.connector.fetch(Window())):
        write_batch(engine, batch, upkeep=upkeep)
        yield


def _batch(pull: Pull, raw: Any, load_id: int) -> Batch:
    parsed = pull.feed.parse(raw, now=utc_now())
    return Batch(
        pull.code, pull.plant, UnitStep, parsed.rows, load_id, parsed.rejections, parsed.mark
    )


def load_raw(engine: Engine, batches: list[Batch]) -> Iterator[None]:
    """The same rows, already converted, straight into the same indexed table, batch by batch."""
    table = table_of(UnitStep)
    columns = [table.columns[name] for name in (*row_columns(UnitStep), *STAMPED)]
    now = utc_now()
    with engine.connect() as connection:
        native = [
            to_native(connection, columns, [(*row, now, 0) for row in batch.rows])
            for batch in batches
        ]
    yield
    for rows in native:
        with engine.begin() as connection:
            RAW_INSERTS[engine.dialect.name](connection, table.name, columns, rows)
        yield


def _execute_many(connection: Connection, table: str, columns: list[Any], rows: Any) -> None:
    names = ", ".join(column.name for column in columns)
    marks = ", ".join("?" * len(columns))
    raw: Any = connection.connection.driver_connection
    raw.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


RAW_INSERTS = {"sqlite": _execute_many, "postgresql": postgres.insert}


def _counts(engine: Engine) -> list[Any]:
    """What a re-pull must leave alone: rows and versions of facts, rollups and quarantine."""
    asked = (
        "SELECT count(*), max(ingested_at), max(load_id) FROM unit_step",
        "SELECT count(*), sum(completed_count), sum(duration_ms) FROM hour_output",
        "SELECT count(*), sum(seen_count), max(last_seen_at) FROM quarantine",
        "SELECT sum(version), max(changed_at), 0 FROM plant_version",
        "SELECT count(*), 0, 0 FROM change",
    )
    with engine.connect() as connection:
        return [tuple(connection.execute(text(statement)).one()) for statement in asked]
