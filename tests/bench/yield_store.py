"""A store as big as the yield questions are asked for, made by statements over numbers.

Trays with one first verdict each, the newest of them with ten links of genealogy and a rack around
each eighteen; every table that the ingest derives from such facts is written too. That it is what
the ingest would have derived is a test (tests/bench/test_yield_store.py), at a small size.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, Engine, text

from db import models
from db.clock import utc_now
from db.domain.attribution.coded import number_of
from db.ingest.dialect import dialect_of, run, table_of
from db.ingest.factor_facts import SAMPLES
from db.settings import Settings
from etl.publish import publish
from etl.registry import load_plants
from tests.bench.live import NO_SYSTEMS
from tests.bench.yield_sql import WORDS, Words, serial_sql, statements
from tests.bench.yield_values import PLANT, UNIT, Size, failed, placed, serial

TABLES = [
    table_of(model)
    for model in (
        models.TestRun, models.UnitStep, models.UnitOperation, models.UnitCase,
        models.GenealogyLink, models.Defect, models.Lot, models.FactorCount, models.HourYield,
        models.DayYield, models.HourOutput, models.DayOutput,
    )
]  # fmt: skip
LOW, HIGH = "bench_low", "bench_high"
LOW_DIGITS = 4


def fill(engine: Engine, size: Size, *, until: datetime | None = None) -> None:
    """Write it into an empty store, up to an instant (now), and the plant's master data."""
    _publish(engine, size)
    last = (until or utc_now()).replace(microsecond=0) - timedelta(seconds=60)
    start = last - timedelta(seconds=size.seconds)
    words = WORDS[engine.dialect.name]
    with engine.begin() as connection:
        _hurry(connection)
        for table in TABLES:
            for index in table.indexes:
                index.drop(connection)
        _units(connection, size, words, start)
    for statement in statements(size, words):
        with engine.begin() as connection:
            given = {"start": _native(engine, start)} if ":start" in statement else {}
            connection.execute(text(statement), given)
    with engine.begin() as connection:
        _hurry(connection)
        _name_values(connection, size)
        for name in (UNIT, LOW, HIGH):
            run(connection, f"DROP TABLE {name}")
        for table in TABLES:
            for index in table.indexes:
                index.create(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_server = engine.dialect.name == "postgresql"
        connection.execute(text("VACUUM ANALYZE" if is_server else "ANALYZE"))


def _publish(engine: Engine, size: Size) -> None:
    """The plant, with its calendar over all the days that are filled."""
    plants = load_plants(Settings().plants_dir, NO_SYSTEMS)
    plant = next(plant for plant in plants if plant.plant.code == PLANT)
    own = plant.plant.model_copy(update={"history_days": size.seconds // 86_400})
    publish(engine, [plant.model_copy(update={"plant": own})])


def _hurry(connection: Connection) -> None:
    """Nothing of the filling is written twice, and indexes are made in memory."""
    if connection.dialect.name != "postgresql":
        return
    run(connection, "SET LOCAL maintenance_work_mem = '512MB'")
    for table in TABLES:
        run(connection, f"ALTER TABLE {table.name} SET UNLOGGED")


def _native(engine: Engine, start: datetime) -> Any:
    return start if engine.dialect.name == "postgresql" else start.strftime("%Y-%m-%d %H:%M:%S")


def _units(connection: Connection, size: Size, words: Words, start: datetime) -> None:
    """One row a tray with what most tables say of it.

    A checksum is linear: that of a serial follows from those of its first and last digits.
    """
    for name, many, place in ((LOW, 10**LOW_DIGITS, 1), (HIGH, 10**LOW_DIGITS, 10**LOW_DIGITS)):
        run(connection, f"CREATE TABLE {name} (digits integer PRIMARY KEY, bits integer)")
        sums = [(one, crc32(serial(one * place).encode()) % SAMPLES) for one in range(many)]
        run_many(connection, f"INSERT INTO {name} (digits, bits) VALUES (:digits, :bits)", sums)
    base = crc32(serial(0).encode()) % SAMPLES
    unlogged = "UNLOGGED " if connection.dialect.name == "postgresql" else ""
    at = words.at.format(seconds=f"i * {size.seconds} / {size.units}")
    both = f"{_xor(_xor('l.bits', 'h.bits'), str(base))}"
    on, is_day = words.business_on.format(at="at"), f"{words.hour_of_day.format(at='at')} >= 12"
    run(
        connection,
        f"CREATE {unlogged}TABLE {UNIT} AS SELECT u.*, s.crew, {serial_sql('i', words)} AS serial, "
        f"{both} AS sample, CASE WHEN {failed(size)} THEN 1 ELSE 0 END AS is_failed "
        f"FROM (SELECT i, at, {on} AS business_on, CASE WHEN {is_day} THEN 'D' ELSE 'N' END "
        f"AS shift FROM (SELECT i, {at} AS at FROM {words.numbers.format(last=size.units - 1)}) "
        f"AS t) AS u JOIN {LOW} l ON l.digits = i % {10**LOW_DIGITS} "
        f"JOIN {HIGH} h ON h.digits = i / {10**LOW_DIGITS} JOIN shiftinstance s "
        f"ON s.plant = '{PLANT}' AND s.business_on = u.business_on AND s.shift = u.shift",
        start=start if unlogged else start.strftime("%Y-%m-%d %H:%M:%S"),
    )


def run_many(connection: Connection, statement: str, rows: Sequence[tuple[int, int]]) -> None:
    """Execute for each (digits, bits)."""
    connection.execute(text(statement), [{"digits": one, "bits": bits} for one, bits in rows])


def _xor(one: str, other: str) -> str:
    return f"(({one} | {other}) - ({one} & {other}))"


def _name_values(connection: Connection, size: Size) -> None:
    table = table_of(models.FactorValue)
    rows = [
        (PLANT, number_of(value.factor, first + at), value.factor, name)
        for value, first in placed(size)
        for at, name in enumerate(value.names)
    ]
    dialect_of(connection).insert(connection, table.name, list(table.columns), rows)
