"""What limits a plant in a week, named with its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from db.domain.capacity.results import PlantLedger, Quantity, WeekLedger


@dataclass(frozen=True, slots=True)
class Constraint:
    """The least of what is known to limit a week. `kind`: a resource's, or material, or unknown.

    `racks` is what it allows; `reason` tells the arithmetic, `evidence` what was seen of it.
    """

    kind: str
    name: str
    racks: float | None
    reason: str
    evidence: str


def tightest(weeks: Sequence[WeekLedger]) -> WeekLedger | None:
    """The week to come with the least headroom, of equals the first; without any known headroom the
    first week to come. None when there is none."""
    ahead = [one for one in weeks if not one.is_past]
    known = [(one.headroom.racks, place) for place, one in enumerate(ahead) if one.headroom]
    return ahead[min(known)[1]] if known else next(iter(ahead), None)


def constraint_of(
    ledger: PlantLedger, week: WeekLedger, blockers: Sequence[str] = ()
) -> Constraint:
    """What limits a plant in a week: material where it supports less than is rated, demonstrated or
    committed, else the tightest resource. `blockers` are names of the parts that builds lack."""
    material = week.supported
    others = [one.racks for one in (week.rated, week.demonstrated) if one]
    if _binds(material, others):
        lacks = f"builds lack {', '.join(blockers)}" if blockers else "open builds lack parts"
        racks = material.racks if material else None
        return Constraint("material", "Material", racks, "clear to build of open builds", lacks)
    limits = ledger.limits.get(week.week.label, ())
    if not limits or week.rated is None:
        why = next(
            (one.sentence for one in ledger.findings if "rated is unknown" in one.sentence), ""
        )
        return Constraint("unknown", "Cannot tell", None, "", why or "rated is unknown")
    first = limits[0]
    return Constraint(first.kind, first.name, first.racks, first.reason, first.evidence)


def _binds(material: Quantity | None, others: Sequence[float]) -> bool:
    return (
        material is not None
        and not material.is_at_least
        and material.racks < min(others, default=float("inf"))
    )
