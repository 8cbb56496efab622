"""What each kind of change does to the facts: copies are changed, facts never are."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from db.domain.calendar import DAY
from db.domain.capacity.facts import CapacityFacts, Outage, PlannedWeek, Wanted
from db.domain.capacity.rated import days_within, mix_of
from db.domain.capacity.results import Finding
from db.domain.capacity.scenario import (
    AddShift,
    Change,
    ChangeMix,
    ChangeYield,
    ExerciseOption,
    LoseLine,
    LoseResource,
    MoveParts,
    MoveReceipt,
)
from db.domain.material.facts import Facts, MeasuredYield, OpenBuild, PlannedHour, Promise
from db.domain.vocabulary import DemandKind, StockStatus

LAST_SERVED = 1_000_000
"""Priority of racks that only an option taken up asks for: everybody else comes first."""


@dataclass(frozen=True, slots=True)
class PlantFacts:
    """One plant's capacity and material facts together."""

    capacity: CapacityFacts
    material: Facts


World = dict[str, PlantFacts]
Told = list[Finding]


def changed(plants: Mapping[str, PlantFacts], changes: Iterable[Change]) -> tuple[World, Told]:
    """The plants as they would be; a change that cannot be made is named and left out."""
    world, told = dict(plants), Told()
    for change in changes:
        absent = {change.plant, getattr(change, "to_plant", change.plant)} - world.keys()
        if absent:
            told.append(_cannot(change, f"no plant is called {', '.join(sorted(absent))}"))
        else:
            APPLY[type(change)](world, told, change)
    return world, told


def _cannot(change: Change, why: str) -> Finding:
    return Finding("not_applied", type(change).__name__, f"{why}: this change does nothing")


def _with(world: World, plant: str, *, capacity: Any = None, material: Any = None) -> None:
    """Put a plant back with some fields of its facts replaced."""
    one = world[plant]
    world[plant] = PlantFacts(
        replace(one.capacity, **capacity or {}), replace(one.material, **material or {})
    )


def _move_receipt(world: World, told: Told, change: MoveReceipt) -> None:
    facts = world[change.plant].material
    moved = [one for one in facts.promises if one.key == change.receipt and one.usable_at]
    if not moved:
        told.append(_cannot(change, f"{change.receipt} is no open receipt with a date"))
        return
    promises = [_later(one, change, facts) if one in moved else one for one in facts.promises]
    _with(world, change.plant, material={"promises": tuple(promises)})


def _later(promise: Promise, change: MoveReceipt, facts: Facts) -> Promise:
    """A receipt on another day, never before now: what is pulled in so far is here today."""
    on, usable_at = promise.promised_on, promise.usable_at
    return replace(
        promise,
        promised_on=on and max(facts.today, on + DAY * change.days),
        usable_at=usable_at and max(facts.at, usable_at + DAY * change.days),
    )


def _lose_resource(world: World, told: Told, change: LoseResource) -> None:
    facts = world[change.plant].capacity
    if change.resource not in {one.code for one in facts.resources}:
        told.append(_cannot(change, f"{change.plant} has no resource {change.resource}"))
        return
    lost = Outage(change.resource, change.amount or None, change.from_on, change.to_on)
    _with(world, change.plant, capacity={"outages": (*facts.outages, lost)})


def _lose_line(world: World, told: Told, change: LoseLine) -> None:
    one = world[change.plant]
    lost = [
        Outage(resource.code, resource.by_line[change.line], change.from_on, change.to_on)
        for resource in one.capacity.resources
        if change.line in resource.by_line
    ]
    if not lost:
        told.append(
            _cannot(change, f"no resource of {change.plant} is known as line {change.line}")
        )
        return
    begin, end = _window(one.material, change)
    hours = tuple(
        hour
        for hour in one.material.plan
        if hour.line != change.line or not begin <= hour.hour_at < end
    )
    gone = set(one.material.plan) - set(hours)
    _with(
        world,
        change.plant,
        capacity={
            "outages": (*one.capacity.outages, *lost),
            "plan": _less_planned(one.capacity, gone),
        },
        material={"plan": hours},
    )


def _window(facts: Facts, change: LoseLine | AddShift) -> tuple[datetime, datetime]:
    """The instants between which a change by business date holds, within the horizon."""
    return _edge(facts, change.from_on), _edge(facts, change.to_on)


def _edge(facts: Facts, on: date) -> datetime:
    """The instant a business day begins, or the horizon's nearer end."""
    return facts.day_edges[min(max(0, (on - facts.days[0]).days), len(facts.days))]


def _less_planned(facts: CapacityFacts, gone: Iterable[PlannedHour]) -> tuple[PlannedWeek, ...]:
    week_of = _weeks(facts)
    lost: dict[tuple[str, date | None], float] = {}
    for hour in gone:
        key = hour.product, week_of(hour)
        lost[key] = lost.get(key, 0.0) + hour.qty
    return tuple(
        replace(row, qty=max(0.0, row.qty - lost.get((row.product, row.first_on), 0.0)))
        for row in facts.plan
    )


def _weeks(facts: CapacityFacts) -> Callable[[PlannedHour], date | None]:
    """A function telling the first day of the week an hour lies in; None outside all."""
    starts = [week.start_at for week in facts.weeks]

    def week_of(hour: PlannedHour) -> date | None:
        place = bisect_right(starts, hour.hour_at) - 1
        is_in = place >= 0 and hour.hour_at < facts.weeks[place].end_at
        return facts.weeks[place].first_on if is_in else None

    return week_of


def _add_shift(world: World, told: Told, change: AddShift) -> None:
    one = world[change.plant]
    more = {}
    for week in one.capacity.weeks:
        hours = change.hours * days_within(week, change.from_on, change.to_on) / 7
        if hours:
            more[week.first_on] = max(0.0, week.working_hours + hours)
    if not more:
        told.append(_cannot(change, "no week lies in its dates"))
        return
    weeks = tuple(
        replace(week, working_hours=more.get(week.first_on, week.working_hours))
        for week in one.capacity.weeks
    )
    factor: dict[date | None, float] = {
        old.first_on: new.working_hours / old.working_hours
        for old, new in zip(one.capacity.weeks, weeks, strict=True)
        if old.working_hours
    }
    plan = tuple(
        replace(row, qty=row.qty * factor.get(row.first_on, 1.0)) for row in one.capacity.plan
    )
    begin, end = _window(one.material, change)
    week_of = _weeks(one.capacity)
    planned = tuple(
        replace(hour, qty=hour.qty * factor.get(week_of(hour), 1.0))
        if begin <= hour.hour_at < end
        else hour
        for hour in one.material.plan
    )
    _with(world, change.plant, capacity={"weeks": weeks, "plan": plan}, material={"plan": planned})


def _change_yield(world: World, told: Told, change: ChangeYield) -> None:
    one = world[change.plant]
    old = {
        y.product: y.passed_count / y.disposed_count
        for y in one.material.yields
        if y.disposed_count
    }
    if not 0 < change.ratio <= 1:
        told.append(_cannot(change, f"a yield of {change.ratio:g} is not above 0 and at most 1"))
        return
    new = MeasuredYield(change.product, 100_000, round(100_000 * change.ratio))
    kept = tuple(y for y in one.material.yields if y.product != change.product)
    factors = {}
    if change.product not in old:
        why = f"no yield of {change.product} is measured: demonstrated stays as it is"
        told.append(Finding("no_yield", change.product, why))
    else:
        gain = change.ratio / old[change.product] - 1
        for week in one.capacity.weeks:
            share = mix_of(one.capacity, week)[0].get(change.product, 0.0)
            factors[week.label] = one.capacity.factors.get(week.label, 1.0) * (1 + share * gain)
    _with(
        world,
        change.plant,
        capacity={"factors": {**one.capacity.factors, **factors}},
        material={"yields": (*kept, new)},
    )


def _change_mix(world: World, told: Told, change: ChangeMix) -> None:
    one = world[change.plant]
    current = next((w for w in one.capacity.weeks if w.end_at > one.capacity.at), None)
    mix = mix_of(one.capacity, current)[0] if current else {}
    old = mix.get(change.product, 0.0)
    if not 0 <= change.ratio <= 1 or not 0 < old < 1:
        told.append(
            _cannot(
                change, f"{change.product} is {old:.0%} of the mix: its share cannot be changed"
            )
        )
        return
    factor = {
        product: (
            change.ratio / old if product == change.product else (1 - change.ratio) / (1 - old)
        )
        for product in mix
    }
    _with(
        world,
        change.plant,
        capacity={
            "mix": {product: share * factor[product] for product, share in mix.items()},
            "plan": _times(one.capacity.plan, factor),
        },
        material={"plan": _times(one.material.plan, factor)},
    )


def _times(rows: Iterable[Any], factor: Mapping[str, float]) -> tuple[Any, ...]:
    return tuple(replace(row, qty=row.qty * factor.get(row.product, 1.0)) for row in rows)


def _exercise(world: World, told: Told, change: ExerciseOption) -> None:
    one = world[change.plant]
    row = next(
        (d for d in one.capacity.demand if (d.key, d.kind) == (change.option, DemandKind.OPTION)),
        None,
    )
    if row is None or (row.expires_on and row.expires_on < one.capacity.today):
        why = "is no option" if row is None else f"expired on {row.expires_on}"
        told.append(_cannot(change, f"{change.option} {why}"))
        return
    demand = tuple(
        replace(d, kind=DemandKind.COMMITMENT.value) if d is row else d for d in one.capacity.demand
    )
    builds = (*one.material.builds, _build(row, one.material))
    _with(world, change.plant, capacity={"demand": demand}, material={"builds": builds})


def _build(row: Wanted, facts: Facts) -> OpenBuild:
    return OpenBuild(
        f"option {row.key}",
        row.product,
        row.rack_count,
        kind=DemandKind.COMMITMENT.value,
        priority=LAST_SERVED,
        due_at=_edge(facts, row.due_on + DAY),
    )


def _move_parts(world: World, told: Told, change: MoveParts) -> None:
    facts = world[change.plant].material
    unit = next((part.unit for part in facts.parts if part.part == change.part), "EA")
    wanted = change.part, StockStatus.UNRESTRICTED, unit
    left, stock = max(0.0, change.qty), []
    for row in facts.stock:
        if (row.part, row.status, row.unit) == wanted and left > 0:
            taken = min(left, max(0.0, row.qty - row.allocated_qty))
            left -= taken
            stock.append(replace(row, qty=row.qty - taken))
        else:
            stock.append(row)
    sent = max(0.0, change.qty) - left
    if sent <= 0 or change.days < 0:
        told.append(_cannot(change, f"{change.plant} has no {change.part} to give"))
        return
    if left > 0:
        why = f"{change.plant} has {sent:g} of {change.qty:g} {change.part}: so many are moved"
        told.append(Finding("move_cut", change.part, why))
    _with(world, change.plant, material={"stock": tuple(stock)})
    there = world[change.to_plant].material
    usable_at = there.at + timedelta(days=change.days)
    comes = Promise(
        change.part,
        sent,
        there.today + DAY * int(change.days),
        usable_at,
        True,
        unit,
        key=f"move from {change.plant}",
    )
    _with(world, change.to_plant, material={"promises": (*there.promises, comes)})


APPLY: Mapping[type, Callable[[World, Told, Any], None]] = {
    MoveReceipt: _move_receipt,
    LoseResource: _lose_resource,
    LoseLine: _lose_line,
    AddShift: _add_shift,
    ChangeYield: _change_yield,
    ChangeMix: _change_mix,
    ExerciseOption: _exercise,
    MoveParts: _move_parts,
}
