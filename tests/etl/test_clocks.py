"""A station's clock that is off is corrected on the way in, by what loads themselves have seen."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlmodel import Session

from db.clock import frozen
from db.ingest.dialect import table_of
from db.models import UnitStep
from db.queries.clocks import station_clocks
from etl.clocks import refresh_clocks
from etl.connectors.base import Window
from etl.feeds.compile import compile_feed
from etl.plant_file import PlantFile, StationEntry
from etl.publish import publish
from etl.runner import Context, LoadSummary, run_load
from tests.etl.plant import NOW, FakeConnector, plant_file, pull_of, step_record

STEP = table_of(UnitStep)
HOUR, RIGHT = timedelta(hours=1), "exact"
STATIONS = ("F1", "F2", "F3", "F4")


def four_stations(**source: Any) -> PlantFile:
    places = [StationEntry(code=code, line="L1", operation="FINAL", name=code) for code in STATIONS]
    return plant_file(**source).model_copy(update={"stations": places})


class Floor:
    """Four stations polled each ten minutes; F4's clock is off by `off`."""

    def __init__(self, engine: Engine, **source: Any) -> None:
        self.engine, self.plant, self.off = engine, four_stations(**source), timedelta(0)
        publish(engine, [self.plant])
        self.records: list[tuple[Any, ...]] = []
        pull = pull_of(FakeConnector(), **source)
        self.pull = replace(pull, feed=compile_feed(self.plant, pull.entry))
        self.now = NOW

    def work(self, hours: float, *, is_read: bool = True) -> LoadSummary | None:
        """Go on for some hours; a record a station every ten minutes, loaded five seconds later."""
        summary, end = None, self.now + hours * HOUR
        while self.now < end:
            self.now += timedelta(minutes=10)
            for station in STATIONS:
                ended = self.now + (self.off if station == "F4" else timedelta(0))
                key, edited = len(self.records), self.now.isoformat()
                self.records.append(step_record(key, ended, station=station, edited=edited))
            if is_read:
                summary = self.load(self.records[-8:], self.now + timedelta(seconds=5))
        return summary

    def load(self, records: list[tuple[Any, ...]], at: datetime) -> LoadSummary:
        pull = replace(self.pull, connector=FakeConnector(records=list(records)))
        with frozen(at):
            return run_load(Context(self.engine), pull, "poll", Window())

    def estimate(self) -> None:
        with frozen(self.now + timedelta(minutes=1)):
            refresh_clocks(self.engine, self.plant)

    def last(self, station: str = "F4") -> tuple[timedelta, str, str]:
        """Of the newest record of a station: how far from the truth, its quality, what was sent."""
        row = self.rows(station)[-1]
        return row[0] - self.now, row[1], row[2]

    def rows(self, station: str = "F4") -> list[Any]:
        question = (
            select(
                STEP.c.occurred_at,
                STEP.c.time_quality,
                STEP.c.occurred_local,
                STEP.c.started_at,
                STEP.c.ended_at,
            )
            .where(STEP.c.station == station)
            .order_by(STEP.c.changed_at)
        )
        with self.engine.connect() as connection:
            return list(connection.execute(question))


@pytest.fixture
def floor(engine: Engine) -> Floor:
    return Floor(engine)


FOUR = timedelta(minutes=4)


@pytest.mark.parametrize("off", [FOUR, -7 * timedelta(minutes=1)], ids=["ahead", "behind"])
def test_a_clock_that_is_off_is_corrected_and_each_row_keeps_what_was_sent(
    floor: Floor, off: timedelta
) -> None:
    floor.off = off
    floor.work(5)
    assert floor.last()[0] == off, "nothing is moved before it is known"
    floor.estimate()
    floor.work(0.5)
    error, quality, sent = floor.last()
    assert abs(error) < timedelta(seconds=10)
    assert (quality, sent) == ("skew_corrected", (floor.now + off).isoformat())
    assert floor.last("F1")[:2] == (timedelta(0), RIGHT)
    row = floor.rows()[-1]
    assert row.ended_at - row.started_at == timedelta(minutes=30)
    with Session(floor.engine) as session:
        clocks = station_clocks(session, ["mp"], floor.now)["mp"]
    (told,) = [one for one in clocks if one["station"] == "F4"]
    assert told["correction"] is not None
    assert abs(told["correction"]["skew_ms"] - off // timedelta(milliseconds=1)) < 10_000


def test_a_record_read_again_comes_out_as_before(floor: Floor) -> None:
    floor.off = FOUR
    floor.work(5)
    floor.estimate()
    floor.work(2)
    before = floor.rows()
    summary = floor.load(floor.records, floor.now + HOUR)
    assert (summary.totals.new, summary.totals.changed) == (0, 0)
    assert floor.rows() == before


def test_an_estimate_of_corrected_records_asks_for_no_second_correction(floor: Floor) -> None:
    floor.off = FOUR
    floor.work(5)
    floor.estimate()
    for _ in range(6):
        floor.work(2)
        floor.estimate()
    assert abs(floor.last()[0]) < timedelta(seconds=10)
    with floor.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM clock_correction")).scalar() == 1


def test_a_clock_that_was_set_right_is_left_alone_again(floor: Floor) -> None:
    floor.off = FOUR
    floor.work(5)
    floor.estimate()
    floor.off = timedelta(0)
    floor.work(13)
    floor.estimate()
    floor.work(0.5)
    assert floor.last()[:2] == (timedelta(0), RIGHT)


def test_few_records_or_a_small_skew_correct_nothing(engine: Engine) -> None:
    floor = Floor(engine)
    floor.off = FOUR
    floor.work(2)
    floor.estimate()
    floor.off = timedelta(seconds=50)
    floor.work(12)
    floor.estimate()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM clock_correction")).scalar() == 0


def test_what_was_corrected_is_put_back_when_the_plant_wants_it_as_sent(floor: Floor) -> None:
    floor.off = FOUR
    floor.work(5)
    floor.estimate()
    floor.work(1)
    assert floor.last()[1] == "skew_corrected"
    never = Floor(floor.engine, correct_clock_seconds=0)
    never.now, never.records = floor.now, floor.records
    never.estimate()
    never.load(floor.records, floor.now + HOUR)
    assert never.last() == (FOUR, RIGHT, (floor.now + FOUR).isoformat())
    with floor.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM clock_correction")).scalar() == 0
