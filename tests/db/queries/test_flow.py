"""The throughput page from the store: the wall's numbers, every kind of window, reasons, notes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from db.domain.calendar import HOUR
from db.models import CapacityResource, Note, Operation, UnitOperation, UnitStep
from db.queries.flow import flow
from db.queries.flow_shapes import DAY, LAST, FlowFilter, FlowShape
from db.queries.scope import EVERY_PLANT, NotInScope, Scope
from tests.db.queries.world import MONDAY, World, ct, read

AT = ct(14, 30)


def asked(world: World, at: datetime = AT, scope: Scope = EVERY_PLANT, **given: Any) -> FlowShape:
    with Session(world.engine) as session:
        return flow(session, scope, FlowFilter(world.code, **given), at)


def visit(
    world: World, serial: str, operation: str, start: datetime, end: datetime | None, **given: Any
) -> None:
    """A visit of a rack on L1, and what is kept of it."""
    values = world.sourced("unit_step") | world.event(end or start)
    result = "completed" if end else "open"
    values |= {"serial": serial, "product": "RK", "line": "L1", "operation": operation,
               "station": f"L1-{operation}", "started_at": start, "ended_at": end,
               "result": result, "duration_ms": None}  # fmt: skip
    world.add(UnitStep(**(values | given)))
    if given.get("result", "completed") == "completed":
        world.add(UnitOperation(plant=world.code, serial=serial, operation=operation, product="RK",
                                line="L1", started_at=start, last_at=end or start,
                                completed_at=end))  # fmt: skip


def test_hours_are_those_of_the_wall(world: World) -> None:
    for hour in range(6, 18):
        world.plan(ct(hour), "2" if hour == 12 else "4")
        world.plan(ct(hour), "1", line="L2")
    for hour, racks in ((6, 4), (7, 5), (9, 1), (14, 2)):
        world.done(ct(hour), racks)
    told, wall = asked(world), read(world)
    keys = ("hour_at", "label", "done", "planned", "phase", "level")
    assert [{k: row[k] for k in keys} for row in told["hours"]] == [  # type: ignore[literal-required]
        {k: row[k] for k in keys}
        for row in wall["hours"]  # type: ignore[literal-required]
    ]
    same = {"done": "done", "target": "target", "due": "plan_now", "difference": "difference",
            "forecast": "forecast"}  # fmt: skip
    for ours, theirs in same.items():
        assert told["output"][ours] == pytest.approx(wall["score"][theirs])  # type: ignore[literal-required]
    assert told["output"]["level"] == wall["score"]["level"]


def test_variances_add_up_and_the_running_hour_counts_by_its_minutes(world: World) -> None:
    for hour in range(6, 18):
        world.plan(ct(hour), "4")
    world.done(ct(6), 5)
    world.done(ct(7), 2)
    rows = asked(world)["hours"]
    assert [row["difference"] for row in rows[:3]] == [1, -2, -4]
    assert [row["cumulative_difference"] for row in rows[:3]] == [1, -1, -5]
    running = rows[8]
    assert (running["label"], running["phase"], running["due"]) == ("14", "current", 2)
    assert running["cumulative_difference"] == pytest.approx(7 - 8 * 4 - 2)
    assert rows[9]["cumulative_difference"] is None
    assert rows[9]["planned"] == 4
    assert rows[6]["working_minutes"] == 30


def test_old_data_tell_their_hours_and_none_after(world: World) -> None:
    for hour in range(6, 18):
        world.plan(ct(hour), "4")
    world.done(ct(6), 4)
    world.done(ct(7), 1)
    world.sources(ct(8, 30))
    told = asked(world)
    assert told["stale_at"] == "2026-07-06T13:30:00Z"
    assert [row["phase"] for row in told["hours"]] == ["past"] * 2 + ["current"] + ["future"] * 9
    assert [row["is_missed"] for row in told["hours"]] == [False, True] + [False] * 10
    assert told["hours"][3]["difference"] is None
    assert told["output"]["due"] == pytest.approx(10), "of the running hour, half"
    before = asked(world, on=MONDAY - timedelta(days=1), shift=DAY)
    assert before["stale_at"] is None, "data that are old now tell a day that was over"
    assert asked(world, ct(8, 31))["stale_at"] is None, "within the lag that is allowed"


def test_one_line_is_its_own_plan_and_output(world: World) -> None:
    world.plan(ct(6), "4")
    world.plan(ct(6), "3", line="L2")
    world.done(ct(6), 2)
    assert asked(world)["output"]["due"] == 7
    one = asked(world, line="L2")
    assert (one["output"]["due"], one["output"]["done"]) == (3, 0)
    assert one["hours"][0]["key"] == "2026-07-06T11Z/L2"
    nothing = asked(world, line="L9")
    assert (nothing["output"]["target"], nothing["bottlenecks"]) == (None, [])


def test_mix_is_told_apart_from_plain_attainment(world: World) -> None:
    world.plan(ct(6), "2")
    world.plan(ct(6), "2", product="RK-B")
    world.done(ct(6), 4)
    output = asked(world)["output"]
    assert (output["attainment_ratio"], output["mix_ratio"]) == (1.0, 0.5)
    assert output["product_count"] == 2


def test_a_stop_explains_the_hour_in_which_what_it_held_up_was_due(world: World) -> None:
    """Racks take 3 h from LEAK to the output: LEAK down 10:00 to 10:30 hits the hour from 13."""
    for hour in range(6, 18):
        world.plan(ct(hour), "2")
    for n in range(4):
        begin = ct(3) + n * HOUR
        visit(world, f"R{n}", "KIT", begin - 2 * HOUR, begin - HOUR)
        visit(world, f"R{n}", "LEAK", begin - HOUR, begin)
        visit(world, f"R{n}", "FINAL", begin + 2.5 * HOUR, begin + 3 * HOUR)
    for hour in (6, 7, 8, 9, 10, 11, 12):
        world.done(ct(hour), 2)
    world.state("L1-LEAK", "down", ct(10), ended_at=ct(10, 30), reason="Seal replaced")
    told = asked(world, at=ct(15))
    [hour] = [row for row in told["hours"] if row["label"] == "13"]
    assert [(one["kind"], one["racks"], one["station"]) for one in hour["reasons"]] == [
        ("down", 1.0, "L1-LEAK"), ("unexplained", 1.0, ""),
    ]  # fmt: skip
    assert hour["reasons"][0]["hours_before"] == 3
    lost = {one["kind"]: one["racks"] for one in told["lost"]}
    missed = sum(row["planned"] - row["done"] for row in told["hours"] if row["is_missed"])  # type: ignore[operator]
    assert sum(lost.values()) == pytest.approx(missed)


def test_the_night_of_the_autumn_change_has_thirteen_hours_and_plans_for_them(world: World) -> None:
    saturday = date(2026, 10, 31)
    world.shifts(saturday - timedelta(days=1), 3)
    night = datetime(2026, 10, 31, 23, tzinfo=UTC)
    for n in range(13):
        world.plan(night + n * HOUR, "1")
    told = asked(world, at=datetime(2026, 11, 2, 12, tzinfo=UTC), shift="N", on=saturday)
    labels = " ".join(row["label"] for row in told["hours"])
    assert labels == "18 19 20 21 22 23 00 01A 01B 02 03 04 05"
    assert (told["window"]["hour_count"], told["output"]["target"]) == (13, 13)
    assert told["window"]["working_minutes"] == 13 * 60 - 30
    day = asked(world, at=datetime(2026, 11, 2, 12, tzinfo=UTC), shift=DAY, on=saturday)
    assert (day["window"]["hour_count"], len(day["hours"])) == (25, 25)


def test_the_night_of_the_spring_change_has_eleven_hours(world: World) -> None:
    saturday = date(2026, 3, 7)
    world.shifts(saturday, 1)
    told = asked(world, at=datetime(2026, 3, 9, 12, tzinfo=UTC), shift="N", on=saturday)
    assert [row["label"] for row in told["hours"]][6:10] == ["00", "01", "03", "04"]
    assert told["window"]["hour_count"] == 11
    assert asked(world, shift=DAY, on=saturday)["window"]["hour_count"] == 23


def test_this_shift_last_shift_and_a_shift_as_of_then(world: World) -> None:
    now = asked(world)["window"]
    assert (now["shift"], now["business_on"], now["is_running"]) == ("D", "2026-07-06", True)
    assert (now["earlier"], now["later"]) == (("2026-07-05", "N"), None)
    last = asked(world, shift=LAST)["window"]
    assert (last["shift"], last["business_on"]) == ("N", "2026-07-05")
    assert last["later"] == ("2026-07-06", "D")
    then = asked(world, at=AT + 72 * HOUR, shift="now")["window"]
    assert then["business_on"] == "2026-07-09"
    kept = asked(world, at=AT + 72 * HOUR)  # what "now" means today
    assert kept["window"] == then
    with Session(world.engine) as session:
        frozen = flow(session, EVERY_PLANT, FlowFilter(world.code, at=AT), AT + 72 * HOUR)
    assert frozen["window"]["business_on"] == "2026-07-06"
    assert not frozen["window"]["is_running"]


def test_a_closed_plant_says_so_and_nothing_is_missed(world: World) -> None:
    holiday = MONDAY + timedelta(days=40)
    for given in ({"shift": DAY}, {"shift": "N"}):
        told = asked(world, at=ct(12, day=holiday), on=holiday, **given)
        assert told["window"]["is_empty"]
        assert (
            "is published for MP on Sat Aug 15: the plant is closed" in told["window"]["sentence"]
        )
        assert (told["hours"], told["lost"], told["bottlenecks"], told["oee"]) == ([], [], [], None)
        assert told["output"]["attainment_ratio"] is None
        assert told["output"]["takt_seconds"] is None


def test_without_a_plan_racks_are_counted_and_nothing_judged(world: World) -> None:
    world.done(ct(6), 3)
    told = asked(world)
    assert (told["output"]["done"], told["output"]["target"], told["output"]["level"]) == (
        3, None, "none",
    )  # fmt: skip
    assert told["output"]["pace_seconds"] == pytest.approx(8 * 60 * 60 / 3)
    assert not any(row["is_missed"] for row in told["hours"])
    assert told["hours"][0]["planned"] is None
    first = told["bottlenecks"][0]["loads"][0]
    assert (first["required_hours"], first["ratio"]) == (None, None)


def test_a_plan_of_zero_is_a_plan(world: World) -> None:
    world.plan(ct(6), "0")
    told = asked(world)
    assert (told["output"]["target"], told["output"]["attainment_ratio"]) == (0, None)
    assert not told["hours"][0]["is_missed"]


def test_racks_in_process_ghosts_and_scrap_are_told_apart(world: World) -> None:
    for n in range(24):
        begin = ct(-30) + n * HOUR
        visit(world, f"D{n}", "KIT", begin, begin + HOUR)
        visit(world, f"D{n}", "LEAK", begin + 2 * HOUR, begin + 3 * HOUR)
        visit(world, f"D{n}", "FINAL", begin + 4 * HOUR, begin + 5 * HOUR)
    visit(world, "WAITS", "KIT", ct(12), ct(13))
    visit(world, "INSIDE", "KIT", ct(13), None)
    visit(world, "GHOST", "KIT", ct(-40), ct(-39))
    told = asked(world)
    wip = told["wip"]
    assert wip["count"] == 2
    assert {one["stage"]: one["count"] for one in wip["stages"]} == {"Kit": 1, "Leak": 1}
    [ghost] = wip["ghosts"]
    assert (ghost["serial"], ghost["stage"]) == ("GHOST", "Leak")
    assert ghost["hours"] == pytest.approx(53.5)
    assert told["times"]["usual_p50_hours"] == 5
    assert wip["age_oldest_hours"] == pytest.approx(2.5)


def test_cycle_time_and_its_split_are_of_the_windows_completions(world: World) -> None:
    visit(world, "R1", "KIT", ct(6), ct(7))
    visit(world, "R1", "LEAK", ct(8), ct(9), result="failed")
    visit(world, "R1", "LEAK", ct(9), ct(10))
    visit(world, "R1", "FINAL", ct(11), ct(12))
    world.done(ct(12), 1)
    times = asked(world)["times"]
    assert (times["count"], times["p50_hours"], times["unborn_count"]) == (1, 6, 0)
    assert times["split"] == {"touch": 0, "queue": 2, "test": 3, "rework": 1}, "all are tests here"
    world.done(ct(13), 1)
    assert asked(world)["times"]["unborn_count"] == 1


def test_the_bottleneck_is_refused_without_states_and_told_with_them(world: World) -> None:
    told = asked(world)["bottlenecks"]
    assert [one["line"] for one in told] == ["L1", "L2"]
    assert told[0]["first"]["operation"] == ""
    assert "80% is needed: no bottleneck by states" in told[0]["first"]["sentence"]
    assert "no load is known and no queue grows" in told[0]["second"]["sentence"]
    for station in ("L1-KIT", "L1-LEAK", "L1-BURNIN", "L1-BURNIN-2", "L1-FINAL"):
        world.state(station, "starved" if station != "L1-LEAK" else "down", ct(5), ended_at=None)
    first = asked(world, line="L1")["bottlenecks"][0]
    assert first["first"]["operation"] == "LEAK"
    assert first["leads"][0]["led_ratio"] == 1


def test_oee_of_an_operation_adds_its_slots_and_names_what_is_missing(world: World) -> None:
    world.state("L1-LEAK", "running", ct(6), ended_at=ct(10))
    world.state("L1-LEAK", "down", ct(10), ended_at=ct(11))
    visit(world, "R1", "KIT", ct(5), ct(6))
    visit(world, "R1", "LEAK", ct(6), ct(8))
    told = asked(world, at=ct(12), line="L1", operation="LEAK")["oee"]
    assert told is not None
    assert (told["operation"], told["slots"], told["busy_minutes"]) == ("LEAK", 1, 360)
    losses = {one["kind"]: one["minutes"] for one in told["losses"]}
    assert (losses["down"], losses["starved"], losses["unexplained"]) == (60, 120, 60)
    assert told["availability"] == pytest.approx(120 / 360)
    assert told["effectiveness"] is None
    assert told["faults"] == [
        "planned run time of LEAK is missing: effectiveness and OEE are unknown"
    ]
    with Session(world.engine) as session:
        operation = session.get_one(Operation, (world.code, "LEAK"))
        operation.standard_seconds = 5400
        session.add(operation)
        session.commit()
    told = asked(world, at=ct(12), line="L1", operation="LEAK")["oee"]
    assert told is not None
    assert told["oee"] == pytest.approx(90 / 360)
    assert told["quality"] == 1


def test_test_power_that_the_plant_declares_is_not_said_to_be_unknown(world: World) -> None:
    told = asked(world)["power_sentence"]
    assert told.startswith("How much test power and coolant there is, no source says")
    world.add(CapacityResource(plant=world.code, code="POWER", name="Test power", kind="test_power",
                               unit="kW", is_clock_bound=True))  # fmt: skip
    told = asked(world)["power_sentence"]
    assert told.startswith("All lines share test power: what that allows stands on the capacity")
    assert "How much coolant there is" in told


def test_notes_on_an_hour_stand_with_it_whatever_its_line(world: World) -> None:
    for key in ("2026-07-06T11Z/all", "2026-07-06T11Z/L1", "2026-07-06T12Z/L2"):
        world.add(Note(plant="mp", subject="hour", subject_key=key, text=key, author="Ana Silva",
                       written_at=ct(8)))  # fmt: skip
    noted = {row["label"]: [it["text"] for it in row["notes"]] for row in asked(world)["hours"]}
    assert noted["06"] == ["2026-07-06T11Z/L1", "2026-07-06T11Z/all"]
    assert noted["07"] == ["2026-07-06T12Z/L2"]
    one = asked(world, line="L2")["hours"]
    assert [len(row["notes"]) for row in one[:2]] == [1, 1]


def test_nobody_sees_another_plant(world: World) -> None:
    with pytest.raises(NotInScope):
        asked(world, scope=Scope(frozenset({"oh"})))


def statements(world: World) -> int:
    said: list[str] = []

    @event.listens_for(world.engine, "before_cursor_execute")
    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        said.append(statement)

    asked(world)
    event.remove(world.engine, "before_cursor_execute", note)
    return sum("SELECT" in it for it in said)


def test_what_is_asked_does_not_grow_with_what_there_is(world: World) -> None:
    world.plan(ct(6), "4")
    few = statements(world)
    for n in range(12):
        visit(world, f"R{n}", "KIT", ct(6), ct(7))
        world.state("L1-KIT", "down", ct(6, n), ended_at=ct(6, n + 1))
        world.plan(ct(6 + n), "4", line="L2")
    assert statements(world) == few <= 20
