"""The ledgers of all plants: one reading each, within the scope, with material as far as known."""

from datetime import timedelta

from sqlmodel import Session

from db.models import Build
from db.queries.capacity_ledger import Capacities, capacities
from db.queries.scope import EVERY_PLANT, Scope
from tests.db.queries.test_capacity import made, wanted
from tests.db.queries.world import AT, MONDAY, World, ct

DAY = timedelta(days=1)


def found(world: World, scope: Scope = EVERY_PLANT) -> Capacities:
    with Session(world.engine) as session:
        return capacities(session, AT, scope)


def test_plants_are_added_by_week_and_those_out_of_scope_are_not_there(world: World) -> None:
    other = World(world.engine, "oh", "America/New_York")
    for plant, racks in ((world, 90), (other, 50)):
        for week in (1, 2):
            made(plant, racks, MONDAY - 7 * week * DAY)
        wanted(plant, racks - 10, MONDAY + DAY)
    both = found(world)
    assert [one.code for one in both.plants] == ["mp", "oh"]
    week = next(one for one in both.company.weeks if one.label == "2026-W28")
    assert week.demonstrated is not None
    assert (week.demonstrated.racks, week.committed.racks) == (140, 120)
    assert "own clock" in both.company.clock
    alone = found(world, Scope(frozenset({"oh"})))
    assert [one.code for one in alone.plants] == ["oh"]


def test_material_is_what_the_stored_outlook_knows_and_no_further(world: World) -> None:
    [before] = found(world).plants
    assert before.known_until is None
    assert "no_material" in {one.kind for one in before.ledger.findings}
    world.plan(ct(16), "4")
    world.part("P", "Busbar clip")
    world.bom("P", "2")
    world.stock("P", "7")
    world.add(build(world, 9))
    world.outlook()
    [after] = found(world).plants
    assert after.known_until == MONDAY + 27 * DAY
    assert after.blockers == ("Busbar clip",)
    week = next(one for one in after.ledger.weeks if not one.is_past)
    assert week.supported is not None
    assert (week.supported.racks, week.supported.is_at_least) == (3, False)


def build(world: World, racks: int) -> Build:
    return Build(
        **world.sourced("build"), build="W1", product="RK", line="L1", kind="firm",
        ordered_count=racks, priority=1, status="released", scheduled_start_at=AT, due_at=AT,
    )  # fmt: skip
