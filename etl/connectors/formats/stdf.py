"""STDF V4, the record stream of testers, as one table of parts or of the tests they failed.

Columns are named by record and field as the standard names them, `MIR.START_T` and `PRR.PART_ID`;
times are seconds since 1970 by the tester's clock. `PRR.VERDICT` puts the part flags in a word.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, Protocol

import pyarrow
import stdf_convert
from pyarrow import types

from etl.connectors.formats.table import FaultyFile, Row, Table

BATCH_ROWS = 5_000
MOST_PARTS = 500_000
LOT = (
    "SETUP_T", "START_T", "STAT_NUM", "MODE_COD", "RTST_COD", "LOT_ID", "PART_TYP", "NODE_NAM",
    "TSTR_TYP", "JOB_NAM", "JOB_REV", "SBLOT_ID", "OPER_NAM", "EXEC_TYP", "EXEC_VER", "TEST_COD",
    "TST_TEMP", "USER_TXT", "FACIL_ID", "FLOOR_ID", "FLOW_ID", "SERL_NUM",
)  # fmt: skip
PART = (
    "HEAD_NUM", "SITE_NUM", "PART_ID", "PART_TXT", "NUM_TEST", "HARD_BIN", "SOFT_BIN", "X_COORD",
    "Y_COORD", "TEST_T",
)  # fmt: skip
TEST = ("TEST_NUM", "TEST_TXT", "RESULT", "LO_LIMIT", "HI_LIMIT", "UNITS", "ALARM_ID")
FROM_FIRST = ("TEST_TXT", "LO_LIMIT", "HI_LIMIT", "UNITS")
"""What a test's first record says and its later ones leave out."""
KINDS = ("PTR", "MPR", "FTR")
FAILED, NO_VERDICT, ABNORMAL, REPEATED = 0x08, 0x10, 0x04, 0x03
"""Bits of PART_FLG."""
TEST_FAILED, NO_TEST_VERDICT = 0x80, 0x40
"""Bits of TEST_FLG."""


class Wanted(Protocol):
    """Which table is asked for."""

    @property
    def records(self) -> str: ...


def read(file: IO[bytes], wanted: Wanted) -> Table:
    """A record for each part, or for each failed test of a part (`records = "fails"`)."""
    path = f"/dev/fd/{file.fileno()}"
    lot = [_said(row, LOT) for row in _records(path, "MIR")]
    ends = list(_records(path, "MRR"))
    if len(lot) != 1 or len(ends) != 1:
        raise FaultyFile(
            f"one MIR at the beginning and one MRR at the end; there are {len(lot)} and "
            f"{len(ends)}, as in a file that was cut off"
        )
    head = (*lot[0], ends[0]["FINISH_T"])
    columns: tuple[str, ...] = (
        *(f"MIR.{name}" for name in LOT),
        "MRR.FINISH_T",
        *(f"PRR.{name}" for name in PART),
        "PRR.VERDICT",
        "PRR.IS_RETEST",
    )
    if wanted.records == "parts":
        return Table(columns, lambda: _parts(path, head), told="parts of an STDF file")
    columns += ("TEST.KIND", *(f"TEST.{name}" for name in TEST))
    return Table(columns, lambda: _fails(path, head), told="failed tests of an STDF file")


def _parts(path: str, head: Row) -> Iterator[Row]:
    return ((*head, *_part(row)) for row in _records(path, "PRR"))


def _fails(path: str, head: Row) -> Iterator[Row]:
    """A test belongs to the part whose result is the next of its head and site."""
    ends: dict[tuple[int, int], tuple[list[int], list[Row]]] = {}
    for number, row in enumerate(_records(path, "PRR")):
        if number >= MOST_PARTS:
            raise FaultyFile(f"at most {MOST_PARTS} parts in a file; there are more")
        places, parts = ends.setdefault((row["HEAD_NUM"], row["SITE_NUM"]), ([], []))
        places.append(row["sequence_number"])
        parts.append(_part(row))
    for kind in KINDS:
        first: dict[Any, dict[str, Any]] = {}
        for row in _records(path, kind):
            if kind != "FTR":
                known = first.setdefault(row["TEST_NUM"], row)
                row |= {name: row[name] or known[name] for name in FROM_FIRST}
            flags = row["TEST_FLG"][0]
            if not flags & TEST_FAILED or flags & NO_TEST_VERDICT:
                continue
            places, parts = ends.get((row["HEAD_NUM"], row["SITE_NUM"]), ([], []))
            at = bisect_left(places, row["sequence_number"])
            if at == len(parts):
                raise FaultyFile(f"a PRR after each test; {kind} {row['TEST_NUM']} has no part")
            yield (*head, *parts[at], kind, *_said(row, TEST))


def _part(row: dict[str, Any]) -> Row:
    flags = row["PART_FLG"][0]
    verdict = (
        "aborted"
        if flags & ABNORMAL
        else "unknown"
        if flags & NO_VERDICT
        else "failed"
        if flags & FAILED
        else "passed"
    )
    return (*_said(row, PART), verdict, bool(flags & REPEATED))


def _said(row: dict[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in names)


def _records(path: str, kind: str) -> Iterator[dict[str, Any]]:
    with _damage():
        for _, batch in stdf_convert.batches(path, [kind], batch_size=BATCH_ROWS):
            yield from _exact(batch).to_pylist()


def _exact(batch: Any) -> Any:
    """32-bit numbers as they were written: 0.1 and not 0.10000000149."""
    for place, field in enumerate(batch.schema):
        if types.is_float32(field.type):
            text = batch.column(place).cast(pyarrow.string())
            batch = batch.set_column(place, field.name, text)
    return batch


@contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except stdf_convert.StdfError as error:
        said = str(error).rpartition(": ")[2]
        raise FaultyFile(f"a whole STDF V4 file; it was cut off or is damaged: {said}") from error
