"""Faults in the data, each named: what was left out or cannot be told, and what to mend."""

from dataclasses import dataclass, field
from math import isfinite

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
