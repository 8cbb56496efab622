"""One plant's factory, wired together and runnable up to any instant."""

import random
from dataclasses import dataclass
from math import ceil

import simpy

from etl.plant_file import PlantFile
from etl.simulator.bill import state_bill
from etl.simulator.journal import Journal
from etl.simulator.material import Material
from etl.simulator.orders import PLAN_AHEAD_HOURS, Orders
from etl.simulator.parts import parts_in
from etl.simulator.racks import RackLines
from etl.simulator.routing import BATCH_TRAYS
from etl.simulator.scenario import SCENARIOS, STARTED_RATIO, WARM_UP_DAYS, Scenario
from etl.simulator.shop import Shop, Steps
from etl.simulator.stations import Bay, Floor
from etl.simulator.supply import Supply, spare_lines
from etl.simulator.trays import Feeders
from etl.simulator.worktime import DAY, HOUR, WorkClock

WORK_HOURS = 11
"""Hours of work in a regular twelve-hour shift."""
FIRST_RACKS_AFTER = 8 * HOUR


@dataclass(frozen=True, slots=True)
class Run:
    """What a simulation is a function of. `present` is the first run's present, epoch seconds."""

    seed: int
    present: int
    days: int = 30
    scale: float = 1.0
    speed: float = 1.0

    @property
    def start(self) -> int:
        """When the simulation begins: a warm-up before the first day of history."""
        return self.present - self.present % HOUR - (self.days + WARM_UP_DAYS) * DAY


class Factory:
    """A plant of the given layout under its scenario."""

    def __init__(self, plant: PlantFile, run: Run, muted_until: int = 0) -> None:
        scenario = SCENARIOS[plant.plant.code]
        self._run = run
        self.env = simpy.Environment(initial_time=run.start)
        self.clock = WorkClock(plant, run.start - 2 * DAY)
        self.journal = Journal(
            lambda: int(self.env.now),
            f"{run.seed}/{plant.plant.code}",
            muted_until,
            frozenset(s.feed for s in plant.sources if "is_deleted" in s.columns),
            frozenset(s.feed for s in plant.sources if s.connector == "files"),
        )
        rng = random.Random(f"{run.seed}/{plant.plant.code}")
        lines = [line.code for line in plant.lines if line.kind == "rack"]
        rate = scenario.racks_per_shift / WORK_HOURS * run.scale
        parts = parts_in(_units(plant))
        spares = [spare for line in parts for spare in spare_lines(line)]
        daily = 2 * scenario.racks_per_shift * run.scale * STARTED_RATIO
        self.material = Material(
            self.env, self.journal, (*parts, *spares), daily * len(lines), run.present
        )
        takt = HOUR / rate / STARTED_RATIO
        self.floor = Floor(
            env=self.env, journal=self.journal, clock=self.clock, rng=rng, takt_seconds=takt
        )
        supply = Supply(
            env=self.env, material=self.material, journal=self.journal, clock=self.clock,
            rng=random.Random(f"{run.seed}/{plant.plant.code}/supply"),
            present=run.present, speed=run.speed, names=scenario.names,
        )  # fmt: skip
        orders = Orders(self.journal, self.clock, scenario.letter, dict.fromkeys(lines, daily))
        shop = Shop(
            env=self.env, journal=self.journal, clock=self.clock, floor=self.floor,
            material=self.material, rng=rng,
            standards={o.code: o.standard_seconds for o in plant.operations},
            present=run.present, speed=run.speed,
            bad_lot=scenario.bad_lot.lot if scenario.bad_lot else "",
        )  # fmt: skip
        feeders = Feeders(shop, scenario.letter)
        self.racks = RackLines(shop, feeders, orders, scenario.letter, run.scale)
        self._open_floor(plant, run, lines)
        supply.start()
        feeders.start(run.scale * scenario.racks_per_shift * len(lines) / 24)
        for index, line in enumerate(lines):
            self.racks.start(line, takt, FIRST_RACKS_AFTER + int(index * takt / len(lines)))
        self._seed_troubles(scenario, supply)
        state_bill(self.journal, self.clock, parts, run.start, run.present)
        orders.state_demand(run.present, scenario.wishes, run.scale)
        self.env.process(self._plan(orders, lines, rate))

    def _open_floor(self, plant: PlantFile, run: Run, racks: list[str]) -> None:
        carts = {line.code for line in plant.lines if line.kind == "tray"}
        for station in plant.stations:
            slots = ceil(station.slots * run.scale)
            is_cart = station.line in carts and station.operation != "TDEBUG"
            room = max(1, slots // BATCH_TRAYS) if is_cart else slots
            turn = simpy.Resource(self.env, capacity=room)
            has_labels = station.slots > 1 and station.line not in carts
            free = list(range(1, slots + 1)) if has_labels else []
            self.floor.add(
                Bay(station.code, station.name, station.line, station.operation, turn, free)
            )
        self.floor.start(tuple(racks))

    def _seed_troubles(self, scenario: Scenario, supply: Supply) -> None:
        for odd in filter(None, (scenario.bad_lot, scenario.innocent_lot)):
            self.env.process(supply.odd_lot(odd))
        self.env.process(supply.loose_ends())
        for short in scenario.shortages:
            self.env.process(supply.shortage(short))

    def _plan(self, orders: Orders, lines: list[str], rate: float) -> Steps:
        def at(hour: int) -> float:
            return rate * (self._run.speed if hour + HOUR > self._run.present else 1.0)

        while True:
            until = int(self.env.now) // HOUR * HOUR + PLAN_AHEAD_HOURS * HOUR
            orders.plan_until(until, dict.fromkeys(lines, at))
            yield self.env.timeout(HOUR)

    def run(self, until: int) -> None:
        """Let the factory work up to an instant."""
        if until > self.env.now:
            self.env.run(until=until)


def _units(plant: PlantFile) -> frozenset[str]:
    """Length units this plant's stock system knows."""
    stock = next(source for source in plant.sources if source.feed == "stock")
    return frozenset({"FT"}) if "FT" in stock.units else frozenset({"M"})
