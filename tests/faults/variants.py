"""The right way to drain a plant, and four wrong ones that have been written many times.

The wrong ones stay here so that the harness can prove that it would notice them.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from db.clock import utc_now
from db.ingest import watermark
from db.ingest.batch import Batch, Mark, row_columns
from db.ingest.dialect import run
from db.ingest.write import write_batch
from db.models import Quarantine, TestRun, UnitStep
from tests.db.ingest.oracle import expected, facts, stored
from tests.faults.kill import STEPS, Shown, Variant
from tests.faults.plant import drain, logs


def newest(log: Iterable[tuple[Any, ...]], key: int, changed_at: int) -> list[tuple[Any, ...]]:
    """By key, what the log said last."""
    held: dict[str, tuple[Any, ...]] = {}
    for row in sorted(log, key=lambda row: row[changed_at]):
        held[row[key]] = row
    return list(held.values())


def wanted_of_store(plant: str) -> Shown:
    """Every rollup, counted apart from the store, and one record in quarantine."""
    live = {}
    for model, log in logs(plant).items():
        names = row_columns(model)
        rows = newest(log, names.index("source_key"), names.index("changed_at"))
        live[model] = facts(model, rows)
    return {**expected(live[UnitStep], live[TestRun]), "quarantine": 1}


def shown_by_store(engine: Engine, plant: str) -> Shown:
    """Every rollup as the screens read it, and how many records wait in quarantine."""
    waiting = stored(engine, plant, [Quarantine])["quarantine"]
    return {**stored(engine, plant), "quarantine": len(waiting)}


def nothing(engine: Engine) -> None:
    """The store's own tables suffice."""


def drain_whole(engine: Engine, plant: str, folder: Path) -> None:
    """Right: everything in one transaction."""
    drain(engine, plant, _write)


def _write(engine: Engine, batch: Batch) -> None:
    write_batch(engine, batch)


def drain_checkpoint_first(engine: Engine, plant: str, folder: Path) -> None:
    """Wrong: the watermark is committed before the rows."""

    def write(engine: Engine, batch: Batch) -> None:
        _checkpoint(engine, batch)
        write_batch(engine, _unmarked(batch))

    drain(engine, plant, write)


def drain_with_file(engine: Engine, plant: str, folder: Path) -> None:
    """Wrong: the watermark is kept in a file."""

    def file_of(source: str) -> Path:
        return folder / f"{source}.json"

    def read_mark(engine: Engine, source: str) -> Mark | None:
        if not file_of(source).exists():
            return None
        changed_at, key, clock = json.loads(file_of(source).read_text())
        return Mark(datetime.fromisoformat(changed_at), key, datetime.fromisoformat(clock))

    def write(engine: Engine, batch: Batch) -> None:
        write_batch(engine, _unmarked(batch))
        assert batch.mark
        mark = [batch.mark.changed_at, batch.mark.key, batch.mark.source_clock_at]
        STEPS.take()
        with file_of(batch.source).open("w") as file:
            STEPS.take()
            json.dump(mark, file, default=str)

    drain(engine, plant, write, read_mark)


def make_counts(engine: Engine) -> None:
    """The tables of the two variants that count a plant's rows in a way of their own."""
    with engine.begin() as connection:
        run(connection, "CREATE TABLE appended (plant text)")
        run(connection, "CREATE TABLE seen (plant text, name text, UNIQUE (plant, name))")
        run(connection, "CREATE TABLE total (plant text PRIMARY KEY, row_count int)")


def drain_appending(engine: Engine, plant: str, folder: Path) -> None:
    """Wrong: rows are appended, then the watermark is committed."""

    def write(engine: Engine, batch: Batch) -> None:
        with engine.begin() as connection:
            for _ in batch.rows:
                run(connection, "INSERT INTO appended VALUES (:plant)", plant=plant)
        _checkpoint(engine, batch)

    drain(engine, plant, write, has_overlap=False)


def shown_appended(engine: Engine, plant: str) -> Shown:
    """How many rows were appended."""
    return {"rows": _count(engine, "SELECT count(*) FROM appended WHERE plant = :plant", plant)}


def drain_incrementing(engine: Engine, plant: str, folder: Path) -> None:
    """Wrong: rows are upserted and a total incremented by them, then the watermark is committed."""

    def write(engine: Engine, batch: Batch) -> None:
        with engine.begin() as connection:
            for row in batch.rows:
                upsert = "INSERT INTO seen VALUES (:plant, :name) ON CONFLICT DO NOTHING"
                run(connection, upsert, plant=plant, name=f"{row[0]} {row[1]} {row[4]}")
            run(
                connection,
                "INSERT INTO total VALUES (:plant, :many) ON CONFLICT (plant) "
                "DO UPDATE SET row_count = total.row_count + :many",
                plant=plant,
                many=len(batch.rows),
            )
        _checkpoint(engine, batch)

    drain(engine, plant, write, has_overlap=False)


def shown_incremented(engine: Engine, plant: str) -> Shown:
    """What the total says; the rows themselves are always right, and hide it."""
    assert _count(engine, "SELECT count(*) FROM seen WHERE plant = :plant", plant) == 13
    return {"rows": _count(engine, "SELECT row_count FROM total WHERE plant = :plant", plant)}


def wanted_rows(plant: str) -> Shown:
    """How many rows the logs hold."""
    return {"rows": sum(len(log) for log in logs(plant).values())}


def _count(engine: Engine, statement: str, plant: str) -> int:
    with engine.connect() as connection:
        found: int = connection.execute(text(statement), {"plant": plant}).scalar_one()
        return found


def _checkpoint(engine: Engine, batch: Batch) -> None:
    with engine.begin() as connection:
        watermark.advance(connection, batch.source, batch.mark, utc_now())


def _unmarked(batch: Batch) -> Batch:
    return Batch(batch.source, batch.plant, batch.model, batch.rows, 0, batch.rejections)


RIGHT = Variant("whole", nothing, drain_whole, shown_by_store, wanted_of_store)
WRONG = (
    Variant("appending", make_counts, drain_appending, shown_appended, wanted_rows),
    Variant("incrementing", make_counts, drain_incrementing, shown_incremented, wanted_rows),
    Variant("checkpoint first", nothing, drain_checkpoint_first, shown_by_store, wanted_of_store),
    Variant("file", nothing, drain_with_file, shown_by_store, wanted_of_store),
)
VARIANTS = {variant.name: variant for variant in (RIGHT, *WRONG)}
