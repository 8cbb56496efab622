"""Each block of the wall, and what it says when there is nothing to say."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from db.queries.scope import NotInScope, Scope
from tests.db.queries.world import AT, MONDAY, World, ct, read


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


def test_first_pass_counts_the_last_fifty_first_verdicts(world: World) -> None:
    for n in range(40):
        world.verdict(f"A{n}", ct(6, n), "passed")
        world.verdict(f"A{n}", ct(7, n), "failed" if n < 3 else "passed", operation="BURNIN")
    world.verdict("Z", ct(15), "failed")  # still to come
    world.verdict("Y", ct(14), "failed", operation="KIT")  # does not count for first pass
    world.held("bad")
    world.held("mended", released_at=ct(9))
    world.held("other", feed="unit_step")
    world.held("before them", counts_at=ct(5))
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
