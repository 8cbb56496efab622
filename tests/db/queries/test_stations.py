"""The station strip and the stop that costs most."""

from tests.db.queries.world import World, ct, read


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
