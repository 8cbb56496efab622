"""The material outlook of plants of the size they are, and how much faster than told literally.

The slow calculation of the tests works on ticks of five minutes: it does the same small factory,
and both times stand in one ratio.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import chain, pairwise
from random import Random

from db.domain.material.facts import (
    BomItem,
    Delivery,
    Facts,
    MeasuredYield,
    OnHand,
    OpenBuild,
    PartFact,
    PlannedHour,
    Promise,
)
from db.domain.material.outlook import outlook
from tests.bench.figures import Figure, Goal
from tests.bench.material_store import measure_stored
from tests.db.domain.material import reference, reference_builds

START = datetime(2026, 7, 6, 11, tzinfo=UTC)
TRIES = 5


def plant(parts: int, builds: int, days: int, *, levels: int, seed: int = 1) -> Facts:
    """A plant of two lines and four products, two shifts with breaks, about 97 % covered."""
    chance = Random(seed)
    dates = tuple(START.date() + timedelta(days=day) for day in range(days))
    edges = tuple(START + timedelta(days=day) for day in range(days + 1))
    products = [f"RK-{n}" for n in range(4)]
    made = [[f"M{level}-{n}" for n in range(max(2, parts // 40))] for level in range(1, levels)]
    bought = [f"P-{n}" for n in range(parts - sum(map(len, made)))]
    bom = _bills(chance, products, made, bought)
    hours = _hours(chance, products, days)
    need = sum(hour.qty for hour in hours) / len(products)
    return Facts(
        at=START + timedelta(hours=2),
        today=dates[0],
        days=dates,
        day_edges=edges,
        working=_working(days),
        plan=hours,
        bom=bom,
        stock=tuple(
            OnHand(part, round(need * chance.choices((0.3, 2, 8, 40), (2, 8, 40, 50))[0]))
            for part in bought
        )
        + tuple(OnHand(part, chance.randrange(6)) for level in made for part in level),
        promises=_receipts(chance, bought, dates, edges, need),
        builds=tuple(
            OpenBuild(
                f"B{n}",
                chance.choice(products),
                chance.randint(5, 40),
                priority=chance.randint(1, 5),
                due_at=START + timedelta(days=chance.randrange(days)),
                scheduled_start_at=START + timedelta(days=chance.randrange(days)),
            )
            for n in range(builds)
        ),
        parts=tuple(PartFact(part, part, lead_time_days=20) for part in (*bought, *chain(*made))),
        yields=tuple(MeasuredYield(product, 100, 97) for product in products),
        deliveries=tuple(
            Delivery(
                f"S{chance.randrange(40)}",
                chance.choice(bought),
                dates[0] - timedelta(days=20),
                dates[0] - timedelta(days=18),
                dates[0] - timedelta(days=chance.randrange(5, 19)),
            )
            for _ in range(parts)
        ),
        kw=dict.fromkeys(products, 132.0),
    )


def _working(days: int) -> tuple[tuple[datetime, datetime], ...]:
    return tuple(
        (START + timedelta(hours=begin), START + timedelta(hours=end))
        for day in range(days)
        for begin, end in ((24 * day, 24 * day + 5.75), (24 * day + 6.25, 24 * day + 20))
    )


def _bills(
    chance: Random, products: list[str], made: list[list[str]], bought: list[str]
) -> tuple[BomItem, ...]:
    found = [BomItem(product, part, 1) for product in products for part in made[0][:6]]
    for above, below in pairwise(made):
        found += [BomItem(one, part, 2) for one in above for part in chance.sample(below, 2)]
    parents = [*products, *(part for level in made for part in level)]
    for part in bought:
        found += [
            BomItem(parent, part, chance.choice((1, 2, 4)), scrap_ratio=0.02)
            for parent in chance.sample(parents, 2)
        ]
    found += [
        BomItem(item.parent, bought[0], item.per_qty, alternate_of=item.part, alternate_rank=1)
        for item in found
        if item.part in bought[1:20]
    ]
    return tuple(found)


def _hours(chance: Random, products: list[str], days: int) -> tuple[PlannedHour, ...]:
    return tuple(
        PlannedHour(line, product, START + timedelta(days=day, hours=hour), chance.choice((0.5, 1)))
        for line, product in zip(("L1", "L1", "L2", "L2"), products, strict=True)
        for day in range(days)
        for hour in range(20)
    )


def _receipts(
    chance: Random,
    bought: list[str],
    dates: tuple[date, ...],
    edges: tuple[datetime, ...],
    need: float,
) -> tuple[Promise, ...]:
    found = []
    for number, part in enumerate(bought * 2):
        day = chance.randrange(len(dates) - 1)
        found.append(
            Promise(
                part,
                round(need),
                dates[day],
                edges[day + 1],
                chance.random() < 0.9,
                key=f"PO{number}",
                supplier=f"S{chance.randrange(40)}",
            )
        )
    return tuple(found)


def _best(work: Callable[[], object]) -> float:
    """CPU seconds of the quickest of a few tries."""
    times = []
    for _ in range(TRIES):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


def _literally(facts: Facts) -> None:
    """All that the outlook tells, by the slow calculation."""
    for arrives in (lambda promise: promise.usable_at, lambda _: None):

        def counted(promise: Promise, arrives: reference.Arrives = arrives) -> datetime | None:
            return arrives(promise) if reference.counts(promise, facts.today) else None

        reference.answer(facts, counted)
        reference_builds.clear_to_build(facts, counted)
    reference_builds.fair_share(facts)
    reference_builds.golden_screws(facts)


def measure(_: int) -> Iterator[Figure]:
    """Times of whole outlooks, and the ratio to the literal calculation."""
    one = plant(400, 200, 28, levels=3)
    told = f"{len(one.bom)} bill lines, {len(one.plan)} plan hours, {len(one.promises)} receipts"
    yield Figure(
        "none",
        "outlook, 1 plant, 400 parts, 200 builds, 28 d",
        1000 * _best(partial(outlook, one)),
        Goal("<=", 150),
        "ms",
        told,
    )
    three = [plant(667, 333, 90, levels=4, seed=seed) for seed in range(3)]
    yield Figure(
        "none",
        "outlooks, 3 plants, 2,000 parts, 90 d",
        _best(lambda: [outlook(facts) for facts in three]),
        Goal("<=", 2),
        "s",
    )
    yield from measure_stored(lambda seed: three[seed])
    small = plant(60, 12, 2, levels=3)
    fast, slow = _best(partial(outlook, small)), _best(partial(_literally, small))
    yield Figure("none", "literal / outlook, 60 parts, 2 days", slow / fast, Goal(">=", 20))
