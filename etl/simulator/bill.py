"""The bill of material as the planner's system holds it: racks of assemblies of parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from etl.simulator.journal import Journal
from etl.simulator.orders import EVALUATION, REGULAR
from etl.simulator.parts import ALTERNATES, DIVIDED, PHANTOM, SUCCESSORS, PartLine
from etl.simulator.routing import MODULES, TRAYS
from etl.simulator.worktime import WorkClock

NAMES = {
    "CTRAY": ("Compute tray", "compute"),
    "STRAY": ("Switch tray", "networking"),
    "CABLESET": ("Cable set of a rack", "cabling"),
    "POWERSET": ("Power shelf set of a rack", "power"),
    "MANIFOLD": ("Manifold pair", "cooling"),
    "SWITCHSET": ("Rack switch pair", "networking"),
}
"""Assemblies the plant makes itself: name and commodity."""


@dataclass(slots=True)
class _Bill:
    journal: Journal
    since: str
    changes: str
    number: int = 0

    def line(self, parent: str, part: str, per_qty: int, **given: object) -> None:
        """One line, valid from the beginning unless said otherwise."""
        self.number += 10
        says: dict[str, object] = {
            "unit": "EA", "scrap": "0", "convention": "multiply", "operation": "", "phantom": False,
            "of": "", "rank": 0, "since": self.since, "until": None,
        } | given  # fmt: skip
        fact = (parent, f"{self.number:05d}", part, per_qty, *says.values())
        self.journal.say("bom", self.journal.next_key("bom"), fact)

    def part(self, parent: str, line: PartLine, per_qty: int) -> None:
        """A bought part, what will take its place, and what may stand in for it."""
        given: dict[str, object] = {
            "unit": line.unit,
            "scrap": f"{line.scrap_per_mille / 1000:.3f}",
            "convention": "divide" if line.commodity in DIVIDED else "multiply",
            "operation": line.operation,
        }
        successor = SUCCESSORS.get(line.part)
        self.line(parent, line.part, per_qty, **given, until=self.changes if successor else None)
        if successor:
            self.line(parent, successor[0], per_qty, **given, since=self.changes)
        for rank, spare in enumerate(ALTERNATES.get(line.part, ()), start=1):
            self.line(parent, spare[0], per_qty, **given, of=line.part, rank=rank)


def state_bill(
    journal: Journal, clock: WorkClock, lines: Sequence[PartLine], since: int, present: int
) -> None:
    """Say the bills of both products, their assemblies and the master data of what is made here."""
    days = max(days for *_, days in SUCCESSORS.values())
    changes = clock.local_date(present) + timedelta(days=days)
    bill = _Bill(journal, clock.local_date(since).isoformat(), changes.isoformat())
    made = {kind: (name, commodity, True) for kind, (name, commodity) in NAMES.items()}
    made[PHANTOM[0]] = (PHANTOM[1], "mechanical", False)
    for kind, (name, commodity, is_serialised) in made.items():
        journal.say("part", kind, (kind, name, commodity, "EA", is_serialised, False, None, None))
    for product in (REGULAR, EVALUATION):
        _rack(bill, product, lines)
    assemblies = {module.route[0]: module.kind for module in MODULES}
    sets = {tray.kind: tray.per_rack for tray in TRAYS}
    for line in lines:
        above = PHANTOM[0] if line.part in PHANTOM[2] else ""
        above = line.tray or assemblies.get(line.operation, above)
        if above:
            bill.part(above, line, line.per_rack // sets.get(above, 1))


def _rack(bill: _Bill, product: str, lines: Sequence[PartLine]) -> None:
    inside = {module.route[0] for module in MODULES}
    for tray in TRAYS:
        bill.line(product, tray.kind, tray.per_rack * 1000, operation="TRAYS")
    for module in MODULES:
        bill.line(product, module.kind, 1000, operation=module.used_at)
    bill.line(product, PHANTOM[0], 1000, operation="FRAME", phantom=True)
    for line in lines:
        if not line.tray and line.operation not in inside and line.part not in PHANTOM[2]:
            bill.part(product, line, line.per_rack)
