"""How long racks take and how many are on their way: cycle time, WIP, and whether both agree.

Times are real hours between UTC instants. A quantile is a time that was really seen (nearest rank).
Completions alone hide racks that are stuck, so the age of what is in process stands beside them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from db.domain.calendar import HOUR
from db.domain.vocabulary import OperationKind

LITTLE_LOW, LITTLE_HIGH = 0.8, 1.25
LITTLE_CYCLES = 5
"""Little's law holds on average: under so many cycle times a difference proves nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """A visit of a rack to an operation; `kind` an OperationKind, `ended_at` None while open."""

    operation: str
    kind: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Split:
    """Hours of a rack by what was done with it. They add up to its time in the plant.

    rework: repair, and every further visit to an operation. test: first visits to tests. touch:
    first visits to everything else. queue: no visit.
    """

    touch_hours: float
    queue_hours: float
    test_hours: float
    rework_hours: float

    @property
    def hours(self) -> float:
        """All of it."""
        return self.touch_hours + self.queue_hours + self.test_hours + self.rework_hours


TOUCH, TEST, REWORK = 0, 1, 2


def split(steps: Iterable[Step], until: datetime) -> Split | None:
    """What became of a rack's time from its first start until `until`; None without a start.

    Where visits overlap, an hour counts once: as rework before test before touch.

    >>> from datetime import UTC
    >>> six = datetime(2026, 7, 6, 11, tzinfo=UTC)
    >>> visits = [("A", "assemble", 0, 2), ("T", "test", 3, 5), ("T", "test", 6, 7)]
    >>> split([Step(op, kind, six + a * HOUR, six + b * HOUR) for op, kind, a, b in visits],
    ...       six + 8 * HOUR)
    Split(touch_hours=2.0, queue_hours=3.0, test_hours=2.0, rework_hours=1.0)
    """
    begun = sorted((s for s in steps if s.started_at < until), key=lambda s: s.started_at)
    if not begun:
        return None
    spans, seen = [], set[str]()
    for step in begun:
        spans.append((step.started_at, min(step.ended_at or until, until), _what(step, seen)))
        seen.add(step.operation)
    if all(before[1] <= after[0] for before, after in pairwise(spans)):
        return _one_after_the_other(spans, until)
    edges = sorted({edge for start, end, _ in spans for edge in (start, end)} | {until})
    hours = [0.0, 0.0, 0.0]
    queue = 0.0
    for start, end in pairwise(edges):
        doing = [what for a, b, what in spans if a <= start and end <= b]
        if doing:
            hours[max(doing)] += (end - start) / HOUR
        else:
            queue += (end - start) / HOUR
    return Split(hours[TOUCH], queue, hours[TEST], hours[REWORK])


def _one_after_the_other(spans: Sequence[tuple[datetime, datetime, int]], until: datetime) -> Split:
    """As `split`, where no visit overlaps another: nothing has to be cut."""
    hours = [0.0, 0.0, 0.0]
    for start, end, what in spans:
        hours[what] += (end - start) / HOUR
    queue = (until - spans[0][0]) / HOUR - sum(hours)
    return Split(hours[TOUCH], queue, hours[TEST], hours[REWORK])


def _what(step: Step, seen: set[str]) -> int:
    if step.kind == OperationKind.REPAIR or step.operation in seen:
        return REWORK
    return TEST if step.kind == OperationKind.TEST else TOUCH


@dataclass(frozen=True, slots=True)
class CycleTimes:
    """Hours from first start to completion of racks completed in a window, and their mean split.

    `ages` are those of racks in process at its end: median, p90 and the oldest.
    """

    count: int
    p50_hours: float | None
    p90_hours: float | None
    mean: Split | None
    wip_count: int
    age_p50_hours: float | None
    age_p90_hours: float | None
    age_oldest_hours: float | None


def cycle_times(completed: Sequence[Split], ages_hours: Sequence[float]) -> CycleTimes:
    """Cycle times of completions, with the ages of what is still in process.

    >>> told = cycle_times([Split(1, 2, 0, 0), Split(1, 4, 0, 0)], [30.0])
    >>> told.p50_hours, told.p90_hours, told.age_oldest_hours
    (3.0, 5.0, 30.0)
    """
    hours = [one.hours for one in completed]
    names = ("touch_hours", "queue_hours", "test_hours", "rework_hours")
    mean = [
        float(np.mean([getattr(one, name) for one in completed])) for name in names * bool(hours)
    ]
    return CycleTimes(
        len(hours),
        quantile(hours, 0.5),
        quantile(hours, 0.9),
        Split(*mean) if mean else None,
        len(ages_hours),
        quantile(ages_hours, 0.5),
        quantile(ages_hours, 0.9),
        max(ages_hours, default=None),
    )


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that `share` of all do not exceed; None of nothing.

    >>> quantile([4.0, 1.0, 3.0, 2.0], 0.5), quantile([], 0.5)
    (2.0, None)
    """
    if not values:
        return None
    return float(np.quantile(np.asarray(values, float), share, method="inverted_cdf"))


@dataclass(frozen=True, slots=True)
class Standing:
    """A rack in process: at which stage and since when, and when it was begun."""

    serial: str
    stage: str
    since_at: datetime
    born_at: datetime


@dataclass(frozen=True, slots=True)
class StageWip:
    """Racks at a stage. `aged`: serials there longer than 95 % of racks used to stay.

    None where it is not known how long they used to.
    """

    stage: str
    count: int
    p50_hours: float
    oldest_hours: float
    aged: tuple[str, ...] | None


def wip_by_stage(
    standing: Iterable[Standing], at: datetime, usual_p95_hours: Mapping[str, float]
) -> tuple[StageWip, ...]:
    """Racks in process by stage and how long they have stood there, the stages by name.

    >>> from datetime import UTC
    >>> six = datetime(2026, 7, 6, 11, tzinfo=UTC)
    >>> wip_by_stage([Standing("R1", "TEST", six, six)], six + 50 * HOUR, {"TEST": 48.0})
    (StageWip(stage='TEST', count=1, p50_hours=50.0, oldest_hours=50.0, aged=('R1',)),)
    """
    stages: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for rack in standing:
        stages[rack.stage].append(((at - rack.since_at) / HOUR, rack.serial))
    return tuple(
        StageWip(
            stage,
            len(racks),
            quantile([hours for hours, _ in racks], 0.5) or 0.0,
            max(racks)[0],
            _aged(racks, usual_p95_hours.get(stage)),
        )
        for stage, racks in sorted(stages.items())
    )


def _aged(racks: list[tuple[float, str]], usual: float | None) -> tuple[str, ...] | None:
    if usual is None:
        return None
    return tuple(serial for hours, serial in sorted(racks, reverse=True) if hours > usual)


@dataclass(frozen=True, slots=True)
class Little:
    """Whether WIP, throughput and time in the plant fit each other (Little, 1961).

    `ratio` = WIP ÷ (throughput × mean hours); None while the window is shorter than five cycle
    times or nothing was completed. `sentence` says what is wrong, or why nothing can be said; ""
    when all is well.
    """

    wip: float
    per_hour: float
    mean_hours: float | None
    ratio: float | None
    sentence: str

    @property
    def is_off(self) -> bool:
        """Whether the data contradict themselves."""
        return self.ratio is not None and not LITTLE_LOW <= self.ratio <= LITTLE_HIGH


def little(
    stays: Iterable[tuple[datetime, datetime | None]],
    start: datetime,
    end: datetime,
    counted_wip: float | None = None,
) -> Little:
    """Little's law as a check of the data, over racks' (born, completed or None) in [start, end).

    `counted_wip` is the mean number on the floor where somebody else counts it; else WIP is that of
    the racks themselves.

    >>> from datetime import UTC
    >>> six = datetime(2026, 7, 6, 11, tzinfo=UTC)
    >>> stays = [(six + n * HOUR, six + (n + 4) * HOUR) for n in range(-4, 60)]
    >>> little(stays, six, six + 40 * HOUR).ratio
    1.0
    """
    kept = [(born, done) for born, done in stays if born < end and (done is None or done > start)]
    hours = (end - start) / HOUR
    if hours <= 0:
        return Little(0.0, 0.0, None, None, "the window has no time")
    inside = sum((min(done or end, end) - max(born, start)) / HOUR for born, done in kept)
    times = [(done - born) / HOUR for born, done in kept if done is not None and done <= end]
    wip = inside / hours if counted_wip is None else counted_wip
    rate = len(times) / hours
    mean = sum(times) / len(times) if times else None
    if mean is None or hours < LITTLE_CYCLES * mean:
        need = "a completion" if mean is None else f"{LITTLE_CYCLES * mean:.0f} h"
        return Little(wip, rate, mean, None, f"cannot check WIP in {hours:.0f} h: it takes {need}")
    ratio = wip / (rate * mean) if mean else None
    found = Little(wip, rate, mean, ratio, "")
    return Little(wip, rate, mean, ratio, _contradiction(found) if found.is_off else "")


def _contradiction(found: Little) -> str:
    mean = found.mean_hours or 0.0
    cause = (
        "racks that ended without a completion"
        if (found.ratio or 0) > 1
        else "racks whose start was recorded late or never, or serials used again"
    )
    return (
        f"{found.wip:.1f} racks in process, but {found.per_hour:.2f} an hour × {mean:.1f} h make "
        f"{found.per_hour * mean:.1f}: look for {cause}"
    )
