"""What is written into CSV and workbooks, read back with nothing but the formats' own readers."""

import csv
import io
import zipfile
from xml.etree import ElementTree

import pytest

from dashboard.exports.cells import file_name, safe_text
from dashboard.exports.files import csv_lines, xlsx_pieces
from dashboard.report import Column, Report, Table

COLUMNS = [Column("Part"), Column("Qty", "number"), Column("Share", "ratio"),
           Column("Due", "date"), Column("Stops", "instant")]  # fmt: skip
ROWS = [
    ("=cmd|'/c calc'!A1", -12.5, 0.25, "2026-11-22", "2026-11-23T05:30:00Z"),
    ("Schlauch, „lang“", None, None, None, None),
]
REPORT = Report(
    "Shortages",
    "2026-11-22T20:05:00Z",
    "America/Chicago",
    "CT",
    [("Plant", "+Mount Pleasant")],
    [("Short", "balance below zero")],
    [Table("Parts", COLUMNS, ROWS)],
    "mp",
    ("2026-11-22", "2026-12-05"),
)
NAMES = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def rows_of(report: Report) -> list[list[str]]:
    text = "".join(csv_lines(report))
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def workbook(report: Report) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(xlsx_pieces(report))))


def test_csv_begins_with_what_one_must_know() -> None:
    assert rows_of(REPORT)[:4] == [
        ["Rackline", "Shortages"],
        ["As of", "2026-11-22 14:05 CT"],
        ["Plant", "'+Mount Pleasant"],
        ["Short", "balance below zero"],
    ]


def test_csv_holds_the_rows_in_plant_time_and_leaves_the_unknown_empty() -> None:
    rows = rows_of(REPORT)
    assert rows[6] == ["Part", "Qty", "Share", "Due", "Stops (CT)"]
    assert rows[7][1:] == ["-12.5", "0.25", "2026-11-22", "2026-11-22 23:30"]
    assert rows[8] == ["Schlauch, „lang“", "", "", "", ""]


def test_no_cell_of_text_can_become_a_formula() -> None:
    assert rows_of(REPORT)[7][0] == "'=cmd|'/c calc'!A1"
    for text in ("=1", "+1", "-1", "@a", "\t=1", "\r=1", "  =1"):
        assert safe_text(text).startswith("'")
    assert safe_text("a=1") == "a=1"


def test_a_workbook_holds_types_and_no_formula() -> None:
    with workbook(REPORT) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet2.xml"))
    cells = {cell.get("r"): cell for cell in sheet.iterfind(".//x:c", NAMES)}
    assert sheet.findall(".//x:f", NAMES) == []
    assert cells["A2"].get("t") == "inlineStr"
    assert "".join(cells["A2"].itertext()) == "=cmd|'/c calc'!A1"
    assert [cells[it].find("x:v", NAMES).text for it in ("B2", "C2", "D2")] == [  # type: ignore[union-attr]
        "-12.5", "0.25", "46348"]  # fmt: skip
    assert float(cells["E2"].find("x:v", NAMES).text or 0) == pytest.approx(46348 + 23.5 / 24)  # type: ignore[union-attr]
    assert "B3" not in cells, "what is not known is an empty cell"


def test_a_file_is_named_for_page_plant_span_and_as_of() -> None:
    assert file_name("shortages", REPORT) == (
        "shortages_mp_2026-11-22_2026-12-05_asof-20261122T2005Z"
    )


def test_a_report_without_rows_or_data_is_still_a_file() -> None:
    none = Report("Shortages", None, "UTC", "UTC", [], [], [Table("Parts", COLUMNS, [])])
    assert ["As of", "no data yet"] in rows_of(none)
    with workbook(none) as book:
        assert "xl/worksheets/sheet2.xml" in book.namelist()
