"""Bills of material made sound: units converted, loops refused, alternates by rank, levels."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter
from itertools import combinations, pairwise

from db.domain.material.facts import BomItem, Facts
from db.domain.material.findings import Notes
from db.domain.material.parts import need_each
from db.domain.material.units import Units


@dataclass(frozen=True, slots=True)
class Line:
    """`each` of `part` (its own unit, scrap included) for one `parent`; windows as in BomItem."""

    parent: str
    part: str
    each: float
    from_on: date | None = None
    to_on: date | None = None
    serial_from: int | None = None
    serial_to: int | None = None
    operation: str = ""

    @property
    def is_always(self) -> bool:
        """Whether the line has no window."""
        return (self.from_on, self.to_on, self.serial_from, self.serial_to) == (None,) * 4

    def is_on(self, on: date) -> bool:
        """Whether the line applies on a date."""
        return (self.from_on is None or self.from_on <= on) and (
            self.to_on is None or on < self.to_on
        )

    def is_for(self, serial: int) -> bool:
        """Whether the line applies to a rack by its serial number."""
        return (self.serial_from is None or self.serial_from <= serial) and (
            self.serial_to is None or serial < self.serial_to
        )


@dataclass(frozen=True, slots=True)
class Spare:
    """An alternate: `ratio` of it stand in for one of the part.

    `parents` are the bills that allow it; it lifts a stop only when all that call for the part do,
    for nobody can tell afterwards which rack a shared part was missing from.
    """

    part: str
    rank: int
    ratio: float
    parents: frozenset[str]
    from_on: date | None = None
    to_on: date | None = None

    def is_on(self, on: date) -> bool:
        """Whether the alternate may be used on a date."""
        return (self.from_on is None or self.from_on <= on) and (
            self.to_on is None or on < self.to_on
        )


@dataclass(frozen=True, slots=True)
class Bill:
    """All bills of a plant. `levels`: parents by low-level code, so that each precedes its parts.

    `reaches` is everything a parent is made of, itself included; `callers` the parents that call
    for a part directly. `unclear` says of a parent why its need cannot be told.
    """

    below: Mapping[str, tuple[Line, ...]]
    spares: Mapping[str, tuple[Spare, ...]]
    phantoms: frozenset[str]
    levels: tuple[tuple[str, ...], ...]
    reaches: Mapping[str, frozenset[str]]
    callers: Mapping[str, frozenset[str]]
    unclear: Mapping[str, str]

    def reach(self, top: str) -> frozenset[str]:
        """Everything a parent is made of, itself included."""
        return self.reaches.get(top, frozenset({top}))

    def reach_on(self, top: str, on: date) -> frozenset[str]:
        """The same by the lines that apply on a date."""
        found, open_ = {top}, [top]
        while open_:
            parts = {line.part for line in self.below.get(open_.pop(), ()) if line.is_on(on)}
            open_ += parts - found
            found |= parts
        return frozenset(found)

    def why_unclear(self, product: str) -> str:
        """Why nothing sure can be said of a product; "" when all its bills are sound."""
        if product not in self.below and product not in self.unclear:
            return f"no BOM for {product}"
        reach = self.reach(product)
        reasons = {reason for part, reason in self.unclear.items() if part in reach}
        return "; ".join(sorted(reasons))

    def usable_spares(self, part: str, within: Set[str]) -> list[Spare]:
        """Alternates that every bill of `within` calling for the part allows, by rank."""
        callers = self.callers.get(part, frozenset()) & within
        return [spare for spare in self.spares.get(part, ()) if callers <= spare.parents]


def bill_of(facts: Facts, units: Units, notes: Notes) -> Bill:
    """The bills that apply within the horizon; what is wrong with one is named and refused."""
    first, last = facts.days[0], facts.days[-1]
    items = [
        item
        for item in facts.bom
        if not _is_never(item, notes)
        and (item.valid_from_on is None or item.valid_from_on <= last)
        and (item.valid_to_on is None or item.valid_to_on > first)
    ]
    unclear: dict[str, str] = {}
    lines = [
        (item, line) for item in items if (line := _line(item, units, notes, unclear)) is not None
    ]
    _overlaps(items, notes)
    primary = _without_loops(
        [line for item, line in lines if not item.alternate_of], unclear, notes
    )
    below: dict[str, list[Line]] = defaultdict(list)
    for line in primary:
        below[line.parent].append(line)
    levels = _levels(below)
    callers: dict[str, set[str]] = defaultdict(set)
    for line in primary:
        callers[line.part].add(line.parent)
    bill = Bill(
        {parent: tuple(found) for parent, found in below.items()},
        _spares([pair for pair in lines if pair[0].alternate_of], below),
        frozenset(item.part for item in items if item.is_phantom),
        levels,
        _reaches(below, levels),
        {part: frozenset(parents) for part, parents in callers.items()},
        unclear,
    )
    _gaps(bill, facts, notes, unclear)
    return bill


def _is_never(item: BomItem, notes: Notes) -> bool:
    """Whether a line ends before it begins; it is named and left out."""
    for first, last in (
        (item.valid_from_on, item.valid_to_on),
        (item.serial_from, item.serial_to),
    ):
        if first is not None and last is not None and first >= last:  # type: ignore[operator]
            notes.add(
                "effectivity_reversed",
                item.part,
                f"the bill of {item.parent} calls for {item.part} from {first} until before {last},"
                " which is never: the line is not counted",
            )
            return True
    return False


def _line(item: BomItem, units: Units, notes: Notes, unclear: dict[str, str]) -> Line | None:
    """A bill's line in the part's own unit; None, named and its parent unclear, when it is wrong.

    An alternate that is wrong is left out and makes nothing unclear.
    """
    what = f"the bill of {item.parent}: {item.part}"
    reason = ""
    each: float | None = None
    if not 0 <= item.scrap_ratio < 1:
        notes.add("absurd_quantity", item.part, f"{what} has a scrap of {item.scrap_ratio:g}")
        reason = f"scrap of {item.part} in the BOM of {item.parent} is absurd"
    elif item.per_qty == 0 or not notes.is_sane(item.per_qty, item.part, what):
        notes.add("absurd_quantity", item.part, f"{what} is called for {item.per_qty:g} times")
        reason = f"quantity of {item.part} in the BOM of {item.parent} is absurd"
    else:
        each = units.convert(need_each(item), item.part, item.unit, what, notes)
        reason = f"unit of {item.part} in the BOM of {item.parent} is not known"
    if each is None:
        if not item.alternate_of:
            unclear[item.parent] = reason
        return None
    return Line(
        item.parent,
        item.part,
        each,
        item.valid_from_on,
        item.valid_to_on,
        item.serial_from,
        item.serial_to,
        item.operation,
    )


def _spares(
    pairs: Sequence[tuple[BomItem, Line]], below: Mapping[str, Sequence[Line]]
) -> dict[str, tuple[Spare, ...]]:
    """Alternates of each part by rank; where bills differ, the dearest ratio counts."""
    each = {(line.parent, line.part): line.each for found in below.values() for line in found}
    found: dict[str, dict[str, list[tuple[BomItem, Line, float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for item, line in pairs:
        if primary := each.get((item.parent, item.alternate_of)):
            ratio = line.each / primary
            found[item.alternate_of][item.part].append((item, line, ratio))
    return {
        part: tuple(
            sorted(
                (_spare(name, rows) for name, rows in by.items()), key=lambda s: (s.rank, s.part)
            )
        )
        for part, by in found.items()
    }


def _spare(name: str, rows: Sequence[tuple[BomItem, Line, float]]) -> Spare:
    starts = [line.from_on for _, line, _ in rows]
    ends = [line.to_on for _, line, _ in rows]
    return Spare(
        name,
        min(item.alternate_rank for item, _, _ in rows),
        max(ratio for _, _, ratio in rows),
        frozenset(item.parent for item, _, _ in rows),
        max((on for on in starts if on), default=None),
        min((on for on in ends if on), default=None),
    )


def _without_loops(lines: list[Line], unclear: dict[str, str], notes: Notes) -> list[Line]:
    """The lines without those of a loop, each loop named with its path."""
    while True:
        graph: dict[str, set[str]] = defaultdict(set)
        for line in lines:
            graph[line.part].add(line.parent)
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            path: list[str] = list(error.args[1])
            start = path.index(min(path[:-1]))
            path = [*path[start:-1], *path[: start + 1]]
            told = " > ".join(path)
            notes.add("bom_cycle", path[0], f"{told} contains itself: mend the bill in the ERP")
            loop = set(pairwise(path))
            lines = [line for line in lines if (line.parent, line.part) not in loop]
            unclear.update(dict.fromkeys(path, f"the BOM {told} contains itself"))
        else:
            return lines


def _levels(below: Mapping[str, Sequence[Line]]) -> tuple[tuple[str, ...], ...]:
    graph: dict[str, set[str]] = {parent: set() for parent in below}
    for found in below.values():
        for line in found:
            graph.setdefault(line.part, set()).add(line.parent)
    sorter = TopologicalSorter(graph)
    depth: dict[str, int] = {}
    for part in sorter.static_order():
        depth[part] = max((depth[parent] + 1 for parent in graph[part]), default=0)
    levels: dict[int, list[str]] = defaultdict(list)
    for parent in sorted(below):
        levels[depth[parent]].append(parent)
    return tuple(tuple(levels[code]) for code in sorted(levels))


def _reaches(
    below: Mapping[str, Sequence[Line]], levels: Sequence[Sequence[str]]
) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for level in reversed(levels):
        for parent in level:
            parts = {line.part for line in below[parent]}
            found[parent] = frozenset({parent}).union(
                *(found.get(part, frozenset({part})) for part in parts)
            )
    return found


def _overlaps(items: Iterable[BomItem], notes: Notes) -> None:
    """Name lines of one part in one bill whose differing windows overlap: both are counted."""
    same: dict[tuple[str, str, str], set[tuple[date, date, float, float]]] = defaultdict(set)
    for item in items:
        window = (
            item.valid_from_on or date.min,
            item.valid_to_on or date.max,
            float("-inf") if item.serial_from is None else item.serial_from,
            float("inf") if item.serial_to is None else item.serial_to,
        )
        same[item.parent, item.part, item.alternate_of].add(window)
    for (parent, part, _), windows in same.items():
        for one, other in combinations(sorted(windows), 2):
            if other[0] < one[1] and one[2] < other[3] and other[2] < one[3]:
                notes.add(
                    "effectivity_overlap",
                    part,
                    f"the bill of {parent} calls for {part} twice from "
                    f"{max(one[0], other[0])}: both are counted",
                )


def _gaps(bill: Bill, facts: Facts, notes: Notes, unclear: dict[str, str]) -> None:
    """Name what is to be made on days for which it has no bill."""
    products = {hour.product for hour in facts.plan} | {build.product for build in facts.builds}
    tops = {part for product in products for part in bill.reach(product)}
    for parent in sorted(tops & ({*bill.below} | bill.phantoms | products)):
        lines = bill.below.get(parent, ())
        if any(line.from_on is line.to_on is None for line in lines):
            continue
        bare = [on for on in facts.days if not any(line.is_on(on) for line in lines)]
        if bare and parent not in unclear:
            since = "" if len(bare) == len(facts.days) else f" on {bare[0]}"
            unclear[parent] = f"no BOM for {parent}{since}"
            notes.add("no_bom", parent, f"no BOM for {parent}{since}: its need cannot be told")
