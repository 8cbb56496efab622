"""Stock of one plant: lots that arrive, wait for inspection, are used up first-in first-out.

Quantities are whole thousandths of the part's unit, so that the books always balance:
on hand = received - used - scrapped - adjusted, per part.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from zlib import crc32

import simpy

from etl.simulator.facts import Key
from etl.simulator.journal import Entry, Journal, scatter
from etl.simulator.parts import ALTERNATES, SUCCESSORS, PartLine
from etl.simulator.scenario import SERVICE_DAYS, SERVICED_ONE_IN
from etl.simulator.worktime import DAY

HELD = "quality_hold"
PLACES = {HELD: "RCV-01", "blocked": "MRB-01", "in_transit": "HUB-01", "consignment": "CON-01"}
"""Where lots stand that may not be used; the others are in their bin, all but the first in an
overflow store."""


class Shelved(Protocol):
    """Finished assemblies of one kind."""

    moved_at: int

    @property
    def count(self) -> int: ...


@dataclass(slots=True)
class Lot:
    """A lot of a part in one status of db.domain.vocabulary.StockStatus.

    `share_percent` of racks take from it; the others leave it for them while they can. `revision`
    is the drawing it was made to.
    """

    code: str
    supplier: str
    country: str
    qty: int
    status: str = HELD
    moved_at: int = 0
    share_percent: int = 100
    revision: str = ""

    @property
    def is_held(self) -> bool:
        """Whether it may not be used now."""
        return self.status != "unrestricted"


@dataclass(slots=True)
class Bin:
    """All stock of one part with its books; `allocated` is kept for service orders."""

    line: PartLine
    location: str
    daily_use: float
    lots: deque[Lot] = field(default_factory=deque)
    allocated: int = 0
    on_order: int = 0
    received: int = 0
    used: int = 0
    scrapped: int = 0
    adjusted: int = 0
    scrap_owed: int = 0

    @property
    def on_hand(self) -> int:
        """Everything in the building, held lots included."""
        return sum(lot.qty for lot in self.lots)

    @property
    def usable(self) -> int:
        """What may be used now."""
        return sum(lot.qty for lot in self.lots if not lot.is_held)

    def has(self, qty: int) -> bool:
        """Whether at least `qty` may be used now; most often the first lot says so."""
        for lot in self.lots:
            if not lot.is_held:
                qty -= lot.qty
                if qty <= 0:
                    return True
        return qty <= 0


class Piece(NamedTuple):
    """Some of a part out of one lot, or a serialised child."""

    part: str
    qty: int = 1000
    lot: str = ""
    supplier: str = ""
    revision: str = ""
    child: str = ""


Taken = list[Piece]


class Material:
    """The plant's bins, and an event that fires whenever something becomes usable."""

    def __init__(
        self,
        env: simpy.Environment,
        journal: Journal,
        lines: tuple[PartLine, ...],
        racks: float,
        present: int,
    ) -> None:
        """`racks` is how many racks a day the plant builds; `present` that of its first run."""
        self.env, self._journal, self._present = env, journal, present
        self.shelves: dict[str, Shelved] = {}
        self.arrival = env.event()
        self.bins: dict[str, Bin] = {}
        for index, line in enumerate(lines):
            use = racks * line.per_rack * (1 + line.scrap_per_mille / 1000)
            place = f"A{index // 10 + 1:02d}-{index % 10 + 1:02d}"
            self.bins[line.part] = Bin(line, place, use, allocated=for_service(line.part, use))
        self._touched: set[str] = set()

    def primary_of(self, part: str) -> Bin:
        """The bin of a part, by its own code."""
        return self.bins[part]

    def receive(self, part: str, lot: Lot) -> None:
        """A lot comes in; the books grow by it at once, it may be used after `release`."""
        bin_ = self.bins[part]
        lot.moved_at = int(self.env.now)
        bin_.lots.append(lot)
        bin_.received += lot.qty
        self._touched.add(part)

    def move(self, part: str, lot: Lot, status: str) -> None:
        """The lot goes on to another status in which it may not be used."""
        lot.status, lot.moved_at = status, int(self.env.now)
        self._touched.add(part)

    def shelved(self, kind: str) -> None:
        """Finished assemblies came or went."""
        self._touched.add(kind)

    def release(self, part: str, lot: Lot, *, is_first: bool = False) -> None:
        """Inspection lets the lot go; `is_first` puts it in front of older ones."""
        lot.status, lot.moved_at = "unrestricted", int(self.env.now)
        if is_first:
            self.bins[part].lots.remove(lot)
            self.bins[part].lots.appendleft(lot)
        self._touched.add(part)
        fired, self.arrival = self.arrival, self.env.event()
        fired.succeed()

    def adjust(self, part: str, usable: int) -> int:
        """A count finds fewer than the books say; returns what was missing."""
        missing = max(0, self.bins[part].usable - usable)
        left = missing
        for lot in reversed(self.bins[part].lots):
            if not lot.is_held:
                gone = min(left, lot.qty)
                lot.qty -= gone
                lot.moved_at = int(self.env.now)
                left -= gone
        self.bins[part].adjusted += missing
        self._touched.add(part)
        return missing

    def take(self, part: str, qty: int) -> Taken | None:
        """Use `qty` of a part, or of its alternate when short; None when there is not enough."""
        for name in (self._present_issue(part), *(spare[0] for spare in ALTERNATES.get(part, ()))):
            if name in self.bins and self.bins[name].has(qty):
                return self._draw(self.bins[name], qty)
        return None

    def _present_issue(self, part: str) -> str:
        """The part itself, or what has taken its place."""
        successor, _, days = SUCCESSORS.get(part, ("", "", 0))
        return successor if successor and self.env.now >= self._present + days * DAY else part

    def _draw(self, bin_: Bin, qty: int) -> Taken:
        part = bin_.line.part
        taken = [
            Piece(part, n, lot.code, lot.supplier, lot.revision)
            for lot, n in self._consume(bin_, qty)
        ]
        bin_.used += qty
        bin_.scrap_owed += qty * bin_.line.scrap_per_mille
        whole = bin_.scrap_owed // 1_000_000 * 1000
        if whole and (whole := min(whole, bin_.usable)):
            self._consume(bin_, whole)
            bin_.scrap_owed -= whole * 1000
            bin_.scrapped += whole
        self._touched.add(part)
        return taken

    def _consume(self, bin_: Bin, qty: int) -> list[tuple[Lot, int]]:
        used: list[tuple[Lot, int]] = []
        turn = scatter(0, int(self.env.now)) % 100
        for lot in sorted(bin_.lots, key=lambda lot: turn >= lot.share_percent):
            if not qty:
                break
            if lot.qty and not lot.is_held:
                amount = min(qty, lot.qty)
                lot.qty -= amount
                lot.moved_at = int(self.env.now)
                qty -= amount
                used.append((lot, amount))
        while bin_.lots and not bin_.lots[0].qty:
            bin_.lots.popleft()
        return used

    def has_moved(self) -> bool:
        """Whether anything moved since the last `positions`."""
        return bool(self._touched)

    def positions(self) -> dict[Key, Entry]:
        """The whole stock as its system would list it now."""
        self._touched.clear()
        found: dict[Key, Entry] = {}
        for bin_ in self.bins.values():
            found |= _positions(bin_)
        for kind, shelf in self.shelves.items():
            if shelf.count:
                key = ("SHELF-01", kind, "", "unrestricted")
                found[key] = Entry(
                    shelf.moved_at, (*key, shelf.count * 1000, 0, "EA", shelf.moved_at)
                )
        return found


def for_service(part: str, daily_use: float) -> int:
    """What is set aside for service orders of a part, in whole pieces: none of most parts.

    Kits of the plan's own racks are not set aside: they are in the plan already.
    """
    is_kept = crc32(part.encode()) % SERVICED_ONE_IN == 0
    return round(daily_use * SERVICE_DAYS / 1000) * 1000 if is_kept else 0


def _positions(bin_: Bin) -> dict[Key, Entry]:
    found: dict[Key, Entry] = {}
    allocated, part = bin_.allocated, bin_.line.part
    free = [lot for lot in bin_.lots if not lot.is_held]
    for lot in bin_.lots:
        if not lot.qty:
            continue
        reserved = 0 if lot.is_held else min(allocated, lot.qty)
        allocated -= reserved
        own = bin_.location if lot in free[:2] else f"OVF-{bin_.location}"
        key = (PLACES.get(lot.status, own), part, lot.code, lot.status)
        found[key] = Entry(lot.moved_at, (*key, lot.qty, reserved, bin_.line.unit, lot.moved_at))
    return found
