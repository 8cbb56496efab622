"""Faults in the data, each named: what was left out or cannot be told, and what to mend."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from math import isfinite

from db.domain.material.facts import PartFact
from db.domain.material.results import Finding

ABSURD_QTY = 1e9
"""No plant holds, orders or needs a thousand million of anything."""


@dataclass(slots=True)
class Notes:
    """Findings as they are made, each once.

    >>> notes = Notes()
    >>> notes.add("no_bom", "RK", "no BOM for RK")
    >>> notes.add("no_bom", "RK", "no BOM for RK")
    >>> len(notes.found)
    1
    """

    found: dict[tuple[str, str, str], Finding] = field(default_factory=dict)

    def add(self, kind: str, subject: str, sentence: str) -> None:
        """Keep a finding; the same one again changes nothing."""
        self.found.setdefault((kind, subject, sentence), Finding(kind, subject, sentence))

    def is_sane(self, qty: float, subject: str, what: str) -> bool:
        """Whether a quantity can be meant; one below zero or absurd is named."""
        if not isfinite(qty) or qty > ABSURD_QTY:
            self.add("absurd_quantity", subject, f"{what} is {qty:g}: left out")
            return False
        if qty < 0:
            self.add("negative_quantity", subject, f"{what} is {qty:g}: taken as 0")
            return False
        return True

    def all(self) -> tuple[Finding, ...]:
        """Every finding, by kind and subject."""
        return tuple(self.found[key] for key in sorted(self.found))


def named_differently(parts: Mapping[str, Iterable[PartFact]]) -> tuple[Finding, ...]:
    """Parts that two plants name, number or count differently; by plant.

    >>> one, = named_differently({"WI": [PartFact("P1", "Clip")], "OH": [PartFact("P1", "Clamp")]})
    >>> one.sentence
    'P1 is "Clamp" in EA at OH and "Clip" in EA at WI'
    """
    notes = Notes()
    by_part: dict[str, set[tuple[str, str]]] = defaultdict(set)
    by_name: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    where: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for plant, facts in parts.items():
        for fact in facts:
            name = fact.name.strip()
            by_part[fact.part].add((name, fact.unit))
            where[fact.part, name, fact.unit].add(plant)
            if name:
                by_name[name.casefold()][plant].add(fact.part)
    for part, found in by_part.items():
        if len({(name.casefold(), unit) for name, unit in found}) > 1:
            told = [
                f'"{name}" in {unit} at {", ".join(sorted(where[part, name, unit]))}'
                for name, unit in sorted(found)
            ]
            notes.add("named_differently", part, f"{part} is {' and '.join(told)}")
    for name, numbers in by_name.items():
        if any(one.isdisjoint(other) for one, other in combinations(numbers.values(), 2)):
            told = sorted(set().union(*numbers.values()))
            notes.add(
                "named_differently", told[0], f'"{name}" is one name for {" and ".join(told)}'
            )
    return notes.all()
