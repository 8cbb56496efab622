"""The page of a serial over canned answers: what it shows, keeps apart, exports and says."""

import pytest

from dashboard.desk import Drawn, drawn
from dashboard.exports.files import csv_lines
from dashboard.page import Page
from dashboard.pages import rack
from db.queries.scope import EVERY_PLANT
from tests.dashboard import unit_shapes
from tests.dashboard.fakes import FakeRead
from tests.dashboard.first_pass import HOSTILE
from tests.dashboard.test_shortages import panel, text_of

SERIAL = unit_shapes.SERIAL


@pytest.fixture
def read() -> FakeRead:
    read = FakeRead()
    read.answers |= unit_shapes.answers()
    return read


async def page(read: FakeRead, search: str = "", serial: str = SERIAL) -> Drawn:
    names = {"serial": serial}
    return await drawn(rack.DESK, read, EVERY_PLANT, search, names=names, theme="light")


async def test_the_head_says_what_it_is_and_where(read: FakeRead) -> None:
    title, strip, *_ = (text_of(part) for part in (await page(read)).content)
    assert title == f"{SERIAL} In process RK72-A · build MW00058 firm · line L1 · Mount Pleasant"
    assert "Is at POWERON L1-POWERON-1 S02" in strip
    assert "First pass so far No Failed at LEAK" in strip
    assert "Open deviations 1" in strip


async def test_units_that_had_the_same_serial_lead_to_each_other(read: FakeRead) -> None:
    use = {"started_at": unit_shapes.ago(2000), "last_at": unit_shapes.ago(1900),
           "ended_by": "finished", "doubt": "", "doubt_at": None}  # fmt: skip
    uses = [use | {"key": SERIAL, "use": 1}, use | {"key": f"{SERIAL}~2", "use": 2}]
    read.answers["unit"] = [unit_shapes.unit(uses=uses)]
    title = (await page(read)).content[0]
    assert f"one of 2 units that had this serial: {SERIAL}" in text_of(title)
    assert f"/rack/{SERIAL}~2" in str(title.to_plotly_json())


async def test_a_visit_is_measured_by_the_standard_of_its_operation(read: FakeRead) -> None:
    route = panel(await page(read), "Route")
    assert "2 h +30 min 30 min completed" in route
    assert "3 h as standard 30 min failed" in route
    assert "open" in route


async def test_the_first_verdict_is_marked_and_only_that(read: FakeRead) -> None:
    runs = panel(await page(read), "Test runs")
    assert runs.count("first verdict") == 1
    assert "failed first verdict FAIL" in runs
    assert "passed PASS" in runs


async def test_symptoms_stay_apart_from_repairs(read: FakeRead) -> None:
    text = text_of((await page(read)).content)
    seen = text[text.index("Symptoms as") : text.index("Repairs as")]
    found = text[text.index("Repairs as") : text.index("Genealogy as")]
    assert "LEAK-02" in seen
    assert "seal pinched" not in seen
    assert "seal pinched" in found
    assert "LEAK-02" not in found


async def test_the_tree_is_as_now_or_as_built(read: FakeRead) -> None:
    built = unit_shapes.unit()
    tree = built.page["genealogy"]
    tree["is_complete"], tree["as_built"] = True, tree["as_built"][:1]
    read.answers["unit"] = [built]
    now = text_of((await page(read)).content)
    then = text_of((await page(read, "?tree=built")).content)
    assert "CT-00003" in now
    assert "CT-00003" not in then
    assert "as built on" in then
    assert "as now," in now
    assert "1 swap" in now


async def test_every_lot_leads_to_where_else_it_is(read: FakeRead) -> None:
    found = await page(read)
    assert "QD26-4471" in panel(found, "Genealogy")
    assert "/lot/UQD-04/QD26-4471" in str(found.content)


async def test_a_rack_without_a_verdict_neither_passed_nor_failed(read: FakeRead) -> None:
    read.answers["unit"] = [unit_shapes.unit(runs=[])]
    assert "First pass so far — no verdict yet" in text_of((await page(read)).content)


async def test_it_opens_where_it_was_seen_last_and_names_the_others(read: FakeRead) -> None:
    late = unit_shapes.unit("tx", route=[unit_shapes.step("KIT", 1, None)])
    read.answers["unit"] = [unit_shapes.unit(), late]
    assert "Houston · also at Mount Pleasant" in text_of((await page(read)).content[0])
    chosen = text_of((await page(read, "?plant=mp")).content[0])
    assert "Mount Pleasant · also at Houston" in chosen


async def test_an_unknown_serial_says_what_was_searched(read: FakeRead) -> None:
    text = text_of((await page(read, serial="NOPE")).content)
    assert text.startswith("No visit, test, defect or genealogy record names serial 'NOPE' at")
    assert "Mount Pleasant, Lordstown, Houston" in text
    elsewhere = text_of((await page(read, "?plant=oh")).content)
    assert "at Lordstown" in elsewhere
    assert "It is known at Mount Pleasant." in elsewhere


@pytest.mark.parametrize("serial", [SERIAL, "NOPE"])
async def test_the_rows_are_exported(read: FakeRead, serial: str) -> None:
    export = rack.PAGE.tables
    assert export is not None
    report = await export(read, EVERY_PLANT, {"serial": serial}, "")
    text = "".join(csv_lines(report))
    assert f"Serial,{serial}" in text
    if serial == "NOPE":
        assert "no data yet" in text
        return
    assert [it.title for it in report.tables] == [
        "Route", "Test runs", "Symptoms and repairs", "As now", "As built", "Swaps",
        "Open deviations", "Source rows",
    ]  # fmt: skip
    for it in report.tables:
        assert it.rows, it.title
        assert all(len(row) == len(it.columns) for row in it.rows), it.title
    assert "mp.unit_step,77" in text


async def test_hostile_text_is_text(read: FakeRead) -> None:
    found = await page(read, search="?plant=mp")
    assert HOSTILE in text_of(found.content)


def test_the_short_address_names_the_same_serial() -> None:
    assert Page("/u/<serial>", "", 0, lambda serial: serial).match("/u/A%201") == {"serial": "A 1"}
    assert rack.PAGE.match("/rack/A%201%252F2") == {"serial": "A 1/2"}
