"""What happens after a load failed: one table from error to state and pause."""

from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from db.errors import (
    SourceChanged,
    SourceRefused,
    SourceUnavailable,
    StorageBusy,
    StorageFull,
)


@dataclass(frozen=True, slots=True)
class Recovery:
    """The state a source takes on, and how its pause grows from `first` to `longest` seconds.

    The pause doubles with each failure in a row. `jitter_ratio` of it is left to chance, so that
    sources that failed together do not come back together.
    """

    state: str
    first_seconds: float
    longest_seconds: float
    jitter_ratio: float = 0.5


RETRY = Recovery("retrying", first_seconds=2, longest_seconds=300)
RECOVERIES: tuple[tuple[type[Exception], Recovery], ...] = (
    (SourceUnavailable, RETRY),
    # at most 4 attempts an hour, so that no account is locked
    (
        SourceRefused,
        Recovery("refused", first_seconds=1_000, longest_seconds=3_600, jitter_ratio=0.1),
    ),
    # the feed is stopped; a rare look lets it heal when the plant puts its columns back
    (SourceChanged, Recovery("changed", first_seconds=900, longest_seconds=900, jitter_ratio=0.1)),
    (StorageBusy, RETRY),
    (StorageFull, RETRY),
    (DBAPIError, RETRY),
)
LONGEST_ASKED = 3_600.0
"""Longest pause in seconds that a source may ask for itself."""
FAULT = Recovery("retrying", first_seconds=30, longest_seconds=300)
"""An internal fault: anything Rackline did not foresee."""


def recovery_from(error: Exception) -> Recovery:
    """What to do after `error`.

    >>> recovery_from(SourceUnavailable("mp.unit_step", "no route")).state
    'retrying'
    >>> recovery_from(ZeroDivisionError()) is FAULT
    True
    """
    return next((found for kind, found in RECOVERIES if isinstance(error, kind)), FAULT)


def asked_seconds(error: Exception) -> float:
    """The pause that a source asked for itself, at most an hour; 0 without one.

    >>> asked_seconds(SourceUnavailable("tx.part", "maintenance", retry_seconds=60))
    60.0
    """
    asked = error.retry_seconds if isinstance(error, SourceUnavailable) else None
    return min(float(asked or 0), LONGEST_ASKED)


def pause_seconds(recovery: Recovery, failure_count: int, chance: float) -> float:
    """Seconds until the next attempt after `failure_count` failures in a row (1 = the first).

    `chance` in [0, 1) is drawn by the caller. The longest pause is never passed.

    >>> [pause_seconds(RETRY, count, 0.0) for count in (1, 2, 3, 20)]
    [2.0, 4.0, 8.0, 300.0]
    >>> pause_seconds(RETRY, 20, 0.999) >= 150
    True
    """
    doubled = recovery.first_seconds * 2.0 ** min(failure_count - 1, 30)
    return float(min(doubled, recovery.longest_seconds) * (1 - recovery.jitter_ratio * chance))
