"""How far a station's clock is from the others', from how old its records are when they come.

A record comes some time after it happened: polling, files waiting to be complete. The least such
age of a station, its floor, is all transport and no waiting; a station whose clock is ahead has a
floor that much lower, one that is behind that much higher than the others of its source.
"""

from collections.abc import Mapping, Sequence
from statistics import median

LEAST_HOURS = 3
"""Hours with records before a floor is believed."""
LEAST_STATIONS = 3
"""Stations of a source before one is told from the others: of two, either may be wrong."""
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
