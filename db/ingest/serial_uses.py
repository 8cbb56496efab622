"""Keeping apart the units that were given the same serial; see `db.domain.serial_uses`.

Rows of a second use are kept under a key of their own ("<serial>~2"), so that everything that
counts units counts two. Within the transaction of a batch its rows are put to the uses that are
known; then the serials whose visits may tell something else are looked at anew, all their visits
together, and rows that turn out to be another unit's move to its key, with their rollups. Uses so
follow from what the visits say, not from the order in which they came.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from db.clock import utc_now
from db.domain.serial_uses import key_of, serial_of, use_at
from db.ingest import rollups, version
from db.ingest.batch import Batch, Rows, row_columns
from db.ingest.dialect import Columns, dialect_of, run, storage_errors, table_of
from db.ingest.earlier import keep_earlier
from db.ingest.serial_facts import (
    STEPS,
    UNITS,
    USES,
    Uses,
    has_any,
    held_uses,
    is_scrap,
    keys_of,
    rows_of,
    rules_of,
    said,
    suspects,
    told_uses,
)
from db.models import Defect, GenealogyLink, PlantVersion, TestRun, UnitStep

SERIALS: dict[Any, tuple[tuple[str, str], ...]] = {
    UnitStep: (("serial", "started_at"),),
    TestRun: (("serial", "started_at"),),
    Defect: (("serial", "occurred_at"),),
    GenealogyLink: (("parent_serial", "occurred_at"), ("child_serial", "occurred_at")),
}
"""Columns that hold the serial of a unit, and the instant that tells which use is meant."""
SERIALS_AT_ONCE = 500
Begins = dict[str, list[datetime]]
"""By serial, when its second and later uses began; serials of one use are left out."""
Pairs = set[tuple[str, str]]
"""Units at operations."""


@dataclass(frozen=True, slots=True)
class _Work:
    """A transaction in which a plant's serials are looked at anew."""

    connection: Connection
    plant: str
    now: datetime
    load_id: int


def placed(connection: Connection, batch: Batch) -> Batch:
    """The batch with each row under the use of its serial that it belongs to."""
    columns = SERIALS.get(batch.model, ())
    if not (columns and batch.rows) or not has_any(connection, batch.plant):
        return batch
    names = row_columns(batch.model)
    rows = Rows.of(batch.rows, len(names))
    values = list(rows.columns)
    for name, at in columns:
        place, instants = names.index(name), rows.columns[names.index(at)]
        begins = _begins(held_uses(connection, batch.plant, set(rows.columns[place])))
        values[place] = [
            _key(begins, serial, instant)
            for serial, instant in zip(rows.columns[place], instants, strict=True)
        ]
    return replace(batch, rows=Rows(values))


def follow(
    connection: Connection, batch: Batch, before: Columns, after: Columns, now: datetime
) -> None:
    """Look anew at the serials of a batch that was just written, before its commit."""
    keys: set[str] = set()
    if batch.model is UnitStep:
        keys = {*before["serial"], *after["serial"]}
    elif batch.model is Defect:
        keys = {*_scrapped(before), *_scrapped(after)}
    if keys:
        _settle(_Work(connection, batch.plant, now, batch.load_id), keys)


def recheck(engine: Engine, plant: str, check: Callable[[], None]) -> None:
    """Look anew at all serials of a plant when its rules are others than they were looked at by.

    Some at a time, each portion in a transaction of its own. `check` raises when this process may
    write no more.
    """
    with storage_errors(), engine.connect() as connection:
        rules = said(rules_of(connection, plant))
        version_of = table_of(PlantVersion)
        known = select(version_of.c.serial_rules).where(version_of.c.plant == plant)
        if connection.execute(known).scalar() in (rules, None):
            return
        serials = connection.execute(
            select(UNITS.c.serial).where(UNITS.c.plant == plant).distinct()
        ).scalars()
        keys = sorted(serials)
    for start in range(0, len(keys), SERIALS_AT_ONCE):
        check()
        with storage_errors(), engine.begin() as connection:
            dialect_of(connection).lock_plant(connection, plant)
            work = _Work(connection, plant, utc_now(), 0)
            _settle(work, set(keys[start : start + SERIALS_AT_ONCE]))
    with storage_errors(), engine.begin() as connection:
        dialect_of(connection).lock_plant(connection, plant)
        statement = "UPDATE plant_version SET serial_rules = :rules WHERE plant = :plant"
        run(connection, statement, rules=rules, plant=plant)


def _scrapped(rows: Columns) -> list[str]:
    told = zip(rows["serial"], rows["action"], strict=True)
    return [serial for serial, action in told if is_scrap(action)]


def _settle(work: _Work, keys: set[str]) -> None:
    """Bring the uses of some serials, and the rows kept under them, to what their visits say."""
    connection, plant = work.connection, work.plant
    rules = rules_of(connection, plant)
    held = held_uses(connection, plant, keys) if has_any(connection, plant) else {}
    serials = {serial_of(key)[0] for key in suspects(connection, plant, keys, rules)} | set(held)
    if not serials:
        return
    told = told_uses(connection, plant, keys_of(serials, held), rules)
    moved = [serial for serial in serials if told.get(serial, []) != held.get(serial, [])]
    if not moved:
        return
    _write_uses(work, moved, told)
    pairs: Pairs = set()
    for model in SERIALS:
        pairs |= _move(work, model, keys_of(moved, held), _begins(told))
    _follow_rollups(work, pairs)
    version.bump(connection, plant, work.now)


def _begins(uses: Uses) -> Begins:
    begins = {
        serial: [use.begins_at for use in told if use.begins_at is not None]
        for serial, told in uses.items()
    }
    return {serial: found for serial, found in begins.items() if found}


def _key(begins: Begins, serial: str, at: datetime) -> str:
    return key_of(serial, use_at(begins[serial], at)) if serial in begins else serial


def _write_uses(work: _Work, serials: Sequence[str], told: Uses) -> None:
    of_serials = (USES.c.plant == work.plant, USES.c.serial.in_(serials))
    work.connection.execute(USES.delete().where(*of_serials))
    rows = [
        {
            "plant": work.plant, "serial": serial, "use": use.number, "begins_at": use.begins_at,
            "started_at": use.started_at, "last_at": use.last_at, "ended_by": use.ended_by,
            "doubt": use.doubt, "doubt_at": use.doubt_at,
        }
        for serial in serials
        for use in told.get(serial, ())
    ]  # fmt: skip
    if rows:
        work.connection.execute(USES.insert(), rows)


def _move(work: _Work, model: Any, keys: Sequence[str], begins: Begins) -> Pairs:
    """Put rows that are kept under some keys where they belong; returns units whose rows moved."""
    table, columns, moving = table_of(model), SERIALS[model], set(keys)
    found = rows_of(work.connection, table, work.plant, [name for name, _ in columns], keys)
    moved: list[tuple[Any, dict[str, str]]] = []
    for row in found:
        told = {
            name: _key(begins, serial_of(getattr(row, name))[0], getattr(row, at))
            for name, at in columns
            if getattr(row, name) in moving
        }
        other = {name: key for name, key in told.items() if key != getattr(row, name)}
        if other:
            moved.append((row, other))
    keep_earlier(work.connection, table, [row for row, _ in moved], work.now, work.load_id)
    for row, other in moved:
        same = (table.c.source == row.source, table.c.source_key == row.source_key)
        work.connection.execute(table.update().where(*same).values(**other))
    if model not in rollups.LONE:
        return set()
    return {
        (serial, row.operation) for row, other in moved for serial in (row.serial, other["serial"])
    }


def _follow_rollups(work: _Work, pairs: Pairs) -> None:
    """Boil the units down again whose rows moved; runs are not counted by unit."""
    if not pairs:
        return
    nothing: Columns = {column.name: [] for column in STEPS.columns}
    serials, operations = zip(*sorted(pairs), strict=True)
    touched: Columns = {"serial": serials, "operation": operations}
    rollups.follow(work.connection, UnitStep, work.plant, touched, nothing)
