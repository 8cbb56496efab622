"""What happens to any unit at a station: it queues, takes its parts, is worked on or tested."""

import random
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import simpy

from etl.simulator.facts import Fact
from etl.simulator.journal import Journal
from etl.simulator.material import Material, Piece, Taken
from etl.simulator.parts import ALTERNATES, SUCCESSORS, PartLine
from etl.simulator.routing import (
    ABORTED_RATIO,
    AUTOMATIC,
    BAD_LOT_FAIL_RATIO,
    ERROR_RATIO,
    EVALUATION_RATIO,
    FAILURES,
    FIRST_PASS,
    HOLD_AFTER_FAILS,
    PROGRAMS,
    RETEST_PASS_RATIO,
    SPREAD,
    USUAL_SPREAD,
    Failure,
)
from etl.simulator.stations import Bay, Floor
from etl.simulator.worktime import DAY, HOUR, WorkClock

Steps = Generator[simpy.Event, Any, None]
Outcome = Generator[simpy.Event, Any, bool]
FIRMWARE = ("1.8.2", "1.8.4", "1.9.0")


@dataclass(slots=True, eq=False)
class Unit:
    """A rack, tray or module set.

    `links` are its installed parts by position, as written; `fitted` the operations that have
    given it theirs.
    """

    serial: str
    product: str
    build: str = ""
    is_evaluation: bool = False
    has_bad_lot: bool = False
    fails: dict[str, int] = field(default_factory=dict)
    links: dict[str, tuple[int, Fact]] = field(default_factory=dict)
    fitted: set[str] = field(default_factory=set)


class Spot(NamedTuple):
    """Where a test runs: station, slot label or '', operation."""

    station: str
    slot: str
    operation: str


class Shop:
    """The plant's floor, store and books, and the work common to all lines."""

    def __init__(
        self,
        *,
        env: simpy.Environment,
        journal: Journal,
        clock: WorkClock,
        floor: Floor,
        material: Material,
        rng: random.Random,
        standards: dict[str, int],
        present: int,
        speed: float,
        bad_lot: str,
    ) -> None:
        self.env, self.journal, self.clock, self.floor = env, journal, clock, floor
        self.material, self.rng, self.standards = material, rng, standards
        self.present, self.speed, self._bad_lot = present, speed, bad_lot
        self._needs: dict[tuple[str, str], list[PartLine]] = {}
        spares = {spare[0] for spares in ALTERNATES.values() for spare in spares}
        spares |= {successor for successor, *_ in SUCCESSORS.values()}
        for bin_ in material.bins.values():
            if bin_.line.part in spares:
                continue
            self._needs.setdefault((bin_.line.operation, bin_.line.tray), []).append(bin_.line)

    @property
    def now(self) -> int:
        """The present instant of the simulation."""
        return int(self.env.now)

    def needs(self, operation: str, tray: str = "") -> Iterable[PartLine]:
        """Parts an operation uses; alternates are used only in their primary's place."""
        return self._needs.get((operation, tray), ())

    def duration(self, operation: str) -> int:
        """Seconds of work an operation takes this time."""
        low, high = SPREAD.get(operation, USUAL_SPREAD)
        return int(self.standards[operation] * self.rng.uniform(low, high))

    def work(self, operation: str, seconds: int) -> simpy.Timeout:
        """Work for so long; people pause at breaks, automatic operations do not."""
        if self.now >= self.present:
            seconds = max(1, int(seconds / self.speed))
        if operation in AUTOMATIC:
            return self.env.timeout(seconds)
        return self.env.timeout(self.clock.work_end(self.now, seconds) - self.now)

    def enter(self, bay: Bay) -> Steps:
        """Wait until a station that is down works again."""
        self.floor.look(bay)
        while bay.up_again is not None:
            yield bay.up_again

    def use(self, bay: Bay, part: str, qty: int) -> Generator[simpy.Event, Any, Taken]:
        """Take parts from stock; the station starves until there are enough."""
        taken = self.material.take(part, qty)
        while taken is None:
            bay.short_of = part
            self.floor.look(bay)
            yield self.material.arrival
            taken = self.material.take(part, qty)
        if bay.short_of == part:
            bay.short_of = ""
            self.floor.look(bay)
        return taken

    def use_all(self, bay: Bay, unit: Unit, operation: str) -> Steps:
        """Take what an operation needs for one rack and record the lots that are tracked.

        A rack that comes by again after a repair holds its parts already.
        """
        if operation in unit.fitted:
            return
        unit.fitted.add(operation)
        for line in self.needs(operation):
            taken = yield from self.use(bay, line.part, line.per_rack)
            if line.is_lot_tracked:
                self.install_lots(unit, taken)

    def install_lots(self, unit: Unit, taken: Taken) -> None:
        """Write which lots went into a unit; earlier lots of the same part stay where they are."""
        for number, piece in enumerate(taken, start=1):
            self.install(unit, f"{piece.part}/{number}", piece)
            unit.has_bad_lot |= bool(piece.lot) and piece.lot == self._bad_lot

    def install(self, unit: Unit, position: str, piece: Piece) -> None:
        """One link of the genealogy; what stood at the position before is removed."""
        self.remove(unit, position)
        key = self.journal.next_key("genealogy")
        part, qty, *made, child = piece
        fact = (unit.serial, position, child, part, *made, qty, self.now, None)
        self.journal.record("genealogy", key, fact)
        unit.links[position] = (key, fact)

    def remove(self, unit: Unit, position: str) -> str:
        """Take out what stands at a position; returns the serial of the child, if it had one."""
        if position not in unit.links:
            return ""
        key, fact = unit.links.pop(position)
        self.journal.amend("genealogy", key, (*fact[:-1], self.now))
        return str(fact[2])

    def swap(self, unit: Unit, piece: Piece) -> str:
        """One piece is replaced by another; returns the lot of the one taken out, '' if unknown.

        The old link holds one piece less, and a link of its own says when that piece went.
        """
        first = f"{piece.part}/1"
        number = sum(position.startswith(f"{piece.part}/") for position in unit.links)
        lot = ""
        if first in unit.links:
            key, (serial, place, child, part, *made, qty, since, _) = unit.links[first]
            lot = str(made[0])
            if not isinstance(qty, int) or qty <= 1000:
                self.install(unit, first, piece)
                return lot
            left = (serial, place, child, part, *made, qty - 1000, since, None)
            self.journal.amend("genealogy", key, left)
            unit.links[first] = (key, left)
            out = (serial, f"{part}/out", child, part, *made, 1000, since, self.now)
            self.journal.record("genealogy", self.journal.next_key("genealogy"), out)
        self.install(unit, f"{piece.part}/{number + 1}", piece)
        return lot

    def visit(self, unit: Unit, line: str, operation: str) -> Outcome:
        """One visit of a unit to an operation of a line; true unless a test failed."""
        bay = self.floor.at(line, operation)
        with bay.turn.request() as turn:
            yield turn
            slot = bay.enter()
            yield from self.enter(bay)
            yield from self.use_all(bay, unit, operation)
            label = f"S{slot:02d}" if slot else ""
            start, key = self.now, self.journal.next_key("unit_step")
            step = (unit.serial, unit.product, unit.build, bay.code, label, start)
            self.journal.say("unit_step", key, (*step, None, "open"))
            seconds = self.duration(operation)
            if operation in PROGRAMS:
                passed = yield from self._test(unit, Spot(bay.code, label, operation), seconds)
            else:
                yield self.work(operation, seconds)
                passed = True
            result = "completed" if passed else "failed"
            self.journal.record("unit_step", key, (*step, self.now, result))
            bay.leave(slot)
        self.floor.look(bay)
        return passed

    def _test(self, unit: Unit, spot: Spot, seconds: int) -> Outcome:
        operation = spot.operation
        while (draw := self.rng.random()) < ABORTED_RATIO + ERROR_RATIO:
            start = self.now
            yield self.work(operation, int(seconds * self.rng.uniform(0.1, 0.6)))
            word = "error" if draw < ERROR_RATIO else "aborted"
            self.write_run(unit, spot, start, self.now, word)
        start = self.now
        yield self.work(operation, seconds)
        passed = self.rng.random() < self.chance(unit, operation)
        verdict = "passed" if passed else "failed"
        self.write_run(unit, spot, start, self.now, verdict)
        return passed

    def chance(self, unit: Unit, operation: str) -> float:
        """How likely a unit is to pass a test now."""
        if unit.has_bad_lot and operation == "LEAK":
            return 1 - BAD_LOT_FAIL_RATIO
        if unit.fails.get(operation):
            return RETEST_PASS_RATIO
        return FIRST_PASS[operation] * (EVALUATION_RATIO if unit.is_evaluation else 1.0)

    def write_run(self, unit: Unit, spot: Spot, start: int, end: int, verdict: str) -> None:
        """Record one finished run of a test."""
        program, revision = PROGRAMS[spot.operation]
        day = (end - self.present) // DAY
        firmware = FIRMWARE[0 if day < -20 else 1 if day < -6 else 2]
        fixture = f"FX-{spot.station}-{(spot.slot or 'S01')[1:]}"
        fact = (
            unit.serial, unit.product, spot.station, spot.slot, start, end, verdict, program,
            revision, firmware, fixture,
        )  # fmt: skip
        self.journal.record("test_run", self.journal.next_key("test_run"), fact)

    def failure(self, unit: Unit, operation: str) -> Failure:
        """What is found to be wrong after a failed test."""
        unit.fails[operation] = unit.fails.get(operation, 0) + 1
        ways = FAILURES[operation]
        if unit.has_bad_lot and operation == "LEAK":
            return ways[0]
        return self.rng.choices(ways, [way.weight for way in ways])[0]

    def hold_seconds(self, unit: Unit, operation: str) -> int:
        """How long a unit that failed too often waits for a review."""
        return 4 * HOUR if unit.fails[operation] > HOLD_AFTER_FAILS else 0

    def write_defect(
        self, unit: Unit, station: str, way: Failure, lot: str = "", removed: str = ""
    ) -> None:
        """Record what was found on a unit and what was done."""
        key = self.journal.next_key("defect")
        part = way.part or way.tray
        fact = (
            unit.serial, station, way.symptom, way.defect, way.action, part, lot, removed, self.now,
        )  # fmt: skip
        self.journal.say("defect", key, fact)
