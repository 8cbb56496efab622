"""One business day of one source, compared with what we hold, and repaired.

Digests of both sides tell in which ten minutes anything moved since the two last agreed row by row.
Only those are read again, as a repair: what the source says now stands, whatever its change time.
A row of ours that the source did not show there is deleted when the source, asked for its very key,
has none; of a source that cannot be asked for a key nothing is deleted.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from itertools import pairwise

from db.clock import utc_now
from db.errors import SourceError
from db.ingest.batch import Outcome
from db.ingest.ledger import Digests, Finding, Side, held_stretches, ledger, note_day, told
from etl.reconcile.repair import Repair, Span
from etl.reconcile.sides import Sides, edges_of, gathered, source_side
from etl.runner import STOPPED, Context, Pull, Stopped

ROWS_AT_ONCE = 200_000
"""Rows that one repair reads at most, as far as stretches allow: their keys are kept meanwhile."""


@dataclass(slots=True)
class Compared:
    """What came of reading again where the sides had moved."""

    repaired: Outcome = field(default_factory=Outcome)
    kept_count: int = 0
    error: str = ""
    doubtful: list[Span] = field(default_factory=list)

    def said(self) -> tuple[str, str]:
        """State and message for the ledger."""
        if self.error:
            return "failed", self.error
        if self.kept_count:
            return "differs", (
                f"{self.kept_count} rows are gone at the source, too many to be believed; they "
                "stay. If they were deleted on purpose: rackline reconcile --trust-deletes"
            )
        return "agreed", ""


def compare_day(
    context: Context, pull: Pull, day: date, span: Span, *, is_trusting: bool = False
) -> Finding:
    """Compare one day with the source, repair what differs, and write it into the ledger.

    `is_trusting` believes every deletion, however many there are. Raises Stopped and what the
    store raises; what the source raises is the finding.
    """
    edges, done = edges_of(pull, *span), Compared()
    before = told(ledger(context.engine, pull.code).get(day))
    source, held, done.error = _both_sides(context, pull, edges)
    moved = [] if done.error else _moved(edges, before, source, held)
    if moved:
        held_count = sum(side.count for side in held.values())
        _repair(Repair(context, pull, moved, held_count, is_trusting), done)
        context.digests.pop(pull.code, None)
        held = _held_anew(context, pull, edges, held, moved)
    state, message = done.said()
    finding = Finding(
        pull.code,
        pull.plant,
        day,
        state,
        message=message,
        until_at=span[1],
        source_count=sum(side.count for side in source.values()),
        held_count=sum(side.count for side in held.values()),
        digests=before if done.error else _agreed(edges, source, held, done.doubtful),
        repaired=done.repaired,
    )
    note_day(context.engine, finding, utc_now())
    return finding


def _repair(repair: Repair, done: Compared) -> None:
    summary = repair.run()
    if summary.outcome == STOPPED:
        raise Stopped
    done.repaired, done.kept_count = summary.totals, repair.kept_count
    done.doubtful, done.error = repair.doubtful, summary.message if summary.error else ""


def _both_sides(
    context: Context, pull: Pull, edges: Sequence[datetime]
) -> tuple[Sides, Sides, str]:
    """What the source and we have, and what the source raised; both databases work at once."""
    ask = partial(copy_context().run, _held_side, context, pull, edges)
    with ThreadPoolExecutor(1, "held side") as thread:
        asked = thread.submit(ask)
        try:
            source, error = source_side(pull, edges), ""
        except SourceError as refused:
            source, error = {}, str(refused)
        return source, asked.result(), error


def _held_anew(
    context: Context, pull: Pull, edges: Sequence[datetime], held: Sides, spans: Sequence[Span]
) -> Sides:
    """Our side after a repair, counted again in the spans that were read: it moved nowhere else,
    for a row that left a stretch has moved that one's digest at the source too."""
    if len(edges) == 2:
        return _held_side(context, pull, edges)
    left = {at: side for at, side in held.items() if not _is_within(at, spans)}
    model = pull.feed.feed.model
    for since, until in spans:
        left |= held_stretches(context.engine, model, pull.code, since, until)
    return left


def _is_within(at: datetime, spans: Sequence[Span]) -> bool:
    return any(first <= at < last for first, last in spans)


def _held_side(context: Context, pull: Pull, edges: Sequence[datetime]) -> Sides:
    model = pull.feed.feed.model
    found = held_stretches(context.engine, model, pull.code, edges[0], edges[-1])
    return gathered(found, edges)


def _moved(edges: Sequence[datetime], before: Digests, source: Sides, held: Sides) -> list[Span]:
    """Spans in which a side is not what it was when both last agreed; neighbours put together."""
    spans: list[Span] = []
    count = 0
    for since, until in pairwise(edges):
        both = [side.get(since, Side()) for side in (source, held)]
        if before.get(since.isoformat(), ["", ""]) == [side.digest for side in both]:
            continue
        count += both[0].count
        if spans and spans[-1][1] == since and count <= ROWS_AT_ONCE:
            spans[-1] = (spans[-1][0], until)
        else:
            spans.append((since, until))
            count = both[0].count
    return spans


def _agreed(
    edges: Sequence[datetime], source: Sides, held: Sides, doubtful: Sequence[Span]
) -> Digests:
    return {
        since.isoformat(): [source.get(since, Side()).digest, held.get(since, Side()).digest]
        for since in edges[:-1]
        if (since in source or since in held) and not _is_within(since, doubtful)
    }
