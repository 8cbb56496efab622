"""Loads by hand: a window is gone through day by day and leaves newer data alone."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from db.clock import frozen
from db.errors import SourceUnavailable
from db.ingest.loads import read_watermark
from etl.connectors.base import Window
from etl.manual import load_by_hand
from etl.publish import publish
from etl.runner import Context
from tests.etl.plant import NOW, FakeConnector, plant_file, pull_of, step_record
from tests.etl.test_runner import rows

DAY = timedelta(days=1)
STEPS = "SELECT source_key, result FROM unit_step ORDER BY source_key"


@pytest.fixture
def store(engine: Engine) -> Engine:
    publish(engine, [plant_file()])
    return engine


def test_a_window_is_filled_with_progress_and_newer_versions_stay(store: Engine) -> None:
    source = FakeConnector(records=[step_record(2)])
    with frozen(NOW + timedelta(minutes=1)):
        load_by_hand(Context(store), pull_of(source), Window())
    held = read_watermark(store, "mp.unit_step")
    older = step_record(2, NOW - DAY, result="failed")
    source.records = [step_record(1, NOW - 3 * DAY), older, step_record(2)]
    shares: list[float] = []
    window = Window(NOW - 4 * DAY, NOW - timedelta(hours=1))
    with frozen(NOW + timedelta(minutes=2)):
        summary = load_by_hand(Context(store), pull_of(source), window, shares.append)
    assert (summary.outcome, summary.read_count, summary.totals.new) == ("ok", 2, 1)
    assert summary.totals.superseded == 1
    assert shares == [0.25, 0.5, 0.75]
    assert rows(store, STEPS) == [("1", "completed"), ("2", "completed")]
    assert read_watermark(store, "mp.unit_step") == held


def test_the_first_day_that_fails_ends_a_window_and_says_so(store: Engine) -> None:
    source = FakeConnector(error=SourceUnavailable("mp.unit_step", "no route"))
    window = Window(NOW - 3 * DAY, NOW)
    with frozen(NOW):
        summary = load_by_hand(Context(store), pull_of(source), window)
    assert (summary.outcome, len(source.windows)) == ("failed", 1)
    assert source.windows[0].until == NOW
