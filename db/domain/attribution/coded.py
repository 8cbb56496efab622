"""What a unit carried and went through, as factor values; and values as numbers.

A unit's values are kept as numbers in one text, so that a hundred thousand units are read without a
join and coded without a look at a single name.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from db.domain.attribution.factors import Cases, Factor, Ints, joint_codes

FACTORS = (
    "line", "station", "slot", "fixture", "program", "firmware", "shift", "upstream_station",
    "queue_age", "lot", "supplier", "country", "part_revision", "coolant_batch",
    "crew",
)  # fmt: skip
"""Their places are part of every stored value's number: add at the end only."""
PLACES = 32
"""A value's number is a running number times this, plus the factor's place from 1."""


class Part(NamedTuple):
    """What one link of genealogy says of a unit."""

    part: str
    lot: str = ""
    supplier: str = ""
    revision: str = ""
    country: str = ""


def values_of_parts(parts: Iterable[Part]) -> Iterator[tuple[str, str]]:
    """Factor and value of what a unit held; blank ones are left out.

    >>> sorted(values_of_parts([Part("UQD", "L7", "FA"), Part("COOLANT-PG25", "C1")]))
    [('coolant_batch', 'COOLANT-PG25 C1'), ('lot', 'UQD L7'), ('supplier', 'UQD FA')]
    """
    for one in parts:
        is_coolant = one.part.upper().startswith("COOLANT")
        if is_coolant:
            named = (("coolant_batch", one.lot),)
        else:
            named = (
                ("lot", one.lot), ("supplier", one.supplier), ("country", one.country),
                ("part_revision", one.revision),
            )  # type: ignore[assignment]  # fmt: skip
        for factor, value in named:
            if value:
                yield factor, f"{one.part} {value}"


def number_of(factor: str, running: int) -> int:
    """The number of the running-th value of a factor.

    >>> number_of("lot", 3), factor_of(number_of("lot", 3))
    (106, 'lot')
    """
    return running * PLACES + FACTORS.index(factor) + 1


def factor_of(number: int) -> str:
    """The factor of a value's number."""
    return FACTORS[number % PLACES - 1]


def cases_of(
    units: pd.DataFrame, held: tuple[Ints, Ints], names: Mapping[int, str], strata: Sequence[str]
) -> Cases:
    """Units with `failed` and the strata, and the numbers each held (`numbers_in`), ready to count.

    Values without a name are left out: those that too few units carried for any comparison.

    >>> frame = pd.DataFrame({"day": ["Mon", "Mon"], "failed": [True, False]})
    >>> held = numbers_in(["106 74", "106"])
    >>> cases_of(frame, held, {106: "UQD L7"}, ["day"]).factors[0].values
    ('UQD L7',)
    """
    stratum, labels = joint_codes(units, strata)
    group, groups = joint_codes(labels, [name for name in strata if name != "day"])
    sizes, numbers = held
    rows = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    place = numbers % PLACES
    factors, notes = [], []
    for code in np.unique(place).tolist():
        mine = place == code
        have = len(np.unique(rows[mine]))
        name = FACTORS[code - 1]
        if have < len(units):
            missing = f"{len(units) - have:,} of {len(units):,} units have no value"
            notes.append(f"{name}: {missing} and are left out of it")
        factors.append(_factor(name, rows[mine], numbers[mine], names))
    return Cases(
        units["failed"].to_numpy(dtype=bool),
        stratum,
        labels,
        group,
        tuple(tuple(str(part) for part in row) for row in groups.to_numpy().tolist()),
        None,
        tuple(factor for factor in factors if factor.values),
        tuple(notes),
    )


def numbers_in(held: Sequence[str]) -> tuple[Ints, Ints]:
    """How many numbers each text holds, and all of them one after the other.

    >>> [part.tolist() for part in numbers_in(["106 74", "", "106"])]
    [[2, 0, 1], [106, 74, 106]]
    """
    sizes = np.array([one.count(" ") + 1 if one else 0 for one in held], dtype=np.int64)
    words = " ".join(one for one in held if one)
    return sizes, np.fromstring(words, dtype=np.int64, sep=" ")


def _factor(name: str, rows: Ints, numbers: Ints, names: Mapping[int, str]) -> Factor:
    found, codes = np.unique(numbers, return_inverse=True)
    is_named = np.array([number in names for number in found.tolist()], dtype=bool)
    kept = is_named[codes]
    place = np.cumsum(is_named) - 1
    labels = tuple(names[number] for number in found[is_named].tolist())
    return Factor(name, labels, rows[kept], place[codes[kept]].astype(np.int64))
