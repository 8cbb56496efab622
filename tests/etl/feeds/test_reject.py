"""Every bad row of tests/golden/bad_rows is named and kept, and spoils none of its neighbours.

A file holds a good row of its feed and what to change in it to make it bad, each with the reason
and the field that quarantine must tell.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from db.clock import frozen
from etl.connectors.base import Probe, RawBatch, Window
from etl.feeds.registry import FEEDS
from etl.publish import publish
from etl.runner import Context, run_load
from tests.etl.feeds.golden import NOW, golden_feed, golden_plant, raw_batch
from tests.etl.plant import FakeConnector, pull_of

FOLDER = Path(__file__).parents[2] / "golden" / "bad_rows"
CATALOGUE = {file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}
ENTRIES = [(feed, at) for feed, said in CATALOGUE.items() for at in range(len(said["bad"]))]


def made(feed: str, number: int, **changed: Any) -> dict[str, Any]:
    """A good row of the feed, known by its number, with some of it changed."""
    row = dict(CATALOGUE[feed]["good"])
    for column, value in row.items():
        if isinstance(value, str):
            row[column] = value.replace("{k}", str(number)).replace("{h}", f"{number % 24:02}")
    row |= changed
    if isinstance(row.get("_modified_at"), str):
        row["_modified_at"] = datetime.fromisoformat(row["_modified_at"])
    return row


def test_the_catalogue_holds_every_feed_and_is_large() -> None:
    assert set(CATALOGUE) == set(FEEDS)
    assert len(ENTRIES) >= 300


class Given:
    """A source that gives one batch, whatever is asked of it."""

    caution = ""

    def __init__(self, batch: RawBatch) -> None:
        self._batch = batch

    def probe(self) -> Probe:
        return Probe(self._batch.columns, self._batch.rows[:3], NOW)

    def fetch(self, window: Window) -> Iterator[RawBatch]:
        yield self._batch

    def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("feed", CATALOGUE)
def test_bad_rows_are_kept_once_however_often_they_come(feed: str, engine: Engine) -> None:
    """All of a feed's bad rows in one batch with as many good ones, loaded twice."""
    entries = CATALOGUE[feed]["bad"]
    rows = [made(feed, 2 * at, **entry["set"]) for at, entry in enumerate(entries)]
    goods = [made(feed, 2 * at + 1) for at in range(12)]
    columns = tuple(goods[0])
    given = [tuple(row[name] for name in columns) for row in (*rows, *goods)]
    publish(engine, [golden_plant()])
    pull = pull_of(FakeConnector(), "part")
    pull = replace(
        pull,
        code=f"mp.{feed}",
        feed=golden_feed(feed),
        entry=next(entry for entry in golden_plant().sources if entry.feed == feed),
        connector=Given(raw_batch(columns, given)),
    )
    held = "SELECT record_key, reason, field, payload, seen_count FROM quarantine ORDER BY 1"
    kept = []
    for _ in range(2):
        with frozen(NOW):
            summary = run_load(Context(engine), pull, "window", Window())
        assert (summary.outcome, summary.message) == ("partial", "")
        with engine.connect() as connection:
            kept.append(list(connection.execute(text(held))))
    assert kept[0] == kept[1]
    asked = Counter((entry["reason"], entry["field"]) for entry in entries)
    assert {(row.reason, row.field) for row in kept[0]} == set(asked)
    if "id" in columns:  # elsewhere several may lack the same part of their key
        assert Counter((row.reason, row.field) for row in kept[0]) == asked
    table = str(golden_feed(feed).feed.model.__tablename__)
    with engine.connect() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == len(goods)


@pytest.mark.parametrize("feed", CATALOGUE)
def test_each_bad_row_is_named_and_every_neighbour_is_good(feed: str) -> None:
    compiled = golden_feed(feed)
    wrong = []
    for at, entry in enumerate(CATALOGUE[feed]["bad"]):
        rows = [made(feed, 1), made(feed, 2, **entry["set"]), made(feed, 3)]
        columns = tuple(rows[0])
        batch = raw_batch(columns, [tuple(row[name] for name in columns) for row in rows])
        parsed = compiled.parse(batch, now=NOW)
        found = [(str(r.reason), r.field) for r in parsed.rejections]
        if found != [(entry["reason"], entry["field"])] or len(parsed.rows) != 2:
            wrong.append(f"{at} {entry}: {found}, {len(parsed.rows)} rows")
            continue
        (rejection,) = parsed.rejections
        assert rejection.payload.startswith("{")
        assert rejection.detail.isprintable()
    assert wrong == []


@pytest.mark.parametrize(
    ("changed", "field", "happened_at"),
    [
        ({"result": "OK*"}, "verdict", datetime(2026, 7, 1, 16, 30, tzinfo=UTC)),
        ({"result": "OK*", "ended": ""}, "verdict", datetime(2026, 7, 1, 15, tzinfo=UTC)),
        ({"result": "OK*", "ended": "9998-01-01 00:00:00"}, "ended_at", None),
        ({"sn": "", "began": "", "ended": "noon"}, "serial", None),
    ],
)
def test_a_rejected_record_counts_when_it_happened_if_that_can_be_told(
    changed: dict[str, str], field: str, happened_at: datetime | None
) -> None:
    row = made("test_run", 1, **changed)
    parsed = golden_feed("test_run").parse(raw_batch(tuple(row), [tuple(row.values())]), now=NOW)
    assert [(one.field, one.happened_at) for one in parsed.rejections] == [(field, happened_at)]
