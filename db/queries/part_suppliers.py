"""Who supplies a part, from where, and how they have kept their promises."""

from collections import defaultdict
from collections.abc import Sequence

from db.domain.material.facts import Delivery, Facts
from db.domain.material.sourcing import on_time
from db.domain.material.supply import LATE_QUANTILE, LateRule, late_rule
from db.models import Receipt
from db.queries.material import STILL_TO_COME
from db.queries.part_shapes import SupplierShape


def suppliers(rows: Sequence[Receipt], facts: Facts, part: str) -> list[SupplierShape]:
    """Suppliers of a part by country, the most on order and delivered first."""
    lines: dict[tuple[str, str], list[Receipt]] = defaultdict(list)
    for row in rows:
        lines[row.supplier, row.origin_country].append(row)
    past: dict[str, list[Delivery]] = defaultdict(list)
    for one in facts.deliveries:
        if one.part == part:
            past[one.supplier].append(one)
    rule = late_rule(facts.deliveries, facts.today, LATE_QUANTILE)
    found = [
        _shape(supplier, country, own, past[supplier], facts, rule)
        for (supplier, country), own in lines.items()
    ]
    return sorted(found, key=lambda one: (-one["open_qty"] - one["received_qty"], one["supplier"]))


def _late_days(supplier: str, rule: LateRule) -> tuple[int, int] | None:
    """What "late as usual" takes the supplier to be late by; None when nothing is known of anyone.

    Its own lateness, or that of all suppliers where its deliveries are too few.
    """
    first, again = (rule.of(supplier, count) for count in (1, 2))
    return (first.days, again.days) if first.delivery_count else None


def _shape(  # noqa: PLR0917
    supplier: str,
    country: str,
    rows: Sequence[Receipt],
    past: Sequence[Delivery],
    facts: Facts,
    rule: LateRule,
) -> SupplierShape:
    still = [row for row in rows if row.status in STILL_TO_COME]
    return SupplierShape(
        supplier=supplier,
        country=country,
        open_qty=float(sum(row.ordered_qty - row.received_qty for row in still)),
        received_qty=float(sum(row.received_qty for row in rows)),
        open_count=len(still),
        on_time_first=on_time(past, facts.today, is_first=True),
        on_time_last=on_time(past, facts.today, is_first=False),
        late_days=_late_days(supplier, rule),
    )
