"""How sure a figure is: intervals of ratios, bounds of times, what is too young to be judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
from scipy.special import betaincinv

from db.domain.tails import chi_square_quantile
from db.domain.yields import wilson_interval

IntervalMethod = Literal["wilson", "clopper_pearson"]
FEWEST_FOR_RATIO = 10
"""Under so many units a percentage misleads: 3 of 4 is shown, not 75 %."""


def ratio_interval(
    passed_count: int,
    count: int,
    *,
    method: IntervalMethod = "wilson",
    confidence: float = 0.95,
) -> tuple[float, float] | None:
    """Interval of a ratio of counts; None when nothing was counted.

    Wilson (1927) holds its confidence on average; Clopper and Pearson (1934), the exact one, at
    least, and is wider. ValueError when more passed than were counted.

    >>> [round(edge, 4) for edge in ratio_interval(81, 263, method="clopper_pearson")]
    [0.2527, 0.3676]
    """
    if not 0 <= passed_count <= max(count, 0):
        raise ValueError(f"{passed_count} of {count}: expected a part of a count")
    if not count:
        return None
    if method == "wilson":
        return wilson_interval(passed_count, count, confidence)
    tail, failed_count = (1 - confidence) / 2, count - passed_count
    low = betaincinv(passed_count, failed_count + 1, tail) if passed_count else 0
    high = betaincinv(passed_count + 1, failed_count, 1 - tail) if failed_count else 1
    return float(low), float(high)


def is_ratio_shown(count: int) -> bool:
    """Whether there are enough units for a percentage; else the counts themselves are shown.

    >>> is_ratio_shown(9), is_ratio_shown(10)
    (False, True)
    """
    return count >= FEWEST_FOR_RATIO


def maturing_hours(rework_hours: Sequence[float], *, share: float = 0.9) -> float | None:
    """Hours within which `share` of the units that failed had their next verdict; None without any.

    The nearest rank, an hour that was really seen. Cohorts younger than this are immature: part of
    their final yield is still to come.

    >>> maturing_hours([2, 4, 6, 8, 10, 12, 14, 16, 18, 90])
    18.0
    """
    if not rework_hours:
        return None
    return float(np.quantile(np.asarray(rework_hours, float), share, method="inverted_cdf"))


def immature_since(now: datetime, hours: float | None) -> datetime | None:
    """Instant after which cohorts are immature; None when the rework loop is not known.

    >>> immature_since(datetime(2026, 7, 6, 20), 18.0)
    datetime.datetime(2026, 7, 6, 2, 0)
    """
    return None if hours is None else now - timedelta(hours=hours)


@dataclass(frozen=True, slots=True)
class TimeBetweenFailures:
    """MTBF in hours, None without a failure; `at_least_hours` is its one-sided lower bound."""

    mean_hours: float | None
    at_least_hours: float
    failure_count: int
    convention: str


def mean_time_between_failures(
    operating_hours: float,
    failure_count: int,
    *,
    convention: Literal["failures", "iso_22400"] = "failures",
    confidence: float = 0.95,
) -> TimeBetweenFailures | None:
    """Operating time over failures, and how long it is at least; None without operating time.

    ISO 22400-2 divides by failure events plus one. The bound 2 T / χ²(confidence, 2 failures + 2)
    is for exponential times watched until now; with no failure it is close to T / 3.

    >>> found = mean_time_between_failures(500, 0)
    >>> found.mean_hours, round(found.at_least_hours)
    (None, 167)
    """
    if operating_hours <= 0:
        return None
    divisor = failure_count + (convention == "iso_22400")
    bound = 2 * operating_hours / chi_square_quantile(confidence, 2 * failure_count + 2)
    return TimeBetweenFailures(
        operating_hours / divisor if divisor else None, bound, failure_count, convention
    )


@dataclass(frozen=True, slots=True)
class TimeToRepair:
    """MTTR in hours over closed repairs; open ones are not in it but counted, with the oldest age.

    `censored_mean_hours` holds the hours of open repairs too, over the closed ones: what the mean
    is likely to become (exponential times).
    """

    mean_hours: float | None
    censored_mean_hours: float | None
    closed_count: int
    open_count: int
    oldest_open_hours: float | None


def mean_time_to_repair(
    closed_hours: Sequence[float], open_hours: Sequence[float] = ()
) -> TimeToRepair:
    """Mean duration of closed repairs, with open ones as the lower bounds that they are.

    >>> mean_time_to_repair([1.0, 3.0], [8.0])
    ... # doctest: +NORMALIZE_WHITESPACE
    TimeToRepair(mean_hours=2.0, censored_mean_hours=6.0, closed_count=2, open_count=1,
                 oldest_open_hours=8.0)
    """
    closed, worked = len(closed_hours), sum(closed_hours)
    return TimeToRepair(
        worked / closed if closed else None,
        (worked + sum(open_hours)) / closed if closed else None,
        closed,
        len(open_hours),
        max(open_hours, default=None),
    )
