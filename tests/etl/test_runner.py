"""One load: what it writes, records and tells, whatever the source does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from db.clock import frozen
from db.errors import SourceChanged, SourceUnavailable, StorageBusy
from db.ingest.loads import read_watermark
from etl import runner
from etl.connectors.base import Window
from etl.publish import publish
from etl.runner import Context, LoadSummary, Mode, Pull, Stopped, run_load
from tests.etl.plant import (
    NOW,
    STEP_COLUMNS,
    FakeConnector,
    plant_file,
    pull_of,
    step_record,
)


@pytest.fixture
def store(engine: Engine) -> Engine:
    publish(engine, [plant_file()])
    return engine


def load(
    context: Context, pull: Pull, mode: Mode = "poll", window: Window | None = None
) -> LoadSummary:
    with frozen(NOW + timedelta(minutes=1)):
        return run_load(context, pull, mode, window or Window())


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


LOADS = (
    "SELECT mode, outcome, error_class, read_count, new_count, quarantined_count "
    "FROM load ORDER BY id"
)


def test_a_load_keeps_what_is_sound_and_sets_the_rest_aside(store: Engine) -> None:
    told: list[int] = []
    records = [step_record(1), step_record(2, station="nowhere"), step_record(3, began="soon")]
    summary = load(Context(store, progress=told.append), pull_of(FakeConnector(records=records)))
    assert (summary.outcome, summary.read_count, summary.totals.new) == ("partial", 3, 1)
    assert summary.reasons == {"unknown_station": 1, "bad_time": 1}
    assert summary.watermark_at == NOW
    assert told == [3]
    assert rows(store, "SELECT serial FROM unit_step") == [("R1",)]
    assert rows(store, LOADS) == [("poll", "partial", "", 3, 1, 2)]


def test_a_poll_that_reads_the_same_again_writes_nothing(
    store: Engine, statements: Callable[[Engine], list[str]]
) -> None:
    context, pull = Context(store), pull_of(FakeConnector(records=[step_record(1)]))
    load(context, pull)
    said = statements(store)
    again = load(context, pull)
    assert (again.outcome, again.load_id, again.totals.new) == ("ok", None, 0)
    assert said == []


def test_a_poll_that_reads_something_else_is_written_however_small_the_change(
    store: Engine,
) -> None:
    context, source = Context(store), FakeConnector(records=[step_record(1)])
    load(context, pull_of(source))
    later = NOW + timedelta(seconds=5)
    source.records = [step_record(1, result="failed", edited=later.isoformat())]
    assert load(context, pull_of(source)).totals.changed == 1


def test_a_batch_that_was_not_written_is_not_taken_for_seen(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, pull = Context(store), pull_of(FakeConnector(records=[step_record(1)]))
    with monkeypatch.context() as patch:
        patch.setattr(runner, "write_batch", raising(ValueError("a bug")))
        load(context, pull)
    assert load(context, pull).totals.new == 1


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize("mode", ["history", "window"])
def test_older_windows_leave_the_watermark_alone(store: Engine, mode: Mode) -> None:
    summary = load(Context(store), pull_of(FakeConnector(records=[step_record(1)])), mode)
    assert (summary.message, summary.totals.new, summary.watermark_at) == ("", 1, None)
    assert read_watermark(store, "mp.unit_step") is None


def test_a_snapshot_is_one_batch_and_what_it_lacks_was_deleted(store: Engine) -> None:
    source = FakeConnector(records=[step_record(key) for key in range(1, 11)], batch_rows=4)
    pull = pull_of(source, mode="snapshot")
    assert load(Context(store), pull, "snapshot").totals.new == 10
    source.records.pop()
    assert load(Context(store), pull, "snapshot").totals.deleted == 1


def test_a_missing_column_stops_the_load_and_is_named(store: Engine) -> None:
    columns = [name.replace("result", "outcome") for name in STEP_COLUMNS]
    summary = load(Context(store), pull_of(FakeConnector(columns, [step_record(1)])))
    assert isinstance(summary.error, SourceChanged)
    assert "gone: result; columns not mapped: outcome" in summary.message
    assert rows(store, LOADS) == [("poll", "failed", "SourceChanged", 0, 0, 0)]


def test_a_source_that_is_away_is_recorded_and_not_raised(store: Engine) -> None:
    error = SourceUnavailable("mp.unit_step", "no route to host")
    summary = load(Context(store), pull_of(FakeConnector(error=error)))
    assert (summary.outcome, summary.message) == ("failed", "mp.unit_step: no route to host")
    assert rows(store, LOADS) == [("poll", "failed", "SourceUnavailable", 0, 0, 0)]


def test_an_unforeseen_fault_is_recorded_with_its_load_and_logged_with_its_trace(
    store: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runner, "write_batch", raising(ZeroDivisionError("a bug")))
    summary = load(Context(store), pull_of(FakeConnector(records=[step_record(1)])))
    assert summary.message == f"internal fault in load {summary.load_id}: ZeroDivisionError: a bug"
    assert rows(store, LOADS) == [("poll", "failed", "ZeroDivisionError", 0, 0, 0)]
    assert "Traceback" in caplog.text


def test_a_stop_between_batches_keeps_what_was_committed(store: Engine) -> None:
    checks = iter([None, None, None, Stopped()])  # before the batch, in it twice, before the next

    def check() -> None:
        if stopped := next(checks):
            raise stopped

    records = [step_record(key, NOW + timedelta(seconds=key)) for key in range(3)]
    summary = load(Context(store, check), pull_of(FakeConnector(records=records, batch_rows=1)))
    assert (summary.outcome, summary.totals.new) == ("stopped", 1)
    assert rows(store, LOADS) == [("poll", "stopped", "", 1, 1, 0)]
    mark = read_watermark(store, "mp.unit_step")
    assert mark is not None
    assert mark.changed_at == NOW


def test_a_busy_store_is_waited_for_a_little_then_the_load_fails(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    context = Context(store, wait=waited.append)
    pull = pull_of(FakeConnector(records=[step_record(1)]))
    with monkeypatch.context() as patch:
        patch.setattr(runner, "write_batch", raising(StorageBusy("locked")))
        summary = load(context, pull)
    assert waited == list(runner.BUSY_PAUSES)
    assert isinstance(summary.error, StorageBusy)
    assert load(context, pull).totals.new == 1
