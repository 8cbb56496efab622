"""Each block of the wall, and what it says when there is nothing to say."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from db.queries.scope import NotInScope, Scope
from db.queries.shapes import WallShape
from db.queries.wall import wall
from tests.db.queries.world import MONDAY, World, ct

AT = ct(14, 30)


def read(world: World, at: datetime = AT, plant: str = "mp", **given: Any) -> WallShape:
    with Session(world.engine) as session:
        return wall(session, plant, at, **given)


def day_plan(world: World) -> None:
    """Four racks an hour from 06 to 18, half of it in the hour of the break."""
    for hour in range(6, 18):
        world.plan(ct(hour), "2" if hour == 12 else "4")


def test_score_is_judged_against_the_plan_so_far(world: World) -> None:
    day_plan(world)
    for hour in range(6, 15):
        world.done(ct(hour), 3)
    world.done(ct(6), 9, operation="KIT")  # other operations are no racks
    score = read(world)["score"]
    assert score["done"] == 27
    assert score["target"] == 46
    assert score["plan_now"] == pytest.approx(32)  # 7 hours of 4, one of 2, half an hour of 4
    assert score["difference"] == pytest.approx(-5)
    hour = 46 / 11.5
    assert score["forecast"] == pytest.approx(27 + 14 * (27 + hour) / (32 + hour))
    assert score["level"] == "amber"


def test_forecast_far_under_target_is_red(world: World) -> None:
    day_plan(world)
    world.done(ct(6), 8)
    assert read(world)["score"]["level"] == "red"


def test_without_a_plan_only_what_was_done_is_known(world: World) -> None:
    world.done(ct(6), 3)
    shown = read(world)
    assert shown["score"] == {
        "done": 3,
        "target": None,
        "plan_now": None,
        "difference": None,
        "forecast": None,
        "level": "none",
    }
    assert {hour["planned"] for hour in shown["hours"]} == {None}
    assert {hour["level"] for hour in shown["hours"]} == {"none"}
    assert shown["next_rack"]["takt_seconds"] is None


def test_deleted_plan_counts_for_nothing(world: World) -> None:
    world.plan(ct(6), "4", deleted_at=ct(1))
    assert read(world)["score"]["target"] is None


def test_hours_are_past_current_and_future(world: World) -> None:
    day_plan(world)
    world.done(ct(6), 4)
    world.done(ct(7), 2)
    world.done(ct(14), 1)
    hours = read(world)["hours"]
    assert [hour["label"] for hour in hours] == [f"{h:02}" for h in range(6, 18)]
    assert [hour["phase"] for hour in hours] == ["past"] * 8 + ["current"] + ["future"] * 3
    assert [hour["level"] for hour in hours[:2]] == ["normal", "amber"]
    assert hours[8]["level"] == "normal"  # a begun hour is not judged
    assert (hours[6]["planned"], hours[8]["done"]) == (2.0, 1)
    assert hours[0]["hour_at"] == "2026-07-06T11:00:00Z"


def test_plan_stands_still_in_a_break(world: World) -> None:
    day_plan(world)
    before, within = read(world, ct(12)), read(world, ct(12, 20))
    assert (before["is_break"], within["is_break"]) == (True, True)
    assert before["score"]["plan_now"] == within["score"]["plan_now"] == pytest.approx(24)
    assert read(world, ct(12, 30))["is_break"] is False


def test_shift_names_itself_in_plant_time(world: World) -> None:
    shown = read(world)
    assert shown["shift"] == {
        "code": "D",
        "name": "Day",
        "business_on": "2026-07-06",
        "hours_label": "06–18",
        "start_at": "2026-07-06T11:00:00Z",
        "end_at": "2026-07-06T23:00:00Z",
    }
    assert shown["next_shift"] is not None
    assert shown["next_shift"]["code"] == "N"


def test_between_shifts_the_last_shift_stands_and_the_next_is_named(engine: Any) -> None:
    world = World(engine)
    world.shifts(MONDAY, days=1)
    day_plan(world)
    world.done(ct(6), 40)
    world.plan(ct(20), "5")
    world.done(ct(20), 6)
    world.shifts(MONDAY + timedelta(days=2), days=1)
    shown = read(world, ct(30))  # Tuesday 06:00, no shift until Wednesday
    assert shown["shift"] is None
    assert shown["next_shift"] is not None
    assert shown["next_shift"]["business_on"] == "2026-07-08"
    assert shown["hours"] == []
    assert (shown["score"]["done"], shown["score"]["plan_now"]) == (6, 5)
    assert shown["next_rack"]["due_at"] is None


def test_long_autumn_night_has_thirteen_hours_of_plan(engine: Any) -> None:
    world = World(engine)
    world.shifts(date(2026, 10, 30), days=4)
    start = datetime(2026, 10, 31, 23, tzinfo=UTC)
    for offset in range(13):
        world.plan(start + timedelta(hours=offset), "1")
    world.done(start + timedelta(hours=7), 1)
    world.done(start + timedelta(hours=8), 2)
    shown = read(world, start + timedelta(hours=13, seconds=-1))
    assert shown["score"]["target"] == 13
    assert shown["score"]["plan_now"] == pytest.approx(13, abs=0.001)
    assert len(shown["hours"]) == 13
    assert [(hour["label"], hour["done"]) for hour in shown["hours"][7:9]] == [
        ("01A", 1),
        ("01B", 2),
    ]


def test_late_row_counts_in_the_shift_it_happened_in(world: World) -> None:
    day_plan(world)
    world.done(ct(5), 7)  # of the night before
    assert read(world)["score"]["done"] == 0
    world.done(ct(7), 2)
    assert read(world)["score"]["done"] == 2


def test_strip_shows_the_worst_of_each_cell_and_how_many(world: World) -> None:
    world.state("L1-KIT", "running", ct(8))
    world.state("L1-BURNIN", "starved", ct(9), reason="Waiting for racks")
    world.state("L1-BURNIN-2", "down", ct(10), reason="Pump")
    world.state("L2-BURNIN", "planned_stop", ct(10), ended_at=ct(11))
    world.state("L2-KIT", "not_scheduled", ct(10))
    shown = read(world)
    assert shown["stages"] == ["Kit", "Leak", "Test", "Pack"]
    assert [line["code"] for line in shown["lines"]] == ["L1", "L2"]
    kit, leak, test, _ = shown["lines"][0]["cells"]
    assert (kit["condition"], kit["affected_count"]) == ("running", 1)
    assert (leak["condition"], leak["reason"], leak["station_count"]) == (None, "", 1)
    assert test == {
        "stage": "Test",
        "condition": "down",
        "station": "l1-burnin-2",
        "reason": "Pump",
        "since_at": "2026-07-06T15:00:00Z",
        "station_count": 2,
        "affected_count": 1,
    }
    off, _, ended, _ = shown["lines"][1]["cells"]
    assert (off["condition"], off["reason"]) == (None, "not scheduled")
    assert ended["condition"] is None


def test_newest_open_state_of_a_slot_counts_and_the_worst_slot_speaks(world: World) -> None:
    world.state("L1-BURNIN", "down", ct(8), slot="1")
    world.state("L1-BURNIN", "running", ct(9), slot="1")
    world.state("L1-BURNIN", "blocked", ct(7), slot="2")
    world.state("L1-BURNIN", "down", ct(15), slot="2")  # not yet
    cell = read(world)["lines"][0]["cells"][2]
    assert (cell["condition"], cell["since_at"]) == ("blocked", "2026-07-06T12:00:00Z")


def test_open_stop_is_down_before_starved_and_then_the_longest(world: World) -> None:
    assert read(world)["open_stop"] is None
    world.state("T1-TASM", "down", ct(1))  # not a rack line
    world.state("L1-LEAK", "starved", ct(6))
    world.state("L2-LEAK", "down", ct(12))
    world.state("L2-KIT", "down", ct(11), reason="Lift")
    world.state("L1-KIT", "planned_stop", ct(2))
    stop = read(world)["open_stop"]
    assert stop is not None
    assert (stop["line"], stop["stage"], stop["reason"]) == ("L2", "Kit", "Lift")
    assert (stop["since_at"], stop["more_count"]) == ("2026-07-06T16:00:00Z", 2)


def test_first_pass_counts_the_last_fifty_first_verdicts(world: World) -> None:
    for n in range(40):
        world.verdict(f"A{n}", ct(6, n), "passed")
        world.verdict(f"A{n}", ct(7, n), "failed" if n < 3 else "passed", operation="BURNIN")
    world.verdict("Z", ct(15), "failed")  # still to come
    world.verdict("Y", ct(14), "failed", operation="KIT")  # does not count for first pass
    world.held("bad")
    world.held("mended", released_at=ct(9))
    world.held("other", feed="unit_step")
    world.source("test_run")
    world.source("unit_step")
    assert read(world)["first_pass"] == {
        "first_count": 50,
        "passed_count": 47,
        "limit": 0.95,
        "level": "amber",
        "excluded_count": 1,
        "window": 50,
    }


def test_too_few_first_verdicts_are_not_judged(world: World) -> None:
    assert read(world)["first_pass"]["first_count"] == 0
    for n in range(19):
        world.verdict(f"A{n}", ct(6, n), "failed")
    assert read(world)["first_pass"]["level"] == "none"
    world.verdict("A19", ct(7), "failed")
    assert read(world)["first_pass"]["level"] == "amber"


def test_limits_of_the_plant_are_used(world: World) -> None:
    world.limits('{"first_pass_window": 2, "minimum_first_verdicts": 1, "first_pass_limit": 0.4}')
    for n, verdict in enumerate(("failed", "failed", "passed")):
        world.verdict(f"A{n}", ct(6, n), verdict)
    shown = read(world)["first_pass"]
    assert (shown["first_count"], shown["passed_count"], shown["level"]) == (2, 1, "normal")


def test_next_rack_is_due_a_takt_of_working_time_after_the_last(world: World) -> None:
    day_plan(world)
    world.completed("R1", ct(11, 50))
    world.completed("R2", ct(19))  # still to come
    rhythm = read(world, ct(12))["next_rack"]
    assert rhythm["last_completed_at"] == "2026-07-06T16:50:00Z"
    assert rhythm["takt_seconds"] == pytest.approx(900)  # 5.5 working hours for 22 racks
    assert rhythm["due_at"] == "2026-07-06T17:35:00Z"  # the break is no working time


def test_first_rack_of_a_shift_is_due_a_takt_after_its_start(world: World) -> None:
    day_plan(world)
    world.completed("R1", ct(3))
    assert read(world, ct(6))["next_rack"]["due_at"] == "2026-07-06T11:15:00Z"


def test_each_block_is_as_fresh_as_its_worst_source(world: World) -> None:
    for feed in ("unit_step", "plan_hour", "station_state", "stock", "receipt", "bom"):
        world.source(feed, last_success_at=AT - timedelta(seconds=10))
    world.source("test_run", last_success_at=AT - timedelta(seconds=61), message="timed out")
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


def test_five_next_stops_are_named_with_hours_left(world: World) -> None:
    for hour in range(6, 18):
        world.plan(ct(hour), "4")
    for n in range(7):
        world.bom(f"P{n}", "1", operation="KIT")
        world.stock(f"P{n}", str(2 + 4 * n))
    world.part("P0", "Busbar clip")
    stops = read(world, ct(14))["part_stops"]
    assert [stop["part"] for stop in stops] == ["P0", "P1", "P2", "P3", "P4"]
    assert (stops[0]["name"], stops[0]["line"], stops[0]["level"]) == ("Busbar clip", "L1", "red")
    assert (stops[0]["stops_at"], stops[0]["hours_left"]) == ("2026-07-06T19:30:00Z", 0.5)
    assert (stops[4]["stops_at"], stops[4]["hours_left"], stops[4]["level"]) == (
        None,
        None,
        "normal",
    )


def test_undated_receipt_is_named_and_not_counted(world: World) -> None:
    world.plan(ct(14), "4")
    world.plan(ct(30), "4")
    world.bom("CLIP", "1")
    world.stock("CLIP", "1", allocated_qty="0")
    world.stock("CLIP", "50", status="quality_hold")
    world.receipt("CLIP", "9", None)
    world.receipt("CLIP", "9", MONDAY - timedelta(days=1))
    world.receipt("CLIP", "9", MONDAY, is_confirmed=False)
    world.receipt("CLIP", "9", MONDAY, status="cancelled")
    (stop,) = read(world, ct(14))["part_stops"]
    assert stop["stops_at"] == "2026-07-06T19:15:00Z"
    assert stop["note"] == (
        "1 receipt undated, not counted; 1 receipt overdue, not counted; "
        "1 receipt not confirmed, not counted"
    )


def test_confirmed_receipt_counts_from_the_next_business_day(world: World) -> None:
    world.plan(ct(14), "4")
    world.plan(ct(30), "4")
    world.bom("CLIP", "1")
    world.stock("CLIP", "6")
    assert read(world, ct(14))["part_stops"][0]["stops_at"] == "2026-07-07T11:30:00Z"
    world.receipt("CLIP", "9", MONDAY)
    (stop,) = read(world, ct(14))["part_stops"]
    assert (stop["stops_at"], stop["next_receipt_on"]) == (None, "2026-07-06")


def test_without_stock_or_plan_no_stop_is_claimed(world: World) -> None:
    world.bom("CLIP", "1")
    world.stock("CLIP", "0")
    assert read(world)["part_stops"] == []
    world.plan(ct(15), "4")
    assert read(world)["part_stops"][0]["stops_at"] == "2026-07-06T20:00:00Z"


def test_bill_that_contains_itself_empties_its_block_and_says_so(world: World) -> None:
    world.plan(ct(15), "4")
    world.bom("TRAY", "1")
    world.bom("BOARD", "1", parent="TRAY")
    world.bom("TRAY", "1", parent="BOARD")
    world.stock("TRAY", "5")
    shown = read(world)
    assert shown["part_stops"] == []
    assert "contains itself" in shown["freshness"]["stops"]["message"]


def test_snapshot_says_whose_it_is_and_which_version(world: World) -> None:
    shown = read(world)
    assert (shown["version"], shown["read_at"]) == (0, "2026-07-06T19:30:00Z")
    world.version(7)
    shown = read(world)
    assert shown["version"] == 7
    assert (shown["plant"]["code"], shown["plant"]["is_illustrative"]) == ("mp", True)


def test_other_plants_leave_no_trace(world: World) -> None:
    other = World(world.engine, "oh", "America/New_York")
    day_plan(world)
    before = read(world)
    other.plan(ct(6), "9")
    other.done(ct(6), 9)
    other.state("L1-KIT", "down", ct(8))
    other.verdict("A1", ct(8), "failed")
    other.completed("R1", ct(8))
    other.sources(AT)
    assert read(world) == before


@pytest.mark.parametrize("plant", ["oh", "nowhere"])
def test_plant_outside_the_scope_looks_like_one_that_does_not_exist(
    world: World, plant: str
) -> None:
    World(world.engine, "oh")
    with pytest.raises(NotInScope, match=f"'{plant}' is not among the plants you may see: mp"):
        read(world, plant=plant, scope=Scope(frozenset({"mp"})))
    assert read(world, scope=Scope(frozenset({"mp"})))["plant"]["code"] == "mp"


def test_unknown_plant_is_refused_even_to_those_who_see_all(world: World) -> None:
    with pytest.raises(NotInScope, match="'zz'"):
        read(world, plant="zz")
