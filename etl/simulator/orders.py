"""What the plant is asked for: builds, hourly plans and demand."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from etl.simulator.journal import Journal
from etl.simulator.scenario import OPTION_DAYS, Wish
from etl.simulator.worktime import DAY, HOUR, WorkClock

PLAN_AHEAD_HOURS = 14 * 24
BUILDS_AHEAD = 3
EVALUATION_EVERY = 9
EVALUATION_RACKS = 3
BUILD_RACKS = (18, 24, 30)
REGULAR, EVALUATION = "RK72-A", "RK72-B"


@dataclass(frozen=True, slots=True)
class Build:
    """An order for racks on a line; `left` of them are not yet started, `open_count` not done."""

    code: str
    product: str
    line: str
    kind: str
    ordered: int
    priority: int
    start_at: int
    due_at: int


class Orders:
    """The planner's desk of one plant."""

    def __init__(
        self, journal: Journal, clock: WorkClock, letter: str, daily: dict[str, float]
    ) -> None:
        """`daily` is the planned racks of each rack line in a day."""
        self._journal, self._clock, self._letter, self._daily = journal, clock, letter, daily
        self._queues: dict[str, deque[Build]] = {line: deque() for line in daily}
        self._unstarted: dict[str, int] = {}
        self._undone: dict[str, int] = {}
        self._status: dict[str, str] = {}
        self._count = 0
        self._planned_until: dict[str, int] = {}

    def _say(self, build: Build, status: str) -> None:
        if self._status.get(build.code) != status:
            self._status[build.code] = status
            fact = (
                build.code, build.product, build.line, build.kind, build.ordered, build.priority,
                status, build.start_at, build.due_at,
            )  # fmt: skip
            self._journal.say("build", build.code, fact)

    def _make(self, line: str, start_at: int) -> Build:
        self._count += 1
        is_evaluation = self._count % EVALUATION_EVERY == 2
        ordered = EVALUATION_RACKS if is_evaluation else BUILD_RACKS[self._count % 3]
        seconds = int(ordered / self._daily[line] * DAY)
        kind = "evaluation" if is_evaluation else ("firm", "commitment")[self._count % 2]
        code = f"{self._letter}W{self._count:05d}"
        product = EVALUATION if is_evaluation else REGULAR
        due = start_at + seconds + 2 * DAY
        return Build(code, product, line, kind, ordered, 100, start_at, due)

    def next_rack(self, line: str, now: int) -> Build:
        """The build that the next rack of a line belongs to."""
        queue = self._queues[line]
        while len(queue) <= BUILDS_AHEAD:
            last = queue[-1] if queue else None
            starts = last.due_at - 2 * DAY if last else now
            build = _later(self._make(line, starts), max(now, starts))
            self._unstarted[build.code] = self._undone[build.code] = build.ordered
            queue.append(build)
            self._say(build, "planned")
        self._say(queue[0], "in_process")
        self._say(queue[1], "released")
        build = queue[0]
        self._unstarted[build.code] -= 1
        if not self._unstarted[build.code]:
            queue.popleft()
        return build

    def done(self, build: Build) -> None:
        """A rack of the build passed its final inspection."""
        self._undone[build.code] -= 1
        if not self._undone[build.code]:
            self._say(build, "completed")

    def plan_until(self, until: int, rates: dict[str, Callable[[int], float]]) -> None:
        """Publish hourly plans up to an instant; `rates` give racks per hour of work at an hour."""
        for line, rate in rates.items():
            hour = self._planned_until.get(line, until - until % HOUR - PLAN_AHEAD_HOURS * HOUR)
            while hour < until:
                worked = HOUR - self._clock.break_seconds(hour, hour + HOUR)
                fact = (line, REGULAR, hour, f"{rate(hour) * worked / HOUR:.4f}")
                self._journal.say("plan_hour", self._journal.next_key("plan_hour"), fact)
                hour += HOUR
            self._planned_until[line] = hour

    def state_demand(self, present: int, wishes: Iterable[Wish], scale: float) -> None:
        """What customers want, as of the present."""
        today = self._clock.local_date(present)
        friday = today + timedelta(days=4 - today.weekday())
        for wish in wishes:
            for week in range(wish.first, wish.last + 1):
                due = friday + timedelta(weeks=week)
                expires = due - timedelta(days=OPTION_DAYS)
                racks = round(scale * (wish.racks + wish.more * (week - wish.first)))
                fact = (
                    wish.customer, wish.product, wish.kind, racks, due.isoformat(),
                    expires.isoformat() if wish.kind == "option" else None,
                )  # fmt: skip
                self._journal.say("demand", self._journal.next_key("demand"), fact)


def _later(build: Build, start_at: int) -> Build:
    return replace(build, start_at=start_at, due_at=build.due_at + start_at - build.start_at)
