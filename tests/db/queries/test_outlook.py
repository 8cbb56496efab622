"""The stored outlook: what was computed, by the newest reading, within the viewer's scope."""

import json
from datetime import timedelta

import pytest
from sqlmodel import Session

from db.domain.material.results import FORMULA_VERSION
from db.ingest.outlook import note_outlook_failure, store_outlook
from db.models import Plant, PlantVersion
from db.queries.outlook import (
    compute_outlook,
    held_outlook,
    held_outlooks,
    outlooks,
    stored_outlook,
    transport_days,
)
from db.queries.outlook_shapes import OutlookShape
from db.queries.scope import NotInScope, Scope
from tests.db.queries.world import AT, MONDAY, World, ct


def stocked(world: World) -> World:
    for hour in (15, 16):
        world.plan(ct(hour), "4")
    world.bom("CLIP", "3", scrap_ratio="0.1")
    world.stock("CLIP", "7")
    world.receipt("CLIP", "100", MONDAY)
    return world


def test_the_stored_outlook_is_what_the_store_yields_again(world: World) -> None:
    stored = stocked(world).outlook()
    with Session(world.engine) as session:
        assert stored_outlook(session, "mp") == compute_outlook(session, "mp", AT) == stored
    assert set(stored) == set(OutlookShape.__annotations__)
    assert stored["as_of_at"] == "2026-07-06T19:30:00Z"


def test_an_older_reading_never_replaces_a_newer_one(world: World) -> None:
    stocked(world).outlook(AT)
    assert not put(world, -1)
    assert put(world, 0)
    assert put(world, 1)
    with Session(world.engine) as session:
        held = held_outlook(session, "mp")
    assert held is not None
    assert held["load_id"] == 7


def test_an_outlook_by_formulas_of_before_an_upgrade_is_not_told(world: World) -> None:
    stocked(world)
    put(world, 0, formula="test 1")
    with Session(world.engine) as session:
        assert (held_outlook(session, "mp"), held_outlooks(session)) == (None, [])


def put(world: World, minutes: int, formula: str = FORMULA_VERSION) -> bool:
    """Store an empty outlook read so long after AT."""
    return store_outlook(
        world.engine,
        "mp",
        as_of_at=AT + timedelta(minutes=minutes),
        load_id=7,
        formula_version=formula,
        payload=json.dumps({"parts": []}),
    )


def test_a_new_outlook_wakes_the_screens_and_a_refused_one_does_not(world: World) -> None:
    world.version(5)
    put(world, 0)
    put(world, -1)
    with Session(world.engine) as session:
        assert session.get_one(PlantVersion, "mp").version == 6


def test_a_failure_keeps_the_last_good_outlook_and_is_told_once(world: World) -> None:
    world.version(0)
    good = stocked(world).outlook()
    for _ in range(3):
        note_outlook_failure(world.engine, "mp", "no such thing")
    with Session(world.engine) as session:
        held = held_outlook(session, "mp")
        assert held is not None
        assert (held["error"], held["outlook"]) == ("no such thing", good)
        assert session.get_one(PlantVersion, "mp").version == 2


def test_a_failure_before_the_first_outlook_is_no_outlook(world: World) -> None:
    note_outlook_failure(world.engine, "mp", "no such thing")
    with Session(world.engine) as session:
        assert held_outlook(session, "mp") is None
        assert held_outlooks(session) == []


def test_outlooks_come_in_display_order_and_within_the_scope(world: World) -> None:
    other = World(world.engine, "oh", "America/New_York")
    for one in (other, world):
        one.outlook()
    with Session(world.engine) as session:
        session.get_one(Plant, "mp").position = 1
        session.commit()
        assert [one["plant"] for one in outlooks(session)] == ["oh", "mp"]
        only = Scope(frozenset({"mp"}))
        assert [one["plant"] for one in outlooks(session, only)] == ["mp"]
        with pytest.raises(NotInScope):
            stored_outlook(session, "oh", only)


def test_transport_days_are_told_for_pairs_within_the_scope(world: World) -> None:
    World(world.engine, "oh", "America/New_York")
    with Session(world.engine) as session:
        session.get_one(Plant, "mp").transport_days = '{"oh": 1.5, "tx": 3}'
        session.commit()
        assert transport_days(session) == {("mp", "oh"): 1.5, ("mp", "tx"): 3.0}
        assert transport_days(session, Scope(frozenset({"mp"}))) == {}
