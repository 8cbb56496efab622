"""Rack lines: racks are started, walk their route, fail and are mended, and leave in pods."""

from collections.abc import Generator
from typing import Any

import simpy

from etl.simulator.material import Piece
from etl.simulator.orders import EVALUATION, Build, Orders
from etl.simulator.routing import MODULES, POD_RACKS, RACK_ROUTE, TRAYS, Failure
from etl.simulator.shop import Shop, Steps, Unit
from etl.simulator.trays import Feeders
from etl.simulator.worktime import HOUR

MOST_WAITING = 20
"""Racks that may be under way before burn-in on a line; then no more are started."""


class RackLines:
    """All rack lines of a plant and its fabric hall."""

    def __init__(
        self, shop: Shop, feeders: Feeders, orders: Orders, letter: str, scale: float
    ) -> None:
        self._shop, self._feeders, self._orders = shop, feeders, orders
        self._letter, self._scale = letter, scale
        self._count = 0
        self._under_way: dict[str, int] = {}
        self._pod: list[tuple[Unit, str]] = []
        self.completed = 0

    def start(self, line: str, takt_seconds: float, first_after: int) -> None:
        """Start racks on a line, one per takt of work."""
        self._under_way[line] = 0
        self._shop.env.process(self._starts(line, takt_seconds, first_after))

    def _starts(self, line: str, takt: float, first_after: int) -> Steps:
        shop = self._shop
        yield shop.env.timeout(first_after)
        while True:
            if self._under_way[line] < MOST_WAITING * self._scale:
                build = self._orders.next_rack(line, shop.now)
                self._feeders.replenish()
                self._count += 1
                unit = Unit(
                    f"{self._letter}R{self._count:06d}", build.product, build.code,
                    build.product == EVALUATION,
                )  # fmt: skip
                shop.env.process(self._rack(unit, line, build))
            yield shop.work("KIT", int(takt * shop.rng.uniform(0.9, 1.1)))

    def _rack(self, unit: Unit, line: str, build: Build) -> Steps:
        self._under_way[line] += 1
        index = 0
        while index < len(RACK_ROUTE):
            operation = RACK_ROUTE[index]
            if operation == "BURNIN" and "BURNIN" not in unit.fails:
                self._under_way[line] -= 1
            yield from self._fit(unit, operation)
            passed = yield from self._shop.visit(unit, line, operation)
            if passed:
                index += 1
            else:
                index = RACK_ROUTE.index((yield from self._mend(unit, line, operation)))
        self.completed += 1
        self._orders.done(build)
        self._join_pod(unit, line)

    def _fit(self, unit: Unit, operation: str) -> Steps:
        """Get the modules or trays an operation builds in, the first time it is reached."""
        shop = self._shop
        for module in MODULES:
            if module.used_at == operation and module.kind not in unit.links:
                shelf = self._feeders.shelves[module.kind]
                yield shelf.get(1)
                serial = shelf.pick(1)[0]
                shop.install(unit, module.kind, Piece(module.kind, child=serial))
        if operation == "TRAYS" and "U10" not in unit.links:
            for tray in TRAYS:
                shelf = self._feeders.shelves[tray.kind]
                yield shelf.get(tray.per_rack)
                for place, serial in enumerate(shelf.pick(tray.per_rack)):
                    position = f"U{tray.first_unit + place:02d}"
                    shop.install(unit, position, Piece(tray.kind, child=serial))

    def _mend(self, unit: Unit, line: str, operation: str) -> Generator[simpy.Event, Any, str]:
        """Debug a failed rack; returns the operation at which it re-enters."""
        shop = self._shop
        way = shop.failure(unit, operation)
        hold = shop.hold_seconds(unit, operation)
        if hold:
            yield shop.env.timeout(hold)
        yield from shop.visit(unit, line, "DEBUG")
        lot, removed = "", ""
        if way.part:
            lot = yield from self._swap_part(unit, line, way)
        if way.tray:
            removed = yield from self._swap_tray(unit, way.tray)
        station = shop.floor.at(line, operation).code
        shop.write_defect(unit, station, way, lot, removed)
        return way.back_to

    def _swap_part(self, unit: Unit, line: str, way: Failure) -> Generator[simpy.Event, Any, str]:
        """Replace one piece; returns the lot of the piece that was taken out."""
        shop = self._shop
        bay = shop.floor.at(line, "DEBUG")
        (piece,) = yield from shop.use(bay, way.part, 1000)
        unit.has_bad_lot = False
        return shop.swap(unit, piece)

    def _swap_tray(self, unit: Unit, kind: str) -> Generator[simpy.Event, Any, str]:
        """Exchange one tray for another; the old one goes back to its line."""
        shop = self._shop
        places = [place for place, (_, fact) in unit.links.items() if fact[3] == kind]
        place = shop.rng.choice(sorted(places))
        shelf = self._feeders.shelves[kind]
        yield shelf.get(1)
        serial = shelf.pick(1)[0]
        removed = shop.remove(unit, place)
        shop.install(unit, place, Piece(kind, child=serial))
        self._feeders.returned(kind, removed)
        return removed

    def _join_pod(self, unit: Unit, line: str) -> None:
        self._pod.append((unit, line))
        if len(self._pod) == POD_RACKS:
            pod, self._pod = self._pod, []
            for member, home in pod:
                self._shop.env.process(self._leave(member, home))

    def _leave(self, unit: Unit, line: str) -> Steps:
        """Fabric test with its pod, then pack."""
        shop = self._shop
        while not (yield from shop.visit(unit, "F1", "FABRIC")):
            way = shop.failure(unit, "FABRIC")
            shop.write_defect(unit, shop.floor.at("F1", "FABRIC").code, way)
            yield shop.env.timeout(HOUR)
        yield from shop.visit(unit, line, "PACK")
