"""Records that cannot be trusted: kept whole with their reason, released when they come clean.

A record that a person set aside for good is released too, with who did it and why. A re-pull of the
same record leaves its quarantine row untouched, released or not; `seen_count` therefore counts the
different versions in which a record was bad, not how often it was read.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain

from sqlalchemy import Connection, text

from db.ingest.batch import Batch, Rejection, Rows, row_columns
from db.ingest.dialect import dialect_of, key_list, run

_STATE = ("reason", "field", "payload")
_KEEP = """
INSERT INTO quarantine (source, record_key, plant, reason, field, detail, payload, received_at,
                        counts_at, first_seen_at, last_seen_at, seen_count, load_id,
                        discarded_by, discarded_reason)
VALUES (:source, :record_key, :plant, :reason, :field, :detail, :payload, :received_at,
        :counts_at, :now, :now, 1, :load_id, '', '')
ON CONFLICT (source, record_key) DO UPDATE SET
  reason = excluded.reason, field = excluded.field, detail = excluded.detail,
  payload = excluded.payload, received_at = excluded.received_at, counts_at = excluded.counts_at,
  last_seen_at = excluded.last_seen_at, seen_count = quarantine.seen_count + 1,
  load_id = excluded.load_id, released_at = NULL, discarded_by = '', discarded_reason = ''
"""


def keep(connection: Connection, batch: Batch, now: datetime) -> bool:
    """Put the batch's rejections into quarantine; whether any of them is news."""
    if not batch.rejections:
        return False
    latest = {rejection.record_key: rejection for rejection in batch.rejections}
    held = _held(connection, batch.source, list(latest))
    news = [r for r in latest.values() if held.get(r.record_key) != _state(r)]
    for rejection in news:
        run(
            connection,
            _KEEP,
            source=batch.source,
            record_key=rejection.record_key,
            plant=batch.plant,
            reason=str(rejection.reason),
            field=rejection.field,
            detail=rejection.detail,
            payload=rejection.payload,
            received_at=rejection.received_at,
            counts_at=rejection.happened_at or rejection.received_at or now,
            now=now,
            load_id=batch.load_id,
        )
    return bool(news)


def release(connection: Connection, batch: Batch, now: datetime) -> bool:
    """Release what waited and came clean in this batch, records and files; whether any did."""
    waiting = connection.execute(
        text("SELECT record_key FROM quarantine WHERE source = :source AND released_at IS NULL"),
        {"source": batch.source},
    ).scalars()
    keys = set(waiting)
    if not keys:
        return False
    at = row_columns(batch.model).index("source_key")
    read = Rows.of(batch.rows, at + 1).columns[at]
    clean = sorted(keys.intersection(chain(batch.whole, read)))
    if not clean:
        return False
    dialect = dialect_of(connection)
    run(
        connection,
        "UPDATE quarantine SET released_at = :now WHERE source = :source "
        f"AND record_key IN (SELECT k.value FROM {dialect.KEYS})",
        now=now,
        source=batch.source,
        keys=key_list(clean),
    )
    return True


def _state(rejection: Rejection) -> tuple[str, ...]:
    return (str(rejection.reason), rejection.field, rejection.payload)


def _held(connection: Connection, source: str, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """By key, the reason, field and payload with which these records are held."""
    dialect = dialect_of(connection)
    fields = ", ".join(f"q.{name}" for name in ("record_key", *_STATE))
    statement = (
        f"SELECT {fields} FROM {dialect.KEYS} CROSS JOIN quarantine q "
        "WHERE q.source = :source AND q.record_key = k.value"
    )
    found = connection.execute(text(statement), {"source": source, "keys": key_list(keys)})
    return {key: tuple(state) for key, *state in found}
