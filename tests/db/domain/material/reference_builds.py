"""Clear to build once more, slow and literal: racks set aside one at a time, everything again."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from db.domain.material.facts import BomItem, Facts, OpenBuild
from tests.db.domain.material.reference import (
    NOTHING,
    Arrives,
    Bills,
    available,
    each_of,
    used_since,
)


def in_turn(bills: Bills, short: Iterable[str], within: set[str]) -> list[tuple[str, str, float]]:
    """Every alternate of the parts that are short, part by part, by rank."""
    return [(part, *spare) for part in sorted(short) for spare in bills.spares(part, within)]


class Shelves:
    """Stock that racks are set aside from, one part at a time."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.bills = facts, Bills(facts)
        parts = {item.part for item in facts.bom} | {item.parent for item in facts.bom}
        gone = used_since(facts)
        self.qty = {
            part: max(0.0, available(facts, part, free=True) - gone.get(part, 0.0))
            for part in parts
        }
        self.owed: dict[str, float] = defaultdict(float)
        self._serve_floor()
        self.reserved = {build.build: dict(build.reserved) for build in facts.builds}

    def _serve_floor(self) -> None:
        """Racks begun take what their operations to come need, one rack after the other; what is
        missing in the end is owed to them."""
        bills, today = self.bills, self.facts.today
        racks = [rack for rack in self.facts.floor if not rack.is_ghost]
        for rack in racks:
            need: dict[str, float] = defaultdict(float)
            for item in bills.below(rack.product, today):
                if item.operation and item.operation not in rack.passed:
                    need[item.part] += each_of(item)
            for part in sorted(self.qty, key=lambda part: (bills.depth(part), part)):
                is_held = part not in bills.phantoms
                rest = self._give(part, need[part]) if is_held else need[part]
                for item in bills.below(part, today):
                    need[item.part] += rest * each_of(item)
                if part not in bills.made:
                    self.owed[part] += rest
        within = set().union(*(bills.reach(rack.product) for rack in racks))
        short = [part for part, rest in self.owed.items() if rest > 0]
        for part, name, ratio in in_turn(bills, short, within):
            self.owed[part] = self._give(name, self.owed[part] * ratio) / ratio

    def _give(self, part: str, qty: float) -> float:
        """Take what there is; returns what is missing."""
        taken = min(qty, self.qty[part])
        self.qty[part] -= taken
        return qty - taken

    def put(self, part: str, qty: float) -> None:
        """Put away what has come, what is owed to racks on the floor first."""
        owed = min(qty, self.owed[part])
        self.owed[part] -= owed
        self.qty[part] += qty - owed

    def try_racks(self, build: OpenBuild, count: int) -> bool:
        """Set aside for so many racks together, or leave everything as it is."""
        bills, on = self.bills, self._day(build)
        own, shelf = dict(self.reserved[build.build]), dict(self.qty)

        def draw(part: str, qty: float) -> float:
            """Take what there is, what is reserved first; returns what is missing."""
            for pool in (own, shelf):
                used = min(qty, pool.get(part, 0.0))
                if used > 0:
                    pool[part] -= used
                    qty -= used
            return qty

        reach = {i.part for i in self._lines(build.product, on)} | {build.product}
        need: dict[str, float] = defaultdict(float)
        need[build.product] = count
        short = {}
        for part in sorted(reach, key=lambda part: (bills.depth(part), part)):
            is_held = part != build.product and part not in bills.phantoms
            rest = draw(part, need[part]) if is_held else need[part]
            if part in bills.made:
                for item in bills.below(part, on):
                    need[item.part] += rest * each_of(item)
            elif rest > NOTHING:
                short[part] = rest
        for part, name, ratio in in_turn(bills, short, reach):
            short[part] = draw(name, short[part] * ratio) / ratio
        if any(rest > NOTHING for rest in short.values()):
            return False
        self.reserved[build.build], self.qty = own, shelf
        return True

    def _day(self, build: OpenBuild) -> date:
        days, edges = self.facts.days, self.facts.day_edges
        start = build.scheduled_start_at or self.facts.at
        passed = [day for day, edge in zip(days, edges, strict=False) if edge <= start]
        return max([*passed, self.facts.today])

    def _lines(self, parent: str, on: date) -> list[BomItem]:
        found = self.bills.below(parent, on)
        return found + [line for item in found for line in self._lines(item.part, on)]

    def most(self, build: OpenBuild, wanted: int) -> int:
        """The most racks that can be set aside for together, tried one more at a time."""
        done = 0
        before = dict(self.qty), dict(self.reserved[build.build])
        for count in range(1, wanted + 1):
            now = dict(self.qty), dict(self.reserved[build.build])
            self.qty, self.reserved[build.build] = dict(before[0]), dict(before[1])
            if not self.try_racks(build, count):
                self.qty, self.reserved[build.build] = now
                break
            done = count
        return done


def in_line(facts: Facts) -> list[OpenBuild]:
    far = datetime.max.replace(tzinfo=facts.at.tzinfo)
    return sorted(facts.builds, key=lambda b: (b.priority, b.due_at or far, b.build))


def clear_to_build(
    facts: Facts, arrives: Arrives, *, plenty: str = ""
) -> tuple[dict[str, int], dict[str, list[tuple[date, int]]]]:
    """Racks of every build now, and by each day on which their number grows in a case."""
    shelves = Shelves(facts)
    if plenty:
        shelves.qty[plenty] = 1e12
    now = {b.build: shelves.most(b, b.open_count) for b in in_line(facts)}
    done, growth = dict(now), defaultdict(list)
    for day, start, end in zip(facts.days, facts.day_edges, facts.day_edges[1:], strict=False):
        for promise in facts.promises:
            when = arrives(promise)
            if when is not None and promise.part in shelves.qty:
                usable = max(when, facts.at)
                if max(start, facts.at) <= usable < end:
                    shelves.put(promise.part, promise.open_qty)
        for build in in_line(facts):
            more = shelves.most(build, build.open_count - done[build.build])
            done[build.build] += more
            if more:
                growth[build.build].append((day, done[build.build]))
    return now, growth


def _racks_now(facts: Facts, plenty: str) -> dict[str, int]:
    return clear_to_build(facts, lambda _: None, plenty=plenty)[0]


def fair_share(facts: Facts) -> dict[str, int]:
    """One rack to everybody in turn."""
    shelves, done = Shelves(facts), {build.build: 0 for build in facts.builds}
    active = in_line(facts)
    while active:
        still = []
        for build in active:
            if shelves.try_racks(build, 1):
                done[build.build] += 1
                if done[build.build] < build.open_count:
                    still.append(build)
        active = still
    return done


def golden_screws(facts: Facts) -> dict[str, int]:
    """Racks unlocked by plenty of each bought part: everything served again, part by part."""
    bills = Bills(facts)
    parts = {item.part for item in facts.bom} - bills.made - bills.phantoms
    base = sum(_racks_now(facts, "").values())
    more = {part: sum(_racks_now(facts, part).values()) - base for part in parts}
    return {part: racks for part, racks in more.items() if racks > 0}
