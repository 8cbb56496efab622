"""What rates a plant: stations, what its file declares beside them, and what racks take of each.

Stations of rack operations are pooled by operation: slots where a test has them, which serve at all
hours, stations else. Rates are the routing's standard times, the same for every product, with the
retests seen lately.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from db.domain.calendar import DAY
from db.domain.capacity.facts import Resource, ResourceKind, Use, Week
from db.domain.vocabulary import OperationKind
from db.models import CapacityResource, DayOutput, DayYield, Operation, Station
from db.queries.measured import RACK_LEVEL
from db.queries.plants import Home

MEASURED_WEEKS = 4
"""Past weeks that retests and the load of stations are measured over."""
FEWEST_RETESTS = 0.005
"""Retests per rack worth a word."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen of an operation over the measured weeks."""

    busy_hours: float
    retest_ratio: float


def resources_of(
    session: Session, own: Home, products: Sequence[str], past: Sequence[Week]
) -> tuple[tuple[Resource, ...], tuple[Use, ...]]:
    """Stations of rack lines pooled by operation, what the plant's file declares beside them, and
    what each product takes of them. Repairs are not on every rack's way and rate nothing."""
    rack_lines = {line.code for line in own.lines}
    places: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for station in session.exec(select(Station).where(Station.plant == own.code)):
        if station.line in rack_lines:
            places[station.operation][station.line] += station.slots
    rack = [
        one
        for one in own.operations
        if one.code in places
        and int(one.level.removeprefix("L")) >= RACK_LEVEL
        and one.kind != OperationKind.REPAIR
    ]
    recent = past[-MEASURED_WEEKS:]
    seen = _seen(session, own.code, [one.code for one in rack], recent)
    resources = [_stations(one, places[one.code], seen.get(one.code), recent) for one in rack]
    uses = [
        Use(
            one.code,
            product,
            one.standard_seconds / 3600 or None,
            1.0,
            seen[one.code].retest_ratio if one.code in seen else 0.0,
        )
        for one in rack
        for product in products
    ]
    declared = session.exec(
        select(CapacityResource)
        .where(CapacityResource.plant == own.code)
        .order_by(col(CapacityResource.position))
    )
    for row in declared:
        resources.append(_declared(row))
        uses += _uses(row, own.operations, seen, products)
    return tuple(resources), tuple(uses)


def _seen(
    session: Session, plant: str, operations: Sequence[str], weeks: Sequence[Week]
) -> dict[str, _Seen]:
    """Busy hours and retests of operations over some weeks; nothing without weeks."""
    if not weeks:
        return {}

    def sums(model: Any, *measures: Any) -> Any:
        columns: list[Any] = [model.operation, *(func.sum(one) for one in measures)]
        return session.exec(
            select(*columns)
            .where(
                model.plant == plant,
                model.operation.in_(operations),
                model.business_on >= weeks[0].first_on,
                model.business_on < weeks[-1].first_on + 7 * DAY,
            )
            .group_by(model.operation)
        )

    again = {
        operation: (passed + failed - first) / first
        for operation, first, passed, failed in sums(
            DayYield, DayYield.first_count, DayYield.passed_count, DayYield.failed_count
        )
        if first
    }
    return {
        operation: _Seen(int(busy) / 3_600_000, max(0.0, float(again.get(operation, 0.0))))
        for operation, busy in sums(DayOutput, DayOutput.duration_ms)
    }


def _stations(
    operation: Operation, by_line: Mapping[str, int], seen: _Seen | None, weeks: Sequence[Week]
) -> Resource:
    is_test = operation.kind == OperationKind.TEST
    amount, unit = float(sum(by_line.values())), "slots" if is_test else "stations"
    hours = sum(week.hours if is_test else week.working_hours for week in weeks)
    evidence = ""
    if seen and hours and amount:
        span = f"last {len(weeks)} full weeks" if len(weeks) > 1 else "last full week"
        kind = "hours" if is_test else "working hours"
        load = seen.busy_hours / (amount * hours)
        evidence = f"{amount:g} {unit} busy {load:.0%} of their {kind}, {span}"
        if seen.retest_ratio >= FEWEST_RETESTS:
            evidence += f", {seen.retest_ratio:.0%} tested again"
    return Resource(
        operation.code,
        operation.name,
        "slots" if is_test else "station",
        amount,
        unit,
        is_clock_bound=is_test,
        evidence=evidence,
        by_line={line: float(slots) for line, slots in sorted(by_line.items())},
    )


def _declared(row: CapacityResource) -> Resource:
    amounts = tuple(
        (date.fromisoformat(on), float(amount)) for on, amount in json.loads(row.amounts)
    )
    kind: ResourceKind = row.kind  # type: ignore[assignment]
    evidence = f"{amounts[-1][1]:,.10g} {row.unit} since {amounts[-1][0]}" if amounts else ""
    return Resource(
        row.code,
        row.name,
        kind,
        amounts[-1][1] if amounts else None,
        row.unit,
        row.is_clock_bound,
        row.availability_ratio,
        f"{evidence}, as the plant declares" if evidence else "",
        amounts=amounts,
    )


def _uses(
    row: CapacityResource,
    operations: Sequence[Operation],
    seen: Mapping[str, _Seen],
    products: Sequence[str],
) -> list[Use]:
    """What racks take of a declared resource, during the standard times of its operations."""
    standard = {one.code: one.standard_seconds / 3600 for one in operations}
    found = []
    for product, (amount, codes) in json.loads(row.uses).items():
        if product in products:
            hours = sum(standard.get(code, 0.0) for code in codes)
            again = sum(
                standard.get(code, 0.0) * seen[code].retest_ratio for code in codes if code in seen
            )
            repeat = again / hours if hours else 0.0
            found.append(Use(row.code, product, hours or None, float(amount), repeat))
    return found
