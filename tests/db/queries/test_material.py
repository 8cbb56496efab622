"""What the store tells the material calculation, and hand arithmetic from rows to dates."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event
from sqlmodel import Session

from db.domain.material.facts import Delivery, Facts, MeasuredYield, Replacement
from db.domain.material.sourcing import on_time
from db.models import (
    Build,
    Change,
    Defect,
    GenealogyLink,
    Product,
    UnitConversion,
    UnitOperation,
)
from db.queries.material import material_facts
from db.queries.scope import NotInScope, Scope
from tests.db.queries.world import AT, MONDAY, World, ct

DAY = timedelta(days=1)


def facts(world: World) -> Facts:
    with Session(world.engine) as session:
        return material_facts(session, world.code, AT)


def test_stop_of_a_part_by_hand_from_its_rows(world: World) -> None:
    """Two levels, scrap divided, some held and some set aside, a break in between.

    Need: 2 trays a rack, 3 boards a tray, 20 % lost of what is issued: 2 · 3 / 0.8 = 7.5 a rack.
    Trays on the shelf serve 1 rack first. Boards: 60 counted − 15 set aside = 45, 45 / 7.5 = 6
    racks; the 40 on hold do not count. 7 racks in all: 2 from 10:00 to 11:00, 2 to 12:00, the half
    hour's break, 2 from 12:30 to 13:00 and 1 more of the 2 until 14:00, at 13:30.
    """
    for hour in (10, 11, 12, 13, 14):
        world.plan(ct(hour), "2")
    world.bom("TRAY", "2")
    world.bom("BOARD", "3", parent="TRAY", scrap_ratio=Decimal("0.2"), scrap_convention="divide")
    world.stock("TRAY", "2")
    world.stock("BOARD", "60", allocated_qty=Decimal(15))
    world.stock("BOARD", "40", status="quality_hold", location="RCV")
    (part,) = world.outlook(ct(10))["parts"]
    assert (part["part"], part["available_qty"], part["held"]) == (
        "BOARD",
        45.0,
        {"quality_hold": 40.0},
    )
    assert part["cases"]["promised"]["stops_at"] == "2026-07-06T18:30:00Z"  # 13:30 CDT
    assert part["cases"]["promised"]["balances"][0] == 45 - (10 - 1) * 7.5


def test_stock_and_receipts_in_packs_are_counted_in_pieces(world: World) -> None:
    world.plan(ct(15), "4")
    world.plan(ct(16), "4")
    world.bom("SCREW", "50")
    world.part("SCREW", "Screw")
    world.stock("SCREW", "3", unit="PK")
    world.add(
        UnitConversion(plant="mp", part="SCREW", from_unit="PK", to_unit="EA", factor=Decimal(100))
    )
    (part,) = world.outlook(ct(15))["parts"]
    assert (part["available_qty"], part["unit"]) == (300.0, "EA")
    assert part["cases"]["promised"]["stops_at"] == "2026-07-06T21:30:00Z"  # 6 racks of 8


def test_working_time_has_no_breaks_and_days_are_business_days(world: World) -> None:
    found = facts(world)
    assert (found.plant, found.zone, found.today) == ("mp", "America/Chicago", MONDAY)
    assert (len(found.days), len(found.day_edges)) == (28, 29)
    assert found.day_edges[0] == ct(6)
    assert found.working[:3] == ((ct(6), ct(12)), (ct(12, 30), ct(24)), (ct(24, 30), ct(36)))


def test_first_promise_is_the_erps_or_the_earliest_version_we_saw(world: World) -> None:
    told = {"first_promised_on": MONDAY - DAY, "promise_count": 3}
    world.receipt("TOLD", "5", MONDAY + 2 * DAY, source_key="1", **told)
    world.receipt("SEEN", "5", MONDAY + 2 * DAY, source_key="2")
    for on in (None, MONDAY, MONDAY, MONDAY + DAY):
        world.add(earlier("2", on))
    found = {one.part: (one.first_promised_on, one.promise_count) for one in facts(world).promises}
    assert found == {"TOLD": (MONDAY - DAY, 3), "SEEN": (MONDAY, 3)}


def earlier(key: str, on: date | None) -> Change:
    """A version of a receipt that a later one has replaced."""
    before = {"promised_on": on.isoformat() if on else None}
    return Change(
        table_name="receipt",
        source="mp.receipt",
        source_key=key,
        plant="mp",
        kind="changed",
        before_hash=0,
        before=json.dumps(before),
        recorded_at=AT,
        load_id=1,
    )


def test_deliveries_are_what_came_and_what_should_have_come(world: World) -> None:
    first = {"first_promised_on": MONDAY - 4 * DAY, "supplier": "S", "origin_country": "DE"}
    came = {"status": "received", "received_qty": Decimal(5), "received_on": MONDAY - DAY}
    world.receipt("CAME", "5", MONDAY - 2 * DAY, **first, **came)
    world.receipt("LATE", "7", MONDAY - DAY, **first)
    world.receipt("AHEAD", "5", MONDAY + DAY, **(first | {"first_promised_on": MONDAY}))
    world.receipt("AGAIN", "6", MONDAY + DAY, **first)
    old = {**came, "received_on": MONDAY - timedelta(days=200)}
    world.receipt("OLD", "5", MONDAY - timedelta(days=201), **first, **old)
    made = {one.part: one for one in facts(world).deliveries}
    assert made == {
        "CAME": Delivery("S", "CAME", MONDAY - 4 * DAY, MONDAY - 2 * DAY, MONDAY - DAY, 5.0, "DE"),
        "LATE": Delivery("S", "LATE", MONDAY - 4 * DAY, MONDAY - DAY, None, 7.0, "DE"),
        "AGAIN": Delivery("S", "AGAIN", MONDAY - 4 * DAY, MONDAY + DAY, None, 6.0, "DE"),
    }
    again = [made["AGAIN"]]
    kept = [on_time(again, MONDAY, is_first=is_first) for is_first in (True, False)]
    assert kept == [(0, 1), (0, 0)]


def test_only_racks_not_yet_started_are_open(world: World) -> None:
    for build, count in (("B1", 3), ("B2", 2), ("B3", 4)):
        world.add(build_of(world, build, count))
    world.add(build_of(world, "DONE", 5, status="completed"))
    for serial, build in (("R1", "B1"), ("R2", "B1"), ("R3", "B2"), ("R4", "B2")):
        world.add(UnitOperation(plant="mp", serial=serial, operation="KIT", build=build))
    world.add(UnitOperation(plant="mp", serial="R1", operation="LEAK", build="B1"))
    assert {one.build: one.open_count for one in facts(world).builds} == {"B1": 1, "B3": 4}


def build_of(world: World, build: str, count: int, status: str = "released") -> Build:
    return Build(
        **world.sourced("build"),
        build=build,
        product="RK",
        line="L1",
        kind="firm",
        ordered_count=count,
        status=status,
        due_at=ct(40),
    )


def rack(serial: str, operation: str, **given: object) -> UnitOperation:
    values = {"plant": "mp", "serial": serial, "operation": operation, "product": "RK"}
    return UnitOperation(**(values | given))


def test_yield_counts_racks_completed_and_scrapped_lately(world: World) -> None:
    for n in range(4):
        world.add(rack(f"R{n}", "KIT"), rack(f"R{n}", "FINAL", completed_at=AT - n * DAY))
    world.add(rack("OLD", "KIT"), rack("OLD", "FINAL", completed_at=AT - 15 * DAY))
    world.add(rack("BAD", "KIT"))
    for action in ("SCRAP", "Scrapped", "RETEST"):
        world.add(
            Defect(
                **world.sourced("defect"), **world.event(AT - DAY), serial="BAD",
                operation="LEAK", action=action,
            )
        )  # fmt: skip
    assert facts(world).yields == (MeasuredYield("RK", 5, 4),)


def test_pieces_taken_out_for_good_are_replaced_and_assemblies_come_back(world: World) -> None:
    world.add(rack("R1", "KIT"), rack("R1", "FINAL", completed_at=AT - DAY))
    world.add(rack("R2", "KIT"), rack("R2", "FINAL", completed_at=AT - DAY))
    for parent, part, qty, child in (
        ("R1", "CLIP", 2, ""),
        ("R2", "CLIP", 1, ""),
        ("R1", "TRAY", 1, "T1"),
        ("T1", "BOARD", 1, ""),
    ):
        world.add(link(world, parent, part, qty, child, removed=AT - DAY))
    world.add(link(world, "R1", "CLIP", 9, "", removed=None))
    world.add(link(world, "R1", "CLIP", 9, "", removed=AT - 15 * DAY))
    assert facts(world).replacements == (
        Replacement("RK", "BOARD", 1.0, 2),
        Replacement("RK", "CLIP", 3.0, 2),
    )


def link(
    world: World, parent: str, part: str, qty: int, child: str, *, removed: object
) -> GenealogyLink:
    return GenealogyLink(
        **world.sourced("genealogy"), **world.event(AT - 2 * DAY), parent_serial=parent,
        part=part, child_serial=child, qty=Decimal(qty), removed_at=removed,
    )  # fmt: skip


def test_power_is_that_of_the_newest_revision_in_force(world: World) -> None:
    for revision, kw, since in (("A", 120.0, -9), ("B", 132.0, -1), ("C", 190.0, 5)):
        on = MONDAY + since * DAY
        world.add(Product(code="RK", revision=revision, name="", kw_nameplate=kw, valid_from_on=on))
    assert facts(world).kw == {"RK": 132.0}


def test_deleted_rows_are_not_read(world: World) -> None:
    world.stock("CLIP", "5", deleted_at=AT)
    world.bom("CLIP", "1", deleted_at=AT)
    world.receipt("CLIP", "9", MONDAY, deleted_at=AT)
    found = facts(world)
    assert (found.stock, found.bom, found.promises) == ((), (), ())


def test_the_number_of_statements_does_not_grow(world: World) -> None:
    said: list[object] = []
    event.listen(world.engine, "before_cursor_execute", lambda *given: said.append(given))
    counts = []
    for _ in range(2):
        for n in range(20):
            world.bom(f"P{n}", "1")
            world.stock(f"P{n}", "5")
            world.receipt(f"P{n}", "9", MONDAY)
        said.clear()
        facts(world)
        counts.append(len(said))
    assert counts[1] <= counts[0] <= 20


def test_a_plant_out_of_scope_is_refused(world: World) -> None:
    with Session(world.engine) as session, pytest.raises(NotInScope):
        material_facts(session, "mp", AT, Scope(frozenset({"oh"})))


def test_receipts_say_when_they_can_be_used(world: World) -> None:
    world.receipt("CLIP", "9", MONDAY, received_qty=Decimal(2), status="partial")
    world.receipt("CLIP", "9", None)
    by_date = {one.promised_on: one for one in facts(world).promises}
    assert (by_date[MONDAY].open_qty, by_date[MONDAY].usable_at) == (7.0, ct(30))
    assert by_date[None].usable_at is None


def test_an_open_line_of_which_more_came_than_was_ordered_is_named(world: World) -> None:
    world.part("CLIP", "Clip")
    world.receipt("CLIP", "9", MONDAY, received_qty=Decimal(12), status="partial")
    world.receipt("CLIP", "9", MONDAY, received_qty=Decimal(9), status="open")
    told = [one for one in world.outlook()["findings"] if one["kind"] == "received_more"]
    assert [one["sentence"] for one in told] == [
        "receipt PO1 of CLIP is open, though 3 more came than was ordered: nothing more of it is "
        "counted"
    ]


def test_stock_that_is_not_read_again_does_not_put_the_stop_off(world: World) -> None:
    """10 clips, 2 an hour from 13:00 on: gone at 18:00, whenever it is asked."""
    for hour in range(12, 24):
        world.plan(ct(hour), "2")
    world.bom("CLIP", "1")
    world.stock("CLIP", "10")
    world.source("stock", last_success_at=ct(13))
    asked = [world.outlook(at)["parts"][0] for at in (ct(13), ct(13, 7), ct(16))]
    assert {one["cases"]["promised"]["stops_at"] for one in asked} == {"2026-07-06T23:00:00Z"}
    assert [one["available_qty"] for one in asked] == [10.0] * 3
    assert asked[0]["cases"]["promised"]["balances"] == pytest.approx(
        asked[2]["cases"]["promised"]["balances"]
    )
