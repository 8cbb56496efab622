"""The SQL behind explanations: the same text on both databases.

Every unit counts at its first verdict. What it held is what its genealogy says for that instant:
installed at or before, and not taken out before. Units come from an index over first verdicts, the
run that gave the verdict and the links from indexes by serial.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlmodel import Session
from sqlmodel.sql.sqltypes import UTCDateTime

UNIT_FACTORS = (
    "line", "station", "slot", "fixture", "program", "firmware", "shift", "upstream_station",
    "queue_age",
)  # fmt: skip
"""Factors of which a unit has one value; the last is made from two instants."""

WHERE = """
WHERE u.plant = :plant AND u.operation = :operation
  AND u.first_verdict_at >= :first AND u.first_verdict_at < :until
  AND (:line = '' OR u.first_verdict_line = :line) AND (:product = '' OR u.product = :product)
  AND (:station = '' OR u.first_verdict_station = :station)
  AND (:shift = '' OR u.first_verdict_shift = :shift)
"""
RUN = """
LEFT JOIN test_run r ON r.plant = u.plant AND r.serial = u.serial AND r.operation = u.operation
  AND r.occurred_at = u.first_verdict_at AND r.verdict = u.first_verdict
  AND r.station = u.first_verdict_station AND r.deleted_at IS NULL
"""
"""The run that gave the first verdict."""
BEFORE = """
(SELECT s.{column} FROM unit_step s WHERE s.plant = u.plant AND s.serial = u.serial
 AND s.ended_at <= r.started_at AND s.operation <> u.operation AND s.deleted_at IS NULL
 ORDER BY s.ended_at DESC LIMIT 1)
"""
UNITS_SQL = f"""
SELECT u.serial, u.first_verdict_at, u.first_verdict, u.first_verdict_on, u.operation, u.product,
  u.first_verdict_line, u.first_verdict_station,
  CASE WHEN r.slot <> '' THEN r.station || ' ' || r.slot ELSE '' END, r.fixture,
  CASE WHEN r.program <> '' THEN r.program || ' ' || r.program_revision ELSE '' END, r.firmware,
  u.first_verdict_shift, {BEFORE.format(column="station")}, {BEFORE.format(column="ended_at")},
  r.started_at
FROM unit_operation u {RUN} {WHERE}
"""
LIVE = """{link}.deleted_at IS NULL AND {link}.occurred_at <= u.first_verdict_at
  AND ({link}.removed_at IS NULL OR {link}.removed_at > u.first_verdict_at)"""
HELD = f"""
SELECT DISTINCT u.serial, g.part, g.lot, g.supplier, g.part_revision
FROM unit_operation u
JOIN genealogy_link g ON g.plant = u.plant AND g.parent_serial = u.serial
  AND {LIVE.format(link="g")}
{WHERE} AND (g.lot <> '' OR g.supplier <> '' OR g.part_revision <> '')
UNION
SELECT DISTINCT u.serial, g.part, g.lot, g.supplier, g.part_revision
FROM unit_operation u
JOIN genealogy_link t ON t.plant = u.plant AND t.parent_serial = u.serial
  AND t.child_serial <> '' AND {LIVE.format(link="t")}
JOIN genealogy_link g ON g.plant = u.plant AND g.parent_serial = t.child_serial
  AND {LIVE.format(link="g")}
{WHERE} AND (g.lot <> '' OR g.supplier <> '' OR g.part_revision <> '')
"""
"""Parts a unit held at its verdict, itself and within its trays and modules."""
EXPOSURE_SQL = f"""
SELECT h.serial, h.part, h.lot, h.supplier, h.part_revision, coalesce(l.origin_country, '')
FROM ({HELD}) h
LEFT JOIN lot l ON l.plant = :plant AND l.part = h.part AND l.lot = h.lot AND l.deleted_at IS NULL
"""
COUNTS = """
SELECT u.first_verdict_on, u.operation, u.product, {value}, count(*),
  sum(CASE WHEN u.first_verdict = 'failed' THEN 1 ELSE 0 END)
FROM unit_operation u {join} {where} GROUP BY 1, 2, 3, 4
"""
OF_UNIT = {
    "": "''",
    "line": "u.first_verdict_line",
    "station": "u.first_verdict_station",
    "shift": "u.first_verdict_shift",
}
OF_RUN = {
    "slot": "r.station || ' ' || r.slot",
    "fixture": "r.fixture",
    "program": "r.program || ' ' || r.program_revision",
    "firmware": "r.firmware",
}
OF_LINK = {
    "lot": "g.part || ' ' || g.lot",
    "supplier": "g.part || ' ' || g.supplier",
    "part_revision": "g.part || ' ' || g.part_revision",
}
LINK = f"""
JOIN genealogy_link g ON g.plant = u.plant AND g.parent_serial = u.serial
  AND {LIVE.format(link="g")}
"""


def counts_sql() -> Iterator[tuple[str, str]]:
    """Factor → statement of its counts per day, operation, product and value; "" counts all."""
    for factor, value in OF_UNIT.items():
        yield factor, COUNTS.format(value=value, join="", where=WHERE)
    for factor, value in OF_RUN.items():
        column = value.rpartition(".")[2]
        yield factor, COUNTS.format(value=value, join=RUN, where=f"{WHERE} AND r.{column} <> ''")
    for factor, value in OF_LINK.items():
        column = value.rpartition(".")[2]
        yield factor, COUNTS.format(value=value, join=LINK, where=f"{WHERE} AND g.{column} <> ''")


def run_sql(session: Session, statement: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of a statement; instants are bound as the store keeps them."""
    instants = [bindparam(k, type_=UTCDateTime()) for k, v in given.items() if _is_instant(v)]
    found = session.connection().execute(text(statement).bindparams(*instants), given)
    return [tuple(row) for row in found]


def _is_instant(value: Any) -> bool:
    return isinstance(value, datetime)
