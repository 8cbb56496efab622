"""Listing, showing and exporting the records that wait."""

import pytest
from sqlmodel import Session

from db.queries.quarantine import held_record, held_records
from db.queries.scope import NotInScope, Scope
from tests.db.queries.world import World, ct

MINE = Scope(frozenset({"mp"}))


def test_waiting_records_are_listed_last_seen_first(world: World) -> None:
    world.held("a", last_seen_at=ct(9))
    world.held("b", last_seen_at=ct(10), reason="unknown_word", feed="unit_step")
    world.held("c", last_seen_at=ct(11), released_at=ct(12))
    with Session(world.engine) as session:
        listed = held_records(session, plant="mp")
        assert listed["record_key"].tolist() == ["b", "a"]
        assert "payload" not in listed
        assert held_records(session, reason="bad_time")["record_key"].tolist() == ["a"]
        assert held_records(session, source="mp.unit_step")["record_key"].tolist() == ["b"]
        assert len(held_records(session, is_released_too=True)) == 3
        assert len(held_records(session, limit=1)) == 1


def test_export_carries_the_payload_and_types(world: World) -> None:
    world.held("a", payload='{"SN": "é"}')
    with Session(world.engine) as session:
        frame = held_records(session, has_payload=True)
    assert frame["payload"].tolist() == ['{"SN": "é"}']
    assert (str(frame["last_seen_at"].dtype), frame["last_seen_at"][0]) == (
        "datetime64[us, UTC]",
        ct(9),
    )
    assert "object" not in set(map(str, frame.dtypes))


def test_records_outside_the_scope_are_not_shown(world: World) -> None:
    other = World(world.engine, "oh")
    other.held("x")
    world.held("a")
    with Session(world.engine) as session:
        assert held_records(session, scope=MINE)["record_key"].tolist() == ["a"]
        assert held_record(session, "oh.test_run", "x", MINE) is None
        found = held_record(session, "mp.test_run", "a", MINE)
        assert found is not None
        assert found.payload == '{"id": 1}'
        assert held_record(session, "mp.test_run", "zz", MINE) is None
        with pytest.raises(NotInScope):
            held_records(session, plant="oh", scope=MINE)
