"""Rows by columns are the rows they were made from."""

from typing import Any

import pytest

from db.ingest.batch import Rows

TAKEN = [("SN1", 1), ("SN2", None), ("SN3", 3)]


@pytest.mark.parametrize("rows", [[], TAKEN[:1], TAKEN])
def test_rows_stay_what_they_were(rows: list[tuple[Any, ...]]) -> None:
    held = Rows.of(rows, 2)
    assert list(held) == rows
    assert held == rows
    assert len(held) == len(rows)
    assert [held[place] for place in range(len(rows))] == rows
    assert held[1:] == rows[1:]
    assert len(held.columns) == 2


def test_only_the_wanted_rows_are_left_and_others_come_after() -> None:
    held = Rows.of(TAKEN, 2)
    first = held.where([True, False, False])
    assert first == TAKEN[:1]
    assert first + held.where([False, True, True]) == TAKEN
    nothing = held.where([False] * 3)
    assert not nothing
    assert len(nothing.columns) == 2
    assert nothing + held == held + nothing == TAKEN
    assert held != TAKEN[:2]


def test_rows_of_no_columns_get_the_columns_of_their_table() -> None:
    assert Rows.of(Rows(()), 3).columns == ((), (), ())
