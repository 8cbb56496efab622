"""The record of runs, and how sources are doing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.clock import frozen
from db.ingest import loads
from db.ingest.batch import Outcome
from db.ingest.reference import publish_plant
from db.ingest.write import write_batch
from db.models import Load, Plant, Source
from tests.builders import NOON, batch, mark, rejection, step

SOURCE = "mp.unit_step"
LATER = NOON + timedelta(minutes=1)


@dataclass
class Span:
    since: datetime | None = None
    until: datetime | None = None


def a_source(**given: object) -> Source:
    values = {"code": SOURCE, "plant": "mp", "feed": "unit_step", "connector": "sql"}
    limits = {"interval_seconds": 15, "allowed_lag_seconds": 300, "overlap_seconds": 120}
    return Source(**(values | limits | given))


def a_plant(**given: object) -> Plant:
    values = {"code": "mp", "name": "Mount Pleasant", "city": "Mount Pleasant", "state": "WI"}
    return Plant(**(values | {"zone": "America/Chicago", "zone_label": "CT"} | given))


@pytest.fixture
def published(engine: Engine) -> Engine:
    publish_plant(engine, [a_plant()], [a_source()])
    return engine


def held_source(engine: Engine) -> Source:
    with Session(engine) as session:
        return session.exec(select(Source)).one()


def test_a_load_counts_its_batches_before_it_is_closed(engine: Engine) -> None:
    load_id = loads.open_load(engine, SOURCE, "mp", "incremental", Span(since=NOON))
    write_batch(
        engine, batch(step(), load_id=load_id, rejections=[rejection(record_key="9")], mark=mark())
    )
    write_batch(engine, batch(step(source_key="2"), step(), load_id=load_id))
    with Session(engine) as session:
        load = session.exec(select(Load)).one()
    assert (load.outcome, load.since_at, load.watermark_at) == ("running", NOON, NOON)
    assert (load.new_count, load.unchanged_count, load.quarantined_count) == (2, 1, 1)


def test_closing_a_load_says_how_it_ended(engine: Engine) -> None:
    load_id = loads.open_load(engine, SOURCE, "mp", "incremental", Span())
    loads.close_load(
        engine, load_id, "failed", Outcome(new=3), 4, error_class="SourceUnavailable", message="no"
    )
    with Session(engine) as session:
        load = session.exec(select(Load)).one()
    assert (load.outcome, load.error_class, load.message) == ("failed", "SourceUnavailable", "no")
    assert (load.new_count, load.read_count, load.finished_at is not None) == (3, 4, True)


def test_loads_of_a_killed_process_are_marked_abandoned(engine: Engine) -> None:
    dead = loads.open_load(engine, SOURCE, "mp", "incremental", Span())
    ended = loads.open_load(engine, SOURCE, "mp", "incremental", Span())
    loads.close_load(engine, ended, "ok", Outcome(), 0)
    other = loads.open_load(engine, "oh.unit_step", "oh", "incremental", Span())
    assert loads.abandon_loads(engine, "mp") == 1
    with Session(engine) as session:
        outcomes = {load.id: load.outcome for load in session.exec(select(Load))}
    assert outcomes == {dead: "abandoned", ended: "ok", other: "running"}


def test_an_outage_begins_once_grows_and_ends_once(published: Engine) -> None:
    with frozen(NOON):
        assert not loads.note_success(published, SOURCE, last_event_at=NOON)
        assert loads.note_failure(published, SOURCE, "retrying", "refused") == 1
    with frozen(LATER):
        assert loads.note_failure(published, SOURCE, "retrying", "refused") == 2
        during = held_source(published)
        assert loads.note_success(published, SOURCE)
    after = held_source(published)
    assert (during.state, during.state_since_at, during.last_success_at) == ("retrying", NOON, NOON)
    assert (after.state, after.state_since_at, after.failure_count) == ("ok", LATER, 0)
    assert after.last_event_at == NOON


def test_history_only_ever_reaches_further_back(published: Engine) -> None:
    loads.note_history(published, SOURCE, NOON - timedelta(days=30))
    for hours in (24, 72, 48):
        loads.note_success(published, SOURCE, loaded_from_at=NOON - timedelta(hours=hours))
    source = held_source(published)
    assert source.loaded_from_at == NOON - timedelta(hours=72)
    assert source.history_from_at == NOON - timedelta(days=30)


def test_skipped_runs_are_counted(published: Engine) -> None:
    loads.note_skip(published, SOURCE)
    loads.note_skip(published, SOURCE)
    assert held_source(published).skipped_count == 2


def test_an_unpublished_source_is_named(engine: Engine) -> None:
    with pytest.raises(LookupError, match=r"'mp.unit_step' is not in the store; publish its plant"):
        loads.note_success(engine, SOURCE)
