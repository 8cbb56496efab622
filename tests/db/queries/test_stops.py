"""The parts that stop a line next, as the wall shows them out of the stored outlook."""

from datetime import timedelta

from db.ingest.outlook import note_outlook_failure
from db.queries.shapes import PartStopShape
from tests.db.queries.world import AT, MONDAY, World, ct, read


def stops(world: World, hour: int = 14) -> list[PartStopShape]:
    """What the wall shows of an outlook computed at that hour."""
    world.outlook(ct(hour))
    return read(world, ct(hour))["part_stops"]


def test_five_next_stops_are_named_with_hours_left(world: World) -> None:
    for hour in range(6, 18):
        world.plan(ct(hour), "4")
    for n in range(7):
        world.bom(f"P{n}", "1", operation="KIT")
        world.stock(f"P{n}", str(2 + 4 * n))
    world.part("P0", "Busbar clip")
    found = stops(world)
    assert [stop["part"] for stop in found] == ["P0", "P1", "P2", "P3", "P4"]
    assert (found[0]["name"], found[0]["line"], found[0]["level"]) == ("Busbar clip", "L1", "red")
    assert (found[0]["stops_at"], found[0]["hours_left"]) == ("2026-07-06T19:30:00Z", 0.5)
    last = found[4]
    assert (last["stops_at"], last["hours_left"], last["level"]) == (None, None, "normal")


def test_parts_about_to_stop_a_line_are_counted_beyond_those_shown(world: World) -> None:
    for hour in range(6, 18):
        world.plan(ct(hour), "4")
    for n in range(9):
        world.bom(f"P{n}", "1", operation="KIT")
        world.stock(f"P{n}", "2" if n < 7 else "900")
    world.outlook(ct(14))
    shown = read(world, ct(14))
    assert (len(shown["part_stops"]), shown["about_to_stop_count"]) == (5, 7)


def test_hours_left_run_down_between_two_outlooks(world: World) -> None:
    world.plan(ct(15), "4")
    world.plan(ct(16), "4")
    world.bom("CLIP", "1")
    world.stock("CLIP", "6")
    world.outlook(ct(14))
    left = [read(world, ct(14, minute))["part_stops"][0]["hours_left"] for minute in (0, 30)]
    assert left == [2.5, 2.0]


def test_undated_receipt_is_named_and_not_counted(world: World) -> None:
    world.plan(ct(14), "4")
    world.plan(ct(30), "4")
    world.bom("CLIP", "1")
    world.stock("CLIP", "1", allocated_qty="0")
    world.stock("CLIP", "50", status="quality_hold")
    world.receipt("CLIP", "9", None, order_no="NODATE")
    world.receipt("CLIP", "9", MONDAY - timedelta(days=1), order_no="LATE")
    world.receipt("CLIP", "9", MONDAY, is_confirmed=False, order_no="MAYBE")
    world.receipt("CLIP", "9", MONDAY, status="cancelled", order_no="VOID")
    (stop,) = stops(world)
    assert stop["stops_at"] == "2026-07-06T19:15:00Z"
    assert all(order in stop["note"] for order in ("NODATE", "LATE", "MAYBE"))
    assert "VOID" not in stop["note"]


def test_confirmed_receipt_counts_from_the_next_business_day(world: World) -> None:
    world.plan(ct(14), "4")
    world.plan(ct(30), "4")
    world.bom("CLIP", "1")
    world.stock("CLIP", "6")
    assert stops(world)[0]["stops_at"] == "2026-07-07T11:30:00Z"
    world.receipt("CLIP", "9", MONDAY)
    (stop,) = stops(world)
    assert (stop["stops_at"], stop["next_receipt_on"]) == (None, "2026-07-06")


def test_alternates_put_off_the_stop_until_they_are_used_up(world: World) -> None:
    for hour in (14, 15, 16):
        world.plan(ct(hour), "4")
    world.bom("CLIP", "1")
    world.bom("CLIP-B", "1", alternate_of="CLIP", alternate_rank=1)
    world.stock("CLIP", "4")
    world.stock("CLIP-B", "2")
    (stop,) = [one for one in stops(world) if one["part"] == "CLIP"]
    assert stop["stops_at"] == "2026-07-06T20:30:00Z"


def test_without_a_plan_no_stop_is_claimed(world: World) -> None:
    world.bom("CLIP", "1")
    world.stock("CLIP", "0")
    assert stops(world) == []
    world.plan(ct(15), "4")
    assert stops(world)[0]["stops_at"] == "2026-07-06T20:00:00Z"


def test_without_an_outlook_the_block_says_so(world: World) -> None:
    world.sources(AT)
    shown = read(world)
    assert shown["part_stops"] == []
    assert shown["freshness"]["stops"]["state"] == "missing"
    assert shown["freshness"]["stops"]["message"] == "no outlook has been computed yet"


def test_a_line_without_a_bill_cannot_be_told_and_says_so_on_the_wall(world: World) -> None:
    for line, product in (("L1", "RK"), ("L2", "RK99-X")):
        world.plan(ct(15), "4", line=line, product=product)
    world.bom("CLIP", "1")
    world.stock("CLIP", "2")
    world.outlook(AT)
    shown = read(world)
    assert shown["unknown_stops"] == [{"lines": ["L2"], "reason": "no BOM for RK99-X"}]
    assert [stop["part"] for stop in shown["part_stops"]] == ["CLIP"]


def test_an_outlook_that_failed_makes_its_block_stale_until_the_next(world: World) -> None:
    world.plan(ct(15), "4")
    world.bom("CLIP", "1")
    world.stock("CLIP", "2")
    world.outlook(AT)
    world.sources(AT)
    assert read(world)["freshness"]["stops"]["state"] == "ok"
    note_outlook_failure(world.engine, "mp", "out of cheese")
    shown = read(world)
    assert (len(shown["part_stops"]), shown["freshness"]["stops"]["state"]) == (1, "stale")
    assert "out of cheese" in shown["freshness"]["stops"]["message"]
    world.outlook(AT)
    assert read(world)["freshness"]["stops"]["state"] == "ok"


def test_an_outlook_nobody_computed_for_hours_is_stale(world: World) -> None:
    world.outlook(AT - timedelta(hours=3))
    world.sources(AT)
    fresh = read(world)["freshness"]["stops"]
    assert (fresh["state"], fresh["as_of_at"]) == ("stale", "2026-07-06T16:30:00Z")


def test_bill_that_contains_itself_is_a_finding_and_no_stop_is_made_of_it(world: World) -> None:
    world.plan(ct(15), "4")
    world.bom("TRAY", "1")
    world.bom("BOARD", "1", parent="TRAY")
    world.bom("TRAY", "1", parent="BOARD")
    world.stock("TRAY", "5")
    outlook = world.outlook()
    assert "bom_cycle" in {finding["kind"] for finding in outlook["findings"]}
    assert not any(stop["stops_at"] for stop in read(world)["part_stops"])
