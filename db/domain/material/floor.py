"""What racks on the floor have still to take off the shelves: they come before any new rack."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from db.domain.material.bom import Bill, Line
from db.domain.material.facts import Facts, FloorRack
from db.domain.material.parts import NOTHING
from db.domain.material.supply import Supply


@dataclass(frozen=True, slots=True)
class Floor:
    """The shelves after the racks on the floor are served.

    `kept` is what they have still to take, by part; `lacking` what is not there for them and the
    first of what comes is for. `ghosts` are serials that nothing is kept for: they stand for so
    long that they are taken to be on paper only.
    """

    kept: Mapping[str, float]
    lacking: Mapping[str, float]
    rack_count: int = 0
    ghosts: tuple[str, ...] = ()


class _Shelves:
    """What is free, and what of it is kept."""

    def __init__(self, supply: Mapping[str, Supply]) -> None:
        self.free = {part: held.left_free for part, held in supply.items()}
        self.kept: dict[str, float] = defaultdict(float)

    def keep(self, part: str, qty: float) -> float:
        """Keep what there is; returns what is missing."""
        taken = min(qty, self.free.get(part, 0.0))
        if taken > NOTHING:
            self.free[part] -= taken
            self.kept[part] += taken
        return qty - taken


def floor_of(facts: Facts, bill: Bill, supply: Mapping[str, Supply]) -> Floor:
    """What is kept for racks in process at operations they have not reached.

    A line of a bill is taken when its operation begins; one that names no operation is taken with
    the first. Made parts are taken from stock first, alternates last.
    """
    alive = [one for one in facts.floor if not one.is_ghost]
    ghosts = tuple(one.serial for one in facts.floor if one.is_ghost)
    shelves = _Shelves(supply)
    need = _need(alive, bill, shelves, facts.today)
    lacking = {part: left for part, qty in need.items() if (left := shelves.keep(part, qty)) > 0}
    reach = frozenset[str]().union(*(bill.reach(rack.product) for rack in alive))
    for part in sorted(lacking):
        for spare in bill.usable_spares(part, reach):
            if spare.is_on(facts.today):
                lacking[part] = shelves.keep(spare.part, lacking[part] * spare.ratio) / spare.ratio
    return Floor(shelves.kept, lacking, len(alive), ghosts)


def _need(
    racks: Sequence[FloorRack], bill: Bill, shelves: _Shelves, today: date
) -> dict[str, float]:
    """The bought parts that racks have still to take, made parts kept from stock first."""
    need: dict[str, float] = defaultdict(float)
    for rack in racks:
        for line in _to_come(rack, bill, today):
            need[line.part] += line.each
    for parent in (one for level in bill.levels for one in level):
        if parent in need:
            asked = need.pop(parent)
            rest = asked if parent in bill.phantoms else shelves.keep(parent, asked)
            for line in bill.below[parent]:
                need[line.part] += rest * line.each * line.is_on(today)
    return need


def _to_come(rack: FloorRack, bill: Bill, today: date) -> list[Line]:
    """The lines of a rack's bill at operations it has not reached."""
    return [
        line
        for line in bill.below.get(rack.product, ())
        if line.operation and line.operation not in rack.passed and line.is_on(today)
    ]
