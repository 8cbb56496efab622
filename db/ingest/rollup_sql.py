"""The SQL of the rollups: the same text on both databases.

Temporary tables hold which units a batch touched and what is to be added to the hours and days.
"""

from dataclasses import dataclass

from sqlalchemy import Table

from db.ingest.contributions import OUTPUT_COLUMNS, YIELD_COLUMNS
from db.ingest.dialect import table_of
from db.models import DayOutput, DayYield, HourOutput, HourYield, UnitOperation
from db.models.rollup import OutputMeasures, YieldMeasures


@dataclass(frozen=True)
class Rollup:
    """An hour table, its day table, and the temporary table of what is to be added to both."""

    tables: tuple[Table, Table]
    delta: str
    columns: tuple[str, ...]
    measures: tuple[str, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the columns that are no measures."""
        return tuple(name for name in self.columns if name not in self.measures)


UNITS = table_of(UnitOperation)
OUTPUT = Rollup(
    (table_of(HourOutput), table_of(DayOutput)),
    "output_delta",
    OUTPUT_COLUMNS,
    tuple(OutputMeasures.model_fields),
)
YIELD = Rollup(
    (table_of(HourYield), table_of(DayYield)),
    "yield_delta",
    YIELD_COLUMNS,
    tuple(YieldMeasures.model_fields),
)
TEMPORARY = {
    "touched_unit": "SELECT serial, operation FROM unit_operation WHERE 1 = 0",
    OUTPUT.delta: "SELECT * FROM hour_output WHERE 1 = 0",
    YIELD.delta: "SELECT * FROM hour_yield WHERE 1 = 0",
}
TOUCHED = "touched_unit t"
OF_TOUCHED = "f.plant = :plant AND f.serial = t.serial AND f.operation || '' = t.operation"
"""Which rows `f` belong to the touched units; see Dialect.LOOK_UP.

Only an index by serial may serve: while PostgreSQL has no statistics, one by operation, which finds
a good part of the plant, looks as good to it.
"""
ALL_SERIALS = (
    "SELECT serial FROM unit_step WHERE plant = :plant "
    "UNION SELECT serial FROM test_run WHERE plant = :plant ORDER BY serial"
)
TOUCH_SERIALS = "INSERT INTO touched_unit (serial, operation) " + " UNION ".join(
    f"SELECT serial, operation FROM {table} "
    "WHERE plant = :plant AND serial >= :low AND serial <= :high"
    for table in ("unit_step", "test_run")
)


def add_up(table: Table, rollup: Rollup) -> str:
    """INSERT that adds the rollup's delta to its hour or its day table.

    The delta has one row for every key of the hours; only the days need sums of them.
    """
    key = [name for name in rollup.key if name in table.columns]
    grouping, sums = "", [f"d.{name}" for name in rollup.measures]
    if len(key) < len(rollup.key):
        sums = [f"sum({name})" for name in sums]
        grouping = (
            f"GROUP BY {', '.join(f'd.{name}' for name in key)} "
            f"HAVING {' OR '.join(f'{total} <> 0' for total in sums)} "
        )
    return (
        f"INSERT INTO {table.name} ({', '.join([*key, *rollup.measures])}) "
        f"SELECT {', '.join([f'd.{name}' for name in key] + sums)} FROM {rollup.delta} AS d "
        f"WHERE 1 = 1 {grouping}"
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET "
        + ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in rollup.measures)
    )


def sweep(table: Table, rollup: Rollup) -> str:
    """DELETE of the rows that the rollup's delta has brought down to nothing."""
    key = ", ".join(name for name in rollup.key if name in table.columns)
    return (
        f"DELETE FROM {table.name} WHERE {' AND '.join(f'{name} = 0' for name in rollup.measures)} "
        f"AND ({key}) IN (SELECT {key} FROM {rollup.delta} "
        f"WHERE {' OR '.join(f'{name} < 0' for name in rollup.measures)})"
    )
