"""First-pass yield: which run decides, what is counted, and how sure a ratio of counts is.

The first verdict of a unit at an operation is its earliest run, by start and then by source key,
that passed or failed. Aborted, erroneous and skipped runs are not verdicts: they are counted apart.
A unit with no verdict is in no denominator.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from statistics import NormalDist
from typing import Protocol, TypeVar

from db.domain.limits import Level, Limits
from db.domain.vocabulary import Verdict

COUNTED = frozenset({Verdict.PASSED, Verdict.FAILED})


class Run(Protocol):
    """What the first-verdict rule needs to know of a test run."""

    @property
    def serial(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def source_key(self) -> str: ...
    @property
    def verdict(self) -> str: ...


R = TypeVar("R", bound=Run)


def first_verdict(runs: Iterable[R]) -> R | None:
    """The run that decides the first pass of one unit at one operation; None without a verdict.

    >>> from collections import namedtuple
    >>> Run = namedtuple("Run", "serial operation started_at source_key verdict")
    >>> early, late = datetime(2026, 7, 6, 8), datetime(2026, 7, 6, 9)
    >>> first_verdict([Run("R1", "burn_in", late, "3", "passed"),
    ...                Run("R1", "burn_in", early, "1", "aborted"),
    ...                Run("R1", "burn_in", late, "2", "failed")]).source_key
    '2'
    """
    decided = [run for run in runs if run.verdict in COUNTED]
    return min(decided, key=lambda run: (run.started_at, run.source_key), default=None)


@dataclass(frozen=True, slots=True)
class YieldCounts:
    """Counts of first verdicts and of all runs; additive over stations and time."""

    first_count: int = 0
    first_passed_count: int = 0
    run_count: int = 0
    passed_count: int = 0
    failed_count: int = 0
    no_verdict_count: int = 0

    @property
    def retest_count(self) -> int:
        """Runs with a verdict after the first one of their unit and operation."""
        return self.passed_count + self.failed_count - self.first_count


def yield_counts(runs: Iterable[Run]) -> YieldCounts:
    """Counts over the whole history of some units: the definition that the rollups must equal.

    >>> from collections import namedtuple
    >>> Run = namedtuple("Run", "serial operation started_at source_key verdict")
    >>> at = datetime(2026, 7, 6, 8)
    >>> yield_counts([Run("R1", "burn_in", at, "1", "failed"),
    ...               Run("R1", "burn_in", at, "2", "passed"),
    ...               Run("R2", "burn_in", at, "3", "aborted")])
    ... # doctest: +NORMALIZE_WHITESPACE
    YieldCounts(first_count=1, first_passed_count=0, run_count=3, passed_count=1, failed_count=1,
                no_verdict_count=1)
    """
    histories: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in runs:
        histories[run.serial, run.operation].append(run)
    firsts = [first for runs in histories.values() if (first := first_verdict(runs)) is not None]
    verdicts = [run.verdict for history in histories.values() for run in history]
    passed, failed = verdicts.count(Verdict.PASSED), verdicts.count(Verdict.FAILED)
    return YieldCounts(
        len(firsts),
        sum(first.verdict == Verdict.PASSED for first in firsts),
        len(verdicts),
        passed,
        failed,
        len(verdicts) - passed - failed,
    )


def first_pass_ratio(first_passed_count: int, first_count: int) -> float | None:
    """Share of first verdicts that passed; None when there are none.

    >>> first_pass_ratio(102, 120), first_pass_ratio(0, 0)
    (0.85, None)
    """
    return first_passed_count / first_count if first_count else None


def wilson_interval(
    passed_count: int, count: int, confidence: float = 0.95
) -> tuple[float, float] | None:
    """Wilson score interval of a ratio of counts; None when nothing was counted.

    Unlike the textbook p ± z·s it stays inside 0–1 and holds for small counts (Wilson 1927).

    >>> low, high = wilson_interval(102, 120)
    >>> f"{low:.1%} {high:.1%}"
    '77.5% 90.3%'
    """
    if not count:
        return None
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    ratio, weight = passed_count / count, z * z / count
    middle = (ratio + weight / 2) / (1 + weight)
    half = z * sqrt(ratio * (1 - ratio) / count + weight / (4 * count)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def first_pass_level(first_passed_count: int, first_count: int, limits: Limits) -> Level:
    """Amber under the plant's limit; "none" with too few first verdicts to judge.

    >>> first_pass_level(46, 50, Limits()), first_pass_level(1, 3, Limits())
    ('amber', 'none')
    """
    ratio = first_pass_ratio(first_passed_count, first_count)
    if ratio is None or first_count < limits.minimum_first_verdicts:
        return "none"
    return "amber" if ratio < limits.first_pass_limit else "normal"
