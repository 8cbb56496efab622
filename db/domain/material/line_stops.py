"""When a part runs out and a line stops: stock + receipts − consumption, in each of three cases.

The path of a part is all its supply so far less all its need so far. It stops what uses it at the
first working instant the path goes below zero; it is covered again when an arrival has brought the
path back to zero or more. A part's own stop counts its own stock and receipts alone; a line's stop
also counts alternates, by rank, with what their own need leaves over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from db.domain.calendar import HOUR
from db.domain.limits import Level, Limits
from db.domain.material.bom import Bill, Spare
from db.domain.material.facts import Facts
from db.domain.material.need import Need, arrivals
from db.domain.material.parts import NOTHING
from db.domain.material.plan import Plan, Series, seconds
from db.domain.material.results import CaseName, Receipt
from db.domain.material.supply import Supply

Marks = npt.NDArray[np.bool_]

ARRIVES: Mapping[CaseName, str] = {"promised": "usable_at", "late": "late_usable_at", "none": ""}
"""The field of a receipt that tells when it can be used, in each case."""


def stop_level(stops_at: datetime | None, at: datetime, limits: Limits) -> Level:
    """Red or amber by the hours left until a line stops; normal when it does not within the plan.

    >>> now = datetime(2026, 7, 6, 8)
    >>> [stop_level(now + HOUR * hours, now, Limits()) for hours in (3, 4, 12)]
    ['red', 'amber', 'normal']
    """
    if stops_at is None:
        return "normal"
    hours = (stops_at - at) / HOUR
    if hours < limits.stop_red_hours:
        return "red"
    return "amber" if hours < limits.stop_amber_hours else "normal"


@dataclass(frozen=True, slots=True)
class Stops:
    """For each part: `short` by stretch, the first stop and its cover in seconds (nan: none)."""

    short: Marks
    stop: Series
    cover: Series


@dataclass(frozen=True, slots=True)
class Future:
    """All bought parts in one case: need and supply until each point of the plan's grid.

    `own` are their own stops, `whole` those with what alternates have `lent`; `lasting` tells of
    each part with alternates how long they last, `drawn` what one gives to others in the end.
    `ends` is the path of each part at the end of each stretch, before what arrives there.
    """

    case: CaseName
    plan: Plan
    row: Mapping[str, int]
    used: Series
    need: Series
    have: Series
    ends: Series
    lent: Series
    own: Stops
    whole: Stops
    lasting: Mapping[str, tuple[tuple[Spare, float], ...]]
    drawn: Mapping[str, float]


def future(
    case: CaseName,
    need: Need,
    bought: Sequence[str],
    *,
    supply: Mapping[str, Supply],
    bill: Bill,
    facts: Facts,
) -> Future:
    """What becomes of every bought part in one case."""
    plan, used = need.plan, need.used
    until = np.zeros((len(bought), len(plan.grid)))
    np.cumsum(used, axis=1, out=until[:, 1:])
    have = arrivals(bought, supply, facts, plan.grid, ARRIVES[case])
    ends = have[:, :-1] - until[:, 1:]
    own = _stops(have, until, used, plan.grid, ends)
    row = {part: index for index, part in enumerate(bought)}
    spare = _Spares(
        plan=plan, days=facts.days, row=row, have=have, need=until, used=used, ends=ends
    )
    reach = frozenset[str]().union(*(bill.reach(product) for _, product in plan.pairs))
    short = [part for part in bought if part in bill.spares and part in reach]
    for part in short:
        spare.lend(part, [s for s in bill.usable_spares(part, reach) if s.part in row])
    whole = _with_spares(own, spare) if spare.lasting else own
    drawn = {part: float(series[-1]) for part, series in spare.drawn.items()}
    return Future(
        case, plan, row, used, until, have, ends, spare.lent, own, whole, spare.lasting, drawn
    )


def _stops(have: Series, need: Series, used: Series, grid: Series, ends: Series) -> Stops:
    short: Marks = ends < -NOTHING
    stop = np.full(len(have), np.nan)
    cover = np.full(len(have), np.nan)
    rows = np.flatnonzero(short.any(axis=1))
    if rows.size:
        first = short[rows].argmax(axis=1)
        left = np.maximum(0.0, have[rows, first] - need[rows, first])
        stop[rows] = grid[first] + left / used[rows, first] * np.diff(grid)[first]
        cover[rows] = _covers(have[rows] - need[rows], first, grid)
    return Stops(short, stop, cover)


def _covers(path: Series, first: npt.NDArray[np.intp], grid: Series) -> Series:
    """When each path is back at zero or more after the stretch in which it went below."""
    back = (path >= -NOTHING) & (np.arange(len(grid)) > first[:, None])
    return np.where(back.any(axis=1), grid[back.argmax(axis=1)], np.nan)


def _with_spares(own: Stops, spare: "_Spares") -> Stops:
    """The stops of all parts, those that have alternates with them."""
    rows = [spare.row[part] for part in spare.lasting]
    with_ = _stops(
        spare.have[rows] + spare.lent[rows],
        spare.need[rows],
        spare.used[rows],
        spare.plan.grid,
        spare.ends[rows] + spare.lent[rows, :-1],
    )
    short, stop, cover = own.short.copy(), own.stop.copy(), own.cover.copy()
    short[rows], stop[rows], cover[rows] = with_.short, with_.stop, with_.cover
    return Stops(short, stop, cover)


class _Spares:
    """Alternates, lent to the parts that run out, in the order of their names.

    An alternate gives what its own need, to the end of the horizon, leaves over.
    """

    def __init__(
        self,
        *,
        plan: Plan,
        days: Sequence[date],
        row: Mapping[str, int],
        have: Series,
        need: Series,
        used: Series,
        ends: Series,
    ) -> None:
        self.plan, self.days, self.row = plan, days, row
        self.have, self.need, self.used, self.ends = have, need, used, ends
        self.lent = np.zeros_like(have)
        self.drawn: dict[str, Series] = {}
        self.lasting: dict[str, tuple[tuple[Spare, float], ...]] = {}

    def lend(self, part: str, spares: Sequence[Spare]) -> None:
        """Let a part's alternates stand in for it, by rank."""
        row = self.row[part]
        path = self.ends[row]
        missing = np.maximum.accumulate(np.maximum(-path, 0.0))
        lent, lasting = np.zeros(len(path)), []
        for spare in spares:
            gives = self._gives(spare, missing)
            taken = np.minimum(missing, gives)
            before = self.drawn.get(spare.part, np.zeros(len(path)))
            self.drawn[spare.part] = before + np.maximum.accumulate(taken) * spare.ratio
            missing = missing - taken
            lent = lent + gives
            stops = _stops(
                (self.have[row] + np.append(lent, lent[-1]))[None],
                self.need[row][None],
                self.used[row][None],
                self.plan.grid,
                (path + lent)[None],
            )
            lasting.append((spare, float(stops.stop[0])))
        self.lent[row] = np.append(lent, lent[-1:])
        self.lasting[part] = tuple(lasting)

    def _gives(self, spare: Spare, missing: Series) -> Series:
        """What an alternate can have given by each stretch, in pieces of the part it stands for."""
        row = self.row[spare.part]
        path = self.ends[row] - self.drawn.get(spare.part, 0.0)
        spared = np.maximum(np.minimum.accumulate(path[::-1])[::-1], 0.0) / spare.ratio
        if spare.from_on is spare.to_on is None:
            return np.asarray(spared, dtype=np.float64)
        is_on = np.array([spare.is_on(day) for day in self.days])[self.plan.day]
        inside = np.flatnonzero(is_on)
        if not inside.size:
            return np.zeros_like(spared)
        last = int(inside[-1])
        spared[: int(inside[0])] = 0.0
        spared[last + 1 :] = min(float(missing[last]), float(spared[last]))
        return np.asarray(spared, dtype=np.float64)


def receipt_that_lifts(
    found: Future, part: str, receipts: Sequence[Receipt], facts: Facts
) -> tuple[Receipt | None, float | None]:
    """The first receipt after a part's stop that, come in time, would avoid it, and the hours.

    When none is enough alone, the next one and None.
    """
    row, when = found.row[part], ARRIVES[found.case]
    stop = found.own.stop[row]
    if np.isnan(stop) or not when:
        return None, None
    first = int(found.own.short[row].argmax())
    path = found.ends[row]
    after = sorted(
        (seconds(getattr(receipt, when), facts.at), receipt.key, receipt)
        for receipt in receipts
        if receipt.counts and seconds(getattr(receipt, when), facts.at) > stop
    )
    for come, _, receipt in after:
        last = int(np.searchsorted(found.plan.grid, come - 1e-3))
        if receipt.open_qty + float(path[first : max(last, first + 1)].min()) >= -NOTHING:
            return receipt, float(come - stop) / 3600
    return (after[0][2], None) if after else (None, None)


@dataclass(frozen=True, slots=True)
class Racks:
    """Racks of a plan that use each part, to say how many a stop puts at risk.

    `windows` marks, for parts that are not called for on all days, pairs × days on which they are.
    """

    plan: Plan
    until: Series
    uses: Marks
    kw: Mapping[str, float]
    windows: Mapping[int, Marks]

    def at_risk(
        self, rows: Sequence[int], starts: Series, ends: Series, line: str | None = None
    ) -> list[tuple[float, float | None]]:
        """Racks, and their kW, planned between two instants that use each part; of one line or all.

        An end of nan is the horizon's. kW None: a product has no nameplate power.
        """
        grid = self.plan.grid
        ends = np.where(np.isnan(ends), grid[-1], ends)
        racks = np.array(
            [np.interp(ends, grid, row) - np.interp(starts, grid, row) for row in self.until]
        ).reshape(len(self.plan.pairs), len(rows))
        mine = np.array([line in (None, on) for on, _ in self.plan.pairs], dtype=np.bool_)
        racks = racks.T * (self.uses[list(rows)] & mine)
        for place, row in enumerate(rows):
            if row in self.windows:
                racks[place] = self._while_called(row, starts[place], ends[place]) * mine
        kw = np.array([self.kw.get(product, np.nan) for _, product in self.plan.pairs])
        power = np.where(racks > NOTHING, racks * kw, 0.0).sum(axis=1)
        return [
            (float(count), None if np.isnan(total) else float(total))
            for count, total in zip(racks.sum(axis=1), power, strict=True)
        ]

    def _while_called(self, row: int, start: float, end: float) -> Series:
        """Racks of each pair between two instants, on the days on which they use the part."""
        grid = self.plan.grid
        inside = np.clip(np.minimum(grid[1:], end) - np.maximum(grid[:-1], start), 0.0, None)
        share = inside / np.diff(grid)
        racks: Series = (self.plan.racks * self.windows[row][:, self.plan.day]) @ share
        return racks


def racks_of(
    plan: Plan, row: Mapping[str, int], bill: Bill, kw: Mapping[str, float], days: Sequence[date]
) -> Racks:
    """The racks of a plan by the parts that go into them; `days` are those `plan.day` counts."""
    until = np.zeros((len(plan.pairs), len(plan.grid)))
    np.cumsum(plan.racks, axis=1, out=until[:, 1:])
    reach = {product: bill.reach(product) for _, product in plan.pairs}
    uses = np.array(
        [[part in reach[product] for _, product in plan.pairs] for part in row], dtype=np.bool_
    ).reshape(len(row), len(plan.pairs))
    return Racks(plan, until, uses, kw, _windows(plan, row, bill, days))


def _windows(
    plan: Plan, row: Mapping[str, int], bill: Bill, days: Sequence[date]
) -> dict[int, Marks]:
    """Of each part that some product uses on some days only: pairs × days on which it does."""
    lines = [line for found in bill.below.values() for line in found]
    changes = {on for line in lines for on in (line.from_on, line.to_on) if on}
    if not changes:
        return {}
    products = {product for _, product in plan.pairs}
    by_day: list[dict[str, frozenset[str]]] = []
    for index, day in enumerate(days):
        is_same = index > 0 and day not in changes
        by_day.append(by_day[-1] if is_same else {p: bill.reach_on(p, day) for p in products})
    differs = {
        part
        for product in products
        for reach in by_day
        for part in bill.reach(product) - reach[product]
    }
    return {
        row[part]: np.array(
            [[part in reach[product] for reach in by_day] for _, product in plan.pairs],
            dtype=np.bool_,
        )
        for part in differs & row.keys()
    }


@dataclass(frozen=True, slots=True)
class Halt:
    """A line standing still for lack of a part, in seconds from now; `cover` nan: never."""

    part: str
    stop: float
    cover: float


def halts(found: Future, racks: Racks, line: str) -> list[Halt]:
    """The first two parts that stop a line, the earlier first."""
    plan, parts = found.plan, list(found.row)
    mine = [index for index, (on, _) in enumerate(plan.pairs) if on == line]
    rows = np.flatnonzero(~np.isnan(found.whole.stop) & racks.uses[:, mine].any(axis=1))
    if not rows.size:
        return []
    runs = (plan.racks[mine] > NOTHING).astype(np.float64)
    needs = racks.uses[rows][:, mine].astype(np.float64) @ runs > 0
    for place, row in enumerate(rows.tolist()):
        if row in racks.windows:
            needs[place] = (racks.windows[row][mine][:, plan.day] & (runs > 0)).any(axis=0)
    hit = found.whole.short[rows] & needs & (found.used[rows] > NOTHING)
    stopped = np.flatnonzero(hit.any(axis=1))
    first = hit[stopped].argmax(axis=1)
    rows = rows[stopped]
    left = found.have[rows, first] + found.lent[rows, first] - found.need[rows, first]
    share = np.maximum(0.0, left) / found.used[rows, first]
    stop = plan.grid[first] + share * np.diff(plan.grid)[first]
    order = sorted(range(len(rows)), key=lambda i: (stop[i], parts[rows[i]]))[:2]
    two = rows[order]
    path = found.have[two] + found.lent[two] - found.need[two]
    covers = _covers(path, first[order], plan.grid)
    return [
        Halt(parts[rows[i]], float(stop[i]), float(cover))
        for i, cover in zip(order, covers, strict=True)
    ]
