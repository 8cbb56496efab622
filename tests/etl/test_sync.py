"""What a source is asked for next, and what follows from how it went."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from db.clock import frozen
from db.errors import SourceChanged, SourceRefused, SourceUnavailable
from db.models import Source
from etl import sync
from etl.connectors.base import Window
from etl.publish import publish
from etl.runner import Context, Stopped
from etl.sync import History, poll
from tests.etl.plant import (
    NOW,
    PART_COLUMNS,
    FakeConnector,
    plant_file,
    pull_of,
    step_record,
)

DAY = timedelta(days=1)


@pytest.fixture
def store(engine: Engine) -> Engine:
    publish(engine, [plant_file()])
    return engine


def held(engine: Engine, code: str = "mp.unit_step") -> Source:
    with Session(engine) as session:
        source = session.get(Source, code)
        assert source is not None
        return source


def poll_at(context: Context, pull: Any, minutes: float) -> Any:
    with frozen(NOW + timedelta(minutes=minutes)):
        return poll(context, pull)


def test_a_source_never_loaded_begins_with_its_newest_days(store: Engine) -> None:
    source = FakeConnector(records=[step_record(1, NOW - 3 * DAY), step_record(2)])
    summary = poll_at(Context(store), pull_of(source), 0)
    assert source.windows == [Window(since=NOW - 2 * DAY)]
    assert (summary.mode, summary.totals.new) == ("first", 1)
    now = held(store)
    assert (now.state, now.loaded_from_at, now.history_from_at) == (
        "ok", NOW - 2 * DAY, NOW - 5 * DAY,
    )  # fmt: skip
    assert now.last_event_at == NOW


def test_records_that_never_happened_are_loaded_whole_at_first(store: Engine) -> None:
    old = (NOW - 400 * DAY).isoformat()
    source = FakeConnector(PART_COLUMNS, [("1", "P1", "Bolt", old)])
    assert poll_at(Context(store), pull_of(source, "part"), 0).totals.new == 1
    assert source.windows == [Window()]
    assert held(store, "mp.part").history_from_at is None


def test_the_next_poll_goes_back_by_the_overlap(store: Engine) -> None:
    source = FakeConnector(records=[step_record(1)])
    context, pull = Context(store), pull_of(source, overlap_seconds=90)
    poll_at(context, pull, 1)
    poll_at(context, pull, 2)
    assert source.windows[1] == Window(since=NOW - timedelta(seconds=90))


def test_a_snapshot_is_asked_for_whole_each_time(store: Engine) -> None:
    source = FakeConnector(records=[step_record(1)])
    context, pull = Context(store), pull_of(source, mode="snapshot")
    poll_at(context, pull, 1)
    poll_at(context, pull, 2)
    assert source.windows == [Window(), Window()]


def test_an_idle_poll_costs_the_store_three_statements_and_leaves_no_load(
    store: Engine, statements: Callable[[Engine], list[str]]
) -> None:
    context, pull = Context(store), pull_of(FakeConnector(records=[step_record(1)]))
    for minutes in (1, 2):
        poll_at(context, pull, minutes)
    said = statements(store)
    poll_at(context, pull, 3)
    assert [one.split()[0] for one in said if "BEGIN" not in one] == ["SELECT", "SELECT", "UPDATE"]
    assert held(store).last_success_at == NOW + timedelta(minutes=3)
    with store.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM load")).scalar() == 2


def test_an_outage_costs_two_lines_of_log_and_pauses_that_grow(
    store: Engine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.random, "random", lambda: 0.0)
    caplog.set_level(logging.INFO, "etl")
    source = FakeConnector(records=[step_record(1)])
    context, pull = Context(store), pull_of(source)
    poll_at(context, pull, 0)
    source.error = SourceUnavailable("mp.unit_step", "no route to host")
    pauses = []
    for minutes in (1, 2, 3, 4):
        summary = poll_at(context, pull, minutes)
        assert summary.retry_seconds == 2**minutes
        pauses.append((held(store).next_attempt_at - NOW).total_seconds() - minutes * 60)
    assert pauses == [2, 4, 8, 16]
    now = held(store)
    assert (now.state, now.failure_count, now.last_success_at) == ("retrying", 4, NOW)
    source.error = None
    poll_at(context, pull, 5)
    assert held(store).state == "ok"
    assert [record.getMessage() for record in caplog.records] == [
        "mp.unit_step is retrying: mp.unit_step: no route to host",
        "mp.unit_step: recovered after 4 failures",
    ]


@pytest.mark.parametrize(("asked", "kept"), [(90, 90), (10**7, 3600)])
def test_a_pause_that_a_source_asks_for_is_kept_for_an_hour_at_most(
    store: Engine, asked: float, kept: float
) -> None:
    error = SourceUnavailable("mp.unit_step", "maintenance", retry_seconds=asked)
    summary = poll_at(Context(store), pull_of(FakeConnector(error=error)), 0)
    assert summary is not None
    assert summary.retry_seconds == kept


def test_a_source_in_its_pause_is_left_alone(store: Engine) -> None:
    source = FakeConnector(error=SourceUnavailable("mp.unit_step", "no route to host"))
    context, pull = Context(store), pull_of(source)
    poll_at(context, pull, 0)
    assert poll_at(context, pull, 0.01) is None
    assert len(source.windows) == 1


def test_refused_credentials_are_tried_at_most_four_times_an_hour_even_after_restarts(
    store: Engine,
) -> None:
    source = FakeConnector(error=SourceRefused("mp.unit_step", "password authentication failed"))
    for seconds in range(0, 3600, 15):
        poll_at(Context(store), pull_of(source), seconds / 60)
    assert 2 <= len(source.windows) <= 4
    assert held(store).state == "refused"


def test_a_changed_source_stops_its_feed_and_heals_when_the_column_is_back(store: Engine) -> None:
    source = FakeConnector([name.replace("result", "outcome") for name in source_columns()])
    source.records = [step_record(1)]
    context, pull = Context(store), pull_of(source)
    assert isinstance(poll_at(context, pull, 0).error, SourceChanged)
    assert held(store).state == "changed"
    assert "gone: result" in held(store).message
    assert poll_at(context, pull, 10) is None
    source.columns = source_columns()
    assert poll_at(context, pull, 16).totals.new == 1
    assert held(store).state == "ok"


def source_columns() -> tuple[str, ...]:
    return FakeConnector().columns  # type: ignore[return-value]


def behind(store: Engine, source: FakeConnector) -> tuple[Context, History]:
    """A plant whose newest days are loaded, with records on each of its older days."""
    source.records = [step_record(key, NOW - key * DAY) for key in range(6, -1, -1)]
    context, pull = Context(store), pull_of(source)
    poll_at(context, pull, 0)
    parts = FakeConnector(PART_COLUMNS)
    poll_at(context, pull_of(parts, "part"), 0)
    return context, History([pull, pull_of(parts, "part")])


def serials(store: Engine) -> set[str]:
    with store.connect() as connection:
        return set(connection.execute(text("SELECT serial FROM unit_step")).scalars())


def test_history_goes_back_day_by_day_to_where_it_is_wanted(store: Engine) -> None:
    source = FakeConnector()
    context, history = behind(store, source)
    history.load(context)
    assert source.windows[1:] == [
        Window(NOW - (day + 1) * DAY, NOW - day * DAY) for day in (2, 3, 4)
    ]
    assert serials(store) == {f"R{key}" for key in range(6)}
    assert held(store).loaded_from_at == held(store).history_from_at == NOW - 5 * DAY


def test_history_that_was_stopped_goes_on_where_it_stood(store: Engine) -> None:
    source = FakeConnector()
    context, history = behind(store, source)
    checks = iter(
        [*[None] * 5, Stopped()]
    )  # four a slice: before it, before and twice in its batch

    def check() -> None:
        if stopped := next(checks):
            raise stopped

    with pytest.raises(Stopped):
        history.load(Context(store, check))
    assert held(store).loaded_from_at == NOW - 3 * DAY
    history.load(context)
    assert serials(store) == {f"R{key}" for key in range(6)}


def test_history_waits_for_the_newest_days_of_all_sources(store: Engine) -> None:
    source = FakeConnector(records=[step_record(1)])
    poll_at(Context(store), pull_of(source), 0)
    History([pull_of(source), pull_of(FakeConnector(PART_COLUMNS), "part")]).load(Context(store))
    assert len(source.windows) == 1


def test_a_slice_that_fails_is_halved_and_says_nothing_about_the_live_source(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = FakeConnector()
    context, history = behind(store, source)
    source.error = SourceUnavailable("mp.unit_step", "deadline of 60 s passed")
    history.load(context)
    assert (held(store).state, held(store).loaded_from_at) == ("ok", NOW - 2 * DAY)
    source.error = None
    monkeypatch.setattr(sync, "monotonic_seconds", lambda: float("inf"))
    history.load(context)
    assert source.windows[2] == Window(NOW - 2.5 * DAY, NOW - 2 * DAY)
    assert held(store).loaded_from_at == NOW - 5 * DAY


def test_wanting_more_history_in_the_toml_reopens_it(store: Engine) -> None:
    source = FakeConnector()
    context, history = behind(store, source)
    history.load(context)
    longer = pull_of(source)
    object.__setattr__(longer, "history_days", 9)
    poll_at(context, longer, 1)
    assert held(store).history_from_at == NOW + timedelta(minutes=1) - 9 * DAY
