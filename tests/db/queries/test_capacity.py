"""What the store tells the capacity calculation, from rows to weeks."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, col, select

from db.domain.capacity.facts import CapacityFacts, PlannedWeek, ProductFact, WeekOutput
from db.domain.capacity.ledger import ledger
from db.models import (
    CapacityClaim,
    CapacityRamp,
    CapacityResource,
    DayOutput,
    DayYield,
    Demand,
    Operation,
    Plant,
    Product,
)
from db.queries.capacity import WEEKS_AHEAD, WEEKS_BACK, capacity_facts
from db.queries.scope import NotInScope, Scope
from tests.db.queries.world import AT, MONDAY, World, ct

DAY = timedelta(days=1)


def facts(world: World) -> CapacityFacts:
    with Session(world.engine) as session:
        return capacity_facts(session, world.code, AT)


def made(world: World, racks: int, on: date, operation: str = "FINAL", **given: Any) -> None:
    values = {"line": "L1", "product": "RK", "shift": "D", "completed_count": racks}
    world.add(DayOutput(plant=world.code, operation=operation, business_on=on, **(values | given)))


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
    made(world, 1, MONDAY)
    made(world, 1, MONDAY - DAY)
    made(world, 1, MONDAY - 7 * DAY)
    made(world, 1, MONDAY, "LEAK")
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
        PlannedWeek("RK", MONDAY + 7 * DAY, 4.0, is_part=True),
    ), "the plan ends on the Monday of the second week"
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
        made(world, 1, MONDAY - n * 7 * DAY)
        wanted(world, 3, MONDAY + n * DAY)
    assert statements() == few
    with Session(world.engine) as session, pytest.raises(NotInScope):
        capacity_facts(session, world.code, AT, Scope(frozenset({"oh"})))


def changed(world: World, model: Any, key: Any, **values: Any) -> None:
    with Session(world.engine) as session:
        row = session.get_one(model, key)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)
        session.commit()


def test_racks_are_shipped_by_the_operation_that_ships_and_else_nobody_knows(world: World) -> None:
    made(world, 5, MONDAY)
    made(world, 3, MONDAY, "LEAK")
    assert facts(world).outputs == (WeekOutput("RK", MONDAY, 5, None),)
    changed(world, Operation, (world.code, "LEAK"), is_shipment=True)
    assert facts(world).outputs == (WeekOutput("RK", MONDAY, 5, 3),)


def test_a_week_that_is_loaded_in_part_is_no_week_of_output(world: World) -> None:
    made(world, 40, MONDAY - 14 * DAY)
    made(world, 90, MONDAY - 7 * DAY)
    assert len(facts(world).weeks) == WEEKS_BACK + WEEKS_AHEAD
    world.source("unit_step", loaded_from_at=ct(9, day=MONDAY - 12 * DAY))
    found = facts(world)
    assert found.weeks[0].first_on == MONDAY - 7 * DAY
    assert [row.good_count for row in found.outputs] == [90]


def test_plant_weeks_begin_on_the_plants_own_day(world: World) -> None:
    changed(world, Plant, world.code, week_rule="plant", week_start=6)
    made(world, 4, MONDAY - DAY)
    made(world, 3, MONDAY)
    made(world, 9, MONDAY - 2 * DAY)
    found = facts(world)
    sunday = MONDAY - DAY
    assert found.week_rule == "plant"
    assert found.outputs == (
        WeekOutput("RK", sunday - 7 * DAY, 9),
        WeekOutput("RK", sunday, 7),
    )
    assert next(w.label for w in found.weeks if w.end_at > AT) == f"wk {sunday}"


def test_declared_resources_have_dated_amounts_and_the_hours_of_their_operations(
    world: World,
) -> None:
    world.plan(ct(10), "2")
    changed(world, Operation, (world.code, "BURNIN"), standard_seconds=36000)
    changed(world, Operation, (world.code, "LEAK"), standard_seconds=7200)
    world.add(
        CapacityResource(
            plant=world.code,
            code="POWER",
            name="Test power",
            kind="test_power",
            unit="kW",
            is_clock_bound=True,
            amounts=f'[["2026-01-01", 1000], ["{MONDAY + 7 * DAY}", 2000]]',
            uses='{"RK": [132, ["BURNIN", "LEAK"]], "OTHER": [1, ["LEAK"]]}',
        )
    )
    found = facts(world)
    power = next(one for one in found.resources if one.code == "POWER")
    weeks = [week for week in found.weeks if week.end_at > AT]
    assert [power.amount_in(week) for week in weeks[:2]] == [1000, 2000]
    [use] = [one for one in found.uses if one.resource == "POWER"]
    assert (use.product, use.amount, use.hours, use.repeat_ratio) == ("RK", 132, 12, 0)


def test_what_was_seen_of_a_station_is_its_evidence_and_retests_take_time(world: World) -> None:
    week = MONDAY - 7 * DAY
    changed(world, Operation, (world.code, "BURNIN"), standard_seconds=36000)
    made(world, 10, week, "BURNIN", duration_ms=252 * 3_600_000, duration_count=10)
    counts = {"first_count": 10, "passed_count": 9, "failed_count": 3}
    world.add(
        DayYield(plant=world.code, line="L1", operation="BURNIN", product="RK", business_on=week,
                 shift="D", station="S", **counts)
    )  # fmt: skip
    world.source("unit_step", loaded_from_at=ct(6, day=week))
    world.plan(ct(10), "2")
    found = facts(world)
    burn = next(one for one in found.resources if one.code == "BURNIN")
    assert burn.evidence == ("3 slots busy 50% of their hours, last full week, 20% tested again"), (
        "252 h of 3 × 168"
    )
    assert next(one.repeat_ratio for one in found.uses if one.resource == "BURNIN") == 0.2


def test_ramps_of_plants_in_scope_and_claims_of_the_own(world: World) -> None:
    made(world, 5, MONDAY)
    counts = {"generation": "big", "from_on": MONDAY - 70 * DAY}
    world.add(
        CapacityRamp(plant="mp", product="RK", good_counts="[1, 2]", working_hours="[9, 9]",
                     **counts),
        CapacityRamp(plant="oh", product="RK", good_counts="[5]", working_hours="[9]", **counts),
        CapacityClaim(plant="mp", subject="all", said_on=MONDAY, source="news", value=1000,
                      unit="racks/week", is_company=True),
    )  # fmt: skip
    found = facts(world)
    assert [(one.plant, one.good_counts) for one in found.ramps] == [("mp", (1, 2)), ("oh", (5,))]
    assert found.begun == {"RK": MONDAY - 70 * DAY}
    assert found.products[0].generation == ""
    assert [(one.plant, one.value, one.said_on) for one in found.claims] == [("", 1000, MONDAY)]
    with Session(world.engine) as session:
        own = capacity_facts(session, "mp", AT, Scope(frozenset({"mp"})))
    assert [one.plant for one in own.ramps] == ["mp"]
