"""A plant small enough to be drained at every kill point: what its systems said, in order.

The log holds new rows, a correction that moves a completion to another hour and month, a late row,
a deletion, retests and a record nobody can trust. Pages overlap by the row of the watermark.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import SQLModel

from db.ingest.batch import Batch, Mark, row_columns
from db.ingest.watermark import read_watermark
from db.models import TestRun, UnitStep
from tests.builders import batch, rejection, step, test_run

START = datetime(2026, 10, 31, 22, 50, tzinfo=UTC)
PAGE_ROWS = 5
Log = list[tuple[Any, ...]]
Write = Callable[[Engine, Batch], None]
ReadMark = Callable[[Engine, str], Mark | None]


def minutes(count: int) -> datetime:
    """An instant of the log; the month (UTC) turns at 70."""
    return START + timedelta(minutes=count)


def logs(plant: str) -> dict[type[SQLModel], Log]:
    """All that the plant's two systems ever said, in order of change time."""

    def visit(key: str, serial: str, begun: int, at: int, **given: Any) -> tuple[Any, ...]:
        spans = {"started_at": minutes(begun), "ended_at": minutes(at), "changed_at": minutes(at)}
        return step(plant=plant, source_key=key, serial=serial, **(spans | given))

    def run(key: str, serial: str, at: int, verdict: str) -> tuple[Any, ...]:
        spans = {"started_at": minutes(at - 5), "ended_at": minutes(at), "changed_at": minutes(at)}
        return test_run(plant=plant, source_key=key, serial=serial, verdict=verdict, **spans)

    steps = [
        visit("1", "R1", 0, 5),
        visit("2", "R2", 0, 6),
        visit("3", "R3", 1, 7, operation="burn_in"),
        visit("4", "R3", 8, 40),
        visit("1", "R1", 0, 75, changed_at=minutes(50)),
        visit("5", "R2", 55, 60, result="failed"),
        visit("6", "R4", 2, 3, changed_at=minutes(61)),
        visit("2", "R2", 0, 6, changed_at=minutes(62), deleted_at=minutes(62)),
        visit("7", "R5", 60, 80),
    ]
    runs = [
        run("1", "R1", 10, "failed"),
        run("2", "R1", 20, "passed"),
        run("3", "R2", 22, "aborted"),
        run("4", "R2", 30, "passed"),
    ]
    return {UnitStep: steps, TestRun: runs}


def drain(
    engine: Engine,
    plant: str,
    write: Write,
    read_mark: ReadMark = read_watermark,
    *,
    has_overlap: bool = True,
) -> None:
    """Pull both systems to their end, page by page, from wherever the watermark stands."""
    for model, log in logs(plant).items():
        at = row_columns(model).index("changed_at")
        source = batch(plant=plant, model=model).source
        while True:
            mark = read_mark(engine, source)
            rest = [row for row in log if mark is None or row[at] > mark.changed_at]
            if not rest:
                break
            first = max(log.index(rest[0]) - has_overlap, 0)
            page = log[first : first + PAGE_ROWS]
            end = Mark(page[-1][at], page[-1][1], minutes(600))
            bad = [rejection(record_key="bad")] if model is UnitStep else []
            write(
                engine, batch(*page, plant=plant, model=model, mark=end, rejections=bad, load_id=0)
            )
