"""A file as columns and rows that can be read more than once, and what makes it no table at all.

Nothing of a file is given before all of it was looked at: a file that was cut off, or is no table,
is refused whole and named. Of a small file one reading is enough, a large one is read twice, so the
memory it takes does not grow with it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Row = Sequence[Any]
HEAVIEST_PIECE = 16 * 1024 * 1024
"""A piece ends after so many bytes of its file, however few rows these are."""
MOST_COLUMNS = 2_000
_SUM = re.compile(
    r"\W*((grand|sub|page|report)?[ -]?total(s)?\b.*|sum(me)?|(gesamt|end)summe|"
    r"\(?[0-9]+ (rows?|records?|zeilen)\b.*)\W*",
    re.IGNORECASE,
)
"""How the first cell of a row of sums reads, or of a footer that counts the rows."""


class FaultyFile(ValueError):
    """What was expected of a file as a whole, and what is there."""


def no_weight() -> int:
    """The weight of rows that are all in memory anyway."""
    return 0


@dataclass(frozen=True, slots=True)
class Table:
    """Columns, and rows that start again with every call of `rows`.

    `weight` tells how many bytes of the file the rows given last have used up. `told` says how the
    file was read, for people. Records that are not as wide as `columns` are given as they are.
    """

    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    weight: Callable[[], int] = no_weight
    told: str = ""


def pieces(table: Table, most_rows: int) -> Iterator[list[Row]]:
    """The rows in lists of at most `most_rows`, fewer when they are heavy."""
    piece: list[Row] = []
    start = 0
    for row in table.rows():
        if not piece:
            start = table.weight()
        piece.append(row)
        if len(piece) >= most_rows or table.weight() - start >= HEAVIEST_PIECE:
            yield piece
            piece = []
    if piece:
        yield piece


def checked(table: Table, most_rows: int, *, has_totals_row: bool = False) -> Iterator[list[Row]]:
    """The pieces of a table that was looked at to its end; raises FaultyFile before the first.

    With `has_totals_row` its last row is a sum, as declared, and is left out.

    >>> rows = [("1", "x"), ("Total", "")]
    >>> list(checked(Table(("id", "value"), lambda: iter(rows)), 10, has_totals_row=True))
    [[('1', 'x')]]
    """
    check = _Check(table)
    several = pieces(table, most_rows)
    first, second = next(several, []), next(several, None)
    check.take(first)
    if second is None:
        check.end(has_totals_row=has_totals_row)
        held = first[:-1] if has_totals_row else first
        return iter([held] if held else [])
    check.take(second)
    del second
    for piece in several:
        check.take(piece)
    check.end(has_totals_row=has_totals_row)
    again = pieces(table, most_rows)
    return _but_last(again) if has_totals_row else again


def _but_last(several: Iterator[list[Row]]) -> Iterator[list[Row]]:
    held = next(several, [])
    for piece in several:
        yield held
        held = piece
    if held[:-1]:
        yield held[:-1]


class _Check:
    """What is learnt of a table's rows on the way."""

    def __init__(self, table: Table) -> None:
        names, self._width = table.columns, len(table.columns)
        if len(set(names)) < len(names) or "" in names:
            shown = ",".join(names)[:200]
            raise FaultyFile(f"a header of different names, not {shown}")
        if len(names) > MOST_COLUMNS:
            raise FaultyFile(f"at most {MOST_COLUMNS} columns, not {len(names)}")
        self._count = self._ragged = 0
        self._odd: tuple[int, int] | None = None
        self._last: Row = ()

    def take(self, piece: Sequence[Row]) -> None:
        """Look at the next rows."""
        width = self._width
        if set(map(len, piece)) - {width}:
            odd = [(at, len(row)) for at, row in enumerate(piece) if len(row) != width]
            self._ragged += len(odd)
            self._odd = self._odd or (self._count + odd[0][0] + 1, odd[0][1])
        self._count += len(piece)
        self._last = piece[-1] if piece else self._last

    def end(self, *, has_totals_row: bool) -> None:
        """Raise FaultyFile if what was seen is no table of records."""
        if self._odd and self._ragged * 2 > self._count:
            raise FaultyFile(
                f"{self._width} fields in each record, as in the header; {self._ragged} of "
                f"{self._count} have another number, the first is record {self._odd[0]} with "
                f"{self._odd[1]}"
            )
        if has_totals_row != is_sum(self._last) and self._count:
            last = next((str(cell) for cell in self._last if cell not in {None, ""}), "")[:60]
            raise FaultyFile(
                f"a last row of sums, as has_totals_row says; it begins with {last!r}"
                if has_totals_row
                else f"records only; the last row is a sum or a footer ({last!r}). Declare "
                "has_totals_row = true to load the others"
            )


def is_sum(row: Row) -> bool:
    """Whether a row is no record but sums those above it, or counts them.

    >>> is_sum(("Total", "", 14)), is_sum(("(14 rows affected)",)), is_sum(("TOTAL-1", "x", 2))
    (True, True, False)
    """
    said = [cell for cell in row if cell is not None and cell != ""]
    is_short = len(said) < len(row) or len(row) == 1
    return bool(said) and is_short and isinstance(said[0], str) and bool(_SUM.fullmatch(said[0]))
