"""Demand by week and kind: obligations, options that are none, and rows that cannot be right."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from db.domain.calendar import DAY
from db.domain.capacity.facts import CapacityFacts, Wanted, Week
from db.domain.capacity.results import Finding
from db.domain.vocabulary import DemandKind

COMMITTED = frozenset({DemandKind.FIRM, DemandKind.COMMITMENT})


@dataclass(frozen=True, slots=True)
class Demand:
    """Sound demand rows: obligations, live options and evaluation units, each by product."""

    committed: tuple[Wanted, ...]
    options: tuple[Wanted, ...]
    evaluation: tuple[Wanted, ...]


def sound_demand(facts: CapacityFacts) -> tuple[Demand, list[Finding]]:
    """What is wanted of a plant, options past their expiry and impossible rows left out by name.

    Forecasts are nobody's obligation and not part of the ledger.
    """
    faults = _overlaps(facts.demand)
    kept = []
    for row in facts.demand:
        fault, counts = _fault(row, facts.today)
        faults += [fault] if fault else []
        if counts:
            kept.append(row)
    return Demand(
        tuple(row for row in kept if row.kind in COMMITTED),
        tuple(row for row in kept if row.kind == DemandKind.OPTION),
        tuple(row for row in kept if row.kind == DemandKind.EVALUATION),
    ), faults


def racks_by_week(rows: Iterable[Wanted], weeks: Sequence[Week]) -> dict[str, dict[str, float]]:
    """Racks due in each week by product: label → product → racks. Weeks ascend."""
    found: dict[str, dict[str, float]] = {week.label: {} for week in weeks}
    starts = [week.first_on for week in weeks]
    for row in rows:
        place = bisect_right(starts, row.due_on) - 1
        if place >= 0 and row.due_on < starts[place] + 7 * DAY:
            racks = found[weeks[place].label]
            racks[row.product] = racks.get(row.product, 0.0) + row.rack_count
    return found


def _fault(row: Wanted, today: date) -> tuple[Finding | None, bool]:
    """What is wrong with a row, and whether it counts all the same."""
    if row.rack_count < 0:
        told = f"demand {row.key} wants {row.rack_count} racks: left out"
        return Finding("negative_demand", row.key, told), False
    if row.kind != DemandKind.OPTION:
        return None, True
    if row.expires_on is None:
        told = f"option {row.key} has no expiry: it is shown as open"
        return Finding("option_without_expiry", row.key, told), True
    if row.expires_on < today:
        told = (
            f"option {row.key} expired on {row.expires_on}: its {row.rack_count} racks are left out"
        )
        return Finding("option_expired", row.key, told), False
    return None, True


def _overlaps(rows: Iterable[Wanted]) -> list[Finding]:
    """Rows that may be one and the same wish: same customer, product and due date."""
    alike: Mapping[tuple[str, str, date], list[Wanted]] = defaultdict(list)
    for row in rows:
        alike[row.customer, row.product, row.due_on].append(row)
    found = []
    for (customer, product, due_on), same in alike.items():
        kinds = [row.kind for row in same]
        is_double = len(set(kinds)) < len(kinds)
        is_taken_up = DemandKind.OPTION in kinds and not COMMITTED.isdisjoint(kinds)
        if is_double or is_taken_up:
            keys = ", ".join(sorted(row.key for row in same))
            told = (
                f"{keys} want {product} for {customer or 'one customer'} on {due_on}: all are "
                "counted, and if they are one wish the committed or optioned racks are too many"
            )
            found.append(Finding("demand_overlap", keys, told))
    return found
