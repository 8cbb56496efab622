"""A station whose clock is off is told from the ages of its records."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from db.clock import frozen
from db.ingest.loads import open_load
from db.ingest.write import write_batch
from db.queries.clocks import station_clocks
from etl.clocks import refresh_clocks
from etl.connectors.base import Window
from etl.publish import publish
from tests.builders import NOON, batch, step
from tests.etl.plant import plant_file

HOUR = timedelta(hours=1)
SKEWS = {"RT1": 0, "RT2": 0, "RT3": 1, "RT4": 240, "RT5": -420}
"""Seconds that each station's clock is ahead."""


@pytest.fixture
def store(engine: Engine) -> Engine:
    publish(engine, [plant_file()])
    return engine


def polled(store: Engine, at: datetime, number: int, mode: str = "poll") -> None:
    """Each station's records of an hour; they come 5 to 65 seconds after they happened."""
    with frozen(at):
        load_id = open_load(store, "mp.unit_step", "mp", mode, Window())
        rows = []
        for place, (station, ahead) in enumerate(SKEWS.items()):
            for late in (5, 65):
                ended = at - timedelta(seconds=late) + timedelta(seconds=ahead)
                key = f"{number}-{place}-{late}"
                rows.append(step(source_key=key, serial=key, station=station, ended_at=ended,
                                 started_at=ended - HOUR))  # fmt: skip
        write_batch(store, batch(*rows, load_id=load_id))


def clocks(store: Engine, at: datetime) -> dict[str, int]:
    with Session(store) as session:
        found = station_clocks(session, ["mp"], at).get("mp", [])
    return {one["station"]: round(one["skew_ms"] / 1000) for one in found}


def test_the_clocks_that_are_off_are_found(store: Engine) -> None:
    for number in range(4):
        polled(store, NOON + number * HOUR, number)
    with frozen(NOON + 4 * HOUR):
        refresh_clocks(store, plant_file())
    assert clocks(store, NOON + 4 * HOUR) == {
        "RT5": -420, "RT4": 240, "RT3": 1, "RT1": 0, "RT2": 0,
    }  # fmt: skip
    assert clocks(store, NOON + timedelta(days=5)) == {}


def test_history_says_nothing_of_clocks_and_few_hours_neither(store: Engine) -> None:
    for number in range(2):
        polled(store, NOON + number * HOUR, number)
    for number in range(2, 6):
        polled(store, NOON + number * HOUR, number, mode="history")
    with frozen(NOON + 6 * HOUR):
        refresh_clocks(store, plant_file())
    with store.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM station_clock")).scalar() == 0
