"""Tray and module lines: they make what racks need, on demand, a little ahead of it."""

from collections import deque
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import simpy

from etl.simulator.routing import BATCH_TRAYS, MODULES, TRAYS, Failure, Module, Tray
from etl.simulator.shop import Shop, Spot, Steps, Unit

STAGGER_SECONDS = 20
STAND_ALONE = "TLEAK"
"""The tray leak testers stand alone: they write their results but book no step in the MES."""
RACKS_AHEAD = {"tray": 24, "module": 8}
"""Sets of trays and modules under way or ready, in racks, per hourly pair of racks."""


class Shelf:
    """Finished trays or module sets of one kind, first in first out."""

    def __init__(self, env: simpy.Environment, told: Callable[[], None]) -> None:
        """`told` is called whenever something comes or goes."""
        self._env, self._told = env, told
        self._count = simpy.Container(env)
        self._serials: deque[str] = deque()
        self.moved_at = int(env.now)

    @property
    def count(self) -> int:
        """How many are there."""
        return len(self._serials)

    def _moved(self) -> None:
        self.moved_at = int(self._env.now)
        self._told()

    def put(self, *serials: str) -> None:
        """Make serials available."""
        self._serials.extend(serials)
        self._count.put(len(serials))
        self._moved()

    def get(self, count: int) -> simpy.Event:
        """An event that fires when `count` are there for the caller to `pick`."""
        return self._count.get(count)

    def pick(self, count: int) -> list[str]:
        """The serials a fired `get` stands for."""
        self._moved()
        return [self._serials.popleft() for _ in range(count)]


class Feeders:
    """All tray and module lines of a plant."""

    def __init__(self, shop: Shop, letter: str) -> None:
        self._shop, self._letter = shop, letter
        self.shelves = {
            kind.kind: Shelf(shop.env, partial(shop.material.shelved, kind.kind))
            for kind in (*TRAYS, *MODULES)
        }
        shop.material.shelves.update(self.shelves)
        self._counts = dict.fromkeys(self.shelves, 0)

    def start(self, scale: float) -> None:
        """Fill the lines, spread over the first hours."""
        for number in range(int(RACKS_AHEAD["tray"] * scale)):
            self._shop.env.process(self._ordered(number * 900 / scale, is_tray=True))
        for number in range(int(RACKS_AHEAD["module"] * scale)):
            self._shop.env.process(self._ordered(number * 900 / scale, is_tray=False))

    def _ordered(self, delay: float, *, is_tray: bool) -> Steps:
        yield self._shop.env.timeout(int(delay))
        if is_tray:
            self._order_trays()
        else:
            self._order_modules()

    def replenish(self) -> None:
        """A rack was started: make another rack's worth."""
        self._order_trays()
        self._order_modules()

    def _order_trays(self) -> None:
        for tray in TRAYS:
            for _ in range(tray.per_rack // BATCH_TRAYS):
                self._shop.env.process(self._cart(tray))

    def _order_modules(self) -> None:
        for module in MODULES:
            self._shop.env.process(self._module(module))

    def _unit(self, kind: Tray | Module) -> Unit:
        self._counts[kind.kind] += 1
        serial = f"{self._letter}{kind.letter}{self._counts[kind.kind]:07d}"
        return Unit(serial, kind.kind)

    def _cart(self, tray: Tray) -> Steps:
        units = [self._unit(tray) for _ in range(BATCH_TRAYS)]
        for operation in tray.route:
            units = yield from self._cart_visit(tray, operation, units)
        self.shelves[tray.kind].put(*(unit.serial for unit in units))

    def _cart_visit(
        self, tray: Tray, operation: str, units: list[Unit]
    ) -> Generator[simpy.Event, Any, list[Unit]]:
        shop, bay = self._shop, self._shop.floor.at(tray.line, operation)
        with bay.turn.request() as turn:
            yield turn
            yield from shop.enter(bay)
            for line in shop.needs(operation, tray.kind):
                qty = line.per_rack * BATCH_TRAYS // tray.per_rack
                taken = yield from shop.use(bay, line.part, qty)
                if line.is_lot_tracked:
                    each = taken[-1]._replace(qty=line.per_rack // tray.per_rack)
                    for unit in units:
                        shop.install(unit, f"{line.part}/1", each)
            start = shop.now
            yield shop.work(operation, shop.duration(operation))
            good = [
                u for i, u in enumerate(units) if self._finish(u, bay.code, operation, start, i)
            ]
        shop.floor.look(bay)
        for unit in units:
            if unit not in good:
                shop.env.process(self._mend(tray, operation, unit))
        return good

    def _finish(self, unit: Unit, station: str, operation: str, start: int, place: int) -> bool:
        """Write one tray's passage; trays of a cart follow each other by seconds."""
        shop = self._shop
        begin = start + place * STAGGER_SECONDS
        end = max(begin + 1, shop.now - (BATCH_TRAYS - 1 - place) * STAGGER_SECONDS)
        is_test = operation != "TASM"
        passed = not is_test or shop.rng.random() < shop.chance(unit, operation)
        if is_test:
            spot = Spot(station, "", operation)
            verdict = "passed" if passed else "failed"
            if shop.rng.random() < 0.008:
                half = (begin + end) // 2
                shop.write_run(unit, spot, begin, half, "aborted")
                shop.write_run(unit, spot, half, end, verdict)
            else:
                shop.write_run(unit, spot, begin, end, verdict)
        if operation != STAND_ALONE:
            result = "completed" if passed else "failed"
            step = (unit.serial, unit.product, "", station, "", begin, end, result)
            shop.journal.record("unit_step", shop.journal.next_key("unit_step"), step)
        return passed

    def _mend(self, tray: Tray, operation: str, unit: Unit) -> Steps:
        """Debug a failed tray, then take it alone through the rest of its route."""
        way = self._shop.failure(unit, operation)
        yield from self._repair(tray.line, unit, way)
        index = tray.route.index(way.back_to)
        while index < len(tray.route):
            at = tray.route[index]
            station = self._shop.floor.at(tray.line, at).code
            start = self._shop.now
            yield self._shop.work(at, self._shop.duration(at))
            if self._finish(unit, station, at, start, 0):
                index += 1
            else:
                way = self._shop.failure(unit, at)
                yield from self._repair(tray.line, unit, way)
                index = tray.route.index(way.back_to)
        self.shelves[tray.kind].put(unit.serial)

    def _repair(self, line: str, unit: Unit, way: Failure) -> Steps:
        shop = self._shop
        bay = shop.floor.at(line, "TDEBUG")
        with bay.turn.request() as turn:
            yield turn
            start = shop.now
            yield shop.work("TDEBUG", shop.duration("TDEBUG"))
            lot = ""
            if way.part:
                (piece,) = yield from shop.use(bay, way.part, 1000)
                lot = piece.lot
                shop.swap(unit, piece)
            shop.write_defect(unit, bay.code, way, lot)
            step = (unit.serial, unit.product, "", bay.code, "", start, shop.now, "completed")
            shop.journal.record("unit_step", shop.journal.next_key("unit_step"), step)

    def returned(self, kind: str, serial: str) -> None:
        """A tray comes back from a rack: debugged, tested again, used again."""
        tray = next(tray for tray in TRAYS if tray.kind == kind)
        self._shop.env.process(self._mend(tray, "TFUNC", Unit(serial, kind)))

    def _module(self, module: Module) -> Steps:
        unit = self._unit(module)
        make, test = module.route
        yield from self._shop.visit(unit, module.line, make)
        while not (yield from self._shop.visit(unit, module.line, test)):
            way = self._shop.failure(unit, test)
            station = self._shop.floor.at(module.line, test).code
            self._shop.write_defect(unit, station, way)
            yield self._shop.work(test, self._shop.duration(make) // 2)
        self.shelves[module.kind].put(unit.serial)
