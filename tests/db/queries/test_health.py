"""What the health page says of sources, and which plants there are."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from db.ingest.outlook import note_outlook_failure
from db.queries.health import health
from db.queries.plants import plants
from db.queries.scope import EVERY_PLANT, NotInScope, Scope
from db.queries.shapes import HealthShape
from tests.db.queries.world import World, ct

AT = ct(14, 30)


def read(world: World, *plants: str) -> HealthShape:
    with Session(world.engine) as session:
        return health(session, plants or ("mp",), AT)


def test_source_says_how_it_is_doing(world: World) -> None:
    world.source(
        "test_run",
        connector="files",
        last_success_at=AT - timedelta(seconds=61),
        last_event_at=AT - timedelta(hours=1),
        state="retrying",
        state_since_at=AT - timedelta(minutes=2),
        message="share is gone",
        failure_count=3,
        skipped_count=2,
    )
    world.load("test_run", AT - timedelta(days=2), new_count=5)
    world.load("test_run", AT - timedelta(hours=2), new_count=2, changed_count=1)
    world.load("test_run", AT - timedelta(hours=1), outcome="failed")
    world.load("test_run", AT - timedelta(minutes=1), outcome="running")
    for n, reason in enumerate(("bad_time", "bad_time", "unknown_word")):
        world.held(str(n), reason=reason)
    world.held("mended", released_at=AT)
    (shape,) = read(world)["sources"]
    del shape["compared"], shape["drift"]
    assert shape == {
        "code": "mp.test_run",
        "plant": "mp",
        "feed": "test_run",
        "connector": "files",
        "state": "retrying",
        "state_since_at": "2026-07-06T19:28:00Z",
        "message": "share is gone",
        "last_success_at": "2026-07-06T19:28:59Z",
        "last_event_at": "2026-07-06T18:30:00Z",
        "next_attempt_at": None,
        "interval_seconds": 15,
        "allowed_lag_seconds": 60,
        "lag_seconds": 61,
        "level": "stale",
        "row_count": 8,
        "rows_last_day": 3,
        "quarantined_count": 3,
        "top_reason": "bad_time",
        "skipped_count": 2,
        "failure_count": 3,
        "runs": ["ok", "ok", "failed"],
    }


def test_new_source_has_no_lag_and_a_disabled_one_is_off(world: World) -> None:
    world.source("bom", state="new")
    world.source("stock", is_enabled=False, last_success_at=AT)
    bom, stock = read(world)["sources"]
    assert (bom["level"], bom["lag_seconds"], bom["runs"]) == ("missing", None, [])
    assert stock["level"] == "off"


def test_at_most_forty_eight_runs_are_shown_oldest_first(world: World) -> None:
    world.source("bom")
    for minute in range(50):
        world.load("bom", ct(8, minute), outcome="failed" if minute < 3 else "ok")
    assert read(world)["sources"][0]["runs"] == ["failed"] + ["ok"] * 47


def test_backfill_is_told_by_plant(world: World) -> None:
    World(world.engine, "oh")
    world.source("bom", history_from_at=AT - timedelta(days=30))
    shown = read(world, "mp", "oh")["backfills"]
    assert (shown["mp"]["is_complete"], shown["oh"]["is_complete"]) == (False, True)


def test_health_and_plants_stay_within_the_scope(world: World) -> None:
    World(world.engine, "oh").source("bom")
    mine = Scope(frozenset({"mp"}))
    assert read(world)["sources"] == []
    with Session(world.engine) as session:
        assert [shape["code"] for shape in plants(session, mine)] == ["mp"]
        assert [shape["code"] for shape in plants(session, EVERY_PLANT)] == ["mp", "oh"]
        with pytest.raises(NotInScope):
            health(session, ["mp", "oh"], AT, mine)


def test_a_plant_whose_outlook_failed_is_named_with_the_reason(world: World) -> None:
    world.outlook()
    assert read(world, "mp").get("outlook_faults") == {}
    note_outlook_failure(world.engine, "mp", "division by zero")
    assert read(world, "mp").get("outlook_faults") == {"mp": "division by zero"}
