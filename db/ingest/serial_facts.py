"""What the store says of serials that may have been given to several units."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, or_, select, text

from db.domain.serial_uses import Rules, Use, Visit, key_of, serial_of, uses_of
from db.domain.vocabulary import StepResult
from db.ingest.dialect import dialect_of, key_list, table_of
from db.models import Defect, Operation, Plant, SerialUse, UnitOperation, UnitStep

USES, STEPS, UNITS = table_of(SerialUse), table_of(UnitStep), table_of(UnitOperation)
SCRAPPED = "scrap"
"""Begins, in any case, the action of a defect after which a unit is no more."""
Uses = dict[str, list[Use]]
"""By the source's serial, its uses."""


def rules_of(connection: Connection, plant: str) -> Rules:
    """What the plant's route says of beginnings and ends."""
    route = table_of(Operation)
    rows = connection.execute(
        select(route.c.code, route.c.position, route.c.is_output, route.c.is_shipment).where(
            route.c.plant == plant, route.c.kind != "repair"
        )
    ).all()
    master = table_of(Plant)
    asked = select(master.c.serials_reused_after_days).where(master.c.code == plant)
    days = connection.execute(asked).scalar() or 0
    output = next((row.code for row in rows if row.is_output), "")
    return Rules(
        {row.code: row.position for row in rows},
        output,
        next((row.code for row in rows if row.is_shipment), output),
        timedelta(days=days) if days else None,
    )


def said(rules: Rules) -> str:
    """The rules as a text that is another when they are."""
    days = rules.gap.days if rules.gap else 0
    return json.dumps([sorted(rules.places.items()), rules.output, rules.finish, days])


def is_scrap(action: str) -> bool:
    """Whether what was done about a defect was the end of the unit."""
    return action.lower().startswith(SCRAPPED)


def suspects(connection: Connection, plant: str, keys: set[str], rules: Rules) -> set[str]:
    """Keys under which something happened after an end, or after a long silence.

    Few pass: units that are through have no visits to operations that they have behind them.
    """
    found = _scrapped_of(connection, plant, keys)
    if rules.gap is None:
        keys = _through(connection, plant, keys, rules)
    return found | _unsound(connection, plant, keys, rules) if keys else found


def _through(connection: Connection, plant: str, keys: set[str], rules: Rules) -> set[str]:
    """Those of some keys that completed the output or the finishing operation."""
    dialect = dialect_of(connection)
    match = (
        "f.plant = :plant AND f.serial = k.value AND f.operation IN (:output, :finish) "
        "AND f.completed_at IS NOT NULL"
    )
    source = dialect.LOOK_UP.format(outer=dialect.KEYS, table=UNITS.name, match=match)
    given = {"plant": plant, "keys": key_list(sorted(keys))}
    ends = {"output": rules.output, "finish": rules.finish}
    return set(connection.execute(text(f"SELECT f.serial FROM {source}"), given | ends).scalars())


def _unsound(connection: Connection, plant: str, keys: set[str], rules: Rules) -> set[str]:
    """Those of some keys whose operations are not in the order of one unit's life."""
    after, ahead = _listed(rules.after), _listed(rules.ahead)
    late = f"max(CASE WHEN f.operation NOT IN ({after}) THEN f.last_at END)"
    early = f"max(CASE WHEN f.operation IN ({ahead}) THEN f.last_at END)"
    finish, output = (
        f"min(CASE WHEN f.operation = '{code}' THEN f.completed_at END)"
        for code in (rules.finish, rules.output)
    )
    dialect = dialect_of(connection)
    source = dialect.LOOK_UP.format(
        outer=dialect.KEYS, table=UNITS.name, match="f.plant = :plant AND f.serial = k.value"
    )
    having = "" if rules.gap else f" HAVING {late} > {finish} OR {early} > {output}"
    chosen = (
        f"f.serial, min(f.started_at) AS first_at, max(f.last_at) AS last_at, {late} > {finish}"
    )
    rows = connection.execute(
        text(f"SELECT {chosen} OR {early} > {output} FROM {source} GROUP BY f.serial{having}"),
        {"plant": plant, "keys": key_list(sorted(keys))},
    )
    return {
        serial
        for serial, first_at, last_at, is_late in rows
        if is_late or (rules.gap and _instant(last_at) - _instant(first_at) > rules.gap)
    }


def _listed(codes: Iterable[str]) -> str:
    """Codes of operations, which a plant's file keeps free of quotes, as a list of SQL."""
    return ", ".join(f"'{code}'" for code in sorted(codes)) or "''"


def _instant(stored: Any) -> datetime:
    return stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)


def _scrapped_of(connection: Connection, plant: str, keys: set[str]) -> set[str]:
    """Those of some keys that were scrapped, if the plant ever tells scrap."""
    dialect = dialect_of(connection)
    match = (
        "f.plant = :plant AND f.serial = k.value AND lower(f.action) LIKE :scrapped "
        "AND f.deleted_at IS NULL"
    )
    source = dialect.LOOK_UP.format(outer=dialect.KEYS, table="defect", match=match)
    given = {"plant": plant, "keys": key_list(sorted(keys)), "scrapped": f"{SCRAPPED}%"}
    return set(connection.execute(text(f"SELECT f.serial FROM {source}"), given).scalars())


def has_any(connection: Connection, plant: str) -> bool:
    """Whether any serial of the plant is known to be of several units, or doubtful."""
    asked = select(USES.c.serial).where(USES.c.plant == plant).limit(1)
    return connection.execute(asked).first() is not None


def held_uses(connection: Connection, plant: str, keys: Iterable[str]) -> Uses:
    """The uses that are known of the serials behind some keys."""
    dialect = dialect_of(connection)
    source = dialect.LOOK_UP.format(
        outer=dialect.KEYS, table=USES.name, match="f.plant = :plant AND f.serial = k.value"
    )
    fields = ", ".join(f"f.{column.name}" for column in USES.columns)
    serials = key_list(sorted({serial_of(key)[0] for key in keys}))
    statement = text(f"SELECT {fields} FROM {source}").columns(*USES.columns)
    rows = connection.execute(statement, {"plant": plant, "keys": serials}).all()
    found: Uses = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.use):
        found[row.serial].append(
            Use(row.use, row.begins_at, row.started_at, row.last_at, row.ended_by,
                row.doubt, row.doubt_at)
        )  # fmt: skip
    return dict(found)


def keys_of(serials: Iterable[str], held: Uses) -> list[str]:
    """All keys under which rows of some serials may be kept."""
    return [key_of(one, use + 1) for one in serials for use in range(len(held.get(one, [0])))]


def told_uses(connection: Connection, plant: str, keys: Sequence[str], rules: Rules) -> Uses:
    """The uses that the visits kept under some keys tell; of serials with several, or a doubt."""
    steps = _live(connection, STEPS, plant, "serial", keys)
    defects = _live(connection, table_of(Defect), plant, "serial", keys)
    scraps: dict[str, list[datetime]] = defaultdict(list)
    for row in defects:
        if is_scrap(row.action):
            scraps[serial_of(row.serial)[0]].append(row.occurred_at)
    visits: dict[str, list[Visit]] = defaultdict(list)
    for row in steps:
        is_completed = row.result == StepResult.COMPLETED.value
        visit = Visit(row.started_at, row.ended_at, row.operation, is_completed)
        visits[serial_of(row.serial)[0]].append(visit)
    found = {one: uses_of(its, scraps[one], rules) for one, its in visits.items()}
    return {one: uses for one, uses in found.items() if len(uses) > 1 or uses[0].doubt}


def _live(
    connection: Connection, table: Table, plant: str, column: str, keys: Sequence[str]
) -> Sequence[Any]:
    """Live rows of a table that name one of some keys."""
    return [row for row in rows_of(connection, table, plant, [column], keys) if not row.deleted_at]


def rows_of(
    connection: Connection, table: Table, plant: str, columns: Sequence[str], keys: Sequence[str]
) -> Sequence[Any]:
    """Rows of a table, deleted ones too, that hold one of some keys in one of the columns."""
    names = or_(*(table.c[column].in_(keys) for column in columns))
    return connection.execute(select(table).where(table.c.plant == plant, names)).all()
