"""Which racks can be built: whole ones, everything set aside or nothing, the first in line first.

Builds are served by (priority, due date, name). What has been set aside stays so: what arrives
later goes to the first in line who still lacks it. Shared parts are thereby given once. Racks on
the floor come before all builds (db.domain.material.floor). The result is not the greatest
possible number of racks, but one that can be followed by hand.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from db.domain.material.bom import Bill
from db.domain.material.facts import Facts, OpenBuild
from db.domain.material.ground import Ground
from db.domain.material.need import first_serials
from db.domain.material.plan import Series
from db.domain.material.recipes import (
    Recipe,
    recipe_of,
    serial_limits,
    shelf_of,
    turning_days,
)
from db.domain.material.results import BuildOutlook, PartOutlook, Screw
from db.domain.material.sentences import told_case
from db.domain.material.serving import Job, Now, fair_share, serve

PLENTY = 1e12
"""More of a part than any plant builds with."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The shelves as they are now, and the jobs in the order they are served."""

    shelf: Mapping[str, int]
    shelves: Series
    jobs: tuple[Job, ...]
    is_windowed: bool


def build_outlooks(
    ground: Ground, parts: Mapping[str, PartOutlook]
) -> tuple[tuple[BuildOutlook, ...], tuple[Screw, ...]]:
    """Every open build in the order it is served, and the golden screws."""
    facts = ground.facts
    shop = shop_of(ground)
    fair = fair_share(shop.jobs, shop.shelves, is_windowed=shop.is_windowed)
    jobs = [job.copy() for job in shop.jobs]
    seen = Now()
    shelves = serve(jobs, shop.shelves, seen)
    counts = [job.count for job in jobs]
    screws = _screws(ground, shop, seen, counts)
    growth = _by_day(ground, shop, jobs, shelves)
    found = tuple(
        _told(
            ground,
            job.build,
            counts=(counts[i], fair[i]),
            growth=growth[i],
            blockers=seen.blockers[i],
            parts=parts,
        )
        for i, job in enumerate(shop.jobs)
    )
    unclear = _unclear(ground)
    return tuple(sorted((*found, *unclear), key=lambda b: _rank(b.priority, b.due_at, b.build))), (
        screws if facts.builds else ()
    )


def _rank(priority: int, due_at: datetime | None, build: str) -> tuple[int, bool, float, str]:
    return priority, due_at is None, due_at.timestamp() if due_at else 0.0, build


def shop_of(ground: Ground) -> Shop:
    """The shelves and jobs of a plant."""
    facts, bill = ground.facts, ground.bill
    builds = [b for b in _open(facts) if not bill.why_unclear(b.product)]
    builds.sort(key=lambda b: _rank(b.priority, b.due_at, b.build))
    shelf = shelf_of(bill, {build.product for build in builds})
    shelves = np.zeros(len(shelf))
    for part, place in shelf.items():
        if part in ground.supply:
            kept = ground.floor.kept.get(part, 0.0)
            shelves[place] = max(0.0, ground.supply[part].left_free - kept)
    limits, serials = serial_limits(bill), first_serials(facts)
    recipes: dict[tuple[str, int, int], Recipe] = {}
    recipe = partial(_recipe, ground, shelf, recipes, turning_days(bill))
    jobs = [
        Job(
            build,
            _chunks(serials, build, limits, recipe),
            _reserved(build, shelf),
        )
        for build in builds
    ]
    is_windowed = any(not line.is_always for lines in bill.below.values() for line in lines)
    return Shop(shelf, shelves, tuple(jobs), is_windowed)


def _open(facts: Facts) -> list[OpenBuild]:
    return [build for build in facts.builds if build.open_count > 0]


def _reserved(build: OpenBuild, shelf: Mapping[str, int]) -> Series | None:
    own = {shelf[part]: qty for part, qty in build.reserved.items() if part in shelf and qty > 0}
    if not own:
        return None
    found = np.zeros(len(shelf))
    found[list(own)] = list(own.values())
    return found


def _recipe(
    ground: Ground,
    shelf: dict[str, int],
    recipes: dict[tuple[str, int, int], Recipe],
    turns: Sequence[date],
    build: OpenBuild,
    *,
    serial: int,
    edge_count: int,
) -> Recipe:
    """The recipe of a build's rack, made once for all builds that share it."""
    on = _day_of(ground.facts, build.scheduled_start_at)
    key = build.product, sum(day <= on for day in turns), edge_count
    if key not in recipes:
        recipes[key] = recipe_of(ground.bill, build.product, on, serial, shelf)
    return recipes[key]


def _chunks(
    serials: Mapping[str, int],
    build: OpenBuild,
    limits: Sequence[int],
    recipe: Callable[..., Recipe],
) -> list[tuple[int, Recipe]]:
    """The racks of a build by the recipe that applies to their serial numbers."""
    start = build.serial_from
    first = serials.get(build.product, 0) if start is None else start
    last = first + build.open_count
    edges = [first, *(n for n in limits if first < n < last), last]
    return [
        (high - low, recipe(build, serial=low, edge_count=sum(n <= low for n in limits)))
        for low, high in pairwise(edges)
    ]


def _day_of(facts: Facts, at: datetime | None) -> date:
    """The business date of an instant, kept within the horizon; today when there is none."""
    if at is None:
        return facts.today
    place = min(bisect_right(facts.day_edges, at), len(facts.days)) - 1
    return max(facts.today, facts.days[max(place, 0)])


def _screws(ground: Ground, shop: Shop, seen: Now, counts: Sequence[int]) -> tuple[Screw, ...]:
    """Parts that alone hold racks back, by how many: served again with plenty of each."""
    first: dict[str, int] = {}
    kin = _kin(ground.bill)
    for parts, place in seen.events.items():
        helped = [kin.get(part, {part}) for part in parts]
        for name in set.intersection(*helped) & shop.shelf.keys() if helped else ():
            first[name] = min(place, first.get(name, place))
    found = []
    for part, place in first.items():
        shelves = seen.before[place].copy()
        shelves[shop.shelf[part]] = PLENTY
        jobs = [job.copy() for job in shop.jobs[place:]]
        serve(jobs, shelves)
        more = sum(job.count for job in jobs) - sum(counts[place:])
        fact = ground.known.get(part)
        if more > 0:
            found.append(Screw(part, fact.name if fact else "", more))
    return tuple(sorted(found, key=lambda one: (-one.racks_unlocked, one.part)))


def _kin(bill: Bill) -> dict[str, set[str]]:
    """Parts bound together by alternates they share: plenty of one may help another."""
    kin: dict[str, set[str]] = {}
    for part, spares in bill.spares.items():
        names = {part, *(spare.part for spare in spares)}
        whole = names.union(*(kin.get(name, set()) for name in names))
        kin.update(dict.fromkeys(whole, whole))
    return kin


def _by_day(
    ground: Ground, shop: Shop, jobs: Sequence[Job], shelves: Series
) -> list[list[tuple[date, int]]]:
    """Each job's racks on every day on which their number grows, as receipts arrive."""
    facts = ground.facts
    come: dict[date, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for part in shop.shelf:
        for receipt in ground.supply[part].counted if part in ground.supply else ():
            if receipt.usable_at is not None and receipt.usable_at < facts.day_edges[-1]:
                come[_day_of(facts, receipt.usable_at)][part] += receipt.open_qty
    growth: list[list[tuple[date, int]]] = [[] for _ in jobs]
    lacking = dict(ground.floor.lacking)
    for day in sorted(come):
        shelves = shelves.copy()
        for part, qty in come[day].items():
            owed = min(qty, lacking.get(part, 0.0))
            lacking[part] = lacking.get(part, 0.0) - owed
            shelves[shop.shelf[part]] += qty - owed
        _relieve(jobs, come[day], ground.bill)
        before = [job.count for job in jobs]
        shelves = serve(jobs, shelves, fresh=False)
        for place, job in enumerate(jobs):
            if job.count > before[place]:
                growth[place].append((day, job.count))
    return growth


def _relieve(jobs: Iterable[Job], come: Mapping[str, float], bill: Bill) -> None:
    """Strike what may have been relieved off the lists of what jobs wait for.

    Relief of a part is the part itself, one it shares alternates with, or something made of those.
    """
    kin = _kin(bill)
    relieved = {
        part
        for part in {part for job in jobs for part in job.waits_for}
        if not all(kin.get(part, {part}).isdisjoint(bill.reach(other)) for other in come)
    }
    for job in jobs:
        job.waits_for -= relieved


def _told(
    ground: Ground,
    build: OpenBuild,
    *,
    counts: tuple[int, int],
    growth: Sequence[tuple[date, int]],
    blockers: Sequence[str],
    parts: Mapping[str, PartOutlook],
) -> BuildOutlook:
    """One build in words and figures; `counts` are racks now, and by fair share."""
    facts, (now, fair) = ground.facts, counts
    steps = [(facts.today, now), *growth]
    late = 0
    if build.due_at is not None:
        due_on = _day_of(facts, build.due_at)
        done = max(count for day, count in steps if day <= due_on)
        late = build.open_count - (done if build.due_at >= facts.at else 0)
    return BuildOutlook(
        **_header(build),
        buildable_now=now,
        fair_share_now=fair,
        buildable_by=tuple(growth),
        complete_on=next((day for day, count in steps if count >= build.open_count), None),
        racks_late=late,
        blockers=tuple(blockers),
        best_action=_best_action(build, now, blockers, parts),
    )


def _header(build: OpenBuild) -> dict[str, Any]:
    names = ("build", "product", "line", "kind", "priority", "due_at", "open_count")
    return {name: getattr(build, name) for name in names}


def _best_action(
    build: OpenBuild, now: int, blockers: Sequence[str], parts: Mapping[str, PartOutlook]
) -> str:
    """What would help a build most: something about the first part it lacks.

    Of a part that runs out, the receipt that its sentence names.
    """
    if now >= build.open_count or not blockers:
        return ""
    one = parts.get(blockers[0])
    name = (one and one.name) or blockers[0]
    if one is None or not one.receipts:
        return f"order {name}: nothing is on its way"
    case = told_case(one)
    counted = [it for it in one.receipts if it.counts]
    chosen = [it for it in counted if case is None or it.key == case.receipt]
    if chosen:
        return f"pull in receipt {chosen[0].order_no or chosen[0].key} of {name}"
    left_out = [it for it in one.receipts if not it.counts]
    if left_out:
        which = f"receipt {left_out[0].order_no or left_out[0].key} of {name}"
        return f"get a firm date for {which} ({left_out[0].why_not})"
    return f"order more of {name}: no receipt that counts comes after it runs out"


def _unclear(ground: Ground) -> list[BuildOutlook]:
    """Builds of products without a sound bill: nothing can be told of them."""
    return [
        BuildOutlook(
            **_header(build),
            buildable_now=0,
            fair_share_now=0,
            buildable_by=(),
            complete_on=None,
            racks_late=0,
            blockers=(),
            best_action="",
            cannot_tell=reason,
        )
        for build in _open(ground.facts)
        if (reason := ground.bill.why_unclear(build.product))
    ]
