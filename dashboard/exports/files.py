"""A report as CSV, line by line, and as a workbook with typed columns, row by row."""

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Any
from zoneinfo import ZoneInfo

import xlsxwriter

from dashboard.exports.cells import about, as_text, heading, native, safe_text
from dashboard.report import Report, Table

BOM = "\ufeff"
"""Without it Excel reads UTF-8 as the machine's own code page."""
PIECE = 64 * 1024
IN_MEMORY = 4 * 1024 * 1024
FORMATS = {
    "text": {"num_format": "@"},
    "count": {"num_format": "#,##0"},
    "number": {"num_format": "#,##0.##"},
    "ratio": {"num_format": "0.0%"},
    "date": {"num_format": "yyyy-mm-dd"},
    "instant": {"num_format": "yyyy-mm-dd hh:mm"},
}
WIDTHS = {"text": 24, "instant": 17}
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def csv_lines(report: Report) -> Iterator[str]:
    """The report as CSV: the head, then each table under its title."""
    yield BOM
    for name, text in about(report):
        yield _line([safe_text(name), safe_text(text)])
    zone = ZoneInfo(report.zone)
    for table in report.tables:
        yield _line([])
        yield _line([safe_text(table.title)])
        yield _line([safe_text(heading(it, report)) for it in table.columns])
        for row in table.rows:
            yield _line([as_text(*pair, zone) for pair in zip(row, table.columns, strict=True)])


def xlsx_pieces(report: Report) -> Iterator[bytes]:
    """The report as a workbook, a sheet for the head and one per table, in pieces to send."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        _write_workbook(file, report)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def _write_workbook(file: IO[bytes], report: Report) -> None:
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "remove_timezone": False})
    formats = {kind: book.add_format(form) for kind, form in FORMATS.items()}
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 90)
    for at, (name, text) in enumerate(about(report)):
        sheet.write_string(at, 0, name, bold)
        sheet.write_string(at, 1, text)
    for number, table in enumerate(report.tables, 1):
        name = table.title.translate(FORBIDDEN)[:28].strip() or f"Table {number}"
        _write_table(book.add_worksheet(name), report, table, {**formats, "head": bold})
    book.close()


def _write_table(sheet: Any, report: Report, table: Table, formats: dict[str, Any]) -> None:
    zone = ZoneInfo(report.zone)
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(table.columns):
        label = heading(column, report)
        width = max(WIDTHS.get(column.kind, 11), min(40, len(label) + 2))
        sheet.set_column(at, at, width, formats[column.kind])
        sheet.write_string(0, at, label, formats["head"])
    for line, row in enumerate(table.rows, 1):
        for at, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            _write_cell(sheet, line, at, native(value, column, zone), formats[column.kind])
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def _write_cell(sheet: Any, line: int, at: int, value: Any, form: Any) -> None:
    """Text is written as text whatever it begins with; nothing here can become a formula."""
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(line, at, value, form)
    elif isinstance(value, int | float):
        sheet.write_number(line, at, value, form)
    else:
        sheet.write_datetime(line, at, value, form)


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
