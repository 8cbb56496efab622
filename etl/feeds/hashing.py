"""The content hash: a number that changes when any business value of a row does."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from struct import unpack
from typing import Any

from etl.feeds.derive import EPOCH_AT

DAY_MICROSECONDS = 86_400_000_000


def content_hashes(columns: Sequence[Sequence[Any]]) -> list[int]:
    """A signed 64-bit number per row that changes when any business value does.

    Values are typed and canonical, so `4.5`, `4.50` and `+4.5` of a source make the same hash.

    >>> a, b = content_hashes([["SN1", "SN1"], [None, "B2"]])
    >>> a == b, a == content_hashes([["SN1"], [None]])[0], -(2**63) <= a < 2**63
    (False, True, True)
    """
    rows = map("\x1f".join, zip(*map(_texts, columns), strict=True))
    digests = [blake2b(row.encode(), digest_size=8).digest() for row in rows]
    return list(unpack(f">{len(digests)}q", b"".join(digests)))


def _texts(column: Sequence[Any]) -> Sequence[str]:
    try:
        "".join(column)
    except TypeError:
        is_times = isinstance(next((value for value in column if value is not None), ""), datetime)
        return _micros(column) if is_times else ["" if v is None else str(v) for v in column]
    return column


def _micros(column: Sequence[datetime | None]) -> list[str]:
    """Microseconds since 1970 as text: a third of the cost of an ISO text."""
    return [
        ""
        if at is None
        else str(
            (since := at - EPOCH_AT).days * DAY_MICROSECONDS
            + since.seconds * 1_000_000
            + since.microseconds
        )
        for at in column
    ]
