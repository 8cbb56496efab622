"""Quarantined records, read once more by the plant file of now.

A record was kept whole, with the kinds of its values, so that what comes of it is what would have
come of it at its source. Only what depends on its neighbours does not come back: which pass of the
repeated autumn hour a time without zone means, where nothing but the order of a file told it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import Engine, select

from db.clock import utc_now
from db.domain.clocks import Corrections
from db.engine import reading
from db.errors import SourceChanged
from db.ingest.dialect import storage_errors, table_of
from db.models import Quarantine
from etl.clocks import clocks_of
from etl.connectors.base import RawBatch, Window
from etl.feeds.parse import Parsed
from etl.feeds.reject import Told, told_by
from etl.runner import Context, LoadRun, LoadSummary, Pull, record_load

HELD = table_of(Quarantine)
AT_ONCE = 5_000
FILE_KEY = "file "


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record in quarantine."""

    key: str
    told: Told
    received_at: datetime


@dataclass(slots=True)
class Replay:
    """What a replay came to. `left`: records that cannot be read again from what was kept, and why.

    `landed_count` of the `waiting_count` records are in their table now.
    """

    summary: LoadSummary
    waiting_count: int = 0
    landed_count: int = 0
    left: str = ""

    def sentence(self) -> str:
        """In words.

        >>> done = LoadSummary("mp.test_run", "replay", "partial", reasons={"unknown_word": 2})
        >>> Replay(done, 5, 3).sentence()
        '3 of 5 records landed; still held: 2 unknown word'
        """
        if self.summary.error is not None:
            return self.summary.message
        held = ", ".join(
            f"{count} {reason.replace('_', ' ')}" for reason, count in self.summary.reasons.items()
        )
        parts = [f"{self.landed_count} of {self.waiting_count} records landed"]
        parts += [f"still held: {held}"] if held else []
        return "; ".join(parts + ([self.left] if self.left else []))


def replay(context: Context, pull: Pull, reason: str = "", field: str | None = None) -> Replay:
    """Read a source's waiting records again, or those of one reason and field.

    Those that come clean land and are released; the others stay, with the reason they have now.
    Raises only what `run_load` does.
    """
    done = Replay(LoadSummary(pull.code, "replay", "ok"))

    def work(load: LoadRun) -> None:
        waiting = list(_waiting(context.engine, pull.code, reason, field))
        done.waiting_count = len(waiting)
        whole = [one for one in waiting if one.told.row is not None]
        if len(whole) < len(waiting):
            cut = len(waiting) - len(whole)
            done.left = f"{cut} not kept whole, to be loaded from the source again: rackline load"
        clocks = clocks_of(context.engine, pull.code, pull.entry)
        for group in _alike(whole):
            for start in range(0, len(group), AT_ONCE):
                _take(load, pull, group[start : start + AT_ONCE], done, clocks)

    done.summary = record_load(LoadRun(context, pull, "replay", Window()), work)
    return done


def _take(
    load: LoadRun, pull: Pull, group: Sequence[Waiting], done: Replay, clocks: Corrections
) -> None:
    told, now = group[0].told, utc_now()
    rows = [one.told.row for one in group if one.told.row is not None]
    raw = RawBatch(told.columns, rows, now, group[0].received_at, told.origin)
    try:
        parsed = pull.feed.parse(raw, now=now, clocks=clocks)
        if parsed.changed is not None:
            raise parsed.changed
    except SourceChanged as error:
        gone = ", ".join(error.missing)
        done.left = f"{len(group)} lack the columns {gone} that the map names now"
        return
    load.take(raw, replace(parsed, whole=_settled(group, parsed)))
    done.landed_count += len(parsed.rows)


def _settled(group: Sequence[Waiting], parsed: Parsed) -> frozenset[str]:
    """Keys under which records wait no more: they landed, or wait under another key now."""
    clean = {group[at].key for at in parsed.index}
    bad = [at for at in range(len(group)) if at not in set(parsed.index)]
    renamed = {
        group[at].key
        for at, rejection in zip(bad, parsed.rejections, strict=True)
        if rejection.record_key != group[at].key
    }
    return frozenset(clean | renamed)


def _waiting(engine: Engine, source: str, reason: str, field: str | None) -> Iterator[Waiting]:
    """What waits of a source, by the order of keys; files held as a whole are left out."""
    question = select(HELD.c.record_key, HELD.c.payload, HELD.c.received_at, HELD.c.first_seen_at)
    question = question.where(HELD.c.source == source, HELD.c.released_at.is_(None))
    if reason:
        question = question.where(HELD.c.reason == reason)
    if field is not None:
        question = question.where(HELD.c.field == field)
    with storage_errors(), reading(engine) as connection:
        rows = connection.execute(question.order_by(HELD.c.record_key)).all()
    for key, payload, received_at, first_seen_at in rows:
        if not key.startswith(FILE_KEY):
            yield Waiting(key, told_by(payload), received_at or first_seen_at)


def _alike(waiting: Sequence[Waiting]) -> Iterator[list[Waiting]]:
    """Records that can be read as one batch: same columns, origin and time of receipt."""

    def kind(one: Waiting) -> tuple[tuple[str, ...], str, datetime]:
        return one.told.columns, one.told.origin, one.received_at

    for _, group in groupby(sorted(waiting, key=kind), kind):
        yield list(group)
