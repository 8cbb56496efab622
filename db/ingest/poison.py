"""Which rows of a batch the store refuses: looked for by halves, for the rest is to be loaded.

A single one among n is found in at most 2·log2(n) rehearsals, each taken back whole.
"""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Engine

from db.errors import BatchRefused
from db.ingest.batch import Batch
from db.ingest.write import rehearse_batch

MOST = 100
"""More refused rows than this in one batch are a fault of ours or of the store, not of a row."""


def poisoned(
    engine: Engine, batch: Batch, refused: BatchRefused, *, check: Callable[[], None]
) -> dict[int, str]:
    """By place in the batch, the rows that the store refuses by themselves, and why.

    Raises `refused` again when there are none, or too many to be the rows' own fault.
    """
    found: dict[int, str] = {}
    halves = _halved(0, len(batch.rows))
    while halves:
        first, last = halves.pop()
        part = replace(batch, rows=batch.rows[first:last], rejections=[], is_snapshot=False)
        try:
            rehearse_batch(engine, replace(part, mark=None, gone=()), check=check)
        except BatchRefused as error:
            if last - first > 1:
                halves += _halved(first, last)
            else:
                found[first] = f"values the store takes: {error}"
        if len(found) > MOST:
            break
    if not found or len(found) > MOST:
        raise refused
    return found


def _halved(first: int, last: int) -> list[tuple[int, int]]:
    """
    >>> _halved(0, 5), _halved(2, 3), _halved(2, 2)
    ([(0, 2), (2, 5)], [(2, 3)], [])
    """
    middle = (first + last) // 2
    return [(low, high) for low, high in ((first, middle), (middle, last)) if low < high]
