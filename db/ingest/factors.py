"""Keeping what units carried at their first verdict, and its counts per day, up to the facts.

Not in the transaction of the facts: a slot of its own follows them some seconds later, unit by
unit. What a unit's stored case counted is taken off, what its facts say now is added.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from db.clock import utc_now
from db.domain.attribution.coded import FACTORS, PLACES, number_of
from db.engine import reading
from db.ingest import version
from db.ingest.dialect import dialect_of, key_list, run, storage_errors, table_of
from db.ingest.factor_facts import (
    Case,
    Known,
    Pair,
    cases_of_serials,
    is_failed,
    known,
    rows_of,
)
from db.ingest.factor_news import Marks, marks_now, touched
from db.models import FactorCount, FactorValue, UnitCase

SERIALS_AT_ONCE = 1000
MANY_UNITS = 500
"""New cases at once after which the tables must not be unknown to the planner."""
CASES, COUNTS, VALUES = table_of(UnitCase), table_of(FactorCount), table_of(FactorValue)
KEY = ("plant", "operation", "business_on", "line", "product", "value_id")
DELTA = "factor_delta"
ALL_UNITS = 0
Deltas = Counter[tuple[Any, ...]]


def _go_on() -> None:
    """Everybody may write."""


def follow_factors(engine: Engine, plant: str, check: Callable[[], None] = _go_on) -> int:
    """Bring a plant's cases and counts up to its facts; returns how many units were looked at.

    Nothing is done while rollups are due, for first verdicts come from them, nor when another
    process has done it meanwhile. `check` raises when this process may write no more.
    """
    with storage_errors(), reading(engine) as connection:
        held = _state(connection, plant)
        if _is_waiting(connection, plant):
            return 0
        began, now = utc_now(), marks_now(connection, plant)
        serials = touched(connection, plant, held[1], now)
        told = known(connection, plant) if serials else Known()
    for start in range(0, len(serials), SERIALS_AT_ONCE):
        some = serials[start : start + SERIALS_AT_ONCE]
        check()
        with storage_errors(), reading(engine) as connection:
            cases = cases_of_serials(connection, plant, some, told)
        if not _write(engine, plant, held[0], some, cases):
            return 0
    if held[1] != now:
        _advance(engine, plant, held[0], now, began)
    return len(serials)


def rebuild_factors(engine: Engine, plant: str) -> int:
    """Make a plant's cases and counts anew from its facts; returns how many units."""
    with storage_errors(), engine.begin() as connection:
        dialect_of(connection).lock_plant(connection, plant)
        for table in (CASES, COUNTS):
            run(connection, f"DELETE FROM {table.name} WHERE plant = :plant", plant=plant)
        run(
            connection,
            "UPDATE factor_state SET version = version + 1, marks = '{}' WHERE plant = :plant",
            plant=plant,
        )
    return follow_factors(engine, plant)


def _state(connection: Connection, plant: str) -> tuple[int, Marks]:
    row = connection.execute(
        text("SELECT version, marks FROM factor_state WHERE plant = :plant"), {"plant": plant}
    ).first()
    return (row.version, json.loads(row.marks)) if row else (0, {})


def _is_waiting(connection: Connection, plant: str) -> bool:
    due = connection.execute(
        text("SELECT rollups_due_at FROM plant_version WHERE plant = :plant"), {"plant": plant}
    ).scalar()
    return due is not None


def _write(
    engine: Engine, plant: str, known: int, serials: Sequence[str], cases: Sequence[Case]
) -> bool:
    """Replace the cases of some units; False when another process got further meanwhile."""
    with storage_errors(), engine.begin() as connection:
        dialect = dialect_of(connection)
        dialect.lock_plant(connection, plant)
        if _state(connection, plant)[0] != known:
            return False
        columns = [column.name for column in CASES.columns]
        match = "f.plant = :plant AND f.serial = k.value"
        held = rows_of(connection, CASES.name, columns, serials, match, plant=plant)
        numbers = _numbers(connection, plant, cases)
        before = {tuple(row) for row in held}
        after = {_row(plant, case, numbers) for case in cases}
        deltas: Deltas = Counter()
        _count(deltas, before - after, -1)
        _count(deltas, after - before, 1)
        moved = {row[1] for row in before ^ after}
        _take_out(connection, plant, {row[1] for row in before} & moved)
        kept = [row for row in after if row[1] in moved]
        dialect.insert(connection, CASES.name, list(CASES.columns), kept)
        _add_up(connection, plant, deltas)
        if len(moved) >= MANY_UNITS:
            dialect.gather_statistics(connection, [CASES.name, COUNTS.name, VALUES.name])
        if moved:
            version.bump(connection, plant, utc_now())
        return True


def _row(plant: str, case: Case, numbers: dict[Pair, int]) -> tuple[Any, ...]:
    """A row of unit_case, in the order of its columns, in the store's own values."""
    unit = case.row
    held = " ".join(map(str, sorted(numbers[pair] for pair in case.held)))
    return (
        plant, unit.serial, unit.operation, unit.first_verdict_at, unit.first_verdict_on,
        unit.product, unit.first_verdict_line, unit.first_verdict_station,
        unit.first_verdict_shift, is_failed(case), case.sample, held,
    )  # fmt: skip


def _take_out(connection: Connection, plant: str, serials: Iterable[str]) -> None:
    dialect = dialect_of(connection)
    match = "f.plant = :plant AND f.serial = k.value"
    found = dialect.FOUND.format(outer=dialect.KEYS, table=CASES.name, match=match)
    keys = key_list(sorted(serials))
    run(connection, f"DELETE FROM {CASES.name} WHERE {found}", plant=plant, keys=keys)


def _numbers(connection: Connection, plant: str, cases: Sequence[Case]) -> dict[Pair, int]:
    """The number of every value that the cases name; those seen first get one."""
    wanted = {pair for case in cases for pair in case.held}
    found: dict[Pair, int] = {}
    match = "f.plant = :plant AND f.factor = :factor AND f.value = k.value"
    for factor in FACTORS:
        values = [value for name, value in wanted if name == factor]
        given = {"plant": plant, "factor": factor}
        if values:
            rows = rows_of(connection, VALUES.name, ("value", "id"), values, match, **given)
            found |= {(factor, value): number for value, number in rows}
    highest = connection.execute(
        text("SELECT coalesce(max(id), 0) FROM factor_value WHERE plant = :plant"),
        {"plant": plant},
    ).scalar_one()
    new = {
        pair: number_of(pair[0], highest // PLACES + 1 + place)
        for place, pair in enumerate(sorted(wanted - found.keys()))
    }
    rows = [(plant, number, *pair) for pair, number in new.items()]
    dialect_of(connection).insert(connection, VALUES.name, list(VALUES.columns), rows)
    return found | new


def _count(deltas: Deltas, rows: Iterable[tuple[Any, ...]], sign: int) -> None:
    """Add the rows' units and fails, of each value and of all."""
    for plant, _, operation, _, on, product, line, _, _, bad, _, held in rows:
        for number in (ALL_UNITS, *map(int, held.split())):
            key = plant, operation, on, line, product, number
            deltas[key, "units"] += sign
            deltas[key, "fails"] += sign * bad


def _add_up(connection: Connection, plant: str, deltas: Deltas) -> None:
    """Add signed counts, and drop what came down to nothing."""
    keys = {key for (key, _), count in deltas.items() if count}
    rows = [(*key, deltas[key, "units"], deltas[key, "fails"]) for key in keys]
    if not rows:
        return
    dialect = dialect_of(connection)
    shaped = f"SELECT * FROM {COUNTS.name} WHERE 1 = 0"
    run(connection, dialect.TEMPORARY.format(name=DELTA, select=shaped))
    run(connection, f"DELETE FROM {DELTA}")
    dialect.insert(connection, DELTA, list(COUNTS.columns), rows)
    names = ", ".join(column.name for column in COUNTS.columns)
    run(
        connection,
        f"INSERT INTO {COUNTS.name} ({names}) SELECT {names} FROM {DELTA} WHERE 1 = 1 "
        f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET "
        "units = factor_count.units + excluded.units, fails = factor_count.fails + excluded.fails",
    )
    if any(units < 0 for *_, units, _ in rows):
        run(
            connection,
            f"DELETE FROM {COUNTS.name} WHERE plant = :plant AND units = 0 AND ({', '.join(KEY)}) "
            f"IN (SELECT {', '.join(KEY)} FROM {DELTA} WHERE units < 0)",
            plant=plant,
        )


def _advance(engine: Engine, plant: str, known: int, marks: Marks, began: datetime) -> None:
    """Note how far the cases are kept, unless another process got further meanwhile."""
    with storage_errors(), engine.begin() as connection:
        dialect_of(connection).lock_plant(connection, plant)
        if _state(connection, plant)[0] != known:
            return
        run(
            connection,
            "INSERT INTO factor_state (plant, version, marks, kept_at) "
            "VALUES (:plant, 1, :marks, :began) ON CONFLICT (plant) DO UPDATE SET "
            "version = factor_state.version + 1, marks = excluded.marks, "
            "kept_at = excluded.kept_at",
            plant=plant,
            marks=json.dumps(marks),
            began=began,
        )
