"""A part's page over canned details: what it shows of one plant, and what it exports."""

from typing import Any

import pytest

from dashboard.desk import Drawn, drawn
from dashboard.pages import part, shortages
from dashboard.pages.part import PAGE
from db.queries.scope import EVERY_PLANT
from tests.dashboard.fakes import FakeRead
from tests.dashboard.outlooks import detail
from tests.dashboard.test_shortages import panel, text_of


@pytest.fixture
def read() -> FakeRead:
    read = FakeRead()
    read.answers["part"] = lambda scope, number: detail(number)
    return read


async def page(read: FakeRead, number: str = "410-2231", search: str = "") -> Drawn:
    names = {"number": number}
    return await drawn(part.DESK, read, EVERY_PLANT, search, names=names, theme="light")


async def test_it_opens_at_the_plant_that_stops_first(read: FakeRead) -> None:
    text = text_of((await page(read)).content)
    assert text.startswith(
        "Busbar clip 48 V 410-2231 · Mechanical · Mount Pleasant · also at Houston"
    )
    assert "Stops Busbar clip 48 V stops L1 today" in text
    houston = text_of((await page(read, search="?plant=tx")).content)
    assert houston.startswith("Busbar clip 48 V 410-2231 · Mechanical · Houston · also at")
    assert "Line stops Covered" in houston


async def test_every_panel_leads_to_rows(read: FakeRead) -> None:
    found = await page(read)
    for title, words in {
        "On order": "NORTHWIRE US 300 EA",
        "What covers each day": "380 20 — 360",
        "Stock": "mp.stock A-01|clip",
        "Promise history": "4500204 NORTHWIRE",
        "Where used": "RK72-A TRAY-A in RK72-A 4 EA 72.800",
        "Suppliers by country": "7 of 10 9 of 10 2 d; 1 d if promised anew",
        "Rows this page came from": "qty 20, lot —",
    }.items():
        assert words in panel(found, title), title


async def test_the_chart_draws_three_cases_and_the_stop(read: FakeRead) -> None:
    [chart] = [it for it in (await page(read)).content if "Projected balance" in text_of(it)[:20]]
    box = chart.children[-1]
    assert "line stops:" in getattr(box, "aria-label")
    traces = box.children.figure.data
    assert [it.name for it in traces[:3]] == ["Nothing arrives", "Late as usual", "Promises hold"]
    assert traces[-1].marker.symbol == "square"
    assert len(traces[0].x) == 14 * 24 + 1


async def test_a_part_nobody_knows_is_said(read: FakeRead) -> None:
    assert "No plant you may see knows part 'nope'" in text_of((await page(read, "nope")).content)


async def test_the_export_holds_every_hour_and_row(read: FakeRead) -> None:
    assert PAGE.tables
    report = await PAGE.tables(read, EVERY_PLANT, {"number": "410-2231"}, "?plant=mp")
    hours, receipts, pegged, rows = report.tables
    assert len(hours.rows) == 28 * 24 + 1
    assert len(receipts.rows) == len(pegged.rows) == 1
    assert [row[0] for row in rows.rows] == [
        "Part", "Stock", "Receipt", "Bill", "Assembly's stock", "Plan",
    ]  # fmt: skip
    assert all(len(it) == len(table.columns) for table in report.tables for it in table.rows)


async def test_a_part_that_alternates_carry_stops_no_line(read: FakeRead) -> None:
    def told(scope: object, number: str) -> dict[str, Any]:
        found = detail(number)
        for case in found["plants"][0]["outlook"]["cases"].values():
            case["line_stops_at"] = None
        found["plants"][0]["alternates"][0]["lasts_until_at"] = None
        return found

    read.answers["part"] = told
    found = await page(read, search="?plant=mp")
    text = text_of(found.content)
    assert "Line stops No stop" in text
    assert "alternates carry it; late as usual: no stop; nothing arrives: no stop" in text
    assert "90 no stop" in panel(found, "Alternates") or "90 no stop" in text


async def test_before_the_first_outlook_nothing_is_said_of_the_plan(read: FakeRead) -> None:
    def told(scope: object, number: str) -> dict[str, Any]:
        found = detail(number)
        found["plants"] = found["plants"][:1]
        found["plants"][0] |= {"outlook": None, "as_of_at": None, "hourly": None}
        return found

    read.answers["part"] = told
    text = text_of((await page(read)).content)
    assert "No outlook of Mount Pleasant has been computed yet" in text
    assert "does not need this part" not in text
    for said in ("No need within", "None is allowed", "parts to spare", "no concentration"):
        assert said not in text
    assert "Promise history" in text


async def test_the_newest_promise_comes_first(read: FakeRead) -> None:
    def told(scope: object, number: str) -> dict[str, Any]:
        found = detail(number)
        [one] = found["plants"][0]["promises"]
        old = one | {"said_at": "2026-01-05T08:00:00Z", "order_no": "OLD"}
        new = one | {"order_no": "NEW"}
        found["plants"][0]["promises"] = [new, old]
        return found

    read.answers["part"] = told
    history = panel(await page(read, search="?plant=mp"), "Promise history")
    assert history.index("NEW") < history.index("OLD")


def test_the_two_pages_speak_of_the_same_horizons() -> None:
    assert part.DAYS == shortages.DAYS


async def test_it_says_what_scrap_and_replacement_cost_and_how_concentrated_supply_is(
    read: FakeRead,
) -> None:
    found = await page(read, search="?plant=mp")
    text = text_of(found.content)
    assert "1.2% of it measured scrap and replacement, which bring its stop 2 h forward" in text
    suppliers = panel(found, "Suppliers by country")
    assert "single source, concentration (HHI) 1.00, lead time 30 days" in suppliers


async def test_a_part_that_is_put_together_here_says_what_its_stock_is_for(read: FakeRead) -> None:
    def told(scope: object, number: str) -> dict[str, Any]:
        found = detail(number)
        found["plants"] = found["plants"][:1]
        found["plants"][0] |= {"outlook": None, "hourly": None, "is_made": True}
        return found

    read.answers["part"] = told
    text = text_of((await page(read)).content)
    assert "put together here from other parts" in text
    assert "The 20 in stock lower the need for them" in text
    assert "does not need this part" not in text


async def test_what_was_used_since_the_stock_was_read_leads_to_the_opening_balance(
    read: FakeRead,
) -> None:
    told = detail()
    [here, *_] = told["plants"]
    here["as_of_at"], here["outlook"]["read_at"] = "2026-11-28T07:00:00Z", "2026-11-28T02:30:00Z"
    here["outlook"] |= {"available_qty": 513.0, "used_qty": 461.41}
    read.answers["part"] = lambda scope, number: told
    taken = "less 461.41 the plan has used since it was read 20:30 CT: 51.59 left now"
    found = await page(read)
    assert f"Free to build with 513 EA {taken}" in text_of(found.content)
    covers = panel(found, "What covers each day")
    assert f"the first day's need begins where the stock was read: {taken}" in covers
    here["outlook"]["read_at"] = "2026-11-21T07:00:00Z"
    assert "used since 01:00 CT (not read for longer, used before that is not known)" in text_of(
        (await page(read)).content
    )
