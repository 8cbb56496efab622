"""Everything the capacity calculation of one plant is given, from one reading of the store.

Resources are the stations of rack operations, pooled by operation: slots where a test has them
(they serve at all hours), stations else. Rates are the routing's standard times, the same for every
product. The number of statements does not depend on how much there is.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from db.domain.calendar import DAY, Shift
from db.domain.capacity.facts import (
    CapacityFacts,
    PlannedWeek,
    ProductFact,
    Resource,
    Supported,
    Use,
    Wanted,
    Week,
    WeekOutput,
)
from db.domain.capacity.weeks import weeks_of
from db.domain.vocabulary import OperationKind
from db.models import Demand, Operation, PlanHour, Product, Station, UnitOperation
from db.queries.measured import RACK_LEVEL
from db.queries.plants import Home, home
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.shifts import shifts_between

WEEKS_BACK = 26
WEEKS_AHEAD = 12


def capacity_facts(
    session: Session,
    plant: str,
    at: datetime,
    scope: Scope = EVERY_PLANT,
    *,
    supported: tuple[Supported, ...] | None = None,
) -> CapacityFacts:
    """Everything about one plant's capacity at `at`, by ISO weeks; raises NotInScope.

    `supported` comes from clear to build (db.domain.capacity.supported), which is worked elsewhere.
    """
    own = home(session, plant, scope)
    today = own.calendar.business_date(at)
    weeks = _weeks(session, own, today)
    outputs, plan = _outputs(session, own, weeks), _plan(session, plant, weeks)
    demand = _demand(session, plant, weeks)
    kinds = ({one.product for one in outputs}, {one.product for one in plan})
    names = sorted({one.product for one in demand}.union(*kinds))
    resources, uses = _resources(session, own, names)
    return CapacityFacts(
        plant=plant,
        at=at,
        today=today,
        weeks=weeks,
        products=_products(session, names, today),
        resources=resources,
        uses=uses,
        outputs=outputs,
        plan=plan,
        demand=demand,
        supported=supported,
        name=own.plant.name,
        zone=own.plant.zone,
    )


def _weeks(session: Session, own: Home, today: date) -> tuple[Week, ...]:
    """ISO weeks with the hours their published shifts work.

    A week without a shift, while shifts after it are published, is a planned shutdown.
    """
    weeks = weeks_of(own.calendar, today, back=WEEKS_BACK, ahead=WEEKS_AHEAD)
    shifts = shifts_between(session, own.code, weeks[0].start_at, weeks[-1].end_at)
    last = max((shift.end_at for shift in shifts), default=weeks[0].start_at)
    first = min((shift.start_at for shift in shifts), default=weeks[-1].end_at)
    minutes = _minutes(weeks, shifts)
    return tuple(
        replace(
            week,
            working_hours=minutes[week.first_on] / 60,
            is_shutdown=not minutes[week.first_on] and first < week.start_at and week.end_at < last,
        )
        for week in weeks
    )


def _minutes(weeks: Sequence[Week], shifts: Sequence[Shift]) -> dict[date, float]:
    """Working minutes by week; a shift belongs whole to the week of its business date."""
    found: dict[date, float] = {week.first_on: 0.0 for week in weeks}
    for shift in shifts:
        first_on = _monday(shift.business_on)
        if first_on in found:
            found[first_on] += shift.working_minutes(shift.start_at, shift.end_at)
    return found


def _monday(on: date) -> date:
    return on - DAY * on.weekday()


def _outputs(session: Session, own: Home, weeks: Sequence[Week]) -> tuple[WeekOutput, ...]:
    """Racks by the week of their first completion of the output operation."""
    unit = UnitOperation
    columns: list[Any] = [unit.product, unit.completed_on, func.count()]
    rows = session.exec(
        select(*columns)
        .where(
            unit.plant == own.code,
            unit.operation == own.output,
            col(unit.completed_at) >= weeks[0].start_at,
            col(unit.completed_at) < weeks[-1].end_at,
        )
        .group_by(col(unit.product), col(unit.completed_on))
    )
    made: dict[tuple[str, date], int] = defaultdict(int)
    for product, on, racks in rows:
        if on is not None:
            made[product, _monday(on)] += racks
    return tuple(WeekOutput(product, on, racks) for (product, on), racks in sorted(made.items()))


def _plan(session: Session, plant: str, weeks: Sequence[Week]) -> tuple[PlannedWeek, ...]:
    columns: list[Any] = [PlanHour.product, PlanHour.business_on, func.sum(PlanHour.planned_qty)]
    rows = session.exec(
        select(*columns)
        .where(
            PlanHour.plant == plant,
            col(PlanHour.hour_at) >= weeks[0].start_at,
            col(PlanHour.hour_at) < weeks[-1].end_at,
            col(PlanHour.deleted_at).is_(None),
        )
        .group_by(col(PlanHour.product), col(PlanHour.business_on))
    )
    planned: dict[tuple[str, date], float] = defaultdict(float)
    for product, on, qty in rows:
        planned[product, _monday(on)] += float(qty)
    return tuple(PlannedWeek(product, on, qty) for (product, on), qty in sorted(planned.items()))


def _demand(session: Session, plant: str, weeks: Sequence[Week]) -> tuple[Wanted, ...]:
    rows = session.exec(
        select(Demand)
        .where(
            Demand.plant == plant,
            col(Demand.due_on) >= weeks[0].first_on,
            col(Demand.due_on) < weeks[-1].first_on + 7 * DAY,
            col(Demand.deleted_at).is_(None),
        )
        .order_by(col(Demand.due_on), col(Demand.source_key))
    )
    return tuple(
        Wanted(
            row.source_key,
            row.product,
            row.kind,
            row.rack_count,
            row.due_on,
            row.customer,
            row.expires_on,
        )
        for row in rows
    )


def _products(session: Session, names: Sequence[str], today: date) -> tuple[ProductFact, ...]:
    """Each product with the nameplate power of its newest revision valid by now."""
    rows = session.exec(
        select(Product)
        .where(col(Product.valid_from_on) <= today)
        .order_by(col(Product.valid_from_on), col(Product.revision))
    )
    newest = {row.code: row for row in rows}
    return tuple(
        ProductFact(name, newest[name].kw_nameplate, newest[name].valid_from_on)
        if name in newest
        else ProductFact(name)
        for name in names
    )


def _resources(
    session: Session, own: Home, products: Sequence[str]
) -> tuple[tuple[Resource, ...], tuple[Use, ...]]:
    """Stations of rack lines pooled by operation, and what each product takes of them."""
    rack_lines = {line.code for line in own.lines}
    places: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for station in session.exec(select(Station).where(Station.plant == own.code)):
        if station.line in rack_lines:
            places[station.operation][station.line] += station.slots
    rack = [
        one
        for one in own.operations
        if one.code in places and int(one.level.removeprefix("L")) >= RACK_LEVEL
    ]
    resources = tuple(_resource(one, places[one.code]) for one in rack)
    uses = tuple(
        Use(one.code, product, one.standard_seconds / 3600 or None)
        for one in rack
        for product in products
    )
    return resources, uses


def _resource(operation: Operation, by_line: dict[str, int]) -> Resource:
    is_test = operation.kind == OperationKind.TEST
    return Resource(
        operation.code,
        operation.name,
        "slots" if is_test else "station",
        float(sum(by_line.values())),
        "slots" if is_test else "stations",
        is_clock_bound=is_test,
        by_line={line: float(amount) for line, amount in sorted(by_line.items())},
    )
