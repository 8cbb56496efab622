"""Counting and hashing by stretches: the same rows wherever the work is done."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
from hypothesis import given

from etl.connectors.base import RawBatch
from etl.connectors.sql_summary import edges_as_stored, said, scanned

CHICAGO = ZoneInfo("America/Chicago")
AT = datetime(2026, 11, 1, 4, tzinfo=UTC)
TEXT = "%Y-%m-%d %H:%M:%S"


@given(st.lists(st.integers(0, 8 * 6 - 1)), st.integers(1, 7))
def test_every_row_is_counted_once_however_it_is_portioned(
    tens: list[int], batch_rows: int
) -> None:
    """Over a night on which clocks go back."""
    edges = [AT + timedelta(minutes=10 * number) for number in range(8 * 6 + 1)]
    stored = edges_as_stored(edges, "text", TEXT, CHICAGO, "sqlite")
    rows = sorted(
        (f"{(AT + timedelta(minutes=10 * ten)).astimezone(CHICAGO):{TEXT}}", number)
        for number, ten in enumerate(tens)
    )

    def summary(many: int) -> list[tuple[int, str]]:
        parts = [rows[start : start + many] for start in range(0, len(rows), many)]
        return scanned((RawBatch(("at", "id"), part, AT, AT) for part in parts), "at", stored)

    assert sum(count for count, _ in summary(batch_rows)) == len(rows)
    assert summary(batch_rows) == summary(1000)


def test_a_row_that_changed_has_another_digest() -> None:
    batches = [
        [RawBatch(("at", "id"), [(5, "a"), (25, value)], AT, AT)] for value in ("b", "c", None)
    ]
    one, two, three = (scanned(batch, "at", [0, 20, 40]) for batch in batches)
    assert one[0] == two[0] == three[0]
    assert len({one[1], two[1], three[1]}) == 3


def test_dates_and_decimals_are_told_apart_too() -> None:
    assert said([(date(2026, 1, 1), Decimal("1.0"))]) != said([(date(2026, 1, 1), Decimal("1.1"))])


def test_edges_are_what_the_source_stores() -> None:
    edges = [AT, AT + timedelta(hours=1)]
    assert edges_as_stored(edges, "epoch_ms", "", CHICAGO, "sqlite")[0] == AT.timestamp() * 1000
    assert edges_as_stored(edges, "native", "", CHICAGO, "postgresql") == edges
    assert edges_as_stored(edges, "native", TEXT, CHICAGO, "sqlite")[0] == "2026-11-01 04:00:00"
    assert edges_as_stored(edges, "local", "", CHICAGO, "mysql")[0] == datetime(2026, 10, 31, 23)  # noqa: DTZ001
