"""Loads that brought nothing are forgotten in time; the others, and the last ones, are not."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from db.ingest.reference import publish_plant
from db.ingest.retention import KEPT, KEPT_RUNS, prune_loads
from db.models import Load
from db.queries.health import OUTCOMES, RUNS_SHOWN
from tests.builders import NOON
from tests.db.ingest.test_loads import SOURCE, a_plant, a_source

OLD = NOON - KEPT - timedelta(days=1)


@pytest.fixture
def store(engine: Engine) -> Engine:
    publish_plant(engine, [a_plant()], [a_source()])
    return engine


def add(engine: Engine, count: int, started_at: datetime, **given: object) -> None:
    values = {"source": SOURCE, "plant": "mp", "mode": "poll", "outcome": "ok"} | given
    with Session(engine) as session:
        for number in range(count):
            at = started_at + timedelta(seconds=number)
            session.add(Load(**values, started_at=at))
        session.commit()


def left(engine: Engine) -> Sequence[datetime]:
    with Session(engine) as session:
        return session.exec(select(Load.started_at).order_by(col(Load.started_at))).all()


def test_old_loads_that_brought_nothing_go_and_the_last_runs_stay(store: Engine) -> None:
    add(store, KEPT_RUNS + 5, OLD)
    assert prune_loads(store, "mp", NOON) == 5
    assert left(store)[0] == OLD + timedelta(seconds=5)
    assert prune_loads(store, "mp", NOON) == 0


def test_what_brought_something_is_running_or_is_younger_stays(store: Engine) -> None:
    for name in ("new", "changed", "deleted", "superseded", "quarantined"):
        add(store, 1, OLD, **{f"{name}_count": 1})
    add(store, 1, OLD, outcome="running")
    add(store, KEPT_RUNS + 5, NOON - KEPT)
    assert prune_loads(store, "mp", NOON) == 0


def test_loads_that_nobody_draws_go_by_their_age_alone(store: Engine) -> None:
    add(store, 3, OLD, outcome="abandoned")
    add(store, 3, NOON, outcome="abandoned")
    add(store, 3, OLD, outcome="failed")
    assert prune_loads(store, "mp", NOON) == 3
    assert len(left(store)) == 6


def test_another_plants_loads_are_left_alone(store: Engine) -> None:
    add(store, KEPT_RUNS + 5, OLD, source="oh.unit_step", plant="oh")
    assert prune_loads(store, "mp", NOON) == 0


def test_as_many_are_kept_as_the_health_page_draws() -> None:
    assert KEPT_RUNS == RUNS_SHOWN
    assert set(OUTCOMES) == {"ok", "partial", "failed"}
