"""Output against plan: what counts as done, plan so far, pace, forecast, takt.

All counts are racks (or other units) at the output operation; plans are real numbers and are
rounded only when shown. What cannot be judged is None or level "none", never 0 or 100 %.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from db.domain.calendar import HOUR, Shift
from db.domain.limits import Level, Limits
from db.domain.vocabulary import StepResult


class Visit(Protocol):
    """What the completion rule needs to know of a visit of a unit to an operation."""

    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def source_key(self) -> str: ...
    @property
    def result(self) -> str: ...


V = TypeVar("V", bound=Visit)


def first_completion(visits: Iterable[V]) -> V | None:
    """The visit by which a unit counts as completed: the earliest with result completed.

    By `ended_at`, then `source_key`. Later completions of the same unit (rework, retest) never
    count again. None when the unit has not completed the operation.
    """
    done = [v for v in visits if v.result == StepResult.COMPLETED and v.ended_at is not None]
    return min(done, key=lambda v: (v.ended_at, v.source_key), default=None)


@dataclass(frozen=True, slots=True)
class Throughput:
    """Units completed for the first time in a window, and those that came back within it."""

    done_count: int
    reversed_count: int
    hours: float

    @property
    def net_count(self) -> int:
        """Completed less come back: below zero when more came back than were completed."""
        return self.done_count - self.reversed_count

    @property
    def per_hour(self) -> float | None:
        """Net units per real hour; None for a window without time."""
        return self.net_count / self.hours if self.hours > 0 else None


def throughput(
    completed_at: Iterable[datetime],
    start: datetime,
    end: datetime,
    reversed_at: Iterable[datetime] = (),
) -> Throughput:
    """First completions in [start, end), one instant a unit, over the hours that really passed.

    A unit that comes back is subtracted in the hour it does; what was counted stays counted.

    >>> from datetime import UTC
    >>> six = datetime(2026, 7, 6, 11, tzinfo=UTC)
    >>> made = throughput([six, six + HOUR, six + 2 * HOUR], six, six + 2 * HOUR, [six + HOUR])
    >>> made.done_count, made.net_count, made.per_hour
    (2, 1, 0.5)
    """
    done, back = (
        sum(start <= instant < end for instant in instants)
        for instants in (completed_at, reversed_at)
    )
    return Throughput(done, back, (end - start) / HOUR)


def planned_in_hour(rate: float, working_minutes: float) -> float:
    """Racks planned in an hour with so many working minutes, at `rate` racks per hour.

    >>> planned_in_hour(0.75, 45)
    0.5625
    """
    return rate * working_minutes / 60


def plan_until(plan: Mapping[datetime, float], shift: Shift, at: datetime) -> float:
    """Racks planned from the shift's start until `at`; `plan` is racks by full hour.

    A begun hour counts by the share of its working minutes that has passed, so that the plan
    stands still in a break.

    >>> from datetime import UTC, date
    >>> six, seven = datetime(2026, 7, 6, 11, tzinfo=UTC), datetime(2026, 7, 6, 12, tzinfo=UTC)
    >>> pause = (seven.replace(minute=15), seven.replace(minute=30))
    >>> shift = Shift("D", "Day", date(2026, 7, 6), six, six.replace(hour=13), (pause,))
    >>> plan = {six: 0.75, seven: 0.5625}
    >>> [plan_until(plan, shift, seven.replace(minute=m)) for m in (0, 15, 30, 45)]
    [0.75, 0.9375, 0.9375, 1.125]
    """
    total = 0.0
    for hour_at, planned in plan.items():
        whole = shift.working_minutes(hour_at, hour_at + HOUR)
        passed = shift.working_minutes(hour_at, min(hour_at + HOUR, max(at, hour_at)))
        share = passed / whole if whole else float(at >= hour_at + HOUR)
        total += planned * share
    return total


def attainment(done: float, planned: float | None) -> float | None:
    """Done ÷ planned; None without a plan.

    >>> attainment(32, 40), attainment(3, 0)
    (0.8, None)
    """
    return done / planned if planned else None


def attainment_of_mix(done: Mapping[str, float], planned: Mapping[str, float]) -> float | None:
    """Attainment where the mix matters: too much of one product does not pay for another.

    Σ min(done, planned) by product ÷ Σ planned; None without a plan.

    >>> attainment_of_mix({"a": 12, "b": 4}, {"a": 10, "b": 10})
    0.7
    """
    total = sum(planned.values())
    if not total:
        return None
    return sum(min(done.get(product, 0), want) for product, want in planned.items()) / total


def takt_seconds(working_minutes: float, demand: float | None) -> float | None:
    """Seconds of working time per rack wanted; None without demand or without time.

    >>> round(takt_seconds(645, 9) / 60, 1)
    71.7
    """
    return working_minutes * 60 / demand if demand and working_minutes > 0 else None


def forecast(
    done: float, plan_now: float | None, target: float | None, hours: float
) -> float | None:
    """Racks at the end of the shift: what is done, plus the rest of the plan at today's pace.

    Pace is done ÷ plan so far, with one average plan hour (target ÷ `hours`) added to both: the
    first minutes of a shift would otherwise swing it wildly. None without a plan.

    >>> round(forecast(32, 38, 52, 12), 1)
    44.0
    >>> forecast(0, 0, 52, 12)
    52.0
    """
    if not target or plan_now is None or hours <= 0:
        return None
    one_hour = target / hours
    pace = (done + one_hour) / (plan_now + one_hour)
    return done + max(0.0, target - plan_now) * pace


def pace_level(
    done: float,
    plan_now: float | None,
    target: float | None,
    expected: float | None,
    limits: Limits,
) -> Level:
    """How a shift is doing: red when its forecast is far under target, amber when behind by now.

    Behind means by more than `behind_ratio` of the plan so far and by a rack when rounded.

    >>> pace_level(32, 38, 52, 44, Limits()), pace_level(20, 38, 52, 30, Limits())
    ('amber', 'red')
    >>> pace_level(0, 0.4, 52, 51, Limits()), pace_level(5, None, None, None, Limits())
    ('normal', 'none')
    """
    if not target or plan_now is None:
        return "none"
    if expected is not None and expected < limits.forecast_red_ratio * target:
        return "red"
    behind = plan_now - done
    is_behind = behind > limits.behind_ratio * plan_now and behind >= 0.5
    return "amber" if is_behind else "normal"


def hour_level(done: float, planned: float | None, limits: Limits) -> Level:
    """Whether a past hour made too little: amber at or under `hour_low_ratio` of its plan.

    >>> hour_level(3, 5, Limits()), hour_level(4, 5, Limits()), hour_level(4, None, Limits())
    ('amber', 'normal', 'none')
    """
    if not planned:
        return "none"
    return "amber" if done <= limits.hour_low_ratio * planned else "normal"


def due_at(last: datetime, shift: Shift, takt: float) -> datetime | None:
    """When the next rack is due: `takt` seconds of the shift's working time after the last one.

    To the second; None when the shift ends before.

    >>> from datetime import UTC, date
    >>> six = datetime(2026, 7, 6, 11, tzinfo=UTC)
    >>> pause = (six.replace(minute=10), six.replace(minute=40))
    >>> shift = Shift("D", "Day", date(2026, 7, 6), six, six.replace(hour=23), (pause,))
    >>> due_at(six, shift, 900).minute
    45
    """
    left = takt
    for start, end in shift.working_spans():
        begin = max(start, last)
        length = (end - begin).total_seconds()
        if length > 0 and length >= left:
            return begin + timedelta(seconds=round(left))
        left -= max(0.0, length)
    return None
