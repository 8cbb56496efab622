"""What the store tells the capacity calculation, from rows to weeks."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, col, select

from db.domain.capacity.facts import CapacityFacts, PlannedWeek, ProductFact, WeekOutput
from db.domain.capacity.ledger import ledger
from db.models import Demand, Operation, Product, UnitOperation
from db.queries.capacity import WEEKS_AHEAD, WEEKS_BACK, capacity_facts
from db.queries.scope import NotInScope, Scope
from tests.db.queries.world import AT, MONDAY, World, ct

DAY = timedelta(days=1)


def facts(world: World) -> CapacityFacts:
    with Session(world.engine) as session:
        return capacity_facts(session, world.code, AT)


def made(world: World, serial: str, on: date, operation: str = "FINAL") -> None:
    world.add(
        UnitOperation(
            plant=world.code,
            serial=serial,
            operation=operation,
            product="RK",
            completed_at=ct(9, day=on),
            completed_on=on,
        )
    )


def wanted(world: World, racks: int, due_on: date, **given: Any) -> None:
    values = world.sourced("demand") | {"product": "RK", "kind": "firm", "rack_count": racks}
    world.add(Demand(**(values | {"due_on": due_on} | given)))


def test_weeks_are_iso_weeks_with_the_hours_of_published_shifts(world: World) -> None:
    world.shifts(MONDAY - 21 * DAY, 7)
    found = facts(world)
    assert len(found.weeks) == WEEKS_BACK + WEEKS_AHEAD
    weeks = {week.label: week for week in found.weeks}
    assert weeks["2026-W28"].working_hours == 7 * 23
    assert weeks["2026-W27"].working_hours == 3 * 23
    assert weeks["2026-W26"].is_shutdown, "between published shifts, and none in it"
    assert not weeks["2026-W35"].is_shutdown, "nothing is published yet"
    assert weeks["2026-W35"].working_hours == 0


def test_racks_count_in_the_week_of_their_first_completion_of_the_output(world: World) -> None:
    made(world, "R1", MONDAY)
    made(world, "R2", MONDAY - DAY)
    made(world, "R3", MONDAY - 7 * DAY)
    made(world, "R4", MONDAY, "LEAK")
    assert facts(world).outputs == (
        WeekOutput("RK", MONDAY - 7 * DAY, 2),
        WeekOutput("RK", MONDAY, 1),
    )


def test_plan_demand_and_power_by_hand(world: World) -> None:
    world.plan(ct(10), "2.5")
    world.plan(ct(11), "1")
    world.plan(ct(10, day=MONDAY + 7 * DAY), "4")
    world.plan(ct(12), "9", deleted_at=AT)
    wanted(world, 30, MONDAY + DAY)
    wanted(world, 12, MONDAY + DAY, kind="option", expires_on=MONDAY)
    wanted(world, 99, MONDAY, deleted_at=AT)
    wanted(world, 99, MONDAY + 400 * DAY)
    old, new = date(2026, 1, 1), date(2026, 6, 1)
    for revision, kw, valid in (("A", 120.0, old), ("B", 132.0, new), ("C", 600.0, MONDAY + DAY)):
        world.add(
            Product(code="RK", revision=revision, name="RK", kw_nameplate=kw, valid_from_on=valid)
        )
    found = facts(world)
    assert found.plan == (
        PlannedWeek("RK", MONDAY, 3.5),
        PlannedWeek("RK", MONDAY + 7 * DAY, 4.0),
    )
    assert found.products == (ProductFact("RK", 132.0, new),)
    week = next(one for one in ledger(found).weeks if not one.is_past)
    assert (week.committed.racks, week.committed.mw) == (30, pytest.approx(3.96))
    assert week.optioned.racks == 12


def test_stations_are_pooled_by_operation_and_a_missing_standard_time_is_no_rate(
    world: World,
) -> None:
    world.plan(ct(10), "2")
    with Session(world.engine) as session:
        for row in session.exec(select(Operation).where(col(Operation.code) != "KIT")):
            row.standard_seconds = 7200
            session.add(row)
        session.commit()
    found = facts(world)
    burn = next(one for one in found.resources if one.code == "BURNIN")
    assert (burn.amount, burn.kind, burn.by_line) == (3, "slots", {"L1": 2, "L2": 1})
    hours = {use.resource: use.hours for use in found.uses}
    assert hours == {"KIT": None, "LEAK": 2, "BURNIN": 2, "FINAL": 2}
    told = {one.sentence for one in ledger(found).findings if one.kind == "no_rate"}
    assert told == {"no rate is given for RK at KIT: rated is unknown"}


def test_number_of_statements_does_not_grow_and_scope_holds(world: World) -> None:
    def statements() -> int:
        seen: list[str] = []

        def note(*args: Any) -> None:
            seen.append(args[2])

        event.listen(world.engine, "before_cursor_execute", note)
        facts(world)
        event.remove(world.engine, "before_cursor_execute", note)
        return len(seen)

    few = statements()
    for n in range(5):
        made(world, f"R{n}", MONDAY - n * 7 * DAY)
        wanted(world, 3, MONDAY + n * DAY)
    assert statements() == few
    with Session(world.engine) as session, pytest.raises(NotInScope):
        capacity_facts(session, world.code, AT, Scope(frozenset({"oh"})))
