"""Each folder of tests/golden/feeds proves the rule that it is named after."""

from datetime import datetime
from typing import Any

import pytest

from etl.feeds.registry import FEEDS
from tests.etl.feeds.golden import CASES, NOW, as_dicts, golden_feed, raw_batch, read_case


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    raw, expected = read_case(name)
    feed = golden_feed(name.partition("/")[0], **raw["source"])
    columns = tuple(raw["columns"])
    rows = [tuple(map(_instant, columns, row)) + tuple(row[len(columns) :]) for row in raw["rows"]]
    batch = raw_batch(columns, rows, raw.get("origin", ""), raw.get("fault", ""))

    parsed = feed.parse(batch, now=NOW)

    found = as_dicts(feed, parsed)
    shown = [
        {key: row[key] for key in wanted}
        for row, wanted in zip(found, expected["rows"], strict=True)
    ]
    assert shown == expected["rows"]
    rejected = [
        {
            "record_key": "#" if r.record_key.startswith("#") else r.record_key,
            "reason": str(r.reason),
            "field": r.field,
        }
        for r in parsed.rejections
    ]
    assert rejected == expected["rejected"]
    assert all(r.detail.isprintable() and r.payload.startswith("{") for r in parsed.rejections)


def _instant(column: str, value: Any) -> Any:
    """A file's change time is an instant already when it reaches a feed."""
    return datetime.fromisoformat(value) if column == "_modified_at" else value


def test_every_feed_has_a_golden_case() -> None:
    assert {name.partition("/")[0] for name in CASES} == set(FEEDS)
