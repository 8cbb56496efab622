"""Stations: slots that units queue for, and the condition each station is seen in."""

import heapq
import random
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from etl.simulator.journal import Journal
from etl.simulator.routing import AUTOMATIC, BENCH_DOWN_REASONS, PROGRAMS, TESTER_DOWN_REASONS
from etl.simulator.worktime import HOUR, WorkClock

Steps = Generator[simpy.Event, Any, None]
IDLE_TAKTS = 2.5
"""A station empty for so many takts is seen as starved; shorter gaps belong to its rhythm."""
MEAN_HOURS_TO_FAILURE = 90


@dataclass(slots=True)
class Bay:
    """One station: its queue, its free slot labels, and the condition written last."""

    code: str
    name: str
    line: str
    operation: str
    turn: simpy.Resource
    free_slots: list[int] = field(default_factory=list)
    up_again: simpy.Event | None = None
    short_of: str = ""
    condition: str = ""
    reason: str = ""
    since: int = 0
    key: int = 0
    emptied_at: int = 0

    @property
    def load(self) -> int:
        """Units inside and waiting."""
        return self.turn.count + len(self.turn.queue)

    def enter(self) -> int:
        """Take the lowest free slot."""
        return heapq.heappop(self.free_slots) if self.free_slots else 0

    def leave(self, slot: int) -> None:
        """Give a slot back."""
        if slot:
            heapq.heappush(self.free_slots, slot)


class Floor:
    """All stations of a plant and what they are doing."""

    def __init__(
        self,
        *,
        env: simpy.Environment,
        journal: Journal,
        clock: WorkClock,
        rng: random.Random,
        takt_seconds: float,
    ) -> None:
        self._idle_seconds = int(IDLE_TAKTS * takt_seconds)
        self.env, self._journal, self._clock, self._rng = env, journal, clock, rng
        self.bays: dict[str, Bay] = {}
        self._by_place: dict[tuple[str, str], list[Bay]] = {}

    def add(self, bay: Bay) -> None:
        """Bring a station into use."""
        self.bays[bay.code] = bay
        self._by_place.setdefault((bay.line, bay.operation), []).append(bay)
        bay.emptied_at = int(self.env.now)
        self._show(bay)

    def at(self, line: str, operation: str) -> Bay:
        """The station of a line with the least to do, and of these the one idle for longest."""
        return min(self._by_place[line, operation], key=lambda bay: (bay.load, bay.emptied_at))

    def start(self, watched: tuple[str, ...]) -> None:
        """Set breaks going for all stations, breakdowns for those on the `watched` lines."""
        self.env.process(self._breaks())
        for bay in self.bays.values():
            if bay.line in watched and bay.operation != "DEBUG":
                self.env.process(self._breakdowns(bay))

    def look(self, bay: Bay) -> None:
        """Something changed at a station: see what condition it is in now."""
        if bay.turn.count == 0:
            bay.emptied_at = int(self.env.now)
            check = self.env.timeout(self._idle_seconds)
            check.callbacks.append(lambda _: self._show(bay))
        self._show(bay)

    def _show(self, bay: Bay) -> None:
        condition, reason = self._condition(bay)
        if (condition, reason) == (bay.condition, bay.reason):
            return
        now = int(self.env.now)
        if bay.key:
            self._say(bay, now)
        bay.condition, bay.reason, bay.since = condition, reason, now
        bay.key = self._journal.next_key("station_state")
        self._say(bay, None)

    def _say(self, bay: Bay, ended: int | None) -> None:
        fact = (bay.code, "", bay.condition, bay.reason, bay.since, ended)
        self._journal.say("station_state", bay.key, fact)

    def _condition(self, bay: Bay) -> tuple[str, str]:
        now = int(self.env.now)
        if bay.up_again is not None:
            return "down", bay.reason if bay.condition == "down" else self._why_down(bay)
        starts, ends = self._clock.next_break(now)
        if starts <= now < ends and bay.operation not in AUTOMATIC:
            return "planned_stop", "Break"
        if bay.short_of:
            return "starved", f"Waiting for {bay.short_of}"
        if bay.turn.count == 0 and now - bay.emptied_at >= self._idle_seconds:
            is_repair = bay.operation in ("DEBUG", "TDEBUG")
            return ("running", "") if is_repair else ("starved", "Waiting for units")
        return "running", ""

    def _why_down(self, bay: Bay) -> str:
        is_tester = bay.operation in PROGRAMS
        return self._rng.choice(TESTER_DOWN_REASONS if is_tester else BENCH_DOWN_REASONS)

    def _breaks(self) -> Steps:
        while True:
            start, end = self._clock.next_break(int(self.env.now))
            for at in (start, end):
                if at > self.env.now:
                    yield self.env.timeout(at - int(self.env.now))
                for bay in self.bays.values():
                    self._show(bay)

    def _breakdowns(self, bay: Bay) -> Steps:
        while True:
            hours = self._rng.expovariate(1 / MEAN_HOURS_TO_FAILURE)
            yield self.env.timeout(int(hours * HOUR) + 1)
            bay.up_again = self.env.event()
            self._show(bay)
            yield self.env.timeout(self._rng.randint(8, 75) * 60)
            bay.up_again.succeed()
            bay.up_again = None
            self._show(bay)
