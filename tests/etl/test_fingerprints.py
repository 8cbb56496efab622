"""Schema drift: new columns are told, gone and unreadable ones stop their feed by name."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from db.clock import frozen
from db.errors import SourceChanged
from db.queries.health import health
from etl.check import check_sources
from etl.connectors.base import Window
from etl.publish import publish
from etl.runner import Context, LoadSummary, run_load
from tests.etl.plant import (
    NOW,
    STEP_COLUMNS,
    FakeConnector,
    plant_file,
    pull_of,
    remapped,
    step_record,
)
from tests.etl.test_runner import rows


@pytest.fixture
def store(engine: Engine) -> Engine:
    publish(engine, [plant_file()])
    return engine


def load(context: Context, minutes: int, source: FakeConnector) -> LoadSummary:
    with frozen(NOW + timedelta(minutes=minutes)):
        return run_load(context, pull_of(source), "poll", Window())


def drift(store: Engine) -> list[tuple[str, str]]:
    with Session(store) as session:
        (shape, *_) = [
            it for it in health(session, ["mp"], NOW + timedelta(hours=1))["sources"]
            if it["feed"] == "unit_step"
        ]  # fmt: skip
    return [(it["column"], it["what"]) for it in shape["drift"]]


def wider(record: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*record[:-1], "x", record[-1])


WIDER = (*STEP_COLUMNS[:-1], "operator", STEP_COLUMNS[-1])


def test_the_first_load_takes_the_fingerprint_and_announces_nothing(store: Engine) -> None:
    load(Context(store), 1, FakeConnector(records=[step_record(1)]))
    assert {name for (name,) in rows(store, "SELECT name FROM source_column")} == set(STEP_COLUMNS)
    assert drift(store) == []


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_new_column_loads_and_is_announced(store: Engine, is_restarted: bool) -> None:
    context = Context(store)
    load(context, 1, FakeConnector(records=[step_record(1)]))
    context = Context(store) if is_restarted else context
    source = FakeConnector(WIDER, [wider(step_record(1)), wider(step_record(2))])
    assert load(context, 2, source).totals.new == 1
    assert drift(store) == [("operator", "new")]
    assert load(context, 3, FakeConnector(records=[step_record(3)])).totals.new == 1
    assert set(drift(store)) == {("operator", "new"), ("operator", "gone")}


def test_a_renamed_column_stops_the_feed_and_both_names_are_shown(store: Engine) -> None:
    context = Context(store)
    load(context, 1, FakeConnector(records=[step_record(1)]))
    columns = [name.replace("result", "outcome") for name in STEP_COLUMNS]
    summary = load(context, 2, FakeConnector(columns, [step_record(2)]))
    assert isinstance(summary.error, SourceChanged)
    assert set(drift(store)) == {("outcome", "new"), ("result", "gone")}
    assert rows(store, "SELECT count(*) FROM unit_step") == [(1,)]


def test_a_retyped_column_that_cannot_be_read_stops_the_feed_until_it_is_mended(
    store: Engine,
) -> None:
    context = Context(store)
    load(context, 1, FakeConnector(records=[step_record(1)]))
    retyped = FakeConnector(records=[step_record(2, began=1789), step_record(3, began=1790)])
    for minutes in (2, 3):
        summary = load(context if minutes == 2 else Context(store), minutes, retyped)
        assert isinstance(summary.error, SourceChanged)
        assert "columns hold other values: began (text, now number)" in summary.message
    assert rows(store, "SELECT count(*) FROM quarantine") == [(0,)]
    mended = load(context, 4, FakeConnector(records=[step_record(2)]))
    assert (mended.outcome, mended.totals.new) == ("ok", 1)


def test_a_retyped_column_that_can_be_read_is_loaded_and_told(store: Engine) -> None:
    context = Context(store)
    load(context, 1, FakeConnector(records=[step_record(1)]))
    assert load(context, 2, FakeConnector(records=[step_record(1, sn=77)])).totals.changed == 1
    assert drift(store) == [("sn", "of another kind")]


def test_bad_rows_alone_are_no_drift(store: Engine) -> None:
    context = Context(store)
    load(context, 1, FakeConnector(records=[step_record(1)]))
    source = FakeConnector(records=[step_record(2, began=1789), step_record(3)])
    assert load(context, 2, source).totals.quarantined == 1
    assert rows(store, "SELECT count(*) FROM quarantine") == [(1,)]
    assert drift(store) == []


def test_a_record_that_leaves_out_what_is_empty_has_lost_no_column(store: Engine) -> None:
    context = Context(store)
    sources = [
        FakeConnector(WIDER, [wider(step_record(1))]),
        FakeConnector(records=[step_record(2)]),
    ]
    for minutes, source in enumerate(sources, 1):
        with frozen(NOW + timedelta(minutes=minutes)):
            run_load(context, remapped(pull_of(source), "http_json"), "poll", Window())
    assert rows(store, "SELECT count(*) FROM unit_step") == [(2,)]
    assert drift(store) == []


def test_a_check_tells_the_difference_to_the_last_load() -> None:
    source = FakeConnector(WIDER, [wider(step_record(1))])
    held = {"mp.unit_step": dict.fromkeys((*STEP_COLUMNS, "shift"), "text") | {"id": "number"}}
    (finding,) = check_sources([pull_of(source)], held)
    assert finding.drift == "new: operator; gone: shift; of another kind: id (number, now text)"
    (first,) = check_sources([pull_of(source)], {})
    assert first.drift == ""
