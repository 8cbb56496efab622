"""What one rack takes off the shelves: made parts from stock first, else from their own parts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from db.domain.material.bom import Bill, Line
from db.domain.material.parts import NOTHING
from db.domain.material.plan import Places, Series


@dataclass(frozen=True, slots=True)
class Step:
    """Parents of one level: their places, and how much of every part one of each calls for."""

    parents: Places
    each: Series


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a rack is built on one date, for one range of serial numbers.

    `places` are the parts' places on the shelves; the product comes first. `is_held`: stock of the
    part is used (not of the product itself, nor of phantoms); `is_leaf`: it is bought. `spares`
    are the alternates of each leaf: (place on the shelves, ratio), by rank.
    """

    parts: tuple[str, ...]
    places: Places
    steps: tuple[Step, ...]
    is_held: Series
    is_leaf: Series
    spares: dict[int, tuple[tuple[int, float], ...]]


@dataclass(frozen=True, slots=True)
class Taken:
    """The shelves after racks were set aside for, or the parts that were short.

    `substituted` are parts whose alternates were used; `is_made_used`: stock of made parts was.
    """

    shelves: Series
    short: tuple[str, ...]
    substituted: tuple[str, ...]
    is_made_used: bool


def recipe_of(bill: Bill, product: str, on: date, serial: int, shelf: dict[str, int]) -> Recipe:
    """The recipe of a rack by its build date and serial number."""
    reach = bill.reach(product)
    applies: dict[str, list[Line]] = {
        parent: [line for line in bill.below[parent] if line.is_on(on) and line.is_for(serial)]
        for parent in bill.below.keys() & reach
    }
    parts = _reach(product, applies)
    within = frozenset(parts)
    place = {part: index for index, part in enumerate(parts)}
    steps = []
    for level in bill.levels:
        parents = [parent for parent in level if parent in place and applies[parent]]
        if parents:
            each = np.zeros((len(parts), len(parents)))
            for column, parent in enumerate(parents):
                for line in applies[parent]:
                    each[place[line.part], column] += line.each
            steps.append(Step(np.array([place[parent] for parent in parents]), each))
    made = {parent for parent in bill.below if parent in place}
    held = [float(part != product and part not in bill.phantoms) for part in parts]
    return Recipe(
        tuple(parts),
        np.array([shelf[part] for part in parts], dtype=np.intp),
        tuple(steps),
        np.array(held),
        np.array([float(part not in made and part not in bill.phantoms) for part in parts]),
        {
            place[part]: tuple(
                (shelf[s.part], s.ratio) for s in bill.usable_spares(part, within) if s.is_on(on)
            )
            for part in parts
            if part in bill.spares and part not in made
        },
    )


def _reach(top: str, applies: dict[str, list[Line]]) -> list[str]:
    found = {top: None}
    open_ = [top]
    while open_:
        fresh = [line.part for line in applies.get(open_.pop(), ()) if line.part not in found]
        found.update(dict.fromkeys(fresh))
        open_.extend(fresh)
    return list(found)


def take(recipe: Recipe, count: int, shelves: Series) -> Taken:
    """Set aside everything for so many racks together, or nothing.

    Every primary need comes first; then alternates by rank, part by part in the order of names.
    """
    have = shelves[recipe.places] * recipe.is_held
    need = np.zeros(len(recipe.parts))
    need[0] = count
    for step in recipe.steps:
        out = need[step.parents]
        need += step.each @ (out - np.minimum(out, have[step.parents]))
    taken = np.minimum(need, have)
    rest = (need - taken) * recipe.is_leaf
    left = shelves.copy()
    left[recipe.places] -= taken
    short: list[str] = []
    substituted: list[str] = []
    for place in sorted(np.flatnonzero(rest > NOTHING), key=lambda at: recipe.parts[at]):
        missing = float(rest[place])
        for spare, ratio in recipe.spares.get(int(place), ()):
            used = min(float(left[spare]), missing * ratio)
            left[spare] -= used
            missing -= used / ratio
        (short if missing > NOTHING else substituted).append(recipe.parts[place])
    made = bool((taken * (1 - recipe.is_leaf) > NOTHING).any())
    return Taken(left, tuple(short), tuple(substituted), made)


def most(recipe: Recipe, count: int, shelves: Series) -> tuple[int, Taken]:
    """The most racks, up to a count, that can be set aside for together, and the shelves then.

    What is short for one more is told in `short`, what alternates helped out for then or now in
    `substituted`.
    """
    whole = take(recipe, count, shelves)
    if not whole.short:
        return count, whole
    low, good, bad = 0, Taken(shelves, (), (), False), whole
    high = count
    while high - low > 1:
        middle = 1 if low == 0 and high == count else (low + high) // 2
        tried = take(recipe, middle, shelves)
        if tried.short:
            high, bad = middle, tried
        else:
            low, good = middle, tried
    substituted = tuple(sorted({*good.substituted, *bad.substituted}))
    return low, Taken(good.shelves, bad.short, substituted, good.is_made_used)


def shelf_of(bill: Bill, products: Iterable[str]) -> dict[str, int]:
    """A place on the shelves for every part of the products, and for their alternates."""
    parts = {part for product in products for part in bill.reach(product)}
    parts |= {spare.part for part in parts for spare in bill.spares.get(part, ())}
    return {part: index for index, part in enumerate(sorted(parts))}


def serial_limits(bill: Bill) -> Sequence[int]:
    """Serial numbers at which a bill changes."""
    lines = [line for found in bill.below.values() for line in found]
    return sorted(
        {n for line in lines for n in (line.serial_from, line.serial_to) if n is not None}
    )


def turning_days(bill: Bill) -> Sequence[date]:
    """Dates on which a bill, or what may stand in for a part, changes."""
    lines = [(one.from_on, one.to_on) for found in bill.below.values() for one in found]
    spares = [(one.from_on, one.to_on) for found in bill.spares.values() for one in found]
    return sorted({on for window in (*lines, *spares) for on in window if on})
