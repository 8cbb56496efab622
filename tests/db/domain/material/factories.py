"""Small factories by chance, with every rule somewhere in them; all of it on whole ticks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from db.domain.material.facts import (
    BomItem,
    Delivery,
    Facts,
    FloorRack,
    MeasuredYield,
    OnHand,
    OpenBuild,
    PlannedHour,
    Promise,
    Replacement,
)

MONDAY = datetime(2026, 7, 6, 6, tzinfo=UTC)
DAY = timedelta(hours=6)
"""A short day, for the slow calculation goes through it tick by tick."""

OPERATIONS = ("", "frame", "trays", "wires")
"""Where a line of a bill is taken; "" with the first."""
WEEK = timedelta(days=7)
STATUSES = ("quality_hold", "blocked", "in_transit", "consignment")


@dataclass(frozen=True)
class Size:
    """How much of everything a factory has."""

    days: int = 2
    products: int = 2
    made: int = 2
    bought: int = 4
    builds: int = 3
    promises: int = 4


def factory(seed: int, size: Size) -> Facts:
    """One plant's facts; the same seed and size give the same plant."""
    chance = Random(seed)
    days = tuple(MONDAY.date() + timedelta(days=day) for day in range(size.days))
    edges = tuple(MONDAY + DAY * day for day in range(size.days + 1))
    at = MONDAY + timedelta(minutes=5 * chance.randrange(30))
    products = [f"rack-{n}" for n in range(size.products)]
    made = [f"tray-{n}" for n in range(size.made)]
    bought = [f"part-{n}" for n in range(size.bought)]
    bom = _bom(chance, products, made, bought, days)
    stock = _stock(chance, [*made, *bought, "spare-0", "spare-1"])
    return Facts(
        at=at,
        today=days[0],
        days=days,
        day_edges=edges,
        working=_working(chance, size.days),
        plan=_plan(chance, products, size.days),
        bom=bom,
        stock=stock,
        counted_at=_counted(chance, sorted({place.part for place in stock}), at),
        promises=_promises(chance, [*made, *bought, "spare-0"], days, at, size),
        builds=_builds(chance, products, bought, size),
        floor=_floor(chance, products),
        yields=tuple(
            MeasuredYield(product, chance.choice((10, 40)), 10)
            for product in products
            if chance.random() < 0.4
        ),
        replacements=tuple(
            Replacement(item.parent, item.part, 1.0, chance.choice((10, 32)))
            for item in bom
            if item.parent in products and not item.alternate_of and chance.random() < 0.1
        ),
        deliveries=_deliveries(chance, bought, days[0]),
        kw=dict.fromkeys(products, 100.0),
    )


def _working(chance: Random, days: int) -> tuple[tuple[datetime, datetime], ...]:
    """Short shifts with a break off the hour, from the day before; some days off."""
    found = []
    for day in range(-1, days):
        start = MONDAY + DAY * day
        if chance.random() < 0.15:
            continue
        pause = start + timedelta(minutes=5 * chance.randrange(6, 30))
        rest = pause + timedelta(minutes=5 * chance.randrange(1, 7))
        found += [
            (start, pause),
            (rest, start + timedelta(hours=chance.choice((3, 4)))),
        ]
    return tuple(found)


def _plan(chance: Random, products: Sequence[str], days: int) -> tuple[PlannedHour, ...]:
    long_ago = tuple(
        PlannedHour("L1", products[0], MONDAY - WEEK + timedelta(hours=hour), 1) for hour in (-1, 4)
    )
    return long_ago + tuple(
        PlannedHour(
            line, product, MONDAY + DAY * day + timedelta(hours=hour), chance.choice((1, 2))
        )
        for line, product in [("L1", products[0]), ("L2", products[-1])]
        for day in range(-1, days)
        for hour in range(4)
        if chance.random() < 0.8
    )


def _bom(
    chance: Random,
    products: Sequence[str],
    made: Sequence[str],
    bought: Sequence[str],
    days: Sequence[date],
) -> tuple[BomItem, ...]:
    found = []
    parents = [*products, *made]
    for place, parent in enumerate(parents):
        below = [*made[max(0, place - len(products) + 1) :], *bought]
        chosen = chance.sample(below, min(len(below), chance.randint(1, 3)))
        if parent in made or not set(chosen) & set(bought):
            chosen.append(chance.choice(bought))
        for line, part in enumerate(dict.fromkeys(reversed(chosen))):
            window = {}
            if line and chance.random() < 0.3:
                day = chance.choice(days)
                name = chance.choice(("valid_from_on", "valid_to_on"))
                window = {name: day} if name == "valid_from_on" or day > days[0] else {}
            found.append(
                BomItem(
                    parent,
                    part,
                    chance.choice((1, 2, 4)),
                    scrap_ratio=chance.choice((0, 0, 0.2, 0.5)),
                    scrap_convention=chance.choice(("divide", "multiply")),
                    is_phantom=part == made[-1] and len(made) > 1,
                    operation=chance.choice(OPERATIONS),
                    **window,
                )
            )
    found += [
        BomItem(item.parent, spare, item.per_qty, alternate_of=item.part, alternate_rank=rank)
        for item in list(found)
        if item.part == bought[0] and chance.random() < 0.9
        for rank, spare in enumerate(("spare-0", "spare-1"), 1)
        if rank == 1 or chance.random() < 0.5
    ]
    if len(bought) > 1 and chance.random() < 0.3:
        found += [
            BomItem(item.parent, "spare-0", item.per_qty, alternate_of=item.part, alternate_rank=1)
            for item in list(found)
            if item.part == bought[1]
        ]
    return tuple(found)


def _stock(chance: Random, parts: Sequence[str]) -> tuple[OnHand, ...]:
    found = [
        OnHand(part, chance.choice((-3, 0, 5, 10, 20, 40, 160)), chance.choice((0, 0, 2)))
        for part in parts
        if chance.random() < 0.8
    ]
    return (*found, OnHand(chance.choice(parts), 7, status=chance.choice(STATUSES)))


def _counted(chance: Random, parts: Sequence[str], at: datetime) -> dict[str, datetime]:
    """When each part's stock was read: mostly all together, and seldom longer ago than is told."""
    if chance.random() < 0.4:
        return {}
    ago = timedelta(minutes=5 * chance.randrange(1, 90))
    apart = {part: timedelta(minutes=5 * chance.randrange(0, 30)) for part in parts}
    is_apart = chance.random() < 0.3
    if chance.random() < 0.05:
        ago = timedelta(days=8)
    return {part: at - ago - (apart[part] if is_apart else timedelta(0)) for part in parts}


def _floor(chance: Random, products: Sequence[str]) -> tuple[FloorRack, ...]:
    """Racks begun: gone past some operations, the first of them the longest ago."""
    return tuple(
        FloorRack(
            f"R{number}",
            chance.choice(products),
            frozenset(OPERATIONS[1 : 1 + chance.randrange(len(OPERATIONS))]),
            chance.random() < 0.2,
        )
        for number in range(chance.choice((0, 0, 1, 3)))
    )


def _promises(
    chance: Random, parts: Sequence[str], days: Sequence[date], at: datetime, size: Size
) -> tuple[Promise, ...]:
    """Order lines, now and then all of one part: it is short again and again."""
    found = []
    is_one = chance.random() < 0.3
    chosen = [chance.choice(parts)] if is_one else parts
    times = chance.choice((1, 2, 4)) if is_one else 1
    for number in range(size.promises):
        usable = at + timedelta(minutes=5 * chance.randrange(0, 72 * size.days))
        day = chance.choice([None, days[0] - timedelta(days=1), *days, *days, *days])
        found.append(
            Promise(
                chance.choice(chosen),
                chance.choice((4, 8, 16)) * times,
                day,
                usable,
                chance.random() < 0.85,
                key=f"PO{number}",
                supplier=chance.choice("AB"),
                promise_count=chance.choice((1, 2)),
            )
        )
    return tuple(found)


def _builds(
    chance: Random, products: Sequence[str], bought: Sequence[str], size: Size
) -> tuple[OpenBuild, ...]:
    return tuple(
        OpenBuild(
            f"B{number}",
            chance.choice(products),
            chance.randint(1, 5),
            priority=chance.choice((1, 2)),
            due_at=MONDAY + DAY * chance.randrange(3) if chance.random() < 0.7 else None,
            scheduled_start_at=MONDAY + DAY * chance.randrange(size.days),
            reserved={chance.choice(bought): 2.0} if chance.random() < 0.2 else {},
        )
        for number in range(size.builds)
    )


def _deliveries(chance: Random, bought: Sequence[str], today: date) -> tuple[Delivery, ...]:
    found = []
    for _ in range(chance.choice((0, 3, 9))):
        first = today - timedelta(days=chance.randrange(1, 9))
        last = first + timedelta(days=chance.choice((0, 0, 1)))
        came = first + timedelta(days=chance.randrange(-1, 4))
        found.append(
            Delivery(
                chance.choice("AAB"),
                chance.choice(bought),
                first,
                last,
                came if came < today and chance.random() < 0.8 else None,
            )
        )
    return tuple(found)
