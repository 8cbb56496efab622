"""Scenarios people keep: one of a name, faults said, seen by who may see all its plants."""

from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.desk.entry import NotAccepted
from db.desk.scenarios import save_scenario
from db.domain.capacity.scenario import AddShift, MoveParts, Scenario, scenario_text
from db.models import PlantVersion, SavedScenario
from db.queries.capacity_whatif import saved_scenarios
from db.queries.scope import EVERY_PLANT, Scope
from tests.db.queries.world import World

SHIFT = scenario_text(Scenario((AddShift("mp", 12, date(2026, 7, 6), date(2026, 8, 3)),)))
MOVE = scenario_text(Scenario((MoveParts("mp", "oh", "P", 5, 1.5),)))


@pytest.fixture
def session(engine: Engine) -> Session:
    World(engine)
    return Session(engine, expire_on_commit=False)


def test_a_scenario_is_kept_with_its_name_in_it_and_again_replaced(session: Session) -> None:
    first = save_scenario(session, "mp", title=" More hours ", text=SHIFT, by="Ana")
    again = save_scenario(session, "mp", title="More hours", text=MOVE, by="Ben")
    assert first == again
    [row] = session.exec(select(SavedScenario)).all()
    assert (row.name, row.saved_by) == ("More hours", "Ben")
    assert row.text == "1More%20hours~p,mp,oh,P,5,1.5"
    assert session.get_one(PlantVersion, "mp").version == 2, "screens are told"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"title": " "}, "name: who is it?"),
        ({"by": ""}, "your name: who is it?"),
        ({"text": "7~x"}, "scenario: expected a scenario of version 1"),
        ({"text": "1"}, "scenario: it holds no change of this plant; add one first"),
        ({"plant": "zz"}, "plant: there is no plant 'zz'"),
    ],
)
def test_what_cannot_be_kept_says_why(session: Session, given: dict[str, str], fault: str) -> None:
    values = {"title": "One", "text": SHIFT, "by": "Ana"} | given
    with pytest.raises(NotAccepted) as found:
        save_scenario(session, values.pop("plant", "mp"), **values)
    assert fault in str(found.value)


def test_a_scenario_is_seen_by_who_may_see_every_plant_it_names(session: Session) -> None:
    save_scenario(session, "mp", title="Hours", text=SHIFT, by="Ana")
    save_scenario(session, "mp", title="Move", text=MOVE, by="Ana")
    session.commit()
    assert {one.name for one in saved_scenarios(session, EVERY_PLANT)} == {"Hours", "Move"}
    only = saved_scenarios(session, Scope(frozenset({"mp"})))
    assert [one.name for one in only] == ["Hours"]
