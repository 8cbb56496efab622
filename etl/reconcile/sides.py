"""Both sides of a comparison: counts and digests by stretches of change time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any, Protocol, runtime_checkable

from db.ingest.ledger import EPOCH_AT, STRETCH, Side
from db.queries.source_days import OLDER
from etl.connectors.base import RawBatch, Window
from etl.runner import Pull

Sides = dict[datetime, Side]
"""Start of a stretch → what one side has in it."""


@runtime_checkable
class Summarises(Protocol):
    """A connector that counts by stretches, and finds a row by its key: the SQL one."""

    def summarise(self, edges: Sequence[datetime]) -> list[tuple[int, str]]:
        """Count and digest of the rows changed between each two neighbours of `edges`."""
        ...

    def find(self, column: str, values: Sequence[Any]) -> Iterator[RawBatch]:
        """Rows that hold one of the values in a column, whenever they were changed."""
        ...


def day_span(pull: Pull, day: date, first: date | None = None) -> tuple[datetime, datetime]:
    """Beginning and end of a business day; of `OLDER`, all that was before the day `first`."""
    starts_at = pull.feed.calendar.day_starts_at
    if day == OLDER:
        return EPOCH_AT, floored(starts_at(first or day))
    return floored(starts_at(day)), floored(starts_at(day + timedelta(days=1)))


def floored(at: datetime) -> datetime:
    """The beginning of the stretch that an instant lies in."""
    return EPOCH_AT + STRETCH * ((at - EPOCH_AT) // STRETCH)


def edges_of(pull: Pull, since: datetime, until: datetime) -> list[datetime]:
    """Where the stretches of a comparison meet; one stretch where the source has no finer view.

    >>> from datetime import UTC
    >>> len(_cut(datetime(2026, 11, 10, 12, tzinfo=UTC), datetime(2026, 11, 11, 12, tzinfo=UTC)))
    145
    """
    if since == EPOCH_AT or not isinstance(pull.connector, Summarises):
        return [since, until]
    return _cut(since, until)


def _cut(since: datetime, until: datetime) -> list[datetime]:
    return [since + STRETCH * number for number in range((until - since) // STRETCH + 1)]


def source_side(pull: Pull, edges: Sequence[datetime]) -> Sides:
    """What the source has between the edges, by stretch; raises SourceError."""
    if isinstance(pull.connector, Summarises):
        found = pull.connector.summarise(edges)
        return {
            at: Side(count, digest)
            for at, (count, digest) in zip(edges, found, strict=False)
            if count
        }
    count, digest = 0, blake2b(digest_size=16)
    for batch in pull.connector.fetch(Window(edges[0], edges[-1])):
        count += len(batch.rows) or bool(batch.fault)
        digest.update(repr((batch.origin, batch.fault, list(batch.rows))).encode())
    return {edges[0]: Side(count, digest.hexdigest())} if count else {}


def gathered(held: Mapping[datetime, Side], edges: Sequence[datetime]) -> Sides:
    """Our side with one entry where the source's has one: stretches put together if need be."""
    if len(edges) > 2 or not held:
        return dict(held)
    digests = " ".join(held[at].digest for at in sorted(held))
    whole = blake2b(digests.encode(), digest_size=16).hexdigest()
    return {edges[0]: Side(sum(side.count for side in held.values()), whole)}
