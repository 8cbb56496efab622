"""The SQL that says what the rollups are, generated from the tables of `db.models.rollup`.

One definition serves both ways of keeping them: following a batch (over the units it touched) and
rebuilding a plant (over all its units). `{…}` stand for what differs between the databases.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Integer, Table

from db.ingest.dialect import Dialect, table_of
from db.models import DayOutput, DayYield, HourOutput, HourYield, UnitOperation
from db.models.rollup import OutputMeasures, YieldMeasures

UNITS = table_of(UnitOperation)
UNIT_COLUMNS = tuple(column.name for column in UNITS.columns)
HOUR_OUTPUT, DAY_OUTPUT = table_of(HourOutput), table_of(DayOutput)
HOUR_YIELD, DAY_YIELD = table_of(HourYield), table_of(DayYield)
MEASURES = {*OutputMeasures.model_fields, *YieldMeasures.model_fields}

_LAST = "max(CASE WHEN place = total THEN {} END)"
_DONE = "max(CASE WHEN done = 1 AND result = 'completed' THEN {} END)"
_FIRST = "max(CASE WHEN is_verdict = 1 AND verdict_place = 1 THEN {} END)"

FROM_STEPS = {
    "product": _LAST.format("product"),
    "build": _LAST.format("build"),
    "line": _LAST.format("line"),
    "started_at": "min(started_at)",
    "last_at": "max(occurred_at)",
    "completed_at": _DONE.format("occurred_at"),
    "completed_on": _DONE.format("business_on"),
    "completed_shift": _DONE.format("shift"),
    "completed_line": _DONE.format("line"),
    "completed_ms": _DONE.format("duration_ms"),
}
FROM_RUNS = {
    "product": _LAST.format("product"),
    "line": _LAST.format("line"),
    "started_at": "min(started_at)",
    "last_at": "max(occurred_at)",
    "first_verdict": _FIRST.format("verdict"),
    "first_verdict_at": _FIRST.format("occurred_at"),
    "first_verdict_on": _FIRST.format("business_on"),
    "first_verdict_shift": _FIRST.format("shift"),
    "first_verdict_line": _FIRST.format("line"),
    "first_verdict_station": _FIRST.format("station"),
    "last_verdict": (
        "max(CASE WHEN is_verdict = 1 AND verdict_place = verdict_count THEN verdict END)"
    ),
    "run_count": "count(*)",
    "verdict_count": "max(verdict_count)",
}
BOTH = {
    "product": "coalesce(max(step_product), max(run_product))",
    "line": "coalesce(max(step_line), max(run_line))",
    "started_at": "min(coalesce(step_started_at, run_started_at))",
    "last_at": "max(coalesce(step_last_at, run_last_at))",
}
"""How the two histories of a unit at an operation become one; the step says what the unit was."""

_STEPS = """
SELECT s.*, row_number() OVER w AS place,
  count(*) OVER (PARTITION BY s.serial, s.operation) AS total,
  sum(CASE WHEN s.result = 'completed' THEN 1 ELSE 0 END) OVER w AS done
FROM {scope} WHERE s.plant = :plant AND s.deleted_at IS NULL {within}
WINDOW w AS (PARTITION BY s.serial, s.operation
             ORDER BY s.occurred_at, s.source_key {bytewise}, s.source {bytewise}
             ROWS UNBOUNDED PRECEDING)
"""
_RUNS = """
SELECT r.*, row_number() OVER w AS place,
  count(*) OVER (PARTITION BY r.serial, r.operation) AS total,
  sum(r.is_verdict) OVER w AS verdict_place,
  sum(r.is_verdict) OVER (PARTITION BY r.serial, r.operation) AS verdict_count
FROM (
  SELECT s.*, CASE WHEN s.verdict IN ('passed', 'failed') THEN 1 ELSE 0 END AS is_verdict
  FROM {scope} WHERE s.plant = :plant AND s.deleted_at IS NULL {within}
) AS r
WINDOW w AS (PARTITION BY r.serial, r.operation
             ORDER BY r.started_at, r.source_key {bytewise}, r.source {bytewise}
             ROWS UNBOUNDED PRECEDING)
"""
_WITHIN_TOUCHED = "AND s.serial = t.serial AND s.operation = t.operation"


def unit_rows(dialect: Dialect, *, is_touched_only: bool) -> str:
    """SELECT of unit_operation rows, in UNIT_COLUMNS order, from the live facts.

    Of the units in `touched_unit`, or of all the plant's. The CROSS JOIN keeps SQLite from reading
    the whole fact table first.
    """
    filled = []
    for template, table in ((_STEPS, "unit_step"), (_RUNS, "test_run")):
        touched = f"touched_unit t CROSS JOIN {table} s"
        filled.append(
            template.format(
                scope=touched if is_touched_only else f"{table} s",
                within=_WITHIN_TOUCHED if is_touched_only else "",
                bytewise=dialect.BYTEWISE,
            )
        )
    steps, runs = filled
    outer = ", ".join(_joined(name) for name in UNIT_COLUMNS[3:])
    return f"""
    SELECT CAST(:plant AS varchar(16)), serial, operation, {outer} FROM (
      SELECT serial, operation, {_part(FROM_STEPS, is_steps=True)}
      FROM ({steps}) AS steps GROUP BY serial, operation
      UNION ALL
      SELECT serial, operation, {_part(FROM_RUNS, is_steps=False)}
      FROM ({runs}) AS runs GROUP BY serial, operation
    ) AS history GROUP BY serial, operation
    """


def _part(expressions: Mapping[str, str], *, is_steps: bool) -> str:
    """One branch of the union: its own columns filled, the other branch's null."""
    own, others = ("step", FROM_RUNS) if is_steps else ("run", FROM_STEPS)
    other = "run" if is_steps else "step"
    mine = [f"{expression} AS {own}_{name}" for name, expression in expressions.items()]
    empty = [f"NULL AS {other}_{name}" for name in others]
    return ", ".join(mine + empty if is_steps else empty + mine)


def _joined(name: str) -> str:
    prefix = "step" if name in FROM_STEPS else "run"
    expression = BOTH.get(name, f"max({prefix}_{name})")
    column = UNITS.columns[name]
    if column.nullable:
        return expression
    return f"coalesce({expression}, {0 if isinstance(column.type, Integer) else repr('')})"


def output_of(dialect: Dialect, units: str) -> str:
    """SELECT of signed hour_output contributions of a FROM item of units `u` with a `sign`."""
    return f"""
    SELECT u.plant, u.completed_line AS line, u.operation, u.product,
      u.completed_on AS business_on, u.completed_shift AS shift,
      u.sign AS completed_count, u.sign * coalesce(u.completed_ms, 0) AS duration_ms,
      CASE WHEN u.completed_ms IS NULL THEN 0 ELSE u.sign END AS duration_count,
      {dialect.hour_of("u.completed_at")} AS hour_at
    FROM {units} WHERE u.completed_at IS NOT NULL
    """


def yield_of(dialect: Dialect, units: str) -> str:
    """SELECT of signed hour_yield contributions of first verdicts."""
    return f"""
    SELECT u.plant, u.first_verdict_line AS line, u.operation, u.product,
      u.first_verdict_on AS business_on, u.first_verdict_shift AS shift,
      u.first_verdict_station AS station, u.sign AS first_count,
      CASE WHEN u.first_verdict = 'passed' THEN u.sign ELSE 0 END AS first_passed_count,
      0 AS run_count, 0 AS passed_count, 0 AS failed_count, 0 AS no_verdict_count,
      {dialect.hour_of("u.first_verdict_at")} AS hour_at
    FROM {units} WHERE u.first_verdict_at IS NOT NULL
    """


def runs_of_plant(dialect: Dialect) -> str:
    """SELECT of hour_yield contributions of every live test run of the plant."""
    return f"""
    SELECT r.plant, r.line, r.operation, r.product, r.business_on, r.shift, r.station,
      0 AS first_count, 0 AS first_passed_count, 1 AS run_count,
      CASE WHEN r.verdict = 'passed' THEN 1 ELSE 0 END AS passed_count,
      CASE WHEN r.verdict = 'failed' THEN 1 ELSE 0 END AS failed_count,
      CASE WHEN r.verdict IN ('passed', 'failed') THEN 0 ELSE 1 END AS no_verdict_count,
      {dialect.hour_of("r.occurred_at")} AS hour_at
    FROM test_run r WHERE r.plant = :plant AND r.deleted_at IS NULL
    """


def collect(table: Table, delta: str, contributions: str) -> str:
    """INSERT that puts contributions to a rollup table into a temporary table shaped like it."""
    names = ", ".join(column.name for column in table.columns)
    return f"INSERT INTO {delta} ({names}) SELECT {names} FROM ({contributions}) AS c"


def add_up(table: Table, contributions: str) -> str:
    """INSERT that adds contributions (a FROM item) to a rollup table."""
    keys, measures = split(table)
    sums = [f"sum(c.{name})" for name in measures]
    return (
        f"INSERT INTO {table.name} ({', '.join(keys + measures)}) "
        f"SELECT {', '.join([f'c.{key}' for key in keys] + sums)} FROM {contributions} AS c "
        f"WHERE 1 = 1 GROUP BY {', '.join(f'c.{key}' for key in keys)} "
        f"HAVING {' OR '.join(f'{total} <> 0' for total in sums)} "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET "
        + ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in measures)
    )


def sweep(table: Table, contributions: str) -> str:
    """DELETE of the rows that contributions have brought down to nothing."""
    keys, measures = split(table)
    return (
        f"DELETE FROM {table.name} WHERE {' AND '.join(f'{name} = 0' for name in measures)} "
        f"AND ({', '.join(keys)}) IN (SELECT {', '.join(keys)} FROM {contributions} "
        f"WHERE {' OR '.join(f'{name} < 0' for name in measures)})"
    )


def split(table: Table) -> tuple[list[str], list[str]]:
    """Names of a rollup table's key columns and of its measures.

    >>> split(DAY_OUTPUT)[1]
    ['completed_count', 'duration_ms', 'duration_count']
    """
    names: list[Any] = [column.name for column in table.columns]
    return [n for n in names if n not in MEASURES], [n for n in names if n in MEASURES]
