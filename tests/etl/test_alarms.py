"""The detector over the store: found once, unchanged when run again, moved and withdrawn with the
facts, silent after a person closed it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.clock import frozen
from db.desk.alarms import close_alarm
from db.desk.entry import Desk
from db.models import Alarm, AlarmEvent, FrozenLimit, PlantVersion, Source
from etl.alarms import AlarmWatch, detect
from tests.db.queries.world import MONDAY, ct
from tests.db.queries.yield_world import YieldWorld

DAY = timedelta(days=1)
NOW = ct(18)
BEGAN = ct(6, 0, MONDAY - 2 * DAY)


@pytest.fixture
def plant(engine: Engine) -> YieldWorld:
    """Three weeks of 20 racks a day of which 1 in 25 fails; of the last three days' every third."""
    here = YieldWorld(engine)
    here.source("test_run", loaded_from_at=NOW - 30 * DAY, history_from_at=NOW - 30 * DAY)
    runs, number = [], 0
    for back in range(20, -1, -1):
        for n in range(20):
            number += 1
            at = ct(6, 30 * n, MONDAY - back * DAY)
            is_bad = number % 3 == 0 if at >= BEGAN else number % 25 == 12
            run = here.ran(f"R{number}", at, "failed" if is_bad else "passed")
            runs.append(run | {"source_key": f"K{number}"})
    here.tested(*runs)
    return here


def held(engine: Engine, model: type = Alarm) -> list[Alarm]:
    with Session(engine) as session:
        return list(session.exec(select(model)).all())


def look(here: YieldWorld, at: datetime = NOW) -> int:
    with frozen(at):
        return detect(here.engine, "mp")


def test_a_drop_is_found_and_dated_and_again_changes_nothing(plant: YieldWorld) -> None:
    assert look(plant) == 1
    (alarm,) = held(plant.engine)
    assert (alarm.line, alarm.operation, alarm.state) == ("L1", "LEAK", "open")
    assert abs(alarm.began_at - BEGAN) <= timedelta(hours=12)
    assert alarm.began_from_at <= BEGAN + timedelta(hours=2) <= alarm.began_to_at + DAY
    assert alarm.fails == pytest.approx(20, abs=3)
    before = held(plant.engine), held(plant.engine, PlantVersion), held(plant.engine, AlarmEvent)
    assert look(plant) == 0
    after = held(plant.engine), held(plant.engine, PlantVersion), held(plant.engine, AlarmEvent)
    assert repr(before) == repr(after)


def test_the_baseline_is_frozen_once_from_the_days_before(plant: YieldWorld) -> None:
    look(plant)
    look(plant, NOW + 3 * DAY)
    (limit,) = held(plant.engine, FrozenLimit)
    assert (limit.version, limit.frozen_by, limit.line) == (1, "detector", "L1")  # type: ignore[attr-defined]
    assert limit.center == pytest.approx(0.04, abs=0.01)  # type: ignore[attr-defined]


def test_nothing_is_judged_before_the_days_before_are_loaded(plant: YieldWorld) -> None:
    with Session(plant.engine) as session:
        source = session.get_one(Source, "mp.test_run")
        source.loaded_from_at = NOW - 2 * DAY
        session.add(source)
        session.commit()
    assert look(plant) == 0
    assert held(plant.engine, FrozenLimit) == []


def test_corrected_facts_withdraw_an_alarm_and_bring_it_back(plant: YieldWorld) -> None:
    look(plant)
    serials = [n for n in range(361, 421) if n % 3 == 0]

    def say(verdict: str) -> None:
        plant.tested(
            *(
                plant.ran(
                    f"R{n}",
                    ct(6, 30 * ((n - 1) % 20), MONDAY - (20 - (n - 1) // 20) * DAY),
                    verdict,
                )
                | {"source_key": f"K{n}"}
                for n in serials
            )
        )

    say("passed")
    assert look(plant) == 1
    (alarm,) = held(plant.engine)
    assert alarm.withdrawn_at is not None
    say("failed")
    look(plant)
    (alarm,) = held(plant.engine)
    assert alarm.withdrawn_at is None
    kinds = [event.kind for event in held(plant.engine, AlarmEvent)]  # type: ignore[attr-defined]
    assert kinds == ["detected", "withdrawn", "returned"]


def test_a_closed_alarm_stays_closed_and_its_chart_starts_anew(plant: YieldWorld) -> None:
    look(plant)
    (alarm,) = held(plant.engine)
    assert alarm.id is not None
    with frozen(NOW):
        Desk(plant.engine).write(close_alarm, "mp", alarm.id, "Ana", "lot sent back")
    assert look(plant, NOW + timedelta(hours=1)) == 0
    assert [one.state for one in held(plant.engine)] == ["closed"]


def test_the_watch_looks_only_when_there_is_news(plant: YieldWorld) -> None:
    watch = AlarmWatch(plant.engine, "mp")
    with frozen(NOW):
        assert watch.refresh() == 1
        assert watch.refresh() == 0
