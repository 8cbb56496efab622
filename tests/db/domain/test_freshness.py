"""State of a block from the states of its sources."""

from datetime import UTC, datetime, timedelta

import pytest

from db.domain.freshness import Feeding, worst_of

NOW = datetime(2026, 7, 6, 11, tzinfo=UTC)


def fed(source: str, age: float | None, allowed: int = 60) -> Feeding:
    return Feeding(source, None if age is None else NOW - timedelta(seconds=age), allowed)


@pytest.mark.parametrize(
    ("sources", "state", "worst", "fresh"),
    [
        ([fed("a", 60), fed("b", 0)], "ok", "a", 2),
        ([fed("a", 61), fed("b", 0)], "stale", "a", 1),
        ([fed("a", 900), fed("b", None)], "missing", "b", 0),
        ([fed("a", 100, 10), fed("b", 200, 190)], "stale", "a", 0),
        ([fed("a", -5)], "ok", "a", 1),
    ],
)
def test_worst_source_speaks_for_the_block(
    sources: list[Feeding], state: str, worst: str, fresh: int
) -> None:
    found = worst_of(sources, NOW)
    assert found.worst is not None
    assert (found.state, found.worst.source, found.fresh_count) == (state, worst, fresh)
    assert found.expected_count == len(sources)


def test_block_without_sources_is_missing_and_of_no_known_completeness() -> None:
    found = worst_of([], NOW)
    assert (found.state, found.worst, found.completeness_ratio) == ("missing", None, None)
