"""One load of one source: fetch → keep or quarantine → ingest → record.

What is to be loaded next, and what a failure leads to, is decided in `etl.sync`.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from hashlib import blake2b
from itertools import chain, islice
from threading import Event
from typing import Any, Literal, TypeVar

from sqlalchemy import Engine

from db.clock import utc_now
from db.domain.vocabulary import RejectionReason
from db.errors import BatchRefused, RacklineError, SourceChanged, StorageBusy
from db.ingest.batch import Batch, Outcome, row_columns
from db.ingest.loads import close_load, open_load
from db.ingest.poison import poisoned
from db.ingest.write import write_batch
from etl.ahead import ahead
from etl.clocks import clocks_of
from etl.connectors.base import Connector, RawBatch, Window
from etl.feeds.faults import Bad
from etl.feeds.parse import CompiledFeed, Parsed
from etl.feeds.reject import rejection
from etl.fingerprints import Fingerprints
from etl.gate import Gate, open_gate
from etl.outlook import MADE_OF, follow_load
from etl.plant_file import SourceEntry

BUSY_PAUSES = (0.2, 1.0)
"""Seconds before a batch that met a busy store is written again; after the last the load fails."""

Mode = Literal["poll", "first", "snapshot", "history", "window", "reconcile", "replay"]
STOPPED = "stopped"
REFUSED = RejectionReason.STORE_REFUSED
MOVES_WATERMARK: frozenset[Mode] = frozenset({"poll", "first", "snapshot"})

BULK: frozenset[Mode] = frozenset({"first", "history", "window", "reconcile"})

T = TypeVar("T")
log = logging.getLogger(__name__)


class Stopped(Exception):
    """This process was told to end, or another scheduler took over: write nothing more."""


@dataclass(frozen=True, slots=True)
class Pull:
    """A configured source, ready to be loaded.

    `has_history`: its records happened once and can be loaded newest first; others (parts, builds,
    plans) are loaded whole.
    """

    code: str
    plant: str
    entry: SourceEntry
    history_days: int
    has_history: bool
    connector: Connector
    feed: CompiledFeed


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """What one load did. `outcome`: ok, partial (some records quarantined), failed, stopped.

    `reasons` counts the quarantined records. `load_id` is None when there was nothing to record.
    """

    source: str
    mode: Mode
    outcome: str
    read_count: int = 0
    totals: Outcome = field(default_factory=Outcome)
    reasons: dict[str, int] = field(default_factory=dict)
    last_event_at: datetime | None = None
    watermark_at: datetime | None = None
    load_id: int | None = None
    error: Exception | None = None
    message: str = ""
    retry_seconds: float | None = None

    def followed_by(self, later: "LoadSummary") -> "LoadSummary":
        """Both as one: what they did together, and how the later one ended.

        >>> one = LoadSummary("mp.part", "window", "partial", 3, Outcome(new=2), {"bad_time": 1})
        >>> both = one.followed_by(LoadSummary("mp.part", "window", "ok", 1, Outcome(new=1)))
        >>> both.outcome, both.read_count, both.totals.new, both.reasons
        ('partial', 4, 3, {'bad_time': 1})
        """
        is_partial = later.outcome == "ok" and self.outcome == "partial"
        return replace(
            later,
            outcome="partial" if is_partial else later.outcome,
            read_count=self.read_count + later.read_count,
            totals=self.totals + later.totals,
            reasons=dict(Counter(self.reasons) + Counter(later.reasons)),
            last_event_at=latest(self.last_event_at, later.last_event_at),
            load_id=later.load_id or self.load_id,
        )

    def row(self) -> dict[str, Any]:
        """The summary as plain values, for people and programs."""
        return {
            "source": self.source,
            "mode": self.mode,
            "outcome": self.outcome,
            "read": self.read_count,
            **asdict(self.totals),
            "quarantined_by_reason": self.reasons,
            "watermark": self.watermark_at.isoformat() if self.watermark_at else None,
            "message": self.message,
        }


def _go_on() -> None:
    """Never stops a load."""


def _tell_nobody(read_count: int) -> None:
    """Nobody follows how far a load is."""


@dataclass(frozen=True, slots=True)
class Context:
    """What every load is given. `check` raises Stopped; `progress` is told each batch's records."""

    engine: Engine
    check: Callable[[], None] = _go_on
    progress: Callable[[int], None] = _tell_nobody
    wait: Callable[[float], object] = Event().wait
    gate: Gate = open_gate
    digests: dict[str, bytes] = field(default_factory=dict)
    """By source, what its last poll read: reading exactly that again costs no writing."""
    fingerprints: Fingerprints = field(default_factory=Fingerprints)


def run_load(context: Context, pull: Pull, mode: Mode, window: Window) -> LoadSummary:
    """Load `window` of one source; an error of the source or the load is told in the summary.

    The one blind except of Rackline lives here: what nobody foresaw is recorded as an internal
    fault of this load and logged, and the next job runs. Raises only when the store cannot even
    take the record of the failure.
    """

    def take_all(load: LoadRun) -> None:
        for raw, parsed in _fresh(context, pull, mode, pull.connector.fetch(window)):
            load.take(raw, parsed)

    return record_load(LoadRun(context, pull, mode, window), take_all)


def record_load(load: "LoadRun", work: Callable[["LoadRun"], None]) -> LoadSummary:
    """What becomes of a load whose batches `work` takes; see `run_load`."""
    try:
        work(load)
        load.follow()
        load.check_changed()
        return load.end("partial" if load.totals.quarantined else "ok")
    except Stopped:
        return load.end(STOPPED, message="told to stop; the next load goes on from here")
    except RacklineError as error:
        return load.end("failed", error, str(error))
    except Exception as error:  # a bug met by one load must not end the others
        log.exception("%s: internal fault in load %s", load.source, load.id)
        text = f"internal fault in load {load.id}: {type(error).__name__}: {error}"
        return load.end("failed", error, text)


def _fresh(
    context: Context, pull: Pull, mode: Mode, batches: Iterator[RawBatch]
) -> Iterator[tuple[RawBatch, Parsed]]:
    """The batches worth writing: none when a poll reads exactly what the one before read.

    Of several batches one is read and parsed ahead of the one being written. A snapshot comes as
    one batch, for what is missing from it was deleted at the source.
    """
    if mode == "snapshot":
        batches = _joined(batches)
    if mode in {"poll", "snapshot"}:
        head = list(islice(batches, 2))
        if len(head) < 2:
            digest = _digest(head)
            if context.digests.get(pull.code) != digest:
                yield from _parsed(context, pull, head)
                context.digests[pull.code] = digest  # only reached once they were written
            return
        batches = chain(head, batches)
    context.digests.pop(pull.code, None)
    yield from ahead(_parsed(context, pull, batches))


def _parsed(
    context: Context, pull: Pull, batches: Iterable[RawBatch]
) -> Iterator[tuple[RawBatch, Parsed]]:
    clocks = clocks_of(context.engine, pull.code, pull.entry)
    for raw in batches:
        with context.fingerprints.watched(context.engine, pull, raw):
            parsed = pull.feed.parse(raw, now=utc_now(), clocks=clocks)
            context.fingerprints.check(context.engine, pull.feed, raw, parsed)
        yield raw, parsed


def _joined(batches: Iterator[RawBatch]) -> Iterator[RawBatch]:
    parts = list(batches)
    if parts:
        yield replace(parts[0], rows=[row for part in parts for row in part.rows])


def _digest(batches: list[RawBatch]) -> bytes:
    said = [(batch.origin, batch.columns, list(batch.rows)) for batch in batches]
    return blake2b(repr(said).encode(), digest_size=16).digest()


class LoadRun:
    """A load under way. Its record is opened with its first batch or its failure.

    `asked_at` makes its batches repairs; see `db.ingest.batch.Batch`.
    """

    def __init__(
        self,
        context: Context,
        pull: Pull,
        mode: Mode,
        window: Window,
        asked_at: datetime | None = None,
    ) -> None:
        self._context, self._pull, self._mode, self._window = context, pull, mode, window
        self._asked_at, self.source = asked_at, pull.code
        self.id: int | None = None
        self.totals = Outcome()
        self._reasons: Counter[str] = Counter()
        self._read_count = 0
        self._last_event_at: datetime | None = None
        self._watermark_at: datetime | None = None
        self._changed: SourceChanged | None = None
        self._is_as_mapped = False

    def take(self, raw: RawBatch, parsed: Parsed, gone: Sequence[str] = ()) -> None:
        """Write one batch; raises Stopped. `gone` are keys that the source has no more."""
        self._context.check()
        batch = Batch(
            source=self._pull.code,
            plant=self._pull.plant,
            model=self._pull.feed.feed.model,
            rows=parsed.rows,
            load_id=self._opened(),
            rejections=parsed.rejections,
            mark=parsed.mark if self._mode in MOVES_WATERMARK else None,
            is_snapshot=self._mode == "snapshot",
            whole=parsed.whole,
            asked_at=self._asked_at,
            gone=gone,
        )
        try:
            self.totals += _written(self._context, self._mode, batch)
        except BatchRefused as refused:
            batch = self._without_poison(batch, raw, parsed, refused)
            self.totals += _written(self._context, self._mode, batch)
        self._read_count += len(raw.rows)
        self._changed = parsed.changed or self._changed
        self._is_as_mapped |= parsed.changed is None and not raw.fault
        self._reasons.update(str(rejection.reason) for rejection in batch.rejections)
        self._last_event_at = latest(self._last_event_at, parsed.last_event_at)
        if batch.mark:
            self._watermark_at = batch.mark.changed_at
        self._context.progress(len(raw.rows))

    def _without_poison(
        self, batch: Batch, raw: RawBatch, parsed: Parsed, refused: BatchRefused
    ) -> Batch:
        """The batch with the rows that the store refuses among its rejections."""
        found = poisoned(self._context.engine, batch, refused, check=self._context.check)
        columns = row_columns(batch.model)
        key = columns.index("source_key")
        at = columns.index("occurred_at") if "occurred_at" in columns else None
        rejections = [
            rejection(
                raw,
                parsed.index[place],
                "",
                Bad(REFUSED, why),
                batch.rows[place][key],
                happened_at=None if at is None else batch.rows[place][at],
            )
            for place, why in found.items()
        ]
        rows = [row for place, row in enumerate(batch.rows) if place not in found]
        return replace(batch, rows=rows, rejections=[*batch.rejections, *rejections])

    def follow(self) -> None:
        """Bring what is computed from the plant's facts up to what the load has changed."""
        totals, pull = self.totals, self._pull
        has_news = totals.new or totals.changed or totals.deleted
        if has_news and self.id is not None and pull.feed.feed.name in MADE_OF:
            follow_load(self._context.engine, pull.plant, self.id, pull.code)

    def check_changed(self) -> None:
        """Raise SourceChanged when every file of the load lacks columns, not just a stray one."""
        if self._changed is not None and not self._is_as_mapped:
            self._context.digests.pop(self._pull.code, None)
            raise self._changed

    def end(self, outcome: str, error: Exception | None = None, message: str = "") -> LoadSummary:
        """Close the record, if anything is there to record."""
        if self.id is not None or error is not None:
            close_load(
                self._context.engine,
                self._opened(),
                outcome,
                self.totals,
                self._read_count,
                error_class=type(error).__name__ if error else "",
                message=message,
            )
        return LoadSummary(
            self._pull.code,
            self._mode,
            outcome,
            self._read_count,
            self.totals,
            dict(self._reasons),
            self._last_event_at,
            self._watermark_at,
            self.id,
            error,
            message,
        )

    def _opened(self) -> int:
        if self.id is None:
            pull = self._pull
            details = (self._context.engine, pull.code, pull.plant, self._mode, self._window)
            self.id = _patiently(self._context, open_load, *details)
        return self.id


def _written(context: Context, mode: Mode, batch: Batch) -> Outcome:
    write = partial(write_batch, check=context.check)
    with context.gate(mode == "history") if mode in BULK else nullcontext():
        return _patiently(context, write, context.engine, batch)


def _patiently(context: Context, write: Callable[..., T], *details: Any) -> T:
    """What `write` returns; a store that is busy is waited for a little."""
    for pause in BUSY_PAUSES:
        try:
            return write(*details)
        except StorageBusy:
            context.wait(pause)
            context.check()
    return write(*details)


def latest(*instants: datetime | None) -> datetime | None:
    """The newest of the instants that are known.

    >>> latest(None, None) is None
    True
    """
    return max((at for at in instants if at is not None), default=None)
