"""Which racks can be built: whole ones, everything set aside or nothing, the first in line first.

Builds are served by (priority, due date, name). What has been set aside stays so: what arrives
later goes to the first in line who still lacks it. Shared parts are thereby given once. Racks on
the floor come before all builds (db.domain.material.floor). The result is not the greatest
possible number of racks, but one that can be followed by hand.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from db.domain.material.build_cases import build_cases, day_of, kin_of
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
from db.domain.material.results import CASES, BuildCase, BuildOutlook, PartOutlook, Screw
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
    later = build_cases(ground, shop.shelf, jobs, shelves, parts)
    found = tuple(
        BuildOutlook(
            **_header(job.build),
            buildable_now=counts[i],
            fair_share_now=fair[i],
            blockers=tuple(seen.blockers[i]),
            cases=later[i],
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
    on = day_of(ground.facts, build.scheduled_start_at)
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


def _screws(ground: Ground, shop: Shop, seen: Now, counts: Sequence[int]) -> tuple[Screw, ...]:
    """Parts that alone hold racks back, by how many: served again with plenty of each."""
    first: dict[str, int] = {}
    kin = kin_of(ground.bill)
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


def _header(build: OpenBuild) -> dict[str, Any]:
    names = ("build", "product", "line", "kind", "priority", "due_at", "open_count")
    return {name: getattr(build, name) for name in names}


def _unclear(ground: Ground) -> list[BuildOutlook]:
    """Builds of products without a sound bill: nothing can be told of them."""
    return [
        BuildOutlook(
            **_header(build),
            buildable_now=0,
            fair_share_now=0,
            blockers=(),
            cases=dict.fromkeys(CASES, BuildCase()),
            cannot_tell=reason,
        )
        for build in _open(ground.facts)
        if (reason := ground.bill.why_unclear(build.product))
    ]
