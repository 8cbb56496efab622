"""How old each block says it is, and how far history has come."""

from datetime import timedelta

import pytest

from tests.db.queries.world import AT, World, read


def test_each_block_is_as_fresh_as_its_worst_source(world: World) -> None:
    for feed in ("unit_step", "plan_hour", "station_state", "stock", "receipt", "bom"):
        world.source(feed, last_success_at=AT - timedelta(seconds=10))
    world.source("test_run", last_success_at=AT - timedelta(seconds=61), message="timed out")
    world.outlook()
    fresh = read(world)["freshness"]
    assert {block: shape["state"] for block, shape in fresh.items()} == {
        "page": "stale",
        "score": "ok",
        "stations": "ok",
        "stops": "ok",
        "first_pass": "stale",
    }
    assert fresh["page"] == {
        "state": "stale",
        "as_of_at": "2026-07-06T19:28:59Z",
        "allowed_lag_seconds": 60,
        "source": "mp.test_run",
        "message": "timed out",
        "expected_count": 7,
        "fresh_count": 6,
    }


def test_source_that_never_loaded_or_is_not_set_up_is_missing(world: World) -> None:
    world.source("unit_step", last_success_at=AT)
    world.source("plan_hour", last_success_at=None)
    world.source("test_run", last_success_at=AT, is_enabled=False)
    fresh = read(world)["freshness"]
    assert (fresh["score"]["state"], fresh["score"]["source"]) == ("missing", "mp.plan_hour")
    assert fresh["first_pass"]["state"] == "missing"
    assert fresh["first_pass"]["message"] == "no source is set up for test_run"
    assert (fresh["first_pass"]["expected_count"], fresh["first_pass"]["fresh_count"]) == (1, 0)


def test_backfill_is_the_way_from_now_to_the_wanted_start(world: World) -> None:
    month = timedelta(days=30)
    world.source("unit_step", history_from_at=AT - month, loaded_from_at=AT - month / 2)
    world.source("test_run", history_from_at=AT - month, loaded_from_at=None)
    world.source("bom")
    assert read(world)["backfill"] == {
        "done_ratio": pytest.approx(0.25),
        "loaded_from_at": None,
        "wanted_from_at": "2026-06-06T19:30:00Z",
        "is_complete": False,
    }


def test_backfill_of_all_sources_is_complete(world: World) -> None:
    wanted = AT - timedelta(days=30)
    world.source("unit_step", history_from_at=wanted, loaded_from_at=wanted)
    backfill = read(world)["backfill"]
    assert (backfill["done_ratio"], backfill["is_complete"]) == (1.0, True)
    assert backfill["loaded_from_at"] == "2026-06-06T19:30:00Z"


def test_before_the_first_load_no_history_is_there(world: World) -> None:
    world.source("unit_step", state="new")
    backfill = read(world)["backfill"]
    assert (backfill["done_ratio"], backfill["is_complete"]) == (0.0, False)


def test_sources_without_history_have_nothing_to_wait_for(world: World) -> None:
    world.source("bom")
    backfill = read(world)["backfill"]
    assert (backfill["done_ratio"], backfill["is_complete"]) == (1.0, True)
