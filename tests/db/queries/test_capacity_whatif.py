"""How plants stand, from the store: capacity and material of one moment, within the scope."""

from datetime import timedelta

from sqlmodel import Session

from db.domain.capacity.scenario import AddShift, Scenario
from db.domain.capacity.whatif import answer
from db.queries.capacity_whatif import standings
from db.queries.scope import Scope
from tests.db.queries.test_capacity import made, wanted
from tests.db.queries.world import AT, MONDAY, World

WEEK = timedelta(weeks=1)


def test_plants_in_scope_stand_as_their_ledger_says_and_answer_scenarios(world: World) -> None:
    World(world.engine, "oh", "America/New_York")
    made(world, 90, MONDAY - WEEK)
    wanted(world, 30, MONDAY)
    with Session(world.engine) as session:
        both = standings(session, AT)
        alone = standings(session, AT, Scope(frozenset({"mp"})))
    assert list(both.by_plant) == ["mp", "oh"]
    assert list(alone.by_plant) == ["mp"]
    week = next(one for one in alone.by_plant["mp"].ledger.weeks if not one.is_past)
    assert week.demonstrated is not None
    assert (week.demonstrated.racks, week.committed.racks) == (90, 30)
    shift = AddShift("mp", 12, MONDAY, MONDAY + 4 * WEEK)
    told = answer(alone.by_plant, Scenario((shift,)))
    assert [one.plant for one in told.plants] == ["mp"]
    assert told.findings == ()
