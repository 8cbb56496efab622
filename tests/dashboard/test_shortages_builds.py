"""Work orders and clear to build on the shortages page, over canned outlooks."""

import pytest

from dashboard.pages import shortages
from db.queries.scope import EVERY_PLANT
from tests.dashboard.fakes import FakeRead
from tests.dashboard.outlooks import build, build_case, material, part
from tests.dashboard.test_shortages import page, panel, text_of, told_by


@pytest.fixture
def read() -> FakeRead:
    read = FakeRead()
    read.answers["material"] = material()
    return read


async def test_work_orders_and_clear_to_build_follow_the_case(read: FakeRead) -> None:
    order = build(1, ["1"], 0)
    order["cases"] = {
        "promised": build_case(0, buildable_by=[("2026-11-24", 10)], complete_on="2026-11-24"),
        "late": build_case(3, buildable_by=[("2026-11-27", 10)], complete_on="2026-11-27",
                           best_action="pull in receipt PO1 of Clip"),
        "none": build_case(7, buildable_by=[], best_action="make sure of receipt PO1 of Clip"),
    }  # fmt: skip
    told_by(read, part("1", "Clip", 1, 100), builds=[order | {"buildable_now": 3}])
    seen = {}
    for case in order["cases"]:
        found = await page(read, f"?case={case}")
        text = text_of(found.content)
        assert "3 of 10 open racks can be built now" in text
        assert ("Shared out evenly instead of by priority: 10 By" in text) == (case != "none")
        missing, each = panel(found, "Work orders"), panel(found, "Clear to build, order")
        report = await shortages.PAGE.tables(read, EVERY_PLANT, {}, f"?case={case}")  # type: ignore[misc]
        [orders] = [table for table in report.tables if table.title == "Work orders"]
        names = [column.label for column in orders.columns]
        [row] = [dict(zip(names, row, strict=True)) for row in orders.rows]
        told = order["cases"][case]
        assert (row["Racks late"], row["All by"]) == (told["racks_late"], told["complete_on"])
        assert row["Best action"] == told["best_action"]
        seen[case] = missing, each
    assert "None, as far as parts go." in seen["promised"][0]
    assert "1 of 1 open order; if suppliers are late as usual" in seen["late"][0]
    assert "pull in receipt PO1 of Clip" in seen["late"][0]
    assert "make sure of receipt PO1 of Clip" in seen["none"][0]
    days = ("all by Tue Nov 24", "all by Fri Nov 27", "no more in the plan")
    assert all(day in each for day, (_, each) in zip(days, seen.values(), strict=True))


async def test_every_open_order_is_told_those_that_miss_nothing_too(read: FakeRead) -> None:
    each = panel(await page(read), "Clear to build, order by order")
    assert "5 open orders by priority" in each
    assert "WO-48209" in each
    assert "all now" in each


async def test_an_order_of_which_nothing_is_known_has_no_numbers(read: FakeRead) -> None:
    unknown = build(5, [], 0, cannot_tell="no BOM for RK72-B", buildable_now=0, fair_share_now=0)
    told = material()
    told.held[0]["outlook"]["builds"].append(unknown)
    read.answers["material"] = told
    found = await page(read, "?plant=mp")
    missing = panel(found, "Work orders that will miss")
    assert "3 of 5 open orders; if promises hold; of 1 nothing can be told" in missing
    assert "cannot tell: no BOM for RK72-B" in missing
    all_of_it = text_of(found.content)
    assert "Cannot tell for 10 more racks: no BOM for RK72-B" in all_of_it
    assert "19 of 40 open racks can be built now" in all_of_it
    report = await shortages.PAGE.tables(read, EVERY_PLANT, {}, "?plant=mp")  # type: ignore[misc]
    [orders] = [table for table in report.tables if table.title == "Work orders"]
    at = {column.label: number for number, column in enumerate(orders.columns)}
    [row] = [row for row in orders.rows if row[at["Cannot tell"]]]
    counts = ("Buildable now", "Now, shared evenly", "Racks late")
    assert [row[at[name]] for name in counts] == [None, None, None]


async def test_what_is_kept_for_racks_on_the_floor_is_said_and_ghosts_are_named(
    read: FakeRead,
) -> None:
    kept = {"floor_count": 4, "ghosts": ["MR000033"], "builds": [build(1, [], 0)]}
    told_by(read, part("1", "Clip", 513, 100, kept_qty=217.3), part("2", "Fan", 9, 1), **kept)
    text = text_of((await page(read)).content)
    assert "Mount Pleasant: 1 part kept for 4 racks on the floor, such as 217 Clip" in text
    assert "nothing is kept for 1 rack that stood still for over five times the usual" in text
    assert "the usual: MR000033" in text


async def test_more_orders_than_a_page_holds_are_counted_and_in_the_export(read: FakeRead) -> None:
    told_by(read, part("1", "Clip", 1, 100), builds=[build(n, [], 0) for n in range(63)])
    each = panel(await page(read), "Clear to build, order by order")
    assert "63 open orders by priority" in each
    assert "WO-48259" in each
    assert "WO-48260" not in each
    assert "3 more orders: narrow the filters, or export." in each
