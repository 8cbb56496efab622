"""Units of measure: converted by a factor somebody declared, or refused; never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from db.domain.material.facts import BomItem, PartFact
from db.domain.material.findings import Notes


def factor_of(
    conversions: Mapping[tuple[str, str, str], float], part: str, start: str, to: str
) -> float | None:
    """How many `to` one `start` of the part holds; None when nobody said.

    A factor of the part itself goes before one for any part; either may be read backwards.

    >>> factor_of({("", "FT", "M"): 0.3048}, "hose", "FT", "M")
    0.3048
    >>> factor_of({("screw", "PK", "EA"): 10}, "screw", "EA", "PK")
    0.1
    >>> factor_of({}, "screw", "PK", "EA") is None
    True
    """
    if start == to and start:
        return 1.0
    for owner in (part, ""):
        if factor := conversions.get((owner, start, to)):
            return factor
        if factor := conversions.get((owner, to, start)):
            return 1 / factor
    return None


@dataclass(frozen=True, slots=True)
class Units:
    """The unit each part is counted in, and the factors into it."""

    of: Mapping[str, str]
    conversions: Mapping[tuple[str, str, str], float] = field(default_factory=dict)

    def convert(self, qty: float, part: str, unit: str, what: str, notes: Notes) -> float | None:
        """A quantity in the part's own unit; None, and named, when it cannot be told."""
        own = self.of.get(part, unit)
        factor = factor_of(self.conversions, part, unit, own)
        if factor is not None:
            return qty * factor
        if not unit:
            notes.add("quantity_without_unit", part, f"{what} has no unit: left out")
        else:
            notes.add(
                "unit_without_factor",
                part,
                f"{what} is in {unit}, {part} is counted in {own or 'no unit'}, and no factor is "
                "known: left out",
            )
        return None


def units_of(
    parts: tuple[PartFact, ...],
    bom: tuple[BomItem, ...],
    conversions: Mapping[tuple[str, str, str], float],
) -> Units:
    """Each part's unit: what the ERP says, else what the first bill that calls for it says."""
    of = {item.part: item.unit for item in reversed(bom)}
    of.update((fact.part, fact.unit) for fact in parts)
    return Units(of, conversions)
