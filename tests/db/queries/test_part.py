"""One part opened down to its rows: path, pegging, promises, lots, where used, suppliers."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlmodel import Session

from db.models import Lot
from db.queries.part import part_detail
from db.queries.part_shapes import PartDetailShape, PartPlantShape
from db.queries.scope import Scope
from tests.db.queries.world import MONDAY, World, ct

DAY = timedelta(days=1)


@pytest.fixture
def clips(world: World) -> World:
    """4 racks an hour from 15:00 on, 3 clips each in a tray: 30 here, 200 more usable tomorrow."""
    for hour in range(15, 40):
        world.plan(ct(hour), "4")
    world.bom("TRAY", "1")
    world.bom("CLIP", "3", parent="TRAY", operation="KIT")
    world.bom("OTHER", "1", parent="TRAY")
    world.part("CLIP", "Busbar clip")
    world.stock("CLIP", "30", lot="L1", location="A1")
    world.stock("CLIP", "8", lot="L2", status="quality_hold", location="RCV")
    world.receipt(
        "CLIP", "200", MONDAY, supplier="CLIPCO", origin_country="US", source_key="900",
        first_promised_on=MONDAY - 2 * DAY,
    )  # fmt: skip
    world.receipt(
        "CLIP", "5", MONDAY - DAY, supplier="CLIPCO", origin_country="US", source_key="901",
        first_promised_on=MONDAY - 3 * DAY, received_on=MONDAY - DAY, received_qty=Decimal(5),
        status="received",
    )  # fmt: skip
    world.add(
        Lot(**world.sourced("lot"), part="CLIP", lot="L1", supplier="CLIPCO", origin_country="US")
    )
    world.outlook(ct(15))
    return world


def detail(world: World, part: str = "CLIP", scope: Scope | None = None) -> PartDetailShape:
    with Session(world.engine) as session:
        return part_detail(session, part, ct(16), *([scope] if scope else []))


def only(found: PartDetailShape) -> PartPlantShape:
    (plant,) = found["plants"]
    return plant


def test_the_path_by_the_hour_is_stock_and_arrivals_less_need(clips: World) -> None:
    plant = only(detail(clips))
    path, own = plant["hourly"], plant["outlook"]
    assert path is not None
    assert own is not None
    assert (plant["as_of_at"], path["at"][0]) == ("2026-07-06T20:00:00Z", "2026-07-06T20:00:00Z")
    balances = path["balances"]["promised"]
    assert balances[:4] == [30.0, 18.0, 6.0, -6.0]
    for (have, then), need, come in zip(
        pairwise(balances), path["needs"], path["arrivals"], strict=False
    ):
        assert then == pytest.approx(have - need + come)
    assert path["arrivals"][14] == 200.0  # usable at 06:00, the fifteenth hour
    assert own["cases"]["promised"]["stops_at"] == "2026-07-06T22:30:00Z"


def test_each_day_is_pegged_to_stock_receipts_or_nothing(clips: World) -> None:
    first, second, *_ = only(detail(clips))["pegging"]
    assert first["on"] == "2026-07-06"
    assert (first["from_stock_qty"], first["from_receipts"]) == (30.0, [])
    assert first["uncovered_qty"] == first["need_qty"] - 30
    assert second["from_receipts"] == [["900", 50.0]]  # 150 serve the first day, too late
    for day in (first, second):
        pegged = sum(qty for _, qty in day["from_receipts"])
        assert day["need_qty"] == pytest.approx(
            day["from_stock_qty"] + pegged + day["uncovered_qty"]
        )


def test_figures_open_to_their_rows(clips: World) -> None:
    plant = only(detail(clips))
    assert [(lot["lot"], lot["status"], lot["supplier"]) for lot in plant["lots"]] == [
        ("L1", "unrestricted", "CLIPCO"),
        ("L2", "quality_hold", ""),
    ]
    assert [row["source_key"] for row in plant["receipt_rows"]] == ["900", "901"]
    assert plant["lots"][0]["row"]["says"]["qty"] == 30.0
    assert plant["part_row"] is not None
    assert plant["part_row"]["says"]["name"] == "Busbar clip"
    assert {row["says"]["planned_qty"] for row in plant["plan_rows"]} == {4.0}
    assert [kind for kind, _ in plant["assembly_rows"]] == ["Assembly's bill"]
    clips.stock("TRAY", "2")
    above = only(detail(clips))["assembly_rows"]
    assert [(kind, row["says"]["part"]) for kind, row in above] == [
        ("Assembly's bill", "TRAY"),
        ("Assembly's stock", "TRAY"),
    ]
    assert only(detail(clips, part="TRAY"))["is_made"]
    (used,) = plant["where_used"]
    assert (used["path"], used["each_qty"], used["operation"]) == (["TRAY", "RK"], 3.0, "KIT")


def test_promises_and_suppliers_tell_how_they_were_kept(clips: World) -> None:
    plant = only(detail(clips))
    said = [(one["key"], one["promised_on"]) for one in plant["promises"]]
    assert said == [
        ("900", "2026-07-04"),
        ("900", "2026-07-06"),
        ("901", "2026-07-03"),
        ("901", "2026-07-05"),
    ]
    (one,) = plant["suppliers"]
    assert (one["supplier"], one["country"], one["open_qty"]) == ("CLIPCO", "US", 200.0)
    assert (one["on_time_first"], one["on_time_last"]) == ((0, 2), (1, 1))
    assert one["late_days"] == (2, 0)


def test_only_plants_that_know_the_part_and_may_be_seen_are_told(clips: World) -> None:
    World(clips.engine, "oh", "America/New_York")
    assert [plant["plant"] for plant in detail(clips)["plants"]] == ["mp"]
    assert detail(clips, scope=Scope(frozenset({"oh"})))["plants"] == []
    assert detail(clips, part="NOTHING")["plants"] == []


def test_a_bill_that_contains_itself_over_three_levels_is_named_and_cut(clips: World) -> None:
    clips.bom("RK", "1", parent="CLIP")
    found = clips.outlook(ct(15))["findings"]
    (cycle,) = [one["sentence"] for one in found if one["kind"] == "bom_cycle"]
    assert cycle.startswith("CLIP > RK > TRAY > CLIP contains itself")
    assert only(detail(clips))["where_used"] == []


def test_a_part_that_nobody_needs_has_its_rows_and_no_outlook(clips: World) -> None:
    clips.stock("SPARE", "3")
    plant = only(detail(clips, part="SPARE"))
    assert (plant["outlook"], plant["hourly"], plant["pegging"]) == (None, None, [])
    assert [lot["qty"] for lot in plant["lots"]] == [3.0]
