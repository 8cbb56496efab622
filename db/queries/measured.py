"""What the lines themselves say of need: racks begun and completed, scrap and replaced pieces.

Yield is measured over the last `YIELD_DAYS`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from db.domain.material.facts import MeasuredYield, Replacement
from db.models import Defect, GenealogyLink, UnitOperation
from db.queries.plants import Home

YIELD_DAYS = 14
RACK_LEVEL = 11
SCRAPPED = "scrap"
"""Begins, in any case, the action of a defect after which a rack is no more."""


def first_rack_operation(own: Home) -> str:
    """The operation with which a rack begins; "" for a plant without any on whole racks."""
    return next(
        (o.code for o in own.operations if int(o.level.removeprefix("L")) >= RACK_LEVEL), ""
    )


def racks_completed(session: Session, own: Home, at: datetime) -> dict[str, int]:
    """Racks completed lately by product."""
    unit = UnitOperation
    rows = session.exec(
        select(unit.product, func.count())
        .where(
            unit.plant == own.code,
            unit.operation == own.output,
            col(unit.completed_at) >= at - timedelta(days=YIELD_DAYS),
            col(unit.completed_at) <= at,
        )
        .group_by(unit.product)
    )
    return dict(rows.all())


def measured_yields(
    session: Session, own: Home, at: datetime, done: Mapping[str, int]
) -> tuple[MeasuredYield, ...]:
    """Racks completed or scrapped lately by product; empty when there were none."""
    unit = UnitOperation
    rows = session.exec(
        select(unit.product, func.count(col(Defect.serial).distinct()))
        .join(Defect, (col(Defect.plant) == unit.plant) & (col(Defect.serial) == unit.serial))
        .where(
            unit.plant == own.code,
            unit.operation == first_rack_operation(own),
            col(Defect.occurred_at) >= at - timedelta(days=YIELD_DAYS),
            col(Defect.occurred_at) <= at,
            col(Defect.deleted_at).is_(None),
            func.lower(Defect.action).like(f"{SCRAPPED}%"),
        )
        .group_by(unit.product)
    )
    scrapped = dict(rows.all())
    return tuple(
        MeasuredYield(product, done.get(product, 0) + scrapped.get(product, 0), passed)
        for product in sorted({*done, *scrapped})
        for passed in (done.get(product, 0),)
    )


def replacements(
    session: Session, own: Home, at: datetime, done: Mapping[str, int]
) -> tuple[Replacement, ...]:
    """Pieces taken out lately for good, by product and part.

    An assembly with a serial of its own goes back to its line and is used again: what its repair
    took is counted instead. What trays and modules took is shared out over the products by racks.
    """
    link, unit = GenealogyLink, UnitOperation
    of_rack = (
        (col(unit.plant) == link.plant)
        & (col(unit.serial) == link.parent_serial)
        & (col(unit.operation) == first_rack_operation(own))
    )
    rows = session.exec(
        select(unit.product, link.part, func.sum(link.qty))
        .select_from(link)
        .join(unit, of_rack, isouter=True)
        .where(
            link.plant == own.code,
            col(link.removed_at) >= at - timedelta(days=YIELD_DAYS),
            col(link.removed_at) <= at,
            col(link.deleted_at).is_(None),
            link.child_serial == "",
        )
        .group_by(unit.product, link.part)
    )
    total = sum(done.values())
    taken: dict[tuple[str, str], float] = defaultdict(float)
    for product, part, qty in rows:
        shares = {product: 1.0} if product else {p: n / total for p, n in done.items()}
        for one, share in shares.items():
            taken[one, part] += float(qty) * share
    return tuple(
        Replacement(product, part, qty, done[product])
        for (product, part), qty in sorted(taken.items())
        if done.get(product)
    )


def racks_started(session: Session, own: Home, builds: Iterable[str]) -> dict[str, int]:
    """Racks of builds seen at the first operation of the rack routing."""
    unit = UnitOperation
    rows = session.exec(
        select(unit.build, func.count())
        .where(
            unit.plant == own.code,
            unit.operation == first_rack_operation(own),
            col(unit.build).in_(list(builds)),
        )
        .group_by(unit.build)
    )
    return dict(rows.all())
