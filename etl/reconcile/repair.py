"""Reading spans of a source again, row by row, as a repair of what we hold."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from db.clock import utc_now
from db.domain.clocks import Corrections
from db.errors import SourceChanged
from db.ingest.batch import Rows, row_columns
from db.ingest.held import FEW_ROWS, THIN_SNAPSHOT_RATIO
from db.ingest.ledger import held_keys
from etl.clocks import clocks_of
from etl.connectors.base import RawBatch, Window
from etl.feeds.parse import Parsed
from etl.reconcile.sides import Summarises
from etl.runner import Context, LoadRun, LoadSummary, Pull, record_load

Span = tuple[datetime, datetime]
AS_KEYS: dict[type, Callable[[str], Any]] = {int: int, Decimal: Decimal, UUID: UUID}
"""Type of a source's key → what makes one of our text."""


@dataclass(slots=True)
class Repair:
    """Spans of one day, read as the source has them now, in one load.

    `held_count`: rows we have of the whole day. `kept_count` of them are gone at the source, but so
    many that only somebody who is `is_trusting` believes it; they lie in the spans `doubtful`.
    """

    context: Context
    pull: Pull
    spans: Sequence[Span]
    held_count: int
    is_trusting: bool
    kept_count: int = 0
    doubtful: list[Span] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _key_type: type | None = None
    _clocks: Corrections = field(default_factory=dict)

    def run(self) -> LoadSummary:
        """The repair, as a load of its own."""
        window, asked_at = Window(self.spans[0][0], self.spans[-1][1]), utc_now()
        return record_load(
            LoadRun(self.context, self.pull, "reconcile", window, asked_at), self._work
        )

    def _work(self, load: LoadRun) -> None:
        self._clocks = clocks_of(self.context.engine, self.pull.code, self.pull.entry)
        gone: list[str] = []
        touched: list[Span] = []
        for span in self.spans:
            missing = self._read(load, span)
            gone += missing
            touched += [span] if missing else []
        if gone and not self.is_trusting and _is_thin(self.held_count, len(gone)):
            self.kept_count, self.doubtful = len(gone), touched
        elif gone:
            now = utc_now()
            load.take(RawBatch((), [], now, now), Parsed(Rows(()), [], None, None), gone)

    def _read(self, load: LoadRun, span: Span) -> list[str]:
        """Take what the source has in a span; returns keys of ours that it has no more."""
        self._seen.clear()
        for raw in self.pull.connector.fetch(Window(*span)):
            load.take(raw, self._parsed(raw))
        missing = [key for key in self._held(span) if key not in self._seen]
        for raw in self._asked_for(missing, span) if missing else ():
            load.take(raw, self._parsed(raw))
        return [key for key in missing if key not in self._seen]

    def _parsed(self, raw: RawBatch) -> Parsed:
        parsed = self.pull.feed.parse(raw, now=utc_now(), clocks=self._clocks)
        if parsed.rows:
            at = row_columns(self.pull.feed.feed.model).index("source_key")
            self._seen.update(parsed.rows.columns[at])
        self._seen.update(rejection.record_key for rejection in parsed.rejections)
        column = self._key_column()
        if self._key_type is None and raw.rows and column in raw.columns:
            self._key_type = type(raw.rows[0][raw.columns.index(column)])
        return parsed

    def _held(self, span: Span) -> list[str]:
        """Keys of our rows in a span; none of a source that cannot be asked for one."""
        feed = self.pull.feed
        if not isinstance(self.pull.connector, Summarises) or "changed_at" not in feed.picks:
            return []
        return held_keys(self.context.engine, feed.feed.model, self.pull.code, *span)

    def _key_column(self) -> str:
        """The source's column that holds the natural key; '' when it is made of several."""
        columns = self.pull.feed.picks["source_key"].columns
        return columns[0] if len(columns) == 1 else ""

    def _asked_for(self, keys: Sequence[str], span: Span) -> Iterator[RawBatch]:
        """The source's rows with these very keys, whenever they were changed.

        A key made of several columns cannot be asked for: all rows since then are looked through.
        """
        connector, column = self.pull.connector, self._key_column()
        if column and isinstance(connector, Summarises):
            yield from connector.find(column, self._as_stored(keys, column))
            return
        wanted = set(keys)
        for raw in connector.fetch(Window(since=span[0])):
            named = zip(raw.rows, self.pull.feed.keys(raw), strict=True)
            rows = [row for row, key in named if key in wanted]
            if rows:
                yield RawBatch(raw.columns, rows, raw.source_clock_at, raw.received_at)

    def _as_stored(self, keys: Sequence[str], column: str) -> list[Any]:
        """Our keys in the type the source has them in."""
        if self._key_type is None:
            probe = self.pull.connector.probe()
            if column not in probe.columns:
                raise SourceChanged(self.pull.code, [column], probe.columns)
            place = probe.columns.index(column)
            self._key_type = type(probe.sample[0][place]) if probe.sample else str
        made = AS_KEYS.get(self._key_type, str)
        return [made(key) for key in keys]


def _is_thin(held_count: int, gone_count: int) -> bool:
    """Whether so much is gone that the source is more likely being restored.

    >>> _is_thin(10, 5), _is_thin(10, 6), _is_thin(1000, 100)
    (False, True, False)
    """
    left = held_count - gone_count
    return gone_count > FEW_ROWS and left < THIN_SNAPSHOT_RATIO * held_count
