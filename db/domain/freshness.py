"""How old data is allowed to be, and the state of a block that several sources feed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["ok", "stale", "missing"]
WORST_FIRST: tuple[State, ...] = ("missing", "stale", "ok")


@dataclass(frozen=True, slots=True)
class Feeding:
    """One source behind a block: when it last loaded well, and how old that may grow."""

    source: str
    last_success_at: datetime | None
    allowed_lag_seconds: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class Freshness:
    """State of a block: that of its worst source, and how many of its sources are fresh."""

    state: State
    worst: Feeding | None
    expected_count: int
    fresh_count: int

    @property
    def completeness_ratio(self) -> float | None:
        """Share of the expected sources that are fresh; None when none is expected.

        >>> Freshness("ok", None, 4, 3).completeness_ratio
        0.75
        """
        return self.fresh_count / self.expected_count if self.expected_count else None


def lag_seconds(last_success_at: datetime | None, at: datetime) -> float | None:
    """Age of the last good load; None when there never was one, 0 when it lies ahead of `at`.

    >>> lag_seconds(datetime(2026, 7, 6, 8, 0), datetime(2026, 7, 6, 8, 1))
    60.0
    """
    if last_success_at is None:
        return None
    return max(0.0, (at - last_success_at).total_seconds())


def source_state(last_success_at: datetime | None, allowed_lag_seconds: int, at: datetime) -> State:
    """Whether a source is fresh: exactly at the allowed lag it still is.

    >>> loaded = datetime(2026, 7, 6, 8, 0)
    >>> [source_state(loaded, 60, datetime(2026, 7, 6, 8, 1, s)) for s in (0, 1)]
    ['ok', 'stale']
    >>> source_state(None, 60, loaded)
    'missing'
    """
    lag = lag_seconds(last_success_at, at)
    if lag is None:
        return "missing"
    return "ok" if lag <= allowed_lag_seconds else "stale"


def worst_of(sources: Sequence[Feeding], at: datetime) -> Freshness:
    """Freshness of a block fed by several sources; with no source at all it is missing.

    Of sources in the same state the one furthest over its allowed lag is the worst.
    """
    states = [source_state(s.last_success_at, s.allowed_lag_seconds, at) for s in sources]
    if not states:
        return Freshness("missing", None, 0, 0)

    def badness(pair: tuple[State, Feeding]) -> tuple[int, float]:
        lag = lag_seconds(pair[1].last_success_at, at) or 0.0
        return WORST_FIRST.index(pair[0]), pair[1].allowed_lag_seconds - lag

    state, worst = min(zip(states, sources, strict=True), key=badness)
    return Freshness(state, worst, len(sources), states.count("ok"))
