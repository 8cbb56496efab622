"""The one way facts get into the store: a batch, in one transaction, under its plant's lock.

Facts, what they said before, rollups, quarantine, watermark, load record and plant version are
committed together or not at all, so that a process may die at any instant and the next run goes on
from a state that is whole. Writing the same batch again changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress, repeat
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, Table

from db.clock import utc_now
from db.ingest import held, quarantine, rollups, serial_uses, version, watermark
from db.ingest.batch import STAMPED, Batch, Outcome, Rows, row_columns
from db.ingest.dialect import (
    Columns,
    dialect_of,
    key_list,
    native_columns,
    refusals,
    run,
    storage_errors,
    table_of,
    to_native,
)
from db.ingest.earlier import keep_earlier
from db.ingest.loads import count_outcome

Upkeep = Literal["delta", "deferred"]
MANY_ROWS = 500
"""New rows of a batch after which a table must not be unknown to the database's planner."""


@dataclass(frozen=True, slots=True)
class _Work:
    """One batch being written in one transaction, at one instant."""

    connection: Connection
    table: Table
    batch: Batch
    now: datetime


def _go_on() -> None:
    """Everybody may write."""


def write_batch(
    engine: Engine,
    batch: Batch,
    *,
    upkeep: Upkeep = "delta",
    check: Callable[[], None] = _go_on,
) -> Outcome:
    """Write a batch and say what became of it.

    `upkeep` "deferred" leaves the rollups alone, for the bulk loading of history; they are due
    from then on until `db.ingest.rollups.rebuild_rollups` (see PlantVersion.rollups_due_at).

    `check` raises when this process may write no more, as when its lease ran out; it is asked once
    the plant's lock is held, however long that took, and again right before the commit.

    Raises StorageBusy, StorageFull, BatchRefused or what `check` raises, after which nothing of the
    batch is in the store.
    """
    with storage_errors():
        if _is_idle(engine, batch):
            return Outcome()
        with engine.begin() as connection:
            outcome = _locked(connection, batch, upkeep, check)
            check()
            return outcome


def rehearse_batch(engine: Engine, batch: Batch, *, check: Callable[[], None] = _go_on) -> None:
    """Write a batch and take it back; raises what `write_batch` would."""
    with storage_errors(), engine.connect() as connection, connection.begin() as transaction:
        _locked(connection, batch, "delta", check)
        transaction.rollback()


def _locked(
    connection: Connection, batch: Batch, upkeep: Upkeep, check: Callable[[], None]
) -> Outcome:
    dialect_of(connection).lock_plant(connection, batch.plant)
    check()
    with refusals():
        placed = serial_uses.placed(connection, batch)
        return _write(_Work(connection, table_of(batch.model), placed, utc_now()), upkeep)


def _is_idle(engine: Engine, batch: Batch) -> bool:
    """Whether there is nothing to write: no records, and the watermark stays where it is."""
    if batch.rows or batch.rejections or batch.is_snapshot or batch.gone or batch.whole:
        return False
    if batch.mark is None:
        return True
    with engine.connect() as connection:
        return not watermark.is_ahead(connection, batch.source, batch.mark)


def _write(work: _Work, upkeep: Upkeep) -> Outcome:
    connection, batch, now = work.connection, work.batch, work.now
    verdict = held.judge(connection, work.table, batch)
    outcome = _write_facts(work, verdict, upkeep)
    if outcome.new >= MANY_ROWS:
        dialect_of(connection).gather_statistics(connection, [work.table.name, "unit_operation"])
    has_news = quarantine.keep(connection, batch, now)
    has_news |= quarantine.release(connection, batch, now)
    watermark.advance(connection, batch.source, batch.mark, now)
    count_outcome(connection, batch.load_id, outcome, batch.mark)
    if has_news or outcome.new or outcome.changed or outcome.deleted:
        version.bump(connection, batch.plant, now)
    return outcome


def _write_facts(work: _Work, verdict: held.Verdict, upkeep: Upkeep) -> Outcome:
    batch, names = work.batch, row_columns(work.batch.model)
    key, deleted_at = names.index("source_key"), names.index("deleted_at")
    replaced = list(verdict.replacing.columns[key])
    before = held.full_rows(work.connection, work.table, batch.source, replaced + verdict.gone)
    after = verdict.new + verdict.replacing
    _delete(work, replaced)
    _bury(work, verdict.gone)
    _move(work, verdict.moved)
    written = _insert(work, after)
    is_deleted = [at is not None for at in after.columns[deleted_at]]
    deleted = set(compress(after.columns[key], is_deleted)).union(verdict.gone)
    kinds = keep_earlier(
        work.connection, work.table, before, work.now, batch.load_id, deleted=deleted
    )
    if before or after:
        _keep_rollups(work, before, written, upkeep)
    never_live = sum(at is not None for at in verdict.new.columns[deleted_at])
    return Outcome(
        new=len(verdict.new) - never_live,
        changed=len(kinds) - kinds.count("deleted"),
        unchanged=verdict.unchanged_count,
        deleted=kinds.count("deleted") + never_live,
        superseded=verdict.superseded_count,
        quarantined=len(batch.rejections),
        kept=verdict.kept_count,
    )


def _insert(work: _Work, rows: Rows) -> Columns:
    """Add rows, each with the batch's stamp; returns what they hold in the store's own values."""
    columns = [work.table.columns[name] for name in (*row_columns(work.batch.model), *STAMPED)]
    native = native_columns(work.connection, columns[:-2], rows)
    (stamps,) = to_native(work.connection, columns[-2:], [(work.now, work.batch.load_id)])
    if rows:
        stamped = zip(*native.values(), *map(repeat, stamps), strict=False)
        dialect_of(work.connection).insert(work.connection, work.table.name, columns, stamped)
    return native


def _having_keys(work: _Work) -> str:
    """Condition for the rows of the batch's source with the keys in `:keys`."""
    dialect = dialect_of(work.connection)
    return dialect.FOUND.format(outer=dialect.KEYS, table=work.table.name, match=held.OF_KEYS)


def _delete(work: _Work, keys: Sequence[str]) -> None:
    """Take out the held versions of rows about to be replaced; their month may have moved."""
    if not keys:
        return
    run(
        work.connection,
        f"DELETE FROM {work.table.name} WHERE {_having_keys(work)}",
        source=work.batch.source,
        keys=key_list(keys),
    )


def _bury(work: _Work, keys: Sequence[str]) -> None:
    """Mark rows that are missing from a snapshot as deleted, by the source's own clock."""
    if not keys:
        return
    batch = work.batch
    run(
        work.connection,
        f"UPDATE {work.table.name} SET deleted_at = :deleted_at, ingested_at = :now, "
        f"load_id = :load_id WHERE {_having_keys(work)}",
        deleted_at=batch.mark.source_clock_at if batch.mark else work.now,
        now=work.now,
        load_id=batch.load_id,
        source=batch.source,
        keys=key_list(keys),
    )


def _move(work: _Work, moved: Sequence[tuple[str, datetime]]) -> None:
    """Rows that say what they said, at another time of the source's: a comparison looks there."""
    for key, changed_at in moved:
        run(
            work.connection,
            f"UPDATE {work.table.name} SET changed_at = :changed_at "
            "WHERE source = :source AND source_key = :key",
            changed_at=changed_at,
            source=work.batch.source,
            key=key,
        )


def _keep_rollups(
    work: _Work, before: Sequence[Row[Any]], written: Columns, upkeep: Upkeep
) -> None:
    model, plant = work.batch.model, work.batch.plant
    if upkeep == "deferred":
        if model in rollups.LONE:
            version.put_rollups_due(work.connection, plant, work.now)
        return
    held_before = native_columns(work.connection, list(work.table.columns), before)
    if model in rollups.LONE:
        rollups.follow(work.connection, model, plant, held_before, written)
    serial_uses.follow(work.connection, work.batch, held_before, written, work.now)
