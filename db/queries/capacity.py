"""Everything the capacity calculation of one plant is given, from one reading of the store.

The number of statements does not depend on how much there is.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from db.domain.calendar import DAY, Shift, week_start
from db.domain.capacity.facts import (
    CapacityFacts,
    Claim,
    PlannedWeek,
    ProductFact,
    Ramp,
    Supported,
    Wanted,
    Week,
    WeekOutput,
    WeekRule,
)
from db.domain.capacity.weeks import weeks_of
from db.models import (
    CapacityClaim,
    CapacityRamp,
    DayOutput,
    Demand,
    PlanHour,
    Product,
    Source,
)
from db.queries.capacity_resources import resources_of
from db.queries.plants import Home, home
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.shifts import shifts_between

WEEKS_BACK = 26
WEEKS_AHEAD = 12
OUTPUT_FEED = "unit_step"


def capacity_facts(
    session: Session,
    plant: str,
    at: datetime,
    scope: Scope = EVERY_PLANT,
    *,
    supported: tuple[Supported, ...] | None = None,
) -> CapacityFacts:
    """Everything about one plant's capacity at `at`, by its own weeks; raises NotInScope.

    `supported` comes from clear to build (db.domain.capacity.supported), which is worked elsewhere.
    Past weeks begin with the first that is loaded whole.
    """
    own = home(session, plant, scope)
    today = own.calendar.business_date(at)
    weeks = _weeks(session, own, today)
    outputs, plan = _outputs(session, own, weeks), _plan(session, own, weeks)
    demand = _demand(session, plant, weeks)
    kinds = ({one.product for one in outputs}, {one.product for one in plan})
    names = sorted({one.product for one in demand}.union(*kinds))
    resources, uses = resources_of(session, own, names, [w for w in weeks if w.end_at <= at])
    ramps = _ramps(session, scope)
    mine = [row for row in ramps if row.plant == plant]
    return CapacityFacts(
        plant=plant,
        at=at,
        today=today,
        weeks=weeks,
        products=_products(session, names, today, {row.product: row.generation for row in mine}),
        resources=resources,
        uses=uses,
        outputs=outputs,
        plan=plan,
        demand=demand,
        supported=supported,
        claims=_claims(session, plant),
        ramps=tuple(_ramp(row) for row in ramps if row.good_counts != "[]"),
        begun={row.product: row.from_on for row in mine},
        name=own.plant.name,
        zone=own.plant.zone,
        week_rule=_rule(own),
    )


def _rule(own: Home) -> WeekRule:
    return "plant" if own.plant.week_rule == "plant" else "iso"


def _week_of(own: Home, on: date) -> date:
    """The first day of the week a business date lies in."""
    return week_start(on, own.plant.week_start if own.plant.week_rule == "plant" else 0)


def _weeks(session: Session, own: Home, today: date) -> tuple[Week, ...]:
    """Weeks of the plant with the hours their published shifts work.

    A week without a shift, while shifts after it are published, is a planned shutdown.
    """
    weeks = weeks_of(
        own.calendar,
        today,
        back=WEEKS_BACK,
        ahead=WEEKS_AHEAD,
        rule=_rule(own),
        first_weekday=own.plant.week_start,
    )
    loaded = session.exec(
        select(Source.loaded_from_at).where(
            Source.plant == own.code, Source.feed == OUTPUT_FEED, col(Source.is_enabled)
        )
    ).first()
    if loaded:
        weeks = tuple(
            week for week in weeks if week.start_at >= loaded or week.first_on + 7 * DAY > today
        )
    shifts = shifts_between(session, own.code, weeks[0].start_at, weeks[-1].end_at)
    last = max((shift.end_at for shift in shifts), default=weeks[0].start_at)
    first = min((shift.start_at for shift in shifts), default=weeks[-1].end_at)
    minutes = _minutes(own, weeks, shifts)
    return tuple(
        replace(
            week,
            working_hours=minutes[week.first_on] / 60,
            is_shutdown=not minutes[week.first_on] and first < week.start_at and week.end_at < last,
        )
        for week in weeks
    )


def _minutes(own: Home, weeks: Sequence[Week], shifts: Sequence[Shift]) -> dict[date, float]:
    """Working minutes by week; a shift belongs whole to the week of its business date."""
    found: dict[date, float] = {week.first_on: 0.0 for week in weeks}
    for shift in shifts:
        first_on = _week_of(own, shift.business_on)
        if first_on in found:
            found[first_on] += shift.working_minutes(shift.start_at, shift.end_at)
    return found


def _outputs(session: Session, own: Home, weeks: Sequence[Week]) -> tuple[WeekOutput, ...]:
    """Racks by the week of their first completion of the output operation, and of the one that
    ships them; without such an operation nobody knows what was shipped."""
    shipping = next((one.code for one in own.operations if one.is_shipment), None)
    keys: list[Any] = [DayOutput.operation, DayOutput.product, DayOutput.business_on]
    columns: list[Any] = [*keys, func.sum(DayOutput.completed_count)]
    rows = session.exec(
        select(*columns)
        .where(
            DayOutput.plant == own.code,
            col(DayOutput.operation).in_([own.output, shipping]),
            col(DayOutput.business_on) >= weeks[0].first_on,
            col(DayOutput.business_on) < weeks[-1].first_on + 7 * DAY,
        )
        .group_by(*keys)
    )
    counts: dict[str, dict[tuple[str, date], int]] = defaultdict(lambda: defaultdict(int))
    for operation, product, on, racks in rows:
        counts[operation][product, _week_of(own, on)] += racks
    made, shipped = counts[own.output or ""], counts[shipping or ""]
    return tuple(
        WeekOutput(
            product,
            on,
            made.get((product, on), 0),
            shipped.get((product, on), 0) if shipping else None,
        )
        for product, on in sorted({*made, *shipped})
    )


def _plan(session: Session, own: Home, weeks: Sequence[Week]) -> tuple[PlannedWeek, ...]:
    """The plan by week; of a week in which it ends before the sixth day only a part is planned."""
    columns: list[Any] = [PlanHour.product, PlanHour.business_on, func.sum(PlanHour.planned_qty)]
    rows = session.exec(
        select(*columns)
        .where(
            PlanHour.plant == own.code,
            col(PlanHour.hour_at) >= weeks[0].start_at,
            col(PlanHour.hour_at) < weeks[-1].end_at,
            col(PlanHour.deleted_at).is_(None),
        )
        .group_by(col(PlanHour.product), col(PlanHour.business_on))
    )
    planned: dict[tuple[str, date], float] = defaultdict(float)
    last_on = date.min
    for product, on, qty in rows:
        planned[product, _week_of(own, on)] += float(qty)
        last_on = max(last_on, on)
    return tuple(
        PlannedWeek(product, on, qty, on <= last_on < on + 5 * DAY)
        for (product, on), qty in sorted(planned.items())
    )


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


def _products(
    session: Session, names: Sequence[str], today: date, generations: Mapping[str, str]
) -> tuple[ProductFact, ...]:
    """Each product with the nameplate power of its newest revision valid by now."""
    rows = session.exec(
        select(Product)
        .where(col(Product.valid_from_on) <= today)
        .order_by(col(Product.valid_from_on), col(Product.revision))
    )
    newest = {row.code: row for row in rows}
    return tuple(
        ProductFact(
            name, newest[name].kw_nameplate, newest[name].valid_from_on, generations.get(name, "")
        )
        if name in newest
        else ProductFact(name)
        for name in names
    )


def _ramps(session: Session, scope: Scope) -> list[CapacityRamp]:
    """The ramps of every plant the viewer may see."""
    rows = session.exec(
        select(CapacityRamp).order_by(col(CapacityRamp.plant), col(CapacityRamp.product))
    )
    return [row for row in rows if row.plant in scope]


def _ramp(row: CapacityRamp) -> Ramp:
    counts, hours = json.loads(row.good_counts), json.loads(row.working_hours)
    return Ramp(row.plant, row.product, row.generation, tuple(counts), tuple(map(float, hours)))


def _claims(session: Session, plant: str) -> tuple[Claim, ...]:
    rows = session.exec(
        select(CapacityClaim)
        .where(CapacityClaim.plant == plant)
        .order_by(col(CapacityClaim.said_on), col(CapacityClaim.subject))
    )
    return tuple(
        Claim(r.subject, r.value, r.unit, r.said_on, r.source, "" if r.is_company else r.plant)
        for r in rows
    )
