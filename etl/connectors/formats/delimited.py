"""CSV, TSV and their kin, a line at a time. Cells are text: nothing in them is ever evaluated."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import IO, Any, Protocol

from etl.connectors.formats.table import FaultyFile, Row, Table

BOM = b"\xef\xbb\xbf"
OTHERS = {
    b"PAR1": 'Parquet: format = "parquet"',
    b"%PDF": "a PDF",
    b"\xff\xd8\xff\xe0": "a picture",
    b"\x89PNG": "a picture",
    b"\xd0\xcf\x11\xe0": 'an old workbook or another document: format = "excel"',
}
"""What files begin with that are no text, and what they are."""
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
"""What is looked for where none is declared."""
LONGEST_FIELD = LONGEST_LINE = 16 * 1024 * 1024
SNIFFED_BYTES = 64 * 1024
SNIFFED_ROWS = 30
SNIFFED_SHARE = 0.8
"""Of the first records so many must be as wide as the header for a delimiter to be believed."""
csv.field_size_limit(LONGEST_FIELD)


class Dialect(Protocol):
    """What a plant file says of its delimited files."""

    @property
    def delimiter(self) -> str | None: ...
    @property
    def quote(self) -> str: ...
    @property
    def encoding(self) -> str: ...
    @property
    def skip_lines(self) -> int: ...
    @property
    def needs_final_newline(self) -> bool: ...


def read(file: IO[bytes], dialect: Dialect) -> Table:
    """The table in a delimited file; raises FaultyFile, while its rows are read too."""
    check_text(file, needs_final_newline=dialect.needs_final_newline)
    if file.read(64).removeprefix(BOM).lstrip().startswith((b"{", b"[{")):
        raise FaultyFile('a header line; this is JSON: format = "json_lines"')
    delimiter = dialect.delimiter or sniffed(file, dialect)
    lines = Lines(file, dialect)
    shape = _Shape(delimiter, dialect.quote)
    header = next(_records(lines, shape), None)
    if header is None:
        raise FaultyFile("a header line; there is none")
    columns = tuple(name.strip() for name in header)
    told = f"{DELIMITERS.get(delimiter, delimiter)}-separated {dialect.encoding}"
    return Table(columns, lambda: islice(_records(lines, shape), 1, None), lambda: lines.read, told)


def check_text(file: IO[bytes], *, needs_final_newline: bool) -> None:
    """Raise FaultyFile for what is no text with records, or ends in the midst of one."""
    size = file.seek(0, 2)
    file.seek(max(size - 8, 0))
    tail = file.read()
    file.seek(0)
    start = file.read(512)
    file.seek(0)
    begins = start.removeprefix(BOM).lstrip().lower()
    if not begins:
        raise FaultyFile("a header line; the file is empty")
    if start[:4] in OTHERS:
        raise FaultyFile(f"text; this is {OTHERS[start[:4]]}")
    if begins.startswith(b"<"):
        page = "a web page" if b"<html" in begins or b"<!doctype" in begins else "markup"
        shown = " ".join(start.decode("ascii", "replace").split())[:80]
        raise FaultyFile(f"a table; this is {page}, mostly a message of an error: {shown}")
    if tail.endswith(b"\0\0\0"):
        raise FaultyFile("text to the end; it ends in zero bytes, so it was cut off")
    if needs_final_newline and not tail.rstrip(b"\0").endswith((b"\n", b"\r")):
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
        file.seek(0)
        raise FaultyFile(f"an end of line {lines + 1}; the file was cut off")


class Lines:
    """The lines of a text file, from its beginning each time; `read` counts their characters."""

    def __init__(self, file: IO[bytes], dialect: Dialect) -> None:
        self._file, self._dialect, self.read = file, dialect, 0

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, self._dialect.encoding, newline="")
        try:
            every = iter(partial(text.readline, LONGEST_LINE), "")
            for line in islice(every, self._dialect.skip_lines, None):
                self.read += len(line)
                if len(line) == LONGEST_LINE:
                    raise FaultyFile(f"lines of at most {LONGEST_LINE >> 20} MB; one is longer")
                yield line
        except UnicodeError as error:
            said = getattr(error, "reason", str(error))
            raise FaultyFile(f"{self._dialect.encoding} text; {said}{self._hint()}") from error
        finally:
            text.detach()

    def _hint(self) -> str:
        self._file.seek(0)
        start = self._file.read(4)
        is_wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))
        return '. It begins as UTF-16 does: encoding = "utf-16"' if is_wide else ""


@dataclass(frozen=True, slots=True)
class _Shape:
    delimiter: str
    quote: str

    @property
    def told(self) -> dict[str, Any]:
        """The same in the words of the csv module."""
        quoting = csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE
        return {"delimiter": self.delimiter, "quotechar": self.quote or None, "quoting": quoting}


def _records(lines: Lines, shape: _Shape) -> Iterator[Row]:
    reader = csv.reader(iter(lines), strict=True, **shape.told)
    try:
        yield from filter(None, reader)
    except csv.Error as error:
        said = str(error)
        if "field larger" in said:
            said = f"a field of over {LONGEST_FIELD >> 20} MB, as after a quote that never closes"
        raise FaultyFile(f"whole CSV; {said} (line {reader.line_num})") from error


def sniffed(file: IO[bytes], dialect: Dialect) -> str:
    """The delimiter that makes a table of the first lines: the widest of those that do.

    A header without any of them is one column.
    """
    file.seek(0)
    start = file.read(SNIFFED_BYTES)
    file.seek(0)
    text = start.decode(dialect.encoding, "replace")
    if len(start) == SNIFFED_BYTES:
        text = text[: text.rfind("\n") + 1]
    lines = text.splitlines(keepends=True)[dialect.skip_lines :][: SNIFFED_ROWS + 1]
    widths = {mark: _widths(lines, _Shape(mark, dialect.quote)) for mark in DELIMITERS}
    wide = {mark: found for mark, found in widths.items() if found and found[0] > 1}
    fitting = {mark: found[0] for mark, found in wide.items() if _fits(found)}
    if fitting:
        return max(fitting, key=lambda mark: fitting[mark])
    return max(wide, key=lambda mark: wide[mark][0], default=",")


def _widths(lines: Sequence[str], shape: _Shape) -> list[int]:
    return [len(row) for row in csv.reader(lines, **shape.told) if row]


def _fits(widths: Sequence[int]) -> bool:
    return widths.count(widths[0]) >= SNIFFED_SHARE * len(widths)
