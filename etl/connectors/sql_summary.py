"""Counts and digests of a source's rows by stretches of change time, and rows found by a key.

PostgreSQL counts and hashes by itself; elsewhere one scan does. A digest says nothing but whether
the rows are still what they were: nobody reads it.
"""

import marshal
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import pairwise
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from etl.connectors.base import RawBatch

FOUND_AT_ONCE = 500
ARRAYS = {"native": "timestamptz[]", "local": "timestamp[]", "text": "text[]"}
"""How a change time is stored → the PostgreSQL type of the edges between stretches."""
LIST_HEAD = 5
"""Bytes before the items of a marshalled list: its kind and its length."""


def edges_as_stored(
    edges: Sequence[datetime], kind: str, form: str, zone: ZoneInfo, database: str
) -> list[Any]:
    """Instants as the source stores change times, never descending.

    In the autumn hour that occurs twice local times step back; the stretches of its second pass are
    then empty, and those of the first hold the rows of both.

    >>> fall = [datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6, 7, 8)]
    >>> edges_as_stored(fall, "text", "%H:%M", ZoneInfo("America/Chicago"), "sqlite")
    ['00:30', '01:30', '01:30', '02:30']
    """
    stored: list[Any] = []
    for at in edges:
        value = _as_stored(at, kind, form, zone, database)
        stored.append(max(value, stored[-1]) if stored else value)
    return stored


def _as_stored(at: datetime, kind: str, form: str, zone: ZoneInfo, database: str) -> Any:
    if kind.startswith("epoch"):
        return at.timestamp() * (1_000 if kind == "epoch_ms" else 1)
    if kind == "native" and database == "postgresql":
        return at
    local = at.astimezone(UTC if kind == "native" else zone).replace(tzinfo=None)
    is_text = kind == "text" or (kind == "native" and database == "sqlite")
    return local.strftime(form) if is_text else local


def pushed_down(source: str, change: str, kind: str) -> str:
    """SELECT of stretch number (from 1), count and digest, between the first and last `:edges`."""
    array = ARRAYS.get(kind, "double precision[]")
    return (
        f"SELECT width_bucket({change}, CAST(:edges AS {array})), count(*), "
        f"sum(hashtextextended(CAST(q AS text), 0)) FROM {source} q "
        f"WHERE {change} >= :since AND {change} < :until GROUP BY 1"
    )


def scanned(
    batches: Iterable[RawBatch], column: str, edges: Sequence[Any]
) -> list[tuple[int, str]]:
    """The same of rows that come in the order of their change times."""
    counts, digests = [0] * (len(edges) - 1), [blake2b(digest_size=16) for _ in edges[1:]]
    for batch in batches:
        change = batch.columns.index(column)
        cuts = [bisect_left(batch.rows, edge, key=itemgetter(change)) for edge in edges]
        for number, (first, last) in enumerate(pairwise(cuts)):
            if first < last:
                counts[number] += last - first
                digests[number].update(said(batch.rows[first:last]))
    return [
        (count, digest.hexdigest() if count else "")
        for count, digest in zip(counts, digests, strict=True)
    ]


def said(rows: Sequence[tuple[Any, ...]]) -> bytes:
    """Rows as bytes, the same whatever portions they come in.

    >>> said([(1, "a"), (2, None)]) == said([(1, "a")]) + said([(2, None)])
    True
    """
    try:
        return marshal.dumps(list(rows), 2)[LIST_HEAD:]
    except ValueError:  # dates and decimals
        return "".join(map(repr, rows)).encode(errors="surrogatepass")
