"""Listing, showing and exporting the records that wait, and what numbers lack meanwhile."""

from collections.abc import Callable, Sequence

import pytest
from sqlmodel import Session

from db.domain.calendar import DAY
from db.domain.held_back import Group
from db.queries.capacity_frames import capacity_report
from db.queries.capacity_ledger import capacities
from db.queries.flow import flow
from db.queries.flow_shapes import FlowFilter
from db.queries.quarantine import (
    held_groups,
    held_of_group,
    held_record,
    held_records,
)
from db.queries.reports import throughput, yields
from db.queries.reports_of_flow import flow_report
from db.queries.reports_of_units import alarms_report, genealogy_report
from db.queries.scope import NotInScope, Scope
from db.queries.wall import wall
from db.queries.yield_shapes import YieldFilter
from db.queries.yields import yield_page
from tests.db.queries.world import MONDAY, World, ct

MINE = Scope(frozenset({"mp"}))
AT = ct(14, 30)


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


STEP, RUN = "racks done and output exclude 1 step", "first-pass yield excludes 1 run"
STOCK = "stock on hand excludes 1 position"
DEFECT = "failure paretos exclude 1 defect"
LACKING: dict[str, tuple[Callable[[Session], Sequence[str]], list[str]]] = {
    "wall": (lambda session: wall(session, "mp", AT)["lacks"], [RUN, STOCK, STEP]),
    "throughput page": (lambda session: flow(session, MINE, FlowFilter("mp"), AT)["lacks"], [STEP]),
    "yield page": (
        lambda session: yield_page(session, MINE, YieldFilter("mp", since_on=MONDAY), AT)["lacks"],
        [RUN, DEFECT, "where-used and suspect lots exclude 1 link"],
    ),
    "capacity page": (
        lambda session: capacities(session, AT, MINE).plants[0].lacks,
        [STEP.replace("1 step", "2 steps"), STOCK],
    ),
    "report throughput": (
        lambda session: throughput(session, "mp", MONDAY, MONDAY, at=AT).weakened,
        [STEP],
    ),
    "report yield": (lambda session: yields(session, "mp", MONDAY, MONDAY, at=AT).weakened, [RUN]),
    "report flow": (
        lambda session: flow_report(session, "hours", FlowFilter("mp"), AT).weakened,
        [STEP],
    ),
    "report capacity": (
        lambda session: capacity_report(session, "mp", AT).weakened,
        [STEP.replace("1 step", "2 steps"), STOCK],
    ),
    "report alarms": (
        lambda session: alarms_report(session, "mp", AT).weakened,
        [RUN.replace("1 run", "2 runs")],
    ),
    "report genealogy": (
        lambda session: genealogy_report(session, "mp", "SN", "", AT).weakened,
        ["where-used and suspect lots exclude 1 link"],
    ),
}
"""Whatever shows numbers → what they lack of what waits below, by their own window."""


@pytest.mark.parametrize("asked", LACKING)
def test_numbers_say_what_their_window_and_plant_lack(world: World, asked: str) -> None:
    World(world.engine, "oh").held("of another plant", counts_at=ct(9))
    for n in range(50):
        world.verdict(f"A{n}", ct(8, n), "passed")
    for feed in ("unit_step", "test_run", "defect", "genealogy", "stock"):
        world.source(feed)
        world.held("today", feed, counts_at=ct(9))
        world.held("mended", feed, counts_at=ct(9), released_at=ct(10))
    for feed in ("unit_step", "test_run", "defect"):
        world.held("yesterday", feed, counts_at=ct(9) - DAY)
    answer, expected = LACKING[asked]
    with Session(world.engine) as session:
        assert list(answer(session)) == expected
