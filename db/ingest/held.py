"""What the store already holds of a batch's rows, and what therefore has to be done with them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Table, text
from sqlmodel.sql.sqltypes import UTCDateTime

from db.ingest.batch import Batch, Rows, row_columns
from db.ingest.dialect import dialect_of, key_list

THIN_SNAPSHOT_RATIO = 0.8
"""A snapshot with fewer than this share of the live rows is not believed about what is gone."""
FEW_ROWS = 5
"""So few rows may go at once, whatever their share: small tables shrink by large ratios."""


class Held(NamedTuple):
    """A row as held: enough to tell a re-pull from a correction.

    `is_open`: a repair may say otherwise, for the row was not written since its source was asked.
    """

    content_hash: int
    changed_at: Any
    is_deleted: bool
    is_open: bool


@dataclass(slots=True)
class Verdict:
    """Rows to add, rows that replace what is held, keys that are gone, and how many were neither.

    `moved` are rows that say what they said, with the time at which the source now says they were
    changed; only a comparison tells them. `kept_count` rows are missing from a snapshot that was
    too thin to be believed.
    """

    new: Rows
    replacing: Rows
    gone: list[str] = field(default_factory=list)
    moved: list[tuple[str, Any]] = field(default_factory=list)
    unchanged_count: int = 0
    superseded_count: int = 0
    kept_count: int = 0


@dataclass(frozen=True, slots=True)
class Positions:
    """Where in a row tuple the values stand by which rows are compared."""

    key: int
    content_hash: int
    changed_at: int
    deleted_at: int

    @classmethod
    def of(cls, columns: Sequence[str]) -> "Positions":
        """Positions within the given column names."""
        names = ("source_key", "content_hash", "changed_at", "deleted_at")
        return cls(*(columns.index(name) for name in names))


def judge(connection: Connection, table: Table, batch: Batch) -> Verdict:
    """Compare the batch with what is held and say what has to be done."""
    names = row_columns(batch.model)
    at, told = Positions.of(names), Rows.of(batch.rows, len(names))
    rows = _newest(told, at)
    keys = rows.columns[at.key]
    held = _held(connection, table, batch, [*keys, *batch.gone])
    native = dialect_of(connection).CONVERTERS.get(UTCDateTime, lambda value: value)
    verdict = _compare(rows, held, at, native)
    verdict.superseded_count += len(told) - len(rows)
    if batch.is_snapshot:
        present = {*keys, *(rejection.record_key for rejection in batch.rejections)}
        _find_gone(held, present, verdict)
    verdict.gone += [
        key for key in batch.gone if key in held and held[key].is_open and not held[key].is_deleted
    ]
    return verdict


def _newest(rows: Rows, at: Positions) -> Rows:
    """One row a key: the newest by change time, of equals the last."""
    keys = rows.columns[at.key]
    if len(set(keys)) == len(keys):
        return rows
    newest: dict[str, tuple[Any, ...]] = {}
    for row in rows:
        other = newest.get(row[at.key])
        if other is None or row[at.changed_at] >= other[at.changed_at]:
            newest[row[at.key]] = row
    return Rows.of(list(newest.values()), len(rows.columns))


def _held(
    connection: Connection, table: Table, batch: Batch, keys: Sequence[str]
) -> dict[str, Held]:
    """By key, what is held of these rows; of the whole source for a snapshot."""
    fields = "f.source_key, f.content_hash, f.changed_at, f.deleted_at IS NOT NULL, "
    fields += "NULL" if batch.asked_at is None else "f.ingested_at"
    if batch.is_snapshot:
        statement = f"SELECT {fields} FROM {table.name} f WHERE f.source = :source"
        found = connection.execute(text(statement), {"source": batch.source})
    elif keys:
        found = connection.execute(*by_keys(connection, table, batch.source, keys, fields))
    else:
        return {}
    native = dialect_of(connection).CONVERTERS.get(UTCDateTime, lambda value: value)
    asked_at = None if batch.asked_at is None else native(batch.asked_at)
    return {
        key: Held(content, changed, bool(gone), asked_at is not None and written_at < asked_at)
        for key, content, changed, gone, written_at in found
    }


def _compare(
    rows: Rows, held: dict[str, Held], at: Positions, native: Callable[[Any], Any]
) -> Verdict:
    verdict = Verdict(rows, rows[:0])
    if not held:
        return verdict
    is_new, is_replacing = [False] * len(rows), [False] * len(rows)
    compared = map(rows.columns.__getitem__, (at.key, at.content_hash, at.deleted_at))
    for place, (key, content, deleted_at) in enumerate(zip(*compared, strict=True)):
        before = held.get(key)
        if before is None:
            is_new[place] = True
        elif before.content_hash == content and before.is_deleted == (deleted_at is not None):
            verdict.unchanged_count += 1
            changed_at = rows.columns[at.changed_at][place]
            if before.is_open and native(changed_at) != before.changed_at:
                verdict.moved.append((key, changed_at))
        elif native(rows.columns[at.changed_at][place]) < before.changed_at and not before.is_open:
            verdict.superseded_count += 1
        else:
            is_replacing[place] = True
    verdict.new, verdict.replacing = rows.where(is_new), rows.where(is_replacing)
    return verdict


def _find_gone(held: dict[str, Held], present: set[str], verdict: Verdict) -> None:
    live = [key for key, row in held.items() if not row.is_deleted]
    gone = [key for key in live if key not in present]
    left = len(live) - len(gone)
    is_thin = left < THIN_SNAPSHOT_RATIO * len(live) and (len(gone) > FEW_ROWS or not left)
    if is_thin:
        verdict.kept_count = len(gone)
    else:
        verdict.gone = gone


OF_KEYS = "f.source = :source AND f.source_key = k.value"
"""Which rows `f` belong to the keys `k` of Dialect.KEYS."""


def by_keys(
    connection: Connection, table: Table, source: str, keys: Sequence[str], fields: str
) -> tuple[Any, dict[str, Any]]:
    """Statement and parameters that select fields of the source's rows `f` with these keys."""
    found = dialect_of(connection).HELD.format(table=table.name)
    return text(f"SELECT {fields} FROM {found}"), {"source": source, "keys": key_list(keys)}


def full_rows(
    connection: Connection, table: Table, source: str, keys: Sequence[str]
) -> Sequence[Row[Any]]:
    """The source's held rows with these keys, whole, as Python values."""
    if not keys:
        return []
    fields = ", ".join(f"f.{column.name}" for column in table.columns)
    statement, parameters = by_keys(connection, table, source, keys, fields)
    return connection.execute(statement.columns(*table.columns), parameters).all()
