"""Keeping the rollups equal to the facts: following each batch, or rebuilding a plant at once.

Following: the units a batch touched are boiled down again from their live facts. What they
contributed before is taken off the hours and days, what they contribute now is added. Run counts
come from the batch's own rows. Late, corrected and deleted rows so reopen exactly their hours.
Rebuilding applies the same SQL to all units of a plant; the results are equal row for row.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, Engine, Row
from sqlmodel import SQLModel

from db.clock import utc_now
from db.domain.vocabulary import Verdict
from db.ingest import rollup_sql as sql
from db.ingest import version
from db.ingest.batch import row_columns
from db.ingest.dialect import dialect_of, insert_rows, run, storage_errors
from db.models import TestRun

TEMPORARY = {
    "touched_unit": "SELECT serial, operation FROM unit_operation WHERE 1 = 0",
    "unit_delta": "SELECT u.*, 0 AS sign FROM unit_operation u WHERE 1 = 0",
    "output_delta": "SELECT * FROM hour_output WHERE 1 = 0",
    "yield_delta": "SELECT * FROM hour_yield WHERE 1 = 0",
}
_YIELD_KEYS = ("plant", "line", "operation", "product", "business_on", "shift", "station")
_TABLES = (
    (sql.HOUR_OUTPUT, "output_delta"),
    (sql.DAY_OUTPUT, "output_delta"),
    (sql.HOUR_YIELD, "yield_delta"),
    (sql.DAY_YIELD, "yield_delta"),
)


def follow(
    connection: Connection,
    model: type[SQLModel],
    plant: str,
    before: Sequence[Row[Any]],
    after: Sequence[tuple[Any, ...]],
) -> None:
    """Bring the rollups up to a batch whose facts were just written.

    `before`: the rows it replaced or deleted, as they were; `after`: the rows it wrote.
    """
    _clear_temporary(connection)
    names = row_columns(model)
    _touch(connection, names, before, after)
    was_known = _boil_down(connection, plant)
    if model is TestRun:
        _count_runs(connection, names, before, after)
    dialect = dialect_of(connection)
    output, yields = sql.output_of(dialect, "unit_delta u"), sql.yield_of(dialect, "unit_delta u")
    run(connection, sql.collect(sql.HOUR_OUTPUT, "output_delta", output))
    run(connection, sql.collect(sql.HOUR_YIELD, "yield_delta", yields))
    for table, delta in _TABLES:
        run(connection, sql.add_up(table, delta))
        if was_known or before:
            run(connection, sql.sweep(table, delta))


def _clear_temporary(connection: Connection) -> None:
    template = dialect_of(connection).TEMPORARY
    for name, select in TEMPORARY.items():
        run(connection, template.format(name=name, select=select))
        run(connection, f"DELETE FROM {name}")


def _touch(
    connection: Connection,
    names: Sequence[str],
    before: Sequence[Row[Any]],
    after: Sequence[tuple[Any, ...]],
) -> None:
    """Note the units at operations whose history the batch changed."""
    serial, operation = names.index("serial"), names.index("operation")
    touched = {(row[serial], row[operation]) for row in after}
    touched.update((row.serial, row.operation) for row in before)
    columns = (sql.UNITS.c.serial, sql.UNITS.c.operation)
    insert_rows(connection, columns, list(touched), "touched_unit")


def _boil_down(connection: Connection, plant: str) -> bool:
    """Put the touched units' rows, old (sign -1) and new (+1), into unit_delta and replace them.

    Returns whether any of them was known before.
    """
    columns = ", ".join(sql.UNIT_COLUMNS)
    old = run(
        connection,
        f"INSERT INTO unit_delta ({columns}, sign) "
        f"SELECT {', '.join(f'u.{name}' for name in sql.UNIT_COLUMNS)}, -1 "
        "FROM touched_unit t CROSS JOIN unit_operation u "
        "WHERE u.plant = :plant AND u.serial = t.serial AND u.operation = t.operation",
        plant=plant,
    )
    new = sql.unit_rows(dialect_of(connection), is_touched_only=True)
    run(
        connection,
        f"INSERT INTO unit_delta ({columns}, sign) SELECT new.*, 1 FROM ({new}) AS new",
        plant=plant,
    )
    if old:
        run(
            connection,
            "DELETE FROM unit_operation WHERE plant = :plant "
            "AND (serial, operation) IN (SELECT serial, operation FROM touched_unit)",
            plant=plant,
        )
    run(
        connection,
        f"INSERT INTO unit_operation ({columns}) SELECT {columns} FROM unit_delta WHERE sign = 1",
    )
    return old > 0


def _count_runs(
    connection: Connection,
    names: Sequence[str],
    before: Sequence[Row[Any]],
    after: Sequence[tuple[Any, ...]],
) -> None:
    """Add the batch's test runs to yield_delta: new ones counted up, old ones down."""
    fields = (*_YIELD_KEYS, "occurred_at", "verdict", "deleted_at")
    places = [names.index(name) for name in fields]
    counts: Counter[tuple[Any, ...]] = Counter()
    counts.update(_run_key(*[row[place] for place in places]) for row in after)
    counts.subtract(_run_key(*[getattr(row, name) for name in fields]) for row in before)
    counts.pop((), None)
    columns = [sql.HOUR_YIELD.columns[name] for name in (*_YIELD_KEYS, "hour_at", *_RUN_COUNTS)]
    insert_rows(connection, columns, list(_run_rows(counts)), "yield_delta")


_RUN_COUNTS = ("first_count", "first_passed_count", "run_count", "passed_count", "failed_count",
               "no_verdict_count")  # fmt: skip


def _run_key(*fields: Any) -> tuple[Any, ...]:
    """Where a run counts, by the fields named in `_count_runs`; () when it was deleted."""
    *key, occurred_at, verdict, deleted_at = fields
    if deleted_at is not None:
        return ()
    return (*key, occurred_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0), verdict)


def _run_rows(counts: Mapping[tuple[Any, ...], int]) -> Iterable[tuple[Any, ...]]:
    for (*key, verdict), count in counts.items():
        passed = count if verdict == Verdict.PASSED else 0
        failed = count if verdict == Verdict.FAILED else 0
        yield (*key, 0, 0, count, passed, failed, count - passed - failed)


def rebuild_rollups(engine: Engine, plant: str) -> None:
    """Make the plant's rollups anew from all its facts, in one transaction under its lock.

    For after deferred loading, and as the repair and audit of `follow`. Costs about what sorting
    the plant's steps and runs costs; the plant's writers wait meanwhile.
    """
    with storage_errors(), engine.begin() as connection:
        dialect = dialect_of(connection)
        dialect.lock_plant(connection, plant)
        for table in (sql.UNITS, *(table for table, _ in _TABLES)):
            run(connection, f"DELETE FROM {table.name} WHERE plant = :plant", plant=plant)
        units = sql.unit_rows(dialect, is_touched_only=False)
        columns = ", ".join(sql.UNIT_COLUMNS)
        run(connection, f"INSERT INTO unit_operation ({columns}) {units}", plant=plant)
        all_units = "(SELECT u.*, 1 AS sign FROM unit_operation u WHERE u.plant = :plant) AS u"
        output = sql.output_of(dialect, all_units)
        yields = f"{sql.yield_of(dialect, all_units)} UNION ALL {sql.runs_of_plant(dialect)}"
        run(connection, sql.add_up(sql.HOUR_OUTPUT, f"({output})"), plant=plant)
        run(connection, sql.add_up(sql.HOUR_YIELD, f"({yields})"), plant=plant)
        for day, hour in ((sql.DAY_OUTPUT, "hour_output"), (sql.DAY_YIELD, "hour_yield")):
            of_plant = f"(SELECT * FROM {hour} WHERE plant = :plant)"
            run(connection, sql.add_up(day, of_plant), plant=plant)
        version.clear_rollups_due(connection, plant)
        version.bump(connection, plant, utc_now())
