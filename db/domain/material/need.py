"""When parts are needed: the plan spread over working time, exploded through the bills.

Everything is reckoned in stretches of time in which nothing bends: parts × stretches matrices of
what is consumed in each. Where the stock of a made part runs out inside a stretch, the stretch is
cut there, so that the result is exact and not a matter of the grid's fineness.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from db.domain.material.bom import Bill, Line
from db.domain.material.facts import Facts
from db.domain.material.parts import NOTHING
from db.domain.material.plan import A_MOMENT, Places, Plan, Series, points_of, seconds
from db.domain.material.supply import Supply


@dataclass(frozen=True, slots=True)
class Load:
    """What one good rack of a product costs: racks to start, and parts replaced on the way."""

    starts: Mapping[str, float]
    replaced: Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Need:
    """What is consumed of each bought part in each stretch of `plan.grid`: parts × stretches."""

    plan: Plan
    used: Series


def load_of(facts: Facts, bill: Bill, minimum: int) -> Load:
    """Racks to start and parts replaced for each good rack, as measured.

    final yield = passed / disposed, of at least `minimum` racks; starts = 1 / yield. Parts replaced
    are per rack completed; those of an alternate count towards the part it stands in for, those of
    a part the product's bill does not know are left out.
    """
    starts = {
        one.product: one.disposed_count / one.passed_count
        for one in facts.yields
        if one.passed_count > 0 and one.disposed_count >= minimum
    }
    primary = {spare.part: part for part, found in bill.spares.items() for spare in found}
    replaced: dict[tuple[str, str], float] = {}
    for one in facts.replacements:
        reach = bill.reach(one.product)
        part = one.part if one.part in reach else primary.get(one.part, "")
        if part in reach and one.rack_count >= minimum and one.replaced_qty > 0:
            key = one.product, part
            replaced[key] = replaced.get(key, 0.0) + one.replaced_qty / one.rack_count
    return Load(starts, replaced)


def explode(
    plan: Plan,
    bill: Bill,
    supply: Mapping[str, Supply],
    load: Load,
    facts: Facts,
    *,
    bought: Sequence[str],
    when: str = "usable_at",
) -> Need:
    """Need of bought parts; what there is of made parts is used before their parts are called for.

    `when` names the instant at which receipts can be used; "": nothing comes. Parents come before
    their parts, so that a part used at two levels is netted once, whole.
    """
    products = {product for _, product in plan.pairs}
    reach = frozenset[str]().union(*(bill.reach(product) for product in products))
    parents = sorted(products | (reach & bill.below.keys()))
    serials = first_serials(facts)
    plan = _cut_at_serials(plan, bill, load, serials)
    runs = _runs(plan, bill, load, serials, facts)
    sheet = _Sheet(plan, {part: index for index, part in enumerate(parents)})
    for index, (_, product) in enumerate(plan.pairs):
        sheet.used[sheet.row[product]] += plan.racks[index] * load.starts.get(product, 1.0)
    sheet.add_replaced(load, sheet.row, sheet.used)
    for level in bill.levels:
        called = [parent for parent in level if parent in sheet.row]
        netted = [p for p in called if p not in products and p not in bill.phantoms]
        sheet.net(netted, supply, facts, when)
        sheet.hand_down(called, sheet.row, sheet.used, bill, runs)
    row = {part: index for index, part in enumerate(bought)}
    used = np.zeros((len(bought), len(sheet.plan.day)))
    sheet.hand_down(parents, row, used, bill, runs)
    sheet.add_replaced(load, row, used)
    return Need(sheet.plan, used)


class _Sheet:
    """Parents × stretches of one explosion, cut finer as stocks run out inside a stretch.

    `used` is what is needed of a parent and, once it has been netted, what is to be made of it.
    """

    def __init__(self, plan: Plan, row: Mapping[str, int]) -> None:
        self.plan, self.row = plan, row
        self.used: Series = np.zeros((len(row), len(plan.day)))
        self.origin: Places = np.arange(len(plan.day), dtype=np.intp)

    def add_replaced(self, load: Load, row: Mapping[str, int], used: Series) -> None:
        """Add the parts replaced on the way, for each rack completed."""
        for (of, part), each in load.replaced.items():
            for index, (_, product) in enumerate(self.plan.pairs):
                if of == product and part in row:
                    used[row[part]] += self.plan.racks[index] * each

    def net(
        self, netted: Sequence[str], supply: Mapping[str, Supply], facts: Facts, when: str
    ) -> None:
        """Take off what stock and receipts of made parts cover."""
        held = [p for p in netted if p in supply and (supply[p].left or supply[p].counted)]
        if not held:
            return
        rows = np.array([self.row[part] for part in held], dtype=np.intp)
        have = arrivals(held, supply, facts, self.plan.grid, when)
        gap = self._gap(rows, have)
        before = np.column_stack([np.zeros(len(held)), gap[:, :-1]])
        used = self.used[rows]
        start = np.cumsum(used, axis=1) - used
        turns = (start - have[:, :-1] < before - NOTHING) & (gap > before + NOTHING)
        which, at = np.nonzero(turns)
        share = (have[which, at] + before[which, at] - start[which, at]) / used[which, at]
        grid = self.plan.grid
        self.cut(grid[at] + share * (grid[at + 1] - grid[at]))
        gap = self._gap(rows, arrivals(held, supply, facts, self.plan.grid, when))
        made = np.diff(gap, axis=1, prepend=0.0)
        made[made < NOTHING] = 0.0
        self.used[rows] = made

    def _gap(self, rows: Places, have: Series) -> Series:
        """What has had to be made by the end of each stretch: it never becomes less again."""
        need = np.cumsum(self.used[rows], axis=1)
        gap: Series = np.maximum.accumulate(np.maximum(need - have[:, :-1], 0), axis=1)
        return gap

    def cut(self, points: Series) -> None:
        """Cut the stretches at some instants, what is used in them evenly."""
        grid = self.plan.grid
        place = np.clip(np.searchsorted(grid, points), 1, len(grid) - 1)
        far = np.minimum(np.abs(points - grid[place - 1]), np.abs(grid[place] - points)) > A_MOMENT
        if not far.any():
            return
        finer = points_of([grid, points[far]], float(grid[-1]))
        where = np.searchsorted(grid, finer[:-1], side="right") - 1
        share = np.diff(finer) / np.diff(grid)[where]
        plan = self.plan
        self.plan = Plan(finer, plan.day[where], plan.pairs, plan.racks[:, where] * share)
        self.used = self.used[:, where] * share
        self.origin = self.origin[where]

    def hand_down(
        self,
        parents: Sequence[str],
        row: Mapping[str, int],
        used: Series,
        bill: Bill,
        runs: Sequence["Run"],
    ) -> None:
        """Add to the parts in `row` what some parents call for."""
        lines = [
            (line, self.row[parent])
            for parent in parents
            for line in bill.below.get(parent, ())
            if line.part in row
        ]
        for run in runs if lines else ():
            first, last = np.searchsorted(self.origin, [run.first, run.last])
            on = [(line, at) for line, at in lines if line.is_always or line in run.lines]
            places = [row[line.part] for line, _ in on], [at for _, at in on]
            shape = (len(row), len(self.row))
            each = csr_array(([line.each for line, _ in on], places), shape=shape)
            used[:, first:last] += each @ self.used[:, first:last]


@dataclass(frozen=True, slots=True)
class Run:
    """Stretches (of the first grid) in which the same lines of the bills apply."""

    first: int
    last: int
    lines: frozenset[Line]


def arrivals(
    parts: Sequence[str],
    supply: Mapping[str, Supply],
    facts: Facts,
    grid: Series,
    when: str,
) -> Series:
    """Stock and what has arrived, parts × grid points. `when` names the receipt's instant; "" none.

    An arrival counts from its own point on, for arrivals are points of the grid; one at the very
    end is beyond the horizon.
    """
    have = np.zeros((len(parts), len(grid)))
    known = [(row, supply[part]) for row, part in enumerate(parts) if part in supply]
    have[[row for row, _ in known], 0] = [held.left for _, held in known]
    found = [(row, one) for row, held in known for one in (held.counted if when else ())]
    still = np.ones(len(parts), dtype=np.bool_)
    if found:
        at = np.array([seconds(getattr(one, when), facts.at) for _, one in found]) - A_MOMENT
        place = np.searchsorted(grid, at)
        inside = place < len(grid) - 1
        rows = np.array([row for row, _ in found])[inside]
        np.add.at(have, (rows, place[inside]), np.array([r.open_qty for _, r in found])[inside])
        came = np.unique(rows)
        have[came] = np.cumsum(have[came], axis=1)
        still[came] = False
    have[still] = have[still, :1]
    return have


def first_serials(facts: Facts) -> dict[str, int]:
    """The serial number, counted in the product, of the next rack: the lowest of its builds."""
    found: dict[str, int] = {}
    for build in facts.builds:
        if build.serial_from is not None:
            found[build.product] = min(
                found.get(build.product, build.serial_from), build.serial_from
            )
    return found


def _windowed(bill: Bill) -> list[Line]:
    return [line for found in bill.below.values() for line in found if not line.is_always]


def _started(plan: Plan, load: Load, product: str) -> Series:
    """Racks of a product started by each point of the grid."""
    rows = [index for index, pair in enumerate(plan.pairs) if pair[1] == product]
    each = plan.racks[rows].sum(axis=0) * load.starts.get(product, 1.0)
    return np.append(0.0, np.cumsum(each))


def _cut_at_serials(plan: Plan, bill: Bill, load: Load, serials: Mapping[str, int]) -> Plan:
    """The plan cut where a product reaches a serial number at which its bills change."""
    limits = {n for line in _windowed(bill) for n in (line.serial_from, line.serial_to) if n}
    sheet = _Sheet(plan, {})
    points = []
    for product in {product for _, product in plan.pairs} if limits else ():
        made = _started(plan, load, product)
        for limit in limits:
            count = limit - serials.get(product, 0)
            if 0 < count < made[-1]:
                place = int(np.searchsorted(made, count))
                share = (count - made[place - 1]) / (made[place] - made[place - 1])
                points.append(
                    plan.grid[place - 1] + share * (plan.grid[place] - plan.grid[place - 1])
                )
    sheet.cut(np.array(points, dtype=np.float64))
    return sheet.plan


def _runs(
    plan: Plan, bill: Bill, load: Load, serials: Mapping[str, int], facts: Facts
) -> list[Run]:
    """The horizon cut where lines of the bills begin or end to apply.

    A line for some racks of a product only applies while that product is at those serial numbers;
    in a bill that several products share, while any of them is.
    """
    lines = _windowed(bill)
    count = len(plan.day)
    if not lines:
        return [Run(0, count, frozenset())]
    reach = {product: bill.reach(product) for _, product in plan.pairs}
    middle = {
        product: (made[1:] + made[:-1]) / 2 + serials.get(product, 0)
        for product in reach
        for made in [_started(plan, load, product)]
    }
    applies = np.array(
        [_applies(line, plan, facts, reach, middle) for line in lines], dtype=np.bool_
    )
    changes = np.flatnonzero((applies[:, 1:] != applies[:, :-1]).any(axis=0)) + 1
    edges = [0, *changes.tolist(), count]
    return [
        Run(
            first,
            last,
            frozenset(line for line, on in zip(lines, applies[:, first], strict=True) if on),
        )
        for first, last in pairwise(edges)
    ]


def _applies(
    line: Line,
    plan: Plan,
    facts: Facts,
    reach: Mapping[str, frozenset[str]],
    serial: Mapping[str, Series],
) -> npt.NDArray[np.bool_]:
    """In which stretches a line of a bill applies."""
    on = np.array([line.is_on(date) for date in facts.days])[plan.day]
    if line.serial_from is None and line.serial_to is None:
        return on
    low = -np.inf if line.serial_from is None else line.serial_from
    high = np.inf if line.serial_to is None else line.serial_to
    rows = [
        (low <= serial[product]) & (serial[product] < high)
        for product, parts in reach.items()
        if line.parent in parts
    ]
    return on & np.any(rows, axis=0) if rows else np.zeros_like(on)
