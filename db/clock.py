"""The one place that may ask what time it is.

Everything inside is UTC; a plant's own zone appears only at the edge (`db.domain.calendar`).
Tests and simulations freeze the clock here, so that a run is a function of its seed and instant.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_frozen_at: ContextVar[datetime | None] = ContextVar("frozen_at", default=None)


def utc_now() -> datetime:
    """The present instant, aware, in UTC.

    >>> utc_now().tzname()
    'UTC'
    """
    return _frozen_at.get() or datetime.now(UTC)


def monotonic_seconds() -> float:
    """Seconds for measuring durations; never goes back when the wall clock is set."""
    return time.monotonic()


@contextmanager
def frozen(at: datetime) -> Iterator[datetime]:
    """Hold `utc_now` at one aware instant within this context (and tasks started from it).

    >>> from datetime import datetime, UTC
    >>> with frozen(datetime(2026, 11, 1, 6, 30, tzinfo=UTC)):
    ...     print(utc_now())
    2026-11-01 06:30:00+00:00
    """
    if at.utcoffset() is None:
        raise ValueError(f"the clock can only be frozen at an aware instant, not {at!r}")
    token = _frozen_at.set(at.astimezone(UTC))
    try:
        yield at
    finally:
        _frozen_at.reset(token)
