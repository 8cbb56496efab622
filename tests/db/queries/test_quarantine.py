"""Listing, showing and exporting the records that wait."""

import pytest
from sqlmodel import Session

from db.domain.held_back import Group
from db.queries.quarantine import (
    held_groups,
    held_of_group,
    held_record,
    held_records,
    weakened,
)
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


def test_waiting_records_are_grouped_by_source_reason_and_field(world: World) -> None:
    world.source("test_run")
    for key, at in (("a", ct(9)), ("b", ct(10)), ("c", ct(11))):
        world.held(key, first_seen_at=at, last_seen_at=at, reason="unknown_word")
    world.held("d")
    world.held("gone", released_at=ct(12))
    with Session(world.engine) as session:
        first, second = held_groups(session)
        assert held_groups(session, Scope(frozenset({"oh"}))) == []
        group = Group("mp.test_run", "unknown_word", first["field"])
        assert [one["record_key"] for one in held_of_group(session, MINE, "mp", group)] == [
            "c", "b", "a",
        ]  # fmt: skip
        with pytest.raises(NotInScope):
            held_of_group(session, MINE, "oh", group)
    assert (first["reason"], first["count"], first["weakens"]) == (
        "unknown_word", 3, "first-pass yield excludes 3 runs",
    )  # fmt: skip
    assert (first["first_seen_at"], first["last_seen_at"]) == (
        "2026-07-06T14:00:00Z", "2026-07-06T16:00:00Z",
    )  # fmt: skip
    assert second["count"] == 1


def test_numbers_say_what_they_lack(world: World) -> None:
    world.source("test_run")
    for key in range(14):
        world.held(str(key))
    with Session(world.engine) as session:
        assert weakened(session, "mp", ("unit_step", "test_run")) == [
            "first-pass yield excludes 14 runs"
        ]
