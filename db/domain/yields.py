"""Yields: which run decides, what is counted, and how sure a ratio of counts is.

Unless a plant chooses another rule, the first verdict of a unit at an operation is its earliest
run, by start and then by source key, that passed or failed. Aborted, erroneous and skipped runs are
not verdicts: they are counted apart. A unit with no verdict is in no denominator, and a ratio of
nothing is None, never 0 or 1.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
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


@dataclass(frozen=True, slots=True)
class VerdictRule:
    """Which run of a unit at an operation is its first verdict: configuration, with a version.

    `sentence` is printed under every number counted by the rule. With a `visit_gap`, runs that
    start within it of the one before are one visit, and the last verdict of the first visit counts.
    """

    code: str
    version: int
    sentence: str
    visit_gap: timedelta | None = None


FIRST_ATTEMPT = VerdictRule(
    "first_attempt",
    1,
    "First verdict: the earliest run, by start, that passed or failed; aborted, erroneous and "
    "skipped runs do not count.",
)


def first_visit_rule(visit_gap: timedelta, version: int = 1) -> VerdictRule:
    """The rule by which the last verdict of the first visit counts; set the gap by operation.

    The gap is counted from start to start, so it must exceed the duration of a run.

    >>> first_visit_rule(timedelta(minutes=90)).sentence[-62:]
    'runs that start within 90 min of the one before are one visit.'
    """
    return VerdictRule(
        "first_visit",
        version,
        "First verdict: the last run that passed or failed within the first visit; runs that start "
        f"within {visit_gap // timedelta(minutes=1)} min of the one before are one visit.",
        visit_gap,
    )


FIRST_VISIT = first_visit_rule(timedelta(hours=2))
VERDICT_RULES = {rule.code: rule for rule in (FIRST_ATTEMPT, FIRST_VISIT)}


def deciding_run(runs: Iterable[R], rule: VerdictRule = FIRST_ATTEMPT) -> R | None:
    """The run that decides the first pass of one unit at one operation; None without a verdict.

    A visit begins with any run, also an aborted one; one without a verdict passes the decision on
    to the next.

    >>> from collections import namedtuple
    >>> Run = namedtuple("Run", "serial operation started_at source_key verdict")
    >>> at = [datetime(2026, 7, 6, 8), datetime(2026, 7, 6, 9), datetime(2026, 7, 7, 8)]
    >>> runs = [Run("R1", "LEAK", at[0], "1", "failed"), Run("R1", "LEAK", at[1], "2", "passed"),
    ...         Run("R1", "LEAK", at[2], "3", "failed")]
    >>> deciding_run(runs).source_key, deciding_run(runs, FIRST_VISIT).source_key
    ('1', '2')
    """
    ordered = sorted(runs, key=lambda run: (run.started_at, run.source_key))
    decided: R | None = None
    for index, run in enumerate(ordered):
        if decided is not None and (
            rule.visit_gap is None
            or run.started_at - ordered[index - 1].started_at > rule.visit_gap
        ):
            return decided
        if run.verdict in COUNTED:
            decided = run
    return decided


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
    return deciding_run(runs, FIRST_ATTEMPT)


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


def yield_counts(runs: Iterable[Run], rule: VerdictRule = FIRST_ATTEMPT) -> YieldCounts:
    """Counts over the whole history of some units: the definition that the rollups must equal.

    The rollups hold the rule FIRST_ATTEMPT.

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
    deciding = (deciding_run(history, rule) for history in histories.values())
    firsts = [run for run in deciding if run is not None]
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


def share(part: int, whole: int) -> float | None:
    """A ratio of counts; None of nothing.

    >>> share(1, 4), share(0, 0)
    (0.25, None)
    """
    return part / whole if whole > 0 else None


def first_pass_ratio(first_passed_count: int, first_count: int) -> float | None:
    """Share of first verdicts that passed; None when there are none.

    >>> first_pass_ratio(102, 120), first_pass_ratio(0, 0)
    (0.85, None)
    """
    return share(first_passed_count, first_count)


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
