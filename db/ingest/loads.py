"""The record of each run, and how each source is doing.

`write_batch` adds its counts to the load in the transaction of the rows themselves; `close_load`
then only says how the run ended and sets the totals, so that a killed run still tells what it did.
"""

from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, Engine, insert, select, text, update

from db.clock import utc_now
from db.ingest.batch import Mark, Outcome
from db.ingest.dialect import run, storage_errors, table_of
from db.ingest.watermark import clamped, read_watermark
from db.models import Load, Source

__all__ = [
    "abandon_loads",
    "close_load",
    "count_outcome",
    "note_failure",
    "note_history",
    "note_skip",
    "note_success",
    "open_load",
    "read_watermark",
]

LOAD, SOURCE = table_of(Load), table_of(Source)
COUNTED = ("new", "changed", "unchanged", "deleted", "superseded", "quarantined")


class Spanned(Protocol):
    """A window of change times; None is open. `etl.connectors.base.Window` is one."""

    @property
    def since(self) -> datetime | None: ...
    @property
    def until(self) -> datetime | None: ...


def open_load(engine: Engine, source: str, plant: str, mode: str, window: Spanned) -> int:
    """Begin the record of a run; returns the load id that its batches carry."""
    values = {
        "source": source,
        "plant": plant,
        "mode": mode,
        "started_at": utc_now(),
        "since_at": window.since,
        "until_at": window.until,
        "outcome": "running",
        "error_class": "",
        "message": "",
        "read_count": 0,
        **dict.fromkeys((f"{name}_count" for name in COUNTED), 0),
    }
    with storage_errors(), engine.begin() as connection:
        load_id: int = connection.execute(
            insert(LOAD).values(values).returning(LOAD.c.id)
        ).scalar_one()
        return load_id


def count_outcome(
    connection: Connection, load_id: int, outcome: Outcome, mark: Mark | None
) -> None:
    """Add a batch's counts to its load, within the batch's own transaction."""
    sums = ", ".join(f"{name}_count = {name}_count + :{name}" for name in COUNTED)
    run(
        connection,
        f"UPDATE load SET {sums}, watermark_at = coalesce(:mark, watermark_at) WHERE id = :load_id",
        load_id=load_id,
        mark=clamped(mark).changed_at if mark else None,
        **{name: getattr(outcome, name) for name in COUNTED},
    )


def close_load(
    engine: Engine,
    load_id: int,
    outcome: str,
    totals: Outcome,
    read_count: int,
    *,
    error_class: str = "",
    message: str = "",
) -> None:
    """End the record of a run: how it ended, what it read, what became of it, and why it failed."""
    values = {f"{name}_count": getattr(totals, name) for name in COUNTED}
    values |= {"finished_at": utc_now(), "outcome": outcome, "read_count": read_count}
    values |= {"error_class": error_class, "message": message}
    with storage_errors(), engine.begin() as connection:
        connection.execute(update(LOAD).where(LOAD.c.id == load_id).values(values))


def abandon_loads(engine: Engine, plant: str) -> int:
    """Mark a plant's loads that a killed process left running as abandoned; returns how many.

    Call it once at start, under the plant's lease: those of other plants may well be running.
    """
    ended = {"outcome": "abandoned", "finished_at": utc_now()}
    left = update(LOAD).where(LOAD.c.plant == plant, LOAD.c.outcome == "running")
    with storage_errors(), engine.begin() as connection:
        return connection.execute(left.values(ended)).rowcount


def note_success(
    engine: Engine,
    source: str,
    *,
    last_event_at: datetime | None = None,
    next_attempt_at: datetime | None = None,
    loaded_from_at: datetime | None = None,
    message: str = "",
) -> bool:
    """The source answered and its load is committed; whether that ends an outage.

    `last_event_at` and `loaded_from_at` only ever widen what is known. `message` says what weakens
    the records all the same.
    """
    now = utc_now()
    with storage_errors(), engine.begin() as connection:
        held = _held(connection, source)
        values = {
            "state": "ok",
            "message": message,
            "failure_count": 0,
            "last_attempt_at": now,
            "last_success_at": now,
            "next_attempt_at": next_attempt_at,
            "last_event_at": max(filter(None, (held.last_event_at, last_event_at)), default=None),
            "loaded_from_at": min(
                filter(None, (held.loaded_from_at, loaded_from_at)), default=None
            ),
        }
        if held.state != "ok":
            values["state_since_at"] = now
        connection.execute(update(SOURCE).where(SOURCE.c.code == source).values(values))
        return held.state not in {"ok", "new"}


def note_failure(
    engine: Engine,
    source: str,
    state: str,
    message: str,
    *,
    next_attempt_at: datetime | None = None,
) -> int:
    """The source failed (`state`: retrying, refused, changed); returns the failures in a row."""
    now = utc_now()
    with storage_errors(), engine.begin() as connection:
        held = _held(connection, source)
        failure_count: int = held.failure_count + 1
        values = {
            "state": state,
            "message": message,
            "failure_count": failure_count,
            "last_attempt_at": now,
            "next_attempt_at": next_attempt_at,
        }
        if held.state != state:
            values["state_since_at"] = now
        connection.execute(update(SOURCE).where(SOURCE.c.code == source).values(values))
        return failure_count


def note_skip(engine: Engine, source: str) -> None:
    """A run of the source was skipped because the one before it still ran."""
    with storage_errors(), engine.begin() as connection:
        connection.execute(
            text("UPDATE source SET skipped_count = skipped_count + 1 WHERE code = :source"),
            {"source": source},
        )


def note_history(engine: Engine, source: str, wanted_from_at: datetime) -> None:
    """How far back the source's history is wanted: the far end of the progress bar."""
    with storage_errors(), engine.begin() as connection:
        connection.execute(
            update(SOURCE).where(SOURCE.c.code == source).values(history_from_at=wanted_from_at)
        )


class _HeldSource(Protocol):
    state: str
    failure_count: int
    last_event_at: datetime | None
    loaded_from_at: datetime | None


def _held(connection: Connection, source: str) -> _HeldSource:
    """The source's row as held. Raises LookupError when its plant was never published."""
    columns = (SOURCE.c.state, SOURCE.c.failure_count, SOURCE.c.last_event_at)
    found = connection.execute(
        select(*columns, SOURCE.c.loaded_from_at).where(SOURCE.c.code == source).with_for_update()
    ).one_or_none()
    if found is None:
        raise LookupError(f"source {source!r} is not in the store; publish its plant first")
    return found
