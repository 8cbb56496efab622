"""Which units' cases may be other than they were: those with facts newer than a plant's marks.

New rows are found where they were added: by rowid on SQLite, by load on PostgreSQL. Corrected and
deleted ones are in `change`, with what they said before.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, text

from db.ingest.factor_facts import rows_of

SERIAL_OF = {"test_run": "serial", "unit_step": "serial", "genealogy_link": "parent_serial"}
TABLES = (*SERIAL_OF, "lot")
AT = {"sqlite": "rowid > :mark", "postgresql": "load_id >= :mark"}
NEWEST = {
    "sqlite": "SELECT coalesce(max(rowid), 0) FROM {table}",
    "postgresql": "SELECT coalesce((SELECT min(id) FROM load WHERE plant = :plant AND "
    "finished_at IS NULL), (SELECT max(id) + 1 FROM load), 0)",
}
"""Where rows not yet seen will be; a load that still runs may add to its own."""
CHANGES = "SELECT coalesce(max(id), 0) FROM change"
Marks = dict[str, int]


def marks_now(connection: Connection, plant: str) -> Marks:
    """How far the facts go at this instant."""
    newest = NEWEST[connection.dialect.name]
    given = {"plant": plant} if ":plant" in newest else {}
    found = {table: _number(connection, newest.format(table=table), given) for table in TABLES}
    return found | {"change": _number(connection, CHANGES, {})}


def touched(connection: Connection, plant: str, seen: Marks, now: Marks) -> list[str]:
    """Serials whose facts are newer than `seen`; all with a verdict when nothing has been seen.

    A mark beyond what is there (the file was packed and its rows renumbered) counts as none.
    """
    if any(seen.get(name, 0) > now[name] for name in now) or not seen:
        return _every(connection, plant)
    serials = {name: _new(connection, plant, name, seen[name]) for name in SERIAL_OF}
    lots = set(_new_lots(connection, plant, seen["lot"]))
    for name, row in _changed(connection, plant, seen["change"]):
        if name == "lot":
            lots.add((row["part"], row["lot"]))
        else:
            serials[name].add(row[SERIAL_OF[name]])
    built = serials["genealogy_link"] | _holding(connection, plant, lots)
    return sorted(
        serials["test_run"] | serials["unit_step"] | built | _above(connection, plant, built)
    )


def _number(connection: Connection, statement: str, given: dict[str, Any]) -> int:
    return int(connection.execute(text(statement), given).scalar_one())


def _every(connection: Connection, plant: str) -> list[str]:
    rows = connection.execute(
        text(
            "SELECT serial FROM unit_operation WHERE plant = :plant "
            "AND first_verdict_at IS NOT NULL "
            "UNION SELECT serial FROM unit_case WHERE plant = :plant ORDER BY serial"
        ),
        {"plant": plant},
    )
    return list(rows.scalars())


def _new(connection: Connection, plant: str, table: str, mark: int) -> set[str]:
    statement = (
        f"SELECT DISTINCT {SERIAL_OF[table]} FROM {table} "
        f"WHERE {AT[connection.dialect.name]} AND plant || '' = :plant"
    )
    return set(connection.execute(text(statement), {"plant": plant, "mark": mark}).scalars())


def _new_lots(connection: Connection, plant: str, mark: int) -> Iterator[tuple[str, str]]:
    statement = (
        f"SELECT part, lot FROM lot WHERE {AT[connection.dialect.name]} AND plant || '' = :plant"
    )
    rows = connection.execute(text(statement), {"plant": plant, "mark": mark})
    yield from ((part, lot) for part, lot in rows)


def _changed(connection: Connection, plant: str, mark: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tables and earlier versions of rows that were corrected, deleted or brought back."""
    rows = connection.execute(
        text(
            "SELECT c.table_name, c.source, c.source_key, c.before FROM change c "
            "WHERE c.id > :mark AND c.plant = :plant ORDER BY c.id"
        ),
        {"plant": plant, "mark": mark},
    ).all()
    for name, source, key, before in rows:
        if name not in TABLES:
            continue
        yield name, json.loads(before)
        columns = ("part", "lot") if name == "lot" else (SERIAL_OF[name],)
        held = connection.execute(
            text(
                f"SELECT {', '.join(columns)} FROM {name} WHERE source = :source "
                "AND source_key = :key"
            ),
            {"source": source, "key": key},
        )
        for row in held:
            yield name, dict(zip(columns, row, strict=True))


def _holding(connection: Connection, plant: str, lots: Iterable[tuple[str, str]]) -> set[str]:
    """Units with a link to any of some lots."""
    found: set[str] = set()
    for part, lot in lots:
        rows = connection.execute(
            text(
                "SELECT DISTINCT parent_serial FROM genealogy_link "
                "WHERE plant = :plant AND part = :part AND lot = :lot"
            ),
            {"plant": plant, "part": part, "lot": lot},
        )
        found.update(rows.scalars())
    return found


def _above(connection: Connection, plant: str, serials: Iterable[str]) -> set[str]:
    """Units into which any of the serials was ever built."""
    keys = sorted(serials)
    if not keys:
        return set()
    match = "f.plant = :plant AND f.child_serial = k.value"
    rows = rows_of(connection, "genealogy_link", ("parent_serial",), keys, match, plant=plant)
    return {row.parent_serial for row in rows}
