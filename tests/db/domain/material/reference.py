"""The material calculation once more, slow and literal: tick by tick and rack by rack, with lists.

It is the oracle of the fast one. Everything in the facts must lie on whole ticks of five minutes;
units, wrong quantities and serial ranges are left to the golden cases.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from db.domain.material.facts import BomItem, Facts, PlannedHour, Promise

TICK = timedelta(minutes=5)
HOUR = timedelta(hours=1)
NOTHING = 1e-9
MINIMUM = 20
SILENT = timedelta(days=7)
LAST: list[tuple[Facts, dict[str, float]]] = []

Users = list[set[tuple[str, str]]]
"""The pairs of line and product that use a part, tick by tick."""
Rates = dict[datetime, list[tuple[PlannedHour, float]]]
Arrives = Callable[[Promise], datetime | None]


def each_of(item: BomItem) -> float:
    """Pieces for one parent, scrap included."""
    if item.scrap_convention == "multiply":
        return item.per_qty * (1 + item.scrap_ratio)
    return item.per_qty / (1 - item.scrap_ratio)


class Bills:
    """The bills, asked one line at a time."""

    def __init__(self, facts: Facts) -> None:
        self.items = facts.bom
        self.primary = [item for item in facts.bom if not item.alternate_of]
        self.made = {item.parent for item in self.primary}
        self.phantoms = {item.part for item in facts.bom if item.is_phantom}

    def below(self, parent: str, on: date | None = None) -> list[BomItem]:
        return [
            i for i in self.primary if i.parent == parent and (on is None or i.is_effective(on))
        ]

    def depth(self, part: str) -> int:
        above = [self.depth(item.parent) + 1 for item in self.primary if item.part == part]
        return max(above, default=0)

    def reach(self, top: str, on: date | None = None) -> set[str]:
        found = {top}
        for item in self.below(top, on):
            found |= self.reach(item.part, on)
        return found

    def spares(self, part: str, within: set[str]) -> list[tuple[str, float]]:
        """Alternates all bills that call for a part allow: (part, ratio), by rank."""
        callers = {i.parent for i in self.primary if i.part == part and i.parent in within}
        found: dict[str, list[tuple[int, str, float]]] = defaultdict(list)
        for item in self.items:
            if item.alternate_of == part:
                one = [i for i in self.below(item.parent) if i.part == part]
                if one:
                    ratio = each_of(item) / each_of(one[-1])
                    found[item.part].append((item.alternate_rank, item.parent, ratio))
        ranked = sorted((min(r for r, _, _ in rows), name) for name, rows in found.items())
        return [
            (name, max(ratio for _, _, ratio in found[name]))
            for _, name in ranked
            if callers <= {parent for _, parent, _ in found[name]}
        ]


def counts(promise: Promise, today: date) -> bool:
    return (
        promise.promised_on is not None
        and promise.usable_at is not None
        and promise.promised_on >= today
        and promise.is_confirmed
    )


def late_days(facts: Facts, supplier: str, promise_count: int, quantile: float) -> int:
    """Kaplan and Meier's product limit, by its definition."""
    slips = []
    for one in facts.deliveries:
        promised = one.first_promised_on if promise_count <= 1 else one.last_promised_on
        if one.received_on is not None:
            slips.append((one.supplier, max(0, (one.received_on - promised).days), True))
        elif facts.today > promised:
            slips.append((one.supplier, (facts.today - promised).days, False))
    own = [slip for slip in slips if slip[0] == supplier]
    used = own if len(own) >= 5 else slips
    surviving = 1.0
    for days in sorted({days for _, days, came in used if came}):
        at_risk = sum(1 for _, other, _ in used if other >= days)
        events = sum(1 for _, other, came in used if came and other == days)
        surviving *= 1 - events / at_risk
        if 1 - surviving >= quantile - 1e-12:
            return days
    return max((days for _, days, _ in used), default=0)


@dataclass
class Run:
    """What one case left behind, tick by tick."""

    ticks: list[datetime]
    used: dict[str, list[float]]
    path: dict[str, list[float]]
    start: dict[str, list[float]]
    racks: dict[tuple[str, str], list[float]]


def available(facts: Facts, part: str, *, free: bool = False) -> float:
    held = sum(
        max(0.0, p.qty) for p in facts.stock if p.part == part and p.status == "unrestricted"
    )
    allocated = sum(
        min(max(0.0, p.qty), max(0.0, p.allocated_qty))
        for p in facts.stock
        if p.part == part and p.status == "unrestricted"
    )
    reserved = sum(build.reserved.get(part, 0.0) for build in facts.builds)
    if free:
        return max(0.0, held - max(allocated, reserved))
    return max(0.0, held - max(0.0, allocated - reserved))


def is_working(facts: Facts, at: datetime) -> bool:
    return any(start <= at < end for start, end in facts.working)


def ticks_of(start: datetime, end: datetime) -> Iterable[datetime]:
    while start < end:
        yield start
        start += TICK


def ahead(facts: Facts) -> list[PlannedHour]:
    """Planned hours that are not over."""
    return [hour for hour in facts.plan if hour.hour_at + HOUR > facts.at]


def rates(facts: Facts) -> Rates:
    """Racks completed in each tick of each planned hour: only while the line works."""
    found: Rates = defaultdict(list)
    for hour in facts.plan:
        ticks = list(ticks_of(hour.hour_at, hour.hour_at + HOUR))
        working = [tick for tick in ticks if is_working(facts, tick)] or ticks
        for tick in working:
            found[tick].append((hour, hour.qty / len(working)))
    return found


def called(
    facts: Facts, hours: Iterable[tuple[PlannedHour, float]], *, is_loaded: bool
) -> dict[str, float]:
    """What a tick's racks call for themselves: racks to start, and parts replaced on the way."""
    starts = {
        y.product: y.disposed_count / y.passed_count
        for y in facts.yields
        if is_loaded and y.passed_count and y.disposed_count >= MINIMUM
    }
    need: dict[str, float] = defaultdict(float)
    for hour, racks in hours:
        need[hour.product] += racks * starts.get(hour.product, 1.0)
        for r in facts.replacements if is_loaded else ():
            if r.product == hour.product and r.rack_count >= MINIMUM:
                need[r.part] += racks * r.replaced_qty / r.rack_count
    return need


def in_order(facts: Facts, bills: Bills) -> list[str]:
    """Every part, parents before what they are made of."""
    parts = {i.part for i in facts.bom} | {p.part for p in facts.stock} | bills.made
    parts |= {hour.product for hour in facts.plan}
    return sorted(parts, key=lambda part: (bills.depth(part), part))


def used_since(facts: Facts) -> dict[str, float]:
    """What the plan has used of each part since its stock was read, a week at most.

    The last answer is kept: the same plant is asked of again and again.
    """
    if not LAST or LAST[0][0] is not facts:
        LAST[:] = [(facts, _used_since(facts))]
    return LAST[0][1]


def _used_since(facts: Facts) -> dict[str, float]:
    read = {part: at for part, at in facts.counted_at.items() if at < facts.at}
    bills, plan = Bills(facts), rates(facts)
    order = in_order(facts, bills) if read else []
    have = {part: available(facts, part) for part in order}
    used: dict[str, float] = defaultdict(float)
    start = max(min(read.values(), default=facts.at), facts.at - SILENT)
    for tick in ticks_of(start, facts.at):
        need = called(facts, plan.get(tick, ()), is_loaded=True)
        on = facts.today if tick >= facts.day_edges[0] else facts.today - timedelta(days=1)
        call_down(bills, order, have, need, on)
        for part, at in read.items():
            used[part] += need[part] if tick >= at else 0.0
    return used


def simulate(facts: Facts, arrives: Arrives, *, is_loaded: bool) -> Run:
    """Walk through the horizon; stock of made parts is used before their parts are called for."""
    bills, plan = Bills(facts), rates(facts)
    order, gone = in_order(facts, bills), used_since(facts)
    have = {part: max(0.0, available(facts, part) - gone.get(part, 0.0)) for part in order}
    ticks = list(ticks_of(facts.at, facts.day_edges[-1]))
    run = Run(ticks, *(defaultdict(list) for _ in range(4)))
    pairs = {(hour.line, hour.product) for hour in ahead(facts)}
    come: dict[datetime, list[Promise]] = defaultdict(list)
    for promise in facts.promises:
        when = arrives(promise)
        if when is not None:
            come[max(when, facts.at)].append(promise)
    for tick in ticks:
        for promise in come[tick]:
            have[promise.part] = have.get(promise.part, 0.0) + promise.open_qty
        on = day_of(facts, tick)
        need = called(facts, plan.get(tick, ()), is_loaded=is_loaded)
        made = dict.fromkeys(pairs, 0.0)
        for hour, racks in plan.get(tick, ()):
            made[hour.line, hour.product] += racks
        for pair, racks in made.items():
            run.racks[pair].append(racks)
        call_down(bills, order, have, need, on)
        for part in (one for one in order if one not in bills.made):
            run.start[part].append(have[part])
            have[part] -= need[part]
            run.used[part].append(need[part])
            run.path[part].append(have[part])
    return run


def call_down(
    bills: Bills, order: list[str], have: dict[str, float], need: dict[str, float], on: date
) -> None:
    """One tick's need of made parts handed down, parents before their parts, from stock first.

    Nothing calls for a finished rack: none is ever taken from stock.
    """
    for part in (one for one in order if one in bills.made):
        from_stock = 0.0
        if part not in bills.phantoms and bills.depth(part):
            from_stock = min(have[part], need[part])
            have[part] -= from_stock
        for item in bills.below(part, on):
            need[item.part] += (need[part] - from_stock) * each_of(item)


@dataclass
class Stop:
    """The first shortage of a path: its tick, instant, and when it is covered."""

    tick: int
    at: datetime
    covered_at: datetime | None


def first_stop(
    run: Run, part: str, cap: list[float] | None = None, since: datetime | None = None
) -> Stop | None:
    """Where a path, with what alternates give, first goes below zero, or first since an instant."""
    cap = cap or [0.0] * len(run.ticks)
    path, start, used = run.path[part], run.start[part], run.used[part]
    for i, tick in enumerate(run.ticks):
        if since and tick < since:
            continue
        if path[i] + cap[i] < -NOTHING:
            left = max(0.0, start[i] + cap[i])
            at = tick + TICK * (left / used[i])
            covered = [
                run.ticks[j] for j in range(i + 1, len(path)) if start[j] + cap[j] >= -NOTHING
            ]
            return Stop(i, at, covered[0] if covered else None)
    return None


def stops_again(run: Run, part: str, cap: list[float] | None, stop: Stop | None) -> list[Stop]:
    """Every stop after the first: covered, and gone again."""
    found = []
    while stop and stop.covered_at:
        stop = first_stop(run, part, cap, stop.covered_at)
        found += [stop] if stop else []
    return found


def day_of(facts: Facts, tick: datetime) -> date:
    return max(d for d, edge in zip(facts.days, facts.day_edges, strict=False) if edge <= tick)


def racks_between(run: Run, users: Users, start: datetime, end: datetime | None) -> float:
    total = 0.0
    for i, tick in enumerate(run.ticks):
        inside = min(tick + TICK, end or tick + TICK) - max(tick, start)
        if inside > timedelta(0):
            total += sum(run.racks[pair][i] for pair in users[i]) * (inside / TICK)
    return total


@dataclass
class Answer:
    """One case: each part's stops and racks at risk, alternates, caps, and the lines' blockers."""

    run: Run
    stops: dict[str, Stop | None]
    whole: dict[str, Stop | None]
    again: dict[str, list[tuple[Stop, float]]]
    at_risk: dict[str, float]
    lasting: dict[str, list[tuple[str, datetime | None]]]
    lines: dict[str, list[tuple[datetime, str]]]


def answer(facts: Facts, arrives: Arrives, *, is_loaded: bool = True) -> Answer:
    """Everything about one case."""
    run, bills = simulate(facts, arrives, is_loaded=is_loaded), Bills(facts)
    pairs = {(hour.line, hour.product) for hour in ahead(facts)}
    within = set().union(*(bills.reach(product) for _, product in pairs))
    products = {product for _, product in pairs}
    reach = {(p, on): bills.reach(p, on) for p in products for on in facts.days}
    days = [day_of(facts, tick) for tick in run.ticks]
    users: dict[str, Users] = {
        part: [{pair for pair in pairs if part in reach[pair[1], on]} for on in days]
        for part in run.path
    }
    stops = {part: first_stop(run, part) for part in run.path}
    caps, lasting = _lend(run, bills, within)
    whole = {part: first_stop(run, part, caps.get(part)) for part in run.path}
    again = {
        part: [
            (one, racks_between(run, users[part], one.at, one.covered_at))
            for one in stops_again(run, part, caps.get(part), stop)
        ]
        for part, stop in whole.items()
    }
    at_risk = {
        part: racks_between(run, users[part], stop.at, stop.covered_at) if stop else 0.0
        for part, stop in whole.items()
    }
    lines = {}
    for line in {line for line, _ in pairs}:
        found = []
        for part in run.path:
            stop = whole[part]
            cap = caps.get(part) or [0.0] * len(run.ticks)
            for i, tick in enumerate(run.ticks):
                if (
                    stop
                    and run.path[part][i] + cap[i] < -NOTHING
                    and run.used[part][i] > NOTHING
                    and any(
                        run.racks[pair][i] > NOTHING for pair in users[part][i] if pair[0] == line
                    )
                ):
                    found.append((max(stop.at, tick), part))
                    break
        lines[line] = sorted(found)
    return Answer(run, stops, whole, again, at_risk, lasting, lines)


def _lend(
    run: Run, bills: Bills, within: set[str]
) -> tuple[dict[str, list[float]], dict[str, list[tuple[str, datetime | None]]]]:
    """Alternates stand in for the parts that run out, in the order of names, by rank."""
    caps: dict[str, list[float]] = {}
    lasting: dict[str, list[tuple[str, datetime | None]]] = {}
    given: dict[str, list[float]] = {}
    count = len(run.ticks)

    for part in sorted(run.path):
        if part not in within or not (spares := bills.spares(part, within)):
            continue
        missing, worst = [], 0.0
        for left in run.path[part]:
            worst = max(worst, -left)
            missing.append(worst)
        cap, told = [0.0] * count, []
        for name, ratio in spares:
            lent = given.setdefault(name, [0.0] * count)
            lowest, spared = float("inf"), [0.0] * count
            for i in reversed(range(count)):
                lowest = min(lowest, run.path[name][i] - lent[i])
                spared[i] = max(0.0, lowest) / ratio
            most = 0.0
            for i in range(count):
                taken = min(missing[i], spared[i])
                most = max(most, taken)
                given[name][i] = lent[i] + most * ratio
                missing[i] -= taken
                cap[i] += spared[i]
            stop = first_stop(run, part, cap)
            told.append((name, stop.at if stop else None))
        caps[part], lasting[part] = cap, told
    return caps, lasting
