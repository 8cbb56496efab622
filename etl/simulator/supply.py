"""Deliveries: orders appear, slip, arrive whole or in part, wait for inspection."""

import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import Any
from zlib import crc32

import simpy

from etl.simulator.journal import Journal
from etl.simulator.material import HELD, Lot, Material
from etl.simulator.parts import ALTERNATES, FIRST_REVISION, REVISIONS, SUCCESSORS, PartLine
from etl.simulator.scenario import (
    BLOCKED_HOURS,
    BLOCKED_PERCENT,
    CONFIRMED_AFTER_HOURS,
    CONSIGNED,
    EXPEDITE_BELOW_HOURS,
    EXPEDITE_EVERY_HOURS,
    EXPEDITED_IN_HOURS,
    HUB_HOURS,
    HUB_PERCENT,
    LATE_SUPPLIERS,
    LOOSE_ENDS,
    OVERLOOKED_BELOW_HOURS,
    PARTIAL_RATIO,
    SAFETY_DAYS,
    SAFETY_STOCK_DAYS,
    SLIP_RATIO,
    SUPPLY_HORIZON_DAYS,
    OddLot,
    Shortage,
)
from etl.simulator.worktime import DAY, HOUR, WorkClock

Steps = Generator[simpy.Event, Any, None]


@dataclass(slots=True)
class Order:
    """One line of a purchase order on its way."""

    key: int
    number: str
    line: PartLine
    supplier: str
    country: str
    qty: int
    need_on: str
    due_at: int
    promised_on: str | None
    first_promised_on: str | None
    promise_count: int = 1
    received: int = 0
    received_on: str | None = None
    is_confirmed: bool = False


class Supply:
    """Everything that comes into the plant."""

    def __init__(
        self,
        *,
        env: simpy.Environment,
        material: Material,
        journal: Journal,
        clock: WorkClock,
        rng: random.Random,
        present: int,
        speed: float,
        names: Mapping[str, str],
    ) -> None:
        """`names` are parts that this plant calls otherwise than the others do."""
        self.env, self._material, self._journal, self._clock = env, material, journal, clock
        self._rng, self._present, self._speed, self._names = rng, present, speed, names
        self._open: dict[str, list[Order]] = {part: [] for part in material.bins}
        self._lot_count = 0
        self._short: set[str] = set()

    def start(self) -> None:
        """Fill the bins and set every part's rhythm of deliveries going."""
        for bin_ in self._material.bins.values():
            line = bin_.line
            self._describe(line)
            period = line.cycle_days * DAY
            phase = self._rng.randrange(6 * HOUR, period)
            cover = SAFETY_DAYS + phase / DAY
            lot = self._new_lot(line, _packs(bin_.daily_use * cover), self._pick(line))
            lot.status = "unrestricted"
            self._material.receive(line.part, lot)
            if line.part in CONSIGNED:
                extra = self._new_lot(line, _packs(bin_.daily_use / 2), line.suppliers[0])
                extra.status = "consignment"
                self._material.receive(line.part, extra)
            self.env.process(self._orders(line, int(self.env.now) + phase, period))
        self.env.process(self.expedite())

    def _describe(self, line: PartLine) -> None:
        safety = _packs(self._material.bins[line.part].daily_use * SAFETY_STOCK_DAYS)
        name = self._names.get(line.part, line.name)
        flags = (line.is_serialised, line.is_lot_tracked, line.lead_days, safety)
        self._journal.say("part", line.part, (line.part, name, line.commodity, line.unit, *flags))

    def _pick(self, line: PartLine) -> tuple[str, str]:
        usual, *others = line.suppliers
        return self._rng.choice(others) if others and self._rng.random() < 0.3 else usual

    def _new_lot(self, line: PartLine, qty: int, firm: tuple[str, str]) -> Lot:
        self._lot_count += 1
        code, revision = f"{line.part[:3]}{self._lot_count:06d}", self._revision(line)
        lot = Lot(code, *firm, qty, revision=revision)
        self._record_lot(line, lot)
        return lot

    def _revision(self, line: PartLine) -> str:
        """The drawing that a lot which comes in now was made to; "" for parts without lots."""
        if not line.is_lot_tracked:
            return ""
        at = self.env.now - self._present
        known = REVISIONS.get(line.part, ((FIRST_REVISION, None),))
        return [name for name, days in known if days is None or at >= days * DAY][-1]

    def _record_lot(self, line: PartLine, lot: Lot) -> None:
        now = int(self.env.now)
        week = self._clock.local_date(now - 20 * DAY).isocalendar()
        fact = (line.part, lot.code, lot.supplier, lot.country, now, f"{week[0]}W{week[1]:02d}")
        self._journal.say("lot", self._journal.next_key("lot"), fact)

    def _now(self) -> int:
        """The suppliers' time: as the clock's until the present, then sped up with the plant."""
        ahead = int(self.env.now) - self._present
        return self._present + int(ahead * (self._speed if ahead > 0 else 1.0))

    def _wall(self, at: int) -> int:
        """The clock's instant for one of the suppliers'."""
        ahead = at - self._present
        return self._present + ceil(ahead / (self._speed if ahead > 0 else 1.0))

    def _wait_until(self, at: int) -> Steps:
        if self._wall(at) > self.env.now:
            yield self.env.timeout(self._wall(at) - int(self.env.now))

    def _orders(self, line: PartLine, first_at: int, period: int) -> Steps:
        due = first_at
        while True:
            yield from self._wait_until(due - SUPPLY_HORIZON_DAYS * DAY)
            bin_ = self._material.bins[line.part]
            days = (due - self._now()) / DAY
            coming = bin_.on_hand + bin_.on_order - bin_.daily_use * days
            wanted = bin_.daily_use * (period / DAY + SAFETY_DAYS) - coming
            if wanted > 0:
                self.place(line, _packs(wanted), due)
            due += period

    def place(
        self, line: PartLine, qty: int, due: int, promised_on: str = "", *, is_urgent: bool = False
    ) -> None:
        """Order a quantity that will arrive at an instant; promised for that day if not said.

        Urgent orders are made by telephone, and so confirmed at once.
        """
        key = self._journal.next_key("receipt")
        on = self._clock.local_date(self._wall(due))
        firm = self._pick(line)
        need = (on + timedelta(days=1)).isoformat()
        promise = promised_on or on.isoformat()
        order = Order(key, f"45{key:08d}", line, *firm, qty, need, due, promise, promise)
        order.is_confirmed = is_urgent
        self._material.bins[line.part].on_order += qty
        self._open[line.part].append(order)
        self._say(order, "open")
        self.env.process(self._deliver(order))

    def _say(self, order: Order, status: str) -> None:
        fact = (
            order.number, "10", order.line.part, order.supplier, order.country, order.qty,
            order.received, order.line.unit, order.need_on, order.promised_on,
            order.is_confirmed, status, order.first_promised_on, order.promise_count,
            order.received_on,
        )  # fmt: skip
        self._journal.say("receipt", order.key, fact)

    def _deliver(self, order: Order) -> Steps:
        if not order.is_confirmed:
            yield from self._wait_until(self._now() + CONFIRMED_AFTER_HOURS * HOUR)
            order.is_confirmed = True
            self._say(order, "open")
        ratio, days = LATE_SUPPLIERS.get(order.supplier, (SLIP_RATIO, 1))
        for told_before in (4 * DAY, 30 * HOUR):
            yield from self._wait_until(order.due_at - told_before)
            if self._rng.random() < ratio / 2:
                self.slip(order, order.due_at + self._rng.randint(1, days) * DAY)
        while self._now() < order.due_at:
            yield from self._wait_until(order.due_at)
        if self._rng.random() < PARTIAL_RATIO:
            self._arrive(order, _packs(order.qty * 0.6))
            self._say(order, "partial")
            yield from self._wait_until(self._now() + 20 * HOUR)
        self._arrive(order, order.qty - order.received)
        self._open[order.line.part].remove(order)
        self._say(order, "received")

    def slip(self, order: Order, due: int, promised_on: str | None = None) -> None:
        """The supplier moves its promise."""
        order.due_at = due
        order.promised_on = promised_on or self._clock.local_date(self._wall(due)).isoformat()
        order.promise_count += 1
        self._say(order, "open")

    def _arrive(self, order: Order, qty: int) -> None:
        lot = self._new_lot(order.line, qty, (order.supplier, order.country))
        order.received += qty
        order.received_on = self._clock.local_date(int(self.env.now)).isoformat()
        self._material.bins[order.line.part].on_order -= qty
        self._material.receive(order.line.part, lot)
        self.env.process(self._inspect(order.line.part, lot))

    def _inspect(self, part: str, lot: Lot) -> Steps:
        """Most lots wait for inspection only; some come by the hub, some are blocked for days."""
        draw = crc32(f"{part}/{lot.code}".encode()) % 100
        if draw < HUB_PERCENT:
            self._material.move(part, lot, "in_transit")
            yield from self._wait_until(self._now() + HUB_HOURS * HOUR)
            self._material.move(part, lot, HELD)
        elif draw >= 100 - BLOCKED_PERCENT:
            self._material.move(part, lot, "blocked")
            yield from self._wait_until(self._now() + BLOCKED_HOURS * HOUR)
            self._material.move(part, lot, HELD)
        yield from self._wait_until(self._now() + self._rng.randint(30, 180) * 60)
        self._material.release(part, lot)

    def expedite(self) -> Steps:
        """Buyers watch the bins: what would run out before its delivery comes by the next van."""
        while True:
            yield from self._wait_until(self._now() + EXPEDITE_EVERY_HOURS * HOUR)
            for part, bin_ in self._material.bins.items():
                soon = self._now() + EXPEDITED_IN_HOURS * HOUR
                is_coming = any(order.due_at <= soon for order in self._open[part])
                held = bin_.usable / bin_.daily_use * 24
                least = OVERLOOKED_BELOW_HOURS if part in self._short else EXPEDITE_BELOW_HOURS
                if held < least and not is_coming:
                    on = self._clock.local_date(self._wall(soon)) + timedelta(days=1)
                    self.place(
                        bin_.line, _packs(bin_.daily_use), soon, on.isoformat(), is_urgent=True
                    )

    def loose_ends(self) -> Steps:
        """Order lines nobody looks after: never dated, long past their date, never confirmed."""
        yield self.env.timeout(max(1, self._present - 6 * DAY - int(self.env.now)))
        for part, days, is_confirmed in LOOSE_ENDS:
            line = self._material.bins[part].line
            key = self._journal.next_key("receipt")
            need = self._clock.local_date(self._present + 2 * DAY).isoformat()
            at = self._present + (days or 0) * DAY
            on = None if days is None else self._clock.local_date(at).isoformat()
            order = Order(
                key, f"45{key:08d}", line, *line.suppliers[0],
                _packs(self._material.bins[part].daily_use), need, at, on, on,
                is_confirmed=is_confirmed,
            )  # fmt: skip
            self._say(order, "open")

    def odd_lot(self, odd: OddLot) -> Steps:
        """A lot comes in and is used beside the older ones, by a share of the racks."""
        yield self.env.timeout(max(1, self._present - int(odd.from_days * DAY) - int(self.env.now)))
        bin_ = self._material.bins[odd.part]
        firm = bin_.line.suppliers[-1]
        lot = Lot(
            odd.lot,
            *firm,
            _packs(bin_.daily_use * odd.cover_days),
            share_percent=odd.share_percent,
            revision=self._revision(bin_.line),
        )
        self._record_lot(bin_.line, lot)
        self._material.receive(odd.part, lot)
        self._material.release(odd.part, lot, is_first=True)

    def shortage(self, short: Shortage) -> Steps:
        """A count finds too few pieces while every delivery under way slips."""
        self._short.add(short.part)
        counted = self._present + int(short.counted_hours * HOUR)
        yield self.env.timeout(max(1, counted - int(self.env.now)))
        bin_ = self._material.bins[short.part]
        hours = short.cover_hours - short.counted_hours
        usable = bin_.allocated + _packs(bin_.daily_use * hours / 24)
        missing = self._material.adjust(short.part, usable)
        arrives = self._present + int(short.arrives_hours * HOUR)
        on = self._clock.local_date(self._present) + timedelta(days=short.promised_days)
        for order in self._open[short.part]:
            if order.due_at < arrives:
                self.slip(order, arrives, on.isoformat())
        qty = _packs(1.5 * bin_.daily_use)
        self.place(bin_.line, qty, arrives, on.isoformat(), is_urgent=True)
        later = _packs(missing + bin_.daily_use)
        self.place(bin_.line, later, arrives + 26 * HOUR, is_urgent=True)


def spare_lines(line: PartLine) -> list[PartLine]:
    """The alternates of a part, and what will take its place, as bins of their own."""
    tenth = line.per_rack // 10 // 1000 * 1000
    spares = [
        replace(
            line, part=part, name=name, per_rack=tenth, suppliers=((firm, country),), cycle_days=5,
            is_lot_tracked=True, is_serialised=False,
        )
        for part, name, firm, country in ALTERNATES.get(line.part, ())
    ]  # fmt: skip
    if line.part in SUCCESSORS:
        part, name, _ = SUCCESSORS[line.part]
        spares.append(replace(line, part=part, name=name))
    return spares


def _packs(qty: float) -> int:
    """Whole pieces, in thousandths."""
    return max(1, round(qty / 1000)) * 1000
