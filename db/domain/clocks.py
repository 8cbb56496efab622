"""How far a station's clock is from the others', from how old its records are when they come.

A record comes some time after it happened: polling, files waiting to be complete. The least such
age of a station, its floor, is all transport and no waiting; a station whose clock is ahead has a
floor that much lower, one that is behind that much higher than the others of its source.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from statistics import median
from typing import NamedTuple

LEAST_HOURS = 3
"""Hours with records before a floor is believed."""
LEAST_STATIONS = 3
"""Stations of a source before one is told from the others: of two, either may be wrong."""
LEAST_RECORDS = 20
"""Records in those hours before a clock is not only told but corrected."""
STEADY_MS = 30_000
"""How far an estimate may wander before a correction follows it."""
TOLD_MS, GRAVE_MS = 60_000, 600_000
"""Skew from which a station is told, and from which its numbers by the hour are wrong."""


def floor_ms(least_ages: Sequence[int]) -> int | None:
    """The median of the least ages of each hour; None of too few hours.

    >>> floor_ms([4_000, 5_000, 90_000]), floor_ms([4_000])
    (5000, None)
    """
    return int(median(least_ages)) if len(least_ages) >= LEAST_HOURS else None


def skews_ms(floors: Mapping[str, int]) -> dict[str, int]:
    """By station, how far its clock is ahead (+) or behind (−) in milliseconds.

    Against the median floor of the source's stations; empty of too few stations, unless records
    come before they happened, which only a clock that is ahead can do.

    >>> skews_ms({"A": 5_000, "B": 6_000, "C": -294_000})
    {'A': 0, 'B': -1000, 'C': 299000}
    >>> skews_ms({"A": 5_000}), skews_ms({"A": -120_000})
    ({}, {'A': 120000})
    """
    if len(floors) >= LEAST_STATIONS:
        usual = int(median(floors.values()))
        return {station: usual - floor for station, floor in floors.items()}
    return {station: -floor for station, floor in floors.items() if floor < 0}


class Correction(NamedTuple):
    """What is taken off the times a station sent after `from_at`, by its own clock."""

    from_at: datetime
    skew_ms: int


Corrections = Mapping[str, Sequence[Correction]]
"""By station, the first first."""


def skew_at(corrections: Sequence[Correction], sent: datetime) -> int:
    """What is to be taken off a time as it was sent.

    >>> from datetime import UTC
    >>> noon, one = (datetime(2026, 7, 1, hour, tzinfo=UTC) for hour in (12, 13))
    >>> since = [Correction(noon, 240_000)]
    >>> skew_at(since, noon), skew_at(since, one)
    (0, 240000)
    """
    after = bisect_left(corrections, sent, key=attrgetter("from_at"))
    return corrections[after - 1].skew_ms if after else 0


def new_skew_ms(estimated_ms: int, held_ms: int, bound_ms: int, records: int) -> int | None:
    """The correction that an estimate calls for; None to leave the one that holds (0 = none).

    >>> new_skew_ms(240_000, 0, 60_000, 50), new_skew_ms(250_000, 240_000, 60_000, 50)
    (240000, None)
    >>> new_skew_ms(2_000, 240_000, 60_000, 50), new_skew_ms(240_000, 0, 60_000, 8)
    (0, None)
    """
    if records < LEAST_RECORDS:
        return None
    wanted = estimated_ms if abs(estimated_ms) > bound_ms else 0
    return wanted if abs(wanted - held_ms) > STEADY_MS else None
