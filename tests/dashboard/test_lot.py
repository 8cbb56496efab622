"""The page of a lot over canned answers: racks as now, as built and ever, counted once each."""

import pytest

from dashboard.desk import Drawn, drawn
from dashboard.pages import lot
from db.queries.scope import EVERY_PLANT
from tests.dashboard import unit_shapes
from tests.dashboard.fakes import FakeRead
from tests.dashboard.first_pass import HOSTILE
from tests.dashboard.test_shortages import panel, text_of

NAMES = {"part": unit_shapes.PART, "lot": unit_shapes.LOT}


@pytest.fixture
def read() -> FakeRead:
    read = FakeRead()
    read.answers |= unit_shapes.answers()
    return read


async def page(read: FakeRead, search: str = "", **names: str) -> Drawn:
    asked = {**NAMES, **names}
    return await drawn(lot.DESK, read, EVERY_PLANT, search, names=asked, theme="light")


def racks(found: Drawn) -> set[str]:
    text = panel(found, "Racks")
    return {f"R-{n}" for n in range(1, 6) if f"R-{n} " in text}


COUNTED = [
    ("", {"R-1", "R-2", "R-3"}, "In process 1 rack carry it now Shipped 1 rack "),
    ("?time=built", {"R-1", "R-2", "R-3", "R-4"}, "Shipped 2 racks carried it as built"),
    ("?time=ever", {"R-1", "R-2", "R-3", "R-4", "R-5"}, "In process 2 racks"),
    ("?where=shipped", {"R-2"}, "At evaluation 1 rack "),
    ("?time=ever&where=in_process", {"R-1", "R-5"}, "Taken out again 2 racks"),
]


@pytest.mark.parametrize(("search", "serials", "words"), COUNTED)
async def test_racks_by_time_and_place(
    read: FakeRead, search: str, serials: set[str], words: str
) -> None:
    found = await page(read, search)
    assert racks(found) == serials
    assert words in text_of(found.content)


async def test_where_it_came_from_and_what_is_loose(read: FakeRead) -> None:
    text = text_of((await page(read)).content)
    assert text.startswith("Lot QD26-4471 part UQD-04 · from QD TW · Mount Pleasant")
    assert "2 units with it in no rack yet" in text
    assert HOSTILE in text


async def test_an_unknown_lot_says_what_was_searched(read: FakeRead) -> None:
    text = text_of((await page(read, lot="L0")).content)
    assert text.startswith("No record of lot 'L0' of part 'UQD-04' at Mount Pleasant, Lordstown")


async def test_filters_that_leave_nothing_say_so(read: FakeRead) -> None:
    read.answers["lot_at"] = ([unit_shapes.lot(completed_at={})], [])
    none = unit_shapes.lot()
    none["where"]["racks"] = none["where"]["racks"][-1:]
    read.answers["lot_at"] = ([none], [])
    text = panel(await page(read), "Racks")
    assert "None of 1 rack; choose “Ever”" in text


async def test_every_place_is_exported_with_the_filters(read: FakeRead) -> None:
    export = lot.PAGE.tables
    assert export is not None
    report = await export(read, EVERY_PLANT, NAMES, "time=built")
    rows = report.tables[0].rows
    assert [row[0] for row in rows].count("R-2") == 2
    assert "R-5" not in {row[0] for row in rows}
    assert ("Carried", "As built") in report.filters
    assert all(len(row) == len(report.tables[0].columns) for row in rows)
