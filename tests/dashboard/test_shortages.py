"""The shortages page over canned outlooks: filters, figures, the heat map, and what it says."""

import re
from html import unescape
from typing import Any

import pytest

from dashboard.components.shortages.heat import cells
from dashboard.components.shortages.risk import at_risk
from dashboard.components.shortages.rows import Row, horizon, rows, sites
from dashboard.desk import Drawn, drawn
from dashboard.exports.files import csv_lines
from dashboard.material import Material
from dashboard.page import Page
from dashboard.pages import shortages
from db.clock import utc_now
from db.queries.scope import EVERY_PLANT, Scope
from tests.dashboard.fakes import FakeRead, plant_shape
from tests.dashboard.outlooks import material, outlook, part

STATE = {field.name: field.default for field in shortages.FIELDS}


@pytest.fixture
def read() -> FakeRead:
    read = FakeRead()
    read.answers["material"] = material()
    return read


async def page(read: FakeRead, search: str = "", scope: Scope = EVERY_PLANT) -> Drawn:
    return await drawn(shortages.DESK, read, scope, search, names={}, theme="dark")


def text_of(component: Any) -> str:
    """Everything a reader sees of a component, in order."""
    if isinstance(component, (list, tuple)):
        return " ".join(" ".join(map(text_of, component)).split())
    if component is None or isinstance(component, (str, int, float)):
        return "" if component is None else str(component)
    if piece := getattr(component, "data-html", None):
        return text_of([unescape(re.sub("<[^>]*>", " ", piece))])
    if rows := getattr(component, "rowData", None):
        return text_of([list(row.values()) for row in rows])
    return text_of(getattr(component, "children", None)).strip()


def panel(found: Drawn, title: str) -> str:
    [text] = [text for text in map(text_of, found.content) if text.startswith(title)] or [""]
    return text


async def test_the_first_stop_leads_the_page(read: FakeRead) -> None:
    found = await page(read)
    banner, cannot_tell, strip = (text_of(part) for part in found.content[:3])
    assert banner.startswith("Stops Busbar clip 48 V stops L1 today")
    assert cannot_tell.startswith("Cannot tell Mount Pleasant Line L2: no BOM for RK72-B")
    assert "First line stop" in strip
    assert "MP L1, L2" in strip


async def test_parts_short_are_counted_within_the_horizon(read: FakeRead) -> None:
    week = text_of((await page(read, "?days=7")).content[2])
    assert "Parts short in 7 days 9 of 14" in week
    assert "1 below safety stock" in week
    one = text_of((await page(read, "?days=7&plant=tx")).content[0])
    assert "Parts short in 7 days 1 of 2" in one


async def test_a_move_is_only_counted_for_the_parts_chosen(read: FakeRead) -> None:
    assert "600 Busbar clip 48 V at Houston, 1 d truck" in text_of((await page(read)).content[2])
    cooling = text_of((await page(read, "?commodity=Cooling")).content)
    assert "no plant has parts to spare for what stops a line" in cooling


@pytest.mark.parametrize(
    ("search", "shown", "hidden"),
    [("?plant=tx", "Cold plate kit B", "Fiber MPO-16"), ("?line=L2", "Busbar", "QSFP-DD"),
     ("?commodity=Optics", "Fiber MPO-16", "Busbar"), ("?q=655-1", "Cold plate", "Busbar"),
     ("?q=fIBER", "Fiber MPO-16", "Busbar"), ("?show=all", "NVMe E1.S", "Lordstown Line L9"),
     ("", "Busbar", "NVMe E1.S")],
)  # fmt: skip
async def test_each_filter_narrows_the_parts(
    read: FakeRead, search: str, shown: str, hidden: str
) -> None:
    heat = panel(await page(read, search), "Projected balance")
    assert shown in heat
    assert hidden not in heat


async def test_with_nothing_arriving_more_parts_run_out(read: FakeRead) -> None:
    promised = panel(await page(read), "Projected balance")
    none = panel(await page(read, "?case=none"), "Projected balance")
    assert "Liquid QD coupling" not in promised
    assert "Liquid QD coupling" in none


def row_of(one: dict[str, Any]) -> Row:
    [row] = rows(sites([outlook("mp", [one])], [plant_shape("mp")], "all"), STATE, utc_now())  # type: ignore[list-item]
    return row


def test_only_the_first_short_day_is_loud_and_little_cover_is_low() -> None:
    row = row_of(part("1", "Clip", 1000, 100, {12: 500}))
    days = horizon([row.site], 28)
    kinds = [kind for kind, _ in cells(row, days)]
    assert kinds.count("first") == 1
    at = kinds.index("first")
    assert set(kinds[:at]) == {"ok", "low"}
    assert kinds[at - 1] == "low"
    assert set(kinds[at + 1 :]) >= {"short"}


def test_a_day_that_stops_a_line_is_loud_though_it_ends_with_stock() -> None:
    one = part("1", "Clip", 5000, 100)
    one["cases"]["promised"]["stops_at"] = outlook("mp", [])["day_edges"][3]
    kinds = [kind for kind, _ in cells(row_of(one), outlook("mp", [])["days"])]
    assert kinds.index("first") == 3


async def test_lines_name_both_blockers_in_three_cases(read: FakeRead) -> None:
    lines = panel(await page(read, "?plant=mp"), "When each line stops")
    assert lines.count("then QSFP-DD") == 3
    assert "Cannot tell: no BOM for RK72-B" in lines
    assert "Line L2" not in panel(await page(read, "?plant=mp&line=L1"), "When each line stops")


async def test_orders_that_miss_are_shown_and_the_others_counted(read: FakeRead) -> None:
    orders = panel(await page(read), "Work orders")
    assert "4 of 5 open orders" in orders
    assert "WO-48209" not in orders
    assert "Move 600 from Houston" in orders


async def test_no_outlook_is_not_no_shortage(read: FakeRead) -> None:
    read.answers["material"] = Material([], [], [])
    [told] = (await page(read)).content
    assert text_of(told).startswith("No outlook yet")


async def test_plants_without_an_outlook_are_named(read: FakeRead) -> None:
    full = material()
    read.answers["material"] = full._replace(held=full.held[:2])
    assert (await page(read)).notices == ["2 of 3 plants; no outlook yet: Houston."]


async def test_an_outlook_that_could_not_be_computed_is_said(read: FakeRead) -> None:
    full = material()
    full.held[0]["error"] = "BOM cycle RK72-A"
    read.answers["material"] = full
    [notice] = (await page(read)).notices
    assert "Mount Pleasant: the newest outlook could not be computed (BOM cycle RK72-A)" in notice


async def test_what_the_data_does_not_know_is_said(read: FakeRead) -> None:
    found = await page(read, "?line=L9&supplier=NOBODY&case=maybe")
    assert len(found.notices) == 3
    assert [option.value for option in found.options["line"]] == ["all", "L1", "L2"]
    assert [option.label for option in found.options["plant"]][1] == "Mount Pleasant"


async def test_the_export_holds_what_the_page_counts(read: FakeRead) -> None:
    exported = shortages.PAGE.tables
    assert exported
    report = await exported(read, EVERY_PLANT, {}, "?days=7&plant=mp")
    parts, stops, orders, screws, moves, faults = report.tables
    assert len(parts.rows) == 8
    assert len(parts.columns) == len(parts.rows[0]) == 19 + 7
    assert len(stops.rows) == 2
    assert len(orders.rows) == 4
    assert screws.rows == [["Mount Pleasant", "410-2231", "Busbar clip 48 V", 12]]
    assert len(moves.rows) == 1
    assert moves.rows[0][2:4] == ["Houston", "Mount Pleasant"]
    assert [row[:2] for row in faults.rows] == [["Mount Pleasant", "no bom"]]
    assert ("Plant", "Mount Pleasant") in report.filters
    assert report.zone_label == "CT"
    assert "410-2231" in "".join(csv_lines(report))


async def test_the_navigation_counts_parts_that_stop_a_line_within_hours(read: FakeRead) -> None:
    page: Page = shortages.PAGE
    assert page.badge
    red = [
        it for held in material().held for it in held["outlook"]["parts"] if it["level"] == "red"
    ]
    assert await page.badge(read, EVERY_PLANT) == len(red) > 0


def alternate(lasts_until_at: str | None) -> dict[str, Any]:
    return {"part": "1-B", "name": "Clip B", "rank": 1, "available_qty": 900.0,
            "lasts_until_at": lasts_until_at}  # fmt: skip


def told_by(read: FakeRead, *parts: dict[str, Any], **changes: Any) -> None:
    full = material()
    full.held[0]["outlook"] = outlook("mp", list(parts), **changes)  # type: ignore[typeddict-item]
    read.answers["material"] = full._replace(held=full.held[:1])


async def test_a_part_that_alternates_carry_stops_no_line_anywhere(read: FakeRead) -> None:
    told_by(read, part("1", "Clip", 10, 100, alternates=[alternate(None)]), line_stops=[])
    found = await page(read, "?show=all")
    text = text_of(found.content)
    assert "First line stop None" in text
    assert "Parts short in 14 days 0 of 1" in text
    assert "1 more run out and alternates carry them" in text
    assert "no stop: runs out" in panel(found, "Projected balance")
    assert "0 racks no line stops" in text
    report = await shortages.PAGE.tables(read, EVERY_PLANT, {}, "?show=all")  # type: ignore[misc]
    names = [column.label for column in report.tables[0].columns]
    row = dict(zip(names, report.tables[0].rows[0], strict=True))
    assert (row["Line stops"], row["Racks at risk"]) == (None, 0.0)
    assert row["Runs out"] is not None


async def test_each_case_has_its_own_stop_beyond_the_alternates(read: FakeRead) -> None:
    one = part("1", "Clip", 10, 100, alternates=[alternate(None)])
    one["cases"]["promised"]["line_stops_at"] = None
    one["cases"]["none"]["line_stops_at"] = one["cases"]["none"]["stops_at"]
    told_by(read, one)
    assert "0 of 1" in text_of((await page(read)).content)
    assert "1 of 1" in text_of((await page(read, "?case=none")).content)


async def test_a_filter_on_a_second_blocker_still_says_what_hangs_on_it(read: FakeRead) -> None:
    assert re.search("Racks at risk, 14 days [1-9]", text_of((await page(read, "?q=hose")).content))


def short_rows(*parts: dict[str, Any]) -> list[Row]:
    return rows(sites([outlook("mp", list(parts))], [plant_shape("mp")], "all"), STATE, utc_now())  # type: ignore[list-item]


def test_stops_that_overlap_on_a_line_are_counted_once() -> None:
    first, second = part("1", "Clip", 10, 100), part("2", "Fan", 20, 100)
    other = part("3", "Pump", 20, 100, lines=["L9"])
    racks = [row.future["racks_at_risk"] for row in short_rows(first, second, other)]
    assert at_risk(short_rows(first, second), 14).racks == max(racks)
    assert at_risk(short_rows(first, other), 14).racks > max(racks)
    first["cases"]["promised"]["covered_at"] = first["cases"]["promised"]["stops_at"]
    assert at_risk(short_rows(first, second), 14).racks > max(racks)


async def test_a_listed_move_is_counted(read: FakeRead) -> None:
    found = await page(read, "?q=clip")
    assert "1 move" in panel(found, "Moves that would help") or "1 move" in text_of(found.content)
    assert re.search("Can be fixed by a move [1-9]", text_of(found.content))


async def test_what_is_known_is_said_beside_what_cannot_be_told(read: FakeRead) -> None:
    full = material()
    for stop in full.held[0]["outlook"]["line_stops"]:
        stop["cannot_tell"] = "no BOM for RK99-X"
    read.answers["material"] = full
    found = await page(read, "?plant=mp")
    banner = text_of(found.content[1])
    assert "no BOM for RK99-X. Known: Busbar clip 48 V stops L1" in banner
    lines = panel(found, "When each line stops")
    assert "Cannot tell: no BOM for RK99-X" in lines
    assert "then QSFP-DD" in lines


async def test_sentences_follow_the_case_and_what_does_not_is_labelled(read: FakeRead) -> None:
    found = await page(read, "?case=none")
    text = text_of(found.content)
    assert "Busbar clip 48 V runs out" in text_of(found.content[0])
    assert "if nothing arrives" in text_of(found.content[0])
    for title in ("Work orders", "Clear to build, order"):
        assert "if nothing arrives" in panel(found, title), title
    assert "Clear to build strict priority, whole racks; if nothing arrives" in text
    assert "net of the giving plant's own need; promises hold" in text


async def test_every_finding_can_be_reached(read: FakeRead) -> None:
    findings = [{"kind": "no_bom", "subject": f"P{n}", "sentence": f"P{n} is odd."}
                for n in range(20)]  # fmt: skip
    told_by(read, part("1", "Clip", 10, 100), findings=findings)
    told = panel(await page(read), "Faults in the data")
    assert "Show 12 more" in told
    assert "P19 is odd." in told


def held_back(plant: str, feed: str, count: int) -> dict[str, Any]:
    told = f"{count} of {plant}.{feed} held back (unknown unit): not counted."
    return {"plant": plant, "feed": feed, "count": count, "kind": "quarantined_row",
            "subject": f"{plant}.{feed}", "sentence": told}  # fmt: skip


async def test_rows_held_back_are_counted_on_the_page_and_say_what_they_weaken(
    read: FakeRead,
) -> None:
    waiting: Any = [held_back("mp", "receipt", 2), held_back("mp", "stock", 1),
                    held_back("tx", "bom", 7)]  # fmt: skip
    read.answers["material"] = material()._replace(waiting=waiting)
    found = await page(read, "?plant=mp")
    [notice] = found.notices
    assert notice == ("Mount Pleasant: promised receipts exclude 2 order lines; stock on hand "
                      "excludes 1 position. They wait in quarantine.")  # fmt: skip
    told = panel(found, "Faults in the data")
    assert "Mount Pleasant: 2 of mp.receipt held back (unknown unit): not counted." in told
    assert "tx.bom" not in told
    [both] = (await page(read)).notices
    assert "stock on hand excludes 1 position. Houston: need excludes 7 bill lines. They" in both
    report = await shortages.PAGE.tables(read, EVERY_PLANT, {}, "?plant=mp")  # type: ignore[misc]
    assert "2 of mp.receipt held back" in "".join(csv_lines(report))


async def test_rows_held_back_are_told_before_the_first_outlook_too(read: FakeRead) -> None:
    read.answers["material"] = Material([], [], [], [held_back("oh", "bom", 9)])  # type: ignore[list-item]
    [notice] = (await page(read)).notices
    assert notice.startswith("Lordstown: need excludes 9 bill lines.")


async def test_red_is_told_by_the_hours_to_now_not_by_those_to_the_as_of(read: FakeRead) -> None:
    one = part("1", "Clip", 1, 100)
    told_by(read, one | {"level": "amber", "sentence": "Clip runs out."})
    assert text_of((await page(read)).content[0]).startswith("Stops Clip runs out.")
    assert shortages.PAGE.badge
    assert await shortages.PAGE.badge(read, EVERY_PLANT) == 1
    strict: Any = {"mp": read.walls["mp"] | {"plant": plant_shape("mp", stop_red_hours=0)}}
    read.walls = strict
    assert await shortages.PAGE.badge(read, EVERY_PLANT) == 0


async def test_after_the_plans_end_nothing_is_said(read: FakeRead) -> None:
    told = material()
    ends = told.held[0]["outlook"]["day_edges"][5]
    told.held[0]["outlook"]["plan_until_at"] = ends
    read.answers["material"] = told
    assert "Mount Pleasant's plan ends" in text_of((await page(read, "?plant=mp")).content)
    held = [it["outlook"] for it in told.held]
    chosen = sites(held, [plant_shape("mp")], "mp")
    row = rows(chosen, STATE, utc_now())[0]
    kinds = [kind for kind, _ in cells(row, row.site.outlook["days"])]
    assert kinds[8:] == ["none"] * len(kinds[8:])
    assert "none" not in kinds[:4]


def test_each_time_a_part_is_short_counts_within_the_days_shown_and_no_rack_twice() -> None:
    edges = outlook("mp", [])["day_edges"]
    rope, fan = part("1", "Rope", 10, 100), part("2", "Fan", 20, 100, lines=["L1"])
    rope["cases"]["promised"] |= {
        "stops_at": edges[2], "covered_at": edges[3], "racks_at_risk": 5.0, "kw_at_risk": 600.0,
        "again": [
            {"stops_at": edges[at], "covered_at": edges[at + 1], "racks_at_risk": 4.0,
             "kw_at_risk": None if at > 20 else 500.0}
            for at in (5, 8, 21)
        ],
    }  # fmt: skip
    fan["cases"]["promised"] |= {
        "stops_at": edges[5], "covered_at": edges[6], "racks_at_risk": 6.0, "kw_at_risk": 700.0,
    }  # fmt: skip
    told = [at_risk(short_rows(rope), days) for days in (4, 14, 28)]
    assert [(one.racks, one.kw) for one in told] == [(5, 600), (13, 1600), (17, None)]
    assert not told[1].is_least
    both = at_risk(short_rows(rope, fan), 14)
    assert (both.racks, both.stop_count, both.is_least) == (5 + 6 + 4, 4, True)


async def test_racks_at_risk_say_how_many_stops_they_hang_on_and_when_they_are_the_least(
    read: FakeRead,
) -> None:
    told_by(read, part("1", "Clip", 10, 100), part("2", "Fan", 20, 100))
    text = text_of((await page(read)).content)
    assert "2 stops of 2 parts; at least: of stops that overlap" in text
    assert "At risk in the first stop, promises hold" in text
    told_by(read, part("1", "Clip", 10, 100))
    assert "at least" not in text_of((await page(read)).content)
