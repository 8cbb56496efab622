"""The capacity report: every week of all products and of each, empty where nothing is known."""

import pytest
from sqlmodel import Session

from db.queries.capacity_frames import COLUMNS, capacity_report
from db.queries.scope import NotInScope, Scope
from tests.db.queries.test_capacity import made, wanted
from tests.db.queries.test_capacity_ledger import DAY
from tests.db.queries.world import AT, MONDAY, World


def test_the_report_has_the_ledgers_numbers_and_says_what_they_mean(world: World) -> None:
    made(world, 90, MONDAY - 7 * DAY)
    wanted(world, 30, MONDAY)
    with Session(world.engine) as session:
        found = capacity_report(session, world.code, AT)
    frame = found.frame
    assert list(frame) == list(COLUMNS)
    now = frame[(frame["week"] == "2026-W28") & (frame["product"] == "all")].iloc[0]
    assert (now["demonstrated_racks"], now["committed_racks"], now["headroom_racks"]) == (
        90,
        30,
        60,
    )
    assert now["committable_racks"] == 60
    last = frame[(frame["week"] == "2026-W27") & (frame["product"] == "RK")].iloc[0]
    assert (last["made_racks"], last["is_over"]) == (90, True)
    assert frame["shipped_racks"].isna().all(), "no operation says that a rack has left"
    assert "planned shutdowns" in found.definitions["demonstrated_racks"]
    with Session(world.engine) as session, pytest.raises(NotInScope):
        capacity_report(session, world.code, AT, Scope(frozenset({"oh"})))
