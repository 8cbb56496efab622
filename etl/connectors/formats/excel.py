"""Workbooks of Excel and its kin. A cell with a formula is what the formula last came to."""

import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO, Any, Protocol

import python_calamine

from etl.connectors.formats.table import FaultyFile, Row, Table

LARGEST_SHEET = 96 * 1024 * 1024
"""Bytes of a workbook unpacked: its sheet is held in memory as a whole."""
EXACT_WHOLE = 10**15
"""Excel keeps 15 digits: from here on a whole number may not be the one that was typed."""


class Place(Protocol):
    """Where in a workbook the table is."""

    @property
    def sheet(self) -> str | None: ...
    @property
    def skip_lines(self) -> int: ...


def read(file: IO[bytes], place: Place) -> Table:
    """The table on a sheet, the first that is not hidden unless one is named."""
    _check_size(file)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(file)
        name = place.sheet or _first_visible(book)
        sheet = book.get_sheet_by_name(name)
    except python_calamine.WorksheetNotFound as error:
        there = ", ".join(book.sheet_names)[:200]
        raise FaultyFile(f"a sheet {place.sheet!r}; there are: {there}") from error
    except python_calamine.PasswordError as error:
        raise FaultyFile("a workbook without a password") from error
    except (python_calamine.CalamineError, OSError) as error:
        said = " ".join(str(error).split())[:200]
        raise FaultyFile(f"a workbook; it was cut off or is damaged: {said}") from error
    rows = iter(_filled(sheet, place.skip_lines))
    header = next(rows, None)
    if header is None:
        raise FaultyFile("a header row; the sheet is empty")
    columns = tuple(str(cell).strip() for cell in _trimmed(header))
    width = len(columns)

    def again() -> Iterator[Row]:
        records = _filled(sheet, place.skip_lines)
        next(records)
        return (_cells(row, width) for row in records)

    return Table(columns, again, told=f"sheet {name!r} of a workbook")


def _check_size(file: IO[bytes]) -> None:
    size = file.seek(0, 2)
    file.seek(0)
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            size = sum(member.file_size for member in archive.infolist())
    file.seek(0)
    if size > LARGEST_SHEET:
        most = f"a workbook of at most {LARGEST_SHEET >> 20} MB unpacked"
        raise FaultyFile(f"{most}, not of {size >> 20} MB; export it as CSV or Parquet")


def _first_visible(book: Any) -> str:
    visible = python_calamine.SheetVisibleEnum.Visible
    names = [sheet.name for sheet in book.sheets_metadata if sheet.visible == visible]
    if not names:
        raise FaultyFile("a sheet that is not hidden; there is none")
    return str(names[0])


def _filled(sheet: Any, skip_lines: int) -> Iterator[Sequence[Any]]:
    """Rows with anything in them, from the sheet's row `skip_lines` on."""
    for row in islice(sheet.iter_rows(), skip_lines, None):
        if any(cell != "" for cell in row):
            yield row


def _trimmed(row: Sequence[Any]) -> Sequence[Any]:
    end = len(row)
    while end and row[end - 1] == "":
        end -= 1
    return row[:end]


def _cells(row: Sequence[Any], width: int) -> Row:
    """A record as wide as the header, or wider when something stands beside the table."""
    return tuple(map(_cell, (*row[:width], *_trimmed(row[width:]))))


def _cell(value: Any) -> Any:
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < EXACT_WHOLE
    return int(value) if is_whole else value
