"""Keeping the rollups equal to the facts: following each batch, or rebuilding a plant at once.

Following: the units a batch touched are boiled down again from their live facts. What they
contributed before is taken off the hours and days, what they contribute now is added; runs are
counted from the batch's own rows. Late, corrected and deleted rows so reopen exactly their hours.
Rebuilding empties the plant's rollups and does the same for all its units, some at a time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, compress
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, Table, text
from sqlmodel import SQLModel

from db.clock import utc_now
from db.ingest import contributions as shares
from db.ingest import rollup_sql as sql
from db.ingest import version
from db.ingest.dialect import Columns, dialect_of, run, storage_errors, table_of
from db.ingest.history import Run, Step, Unit, columns_of, lone_runs, lone_steps, units_of
from db.models import TestRun, UnitStep

SERIALS_AT_ONCE = 500
LONE: dict[type[SQLModel], Callable[[Columns], Columns]] = {
    UnitStep: lone_steps,
    TestRun: lone_runs,
}
"""The tables that rollups are made from, and how units' only rows in one of them boil down."""
Values = tuple[Any, ...]
Pair = tuple[str, str]
"""A unit at an operation."""
Named = TypeVar("Named", bound=NamedTuple)


def follow(
    connection: Connection,
    model: type[SQLModel],
    plant: str,
    before: Columns,
    after: Columns,
) -> None:
    """Bring the rollups up to a batch whose facts were just written.

    `before`: the rows it replaced or deleted, as they were; `after`: the rows it wrote; both in
    the store's own values.
    """
    hour_of = dialect_of(connection).hour_of
    output: shares.Sums = {}
    yields: shares.Sums = {}
    for units, sign in _boil_down(connection, model, plant, before, after):
        shares.add_output(output, units, sign, hour_of)
        shares.add_firsts(yields, units, sign, hour_of)
    if model is TestRun:
        for rows, sign in ((before, -1), (after, 1)):
            shares.add_runs(yields, plant, _live_runs(rows), sign, hour_of)
    _merge(connection, sql.OUTPUT, output)
    _merge(connection, sql.YIELD, yields)


def _boil_down(
    connection: Connection, model: type[SQLModel], plant: str, before: Columns, after: Columns
) -> list[tuple[Columns, int]]:
    """Replace the rows of the units that the batch touched; returns old (-1) and new (1) ones.

    A unit without a row has no live facts but the batch's own: if that is one row, it is all there
    is to know. All others are read anew from the facts.
    """
    pairs = _pairs(after)
    touched = Counter(pairs)
    doubtful = set(_pairs(before))
    doubtful.update(compress(pairs, (at is not None for at in after["deleted_at"])))
    _touch(connection, touched.keys() | doubtful)
    old = _of_touched(connection, Unit, sql.UNITS, plant)
    doubtful.update((unit.serial, unit.operation) for unit in old)
    doubtful.update(pair for pair, count in touched.items() if count > 1)
    known: list[Unit] = []
    if doubtful:
        _touch(connection, doubtful)
        found = dialect_of(connection).FOUND.format(
            outer=sql.TOUCHED, table=sql.UNITS.name, match=sql.OF_TOUCHED
        )
        run(connection, f"DELETE FROM {sql.UNITS.name} WHERE {found}", plant=plant)
        known = units_of(plant, *_touched_facts(connection, plant))
        is_lone = [pair not in doubtful for pair in pairs]
        after = {name: list(compress(values, is_lone)) for name, values in after.items()}
    lone = LONE[model](after)
    rows = chain(known, zip(*map(lone.__getitem__, Unit._fields), strict=True))
    _insert(connection, sql.UNITS, Unit._fields, rows)
    return [(columns_of(old), -1), (columns_of(known), 1), (lone, 1)]


def _pairs(rows: Columns) -> list[Pair]:
    return list(zip(rows["serial"], rows["operation"], strict=True))


def rebuild_rollups(engine: Engine, plant: str) -> None:
    """Make the plant's rollups anew from all its facts, in one transaction under its lock.

    For after deferred loading, and as the repair and audit of `follow`. Time grows with the
    plant's steps and runs, memory only with its hours; the plant's writers wait meanwhile.
    """
    with storage_errors(), engine.begin() as connection:
        dialect = dialect_of(connection)
        dialect.lock_plant(connection, plant)
        for table in (sql.UNITS, *sql.OUTPUT.tables, *sql.YIELD.tables):
            run(connection, f"DELETE FROM {table.name} WHERE plant = :plant", plant=plant)
        output: shares.Sums = {}
        yields: shares.Sums = {}
        for low, high in _serial_ranges(connection, plant):
            _clear(connection, "touched_unit")
            run(connection, sql.TOUCH_SERIALS, plant=plant, low=low, high=high)
            steps, runs = _touched_facts(connection, plant)
            units = units_of(plant, steps, runs)
            shares.add_output(output, columns_of(units), 1, dialect.hour_of)
            shares.add_firsts(yields, columns_of(units), 1, dialect.hour_of)
            shares.add_runs(yields, plant, runs, 1, dialect.hour_of)
            _insert(connection, sql.UNITS, Unit._fields, units)
        _merge(connection, sql.OUTPUT, output)
        _merge(connection, sql.YIELD, yields)
        version.clear_rollups_due(connection, plant)
        version.bump(connection, plant, utc_now())


def _clear(connection: Connection, name: str) -> None:
    """Make the temporary table if this connection has none yet, and empty it."""
    template = dialect_of(connection).TEMPORARY
    run(connection, template.format(name=name, select=sql.TEMPORARY[name]))
    run(connection, f"DELETE FROM {name}")


def _touch(connection: Connection, pairs: Iterable[Pair]) -> None:
    """Note these units at operations, and no others, as touched."""
    _clear(connection, "touched_unit")
    _insert(connection, sql.UNITS, ("serial", "operation"), pairs, into="touched_unit")


def _touched_facts(connection: Connection, plant: str) -> tuple[list[Step], list[Run]]:
    """All live steps and runs of the touched units, in the store's own values."""
    steps = _of_touched(connection, Step, table_of(UnitStep), plant, "f.deleted_at IS NULL")
    return steps, _of_touched(connection, Run, table_of(TestRun), plant, "f.deleted_at IS NULL")


def _of_touched(
    connection: Connection, kind: type[Named], table: Table, plant: str, *conditions: str
) -> list[Named]:
    """The touched units' rows in a table, in the store's own values."""
    match = " AND ".join((sql.OF_TOUCHED, *conditions))
    found = dialect_of(connection).LOOK_UP.format(outer=sql.TOUCHED, table=table.name, match=match)
    fields = ", ".join(f"f.{name}" for name in kind._fields)
    statement = text(f"SELECT {fields} FROM {found}")
    return list(map(kind._make, connection.execute(statement, {"plant": plant})))


def _serial_ranges(connection: Connection, plant: str) -> Iterator[tuple[str, str]]:
    """First and last serial of each portion of the plant's units, in the store's own order."""
    serials = connection.execute(text(sql.ALL_SERIALS), {"plant": plant}).scalars().all()
    for start in range(0, len(serials), SERIALS_AT_ONCE):
        portion = serials[start : start + SERIALS_AT_ONCE]
        yield portion[0], portion[-1]


def _live_runs(rows: Columns) -> Iterator[Run]:
    """The rows of test_run that are not deleted."""
    runs = map(Run._make, zip(*map(rows.__getitem__, Run._fields), strict=True))
    return compress(runs, (at is None for at in rows["deleted_at"]))


def _merge(connection: Connection, rollup: sql.Rollup, sums: shares.Sums) -> None:
    """Add signed sums to the rollup's hours and days, and drop what came down to nothing."""
    rows = shares.rows_of(sums)
    if not rows:
        return
    _clear(connection, rollup.delta)
    _insert(connection, rollup.tables[0], rollup.columns, rows, into=rollup.delta)
    is_less = any(min(measures) < 0 for measures in sums.values())
    for table in rollup.tables:
        run(connection, sql.add_up(table, rollup))
        if is_less:
            run(connection, sql.sweep(table, rollup))


def _insert(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Iterable[Values],
    *,
    into: str = "",
) -> None:
    """Add rows of the store's own values to a table, or to one shaped like it."""
    columns = [table.columns[name] for name in names]
    dialect_of(connection).insert(connection, into or table.name, columns, rows)
