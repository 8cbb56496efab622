"""The parts that stop a line next, as the wall shows them."""

from datetime import timedelta

from tests.db.queries.world import MONDAY, World, ct, read


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
