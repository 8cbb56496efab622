"""JSON lines: one object a line. Keys are columns, nested ones dotted; decimals stay exact."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any

from etl.connectors.flatten import flat
from etl.connectors.formats.delimited import Dialect, Lines, check_text
from etl.connectors.formats.table import MOST_COLUMNS, FaultyFile, Row, Table

LONGEST_WHOLE = 40
"""Digits of a whole number; a longer one is kept as text, and then refused."""


def read(file: IO[bytes], dialect: Dialect) -> Table:
    """The table that the lines make: a column for every key that any of them has.

    A line that is no object is given as a record of that one text, too short for the table, so
    that it alone is set aside; an over-long line, or a last one that was cut off, spoils the file.
    """
    check_text(file, needs_final_newline=dialect.needs_final_newline)
    lines = Lines(file, dialect)
    columns = tuple(_keys(lines))
    if not columns:
        raise FaultyFile("an object in each line; there is none in any")
    return Table(columns, lambda: _rows(lines, columns), lambda: lines.read, "JSON lines")


def _keys(lines: Lines) -> dict[str, None]:
    keys: dict[str, None] = {}
    for item in _items(lines):
        if isinstance(item, dict) and not item.keys() <= keys.keys():
            keys |= dict.fromkeys(item)
            if len(keys) > MOST_COLUMNS:
                raise FaultyFile(f"at most {MOST_COLUMNS} different keys; there are more")
    return keys


def _rows(lines: Lines, columns: tuple[str, ...]) -> Iterator[Row]:
    for item in _items(lines):
        if isinstance(item, dict):
            yield tuple(map(item.get, columns))
        else:
            yield (item,) if len(columns) > 1 else (item, "")


def _items(lines: Lines) -> Iterator[dict[str, Any] | str]:
    for line in lines:
        if not line.strip():
            continue
        try:
            said = json.loads(
                line,
                parse_float=Decimal,
                parse_int=_whole,
                parse_constant=str,
                object_pairs_hook=_once,
            )
        except (ValueError, RecursionError):
            said = None
        yield flat(said) if isinstance(said, dict) else line.strip()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) < len(pairs):
        raise ValueError("a key twice")
    return said


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= LONGEST_WHOLE else digits
