"""What a watermark cannot see is found by comparing days, repaired, counted and told."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlmodel import Session, select

from db.clock import frozen
from db.ingest.ledger import Finding, ledger
from db.models import Change, HourOutput, Load, SourceDay
from etl.connectors.base import RawBatch, Window
from etl.plant_file import ColumnMap
from etl.reconcile.due import days_of, due_days, reach_of, reconcile_due, reconcile_now
from tests.db.ingest.oracle import stored
from tests.etl.plant import NOW
from tests.etl.reconcile.source import StepSource, utc

LATER = NOW + timedelta(hours=2)
TODAY = date(2026, 11, 10)
Opener = Callable[..., StepSource]


@pytest.fixture(params=["sqlite", "postgresql"])
def open_source(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Iterator[Opener]:
    """Opens a source on either database; PostgreSQL counts by itself, SQLite is scanned."""
    with ExitStack() as ends:

        def open_(**given: Any) -> StepSource:
            if request.param == "sqlite":
                url = f"sqlite:///{tmp_path / 'mes.sqlite3'}"
            else:
                server = request.getfixturevalue("postgres_url")
                name = f"mes_{tmp_path.name}".lower().replace("-", "_")[-50:]
                _run(server, f"DROP DATABASE IF EXISTS {name}")
                _run(server, f"CREATE DATABASE {name}")
                head, _, tail = server.partition("?")
                url = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{tail}" if tail else "")
                ends.callback(_run, server, f"DROP DATABASE {name} WITH (FORCE)")
            source = StepSource(url, engine, **given)
            ends.callback(source.close)
            return source

        yield open_


def _run(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def source(open_source: Opener) -> StepSource:
    """Twenty visits of this morning and the day before, polled."""
    source = open_source()
    for key in range(20):
        source.put(key, NOW - timedelta(hours=key % 7 + 24 * (key % 2)))
    source.poll()
    assert source.held() == source.there()
    return source


def compared(source: StepSource, **given: Any) -> list[Finding]:
    """A poll two hours later, so that this morning is past the overlap, and a comparison."""
    source.poll(LATER)
    with frozen(LATER + timedelta(seconds=1)):
        return list(reconcile_now(source.context, source.pull, **given))


def repaired(findings: list[Finding]) -> tuple[int, int, int]:
    """Rows put in, corrected and taken out by some comparisons."""
    each = [found.repaired for found in findings]
    return tuple(sum(getattr(one, name) for one in each) for name in ("new", "changed", "deleted"))  # type: ignore[return-value]


def test_nothing_is_repaired_where_nothing_was_missed(source: StepSource) -> None:
    findings = compared(source)
    assert repaired(findings) == (0, 0, 0)
    assert {found.state for found in findings} == {"agreed"}
    assert sum(found.source_count for found in findings) == 20
    assert [found.source_count for found in findings] == [found.held_count for found in findings]


def test_a_row_committed_late_is_put_in(source: StepSource) -> None:
    source.put(100, utc(10, 14, 5))
    source.poll(LATER)
    assert len(source.held()) == 20
    assert repaired(compared(source)) == (1, 0, 0)
    assert source.held() == source.there()


def test_a_row_changed_without_its_change_time_is_corrected(source: StepSource) -> None:
    source.run("UPDATE step SET result = 'failed' WHERE id IN (3, 4)")
    assert repaired(compared(source)) == (0, 2, 0)
    assert source.held() == source.there()


def test_a_row_stamped_older_than_it_was_is_what_the_source_says_now(source: StepSource) -> None:
    source.put(2, utc(10, 15), utc(10, 9), result="aborted")
    assert repaired(compared(source)) == (0, 1, 0)
    assert source.held() == source.there()


def test_a_row_deleted_at_the_source_is_deleted_and_leaves_its_rollup(source: StepSource) -> None:
    source.run("DELETE FROM step WHERE id IN (2, 7)")
    assert repaired(compared(source)) == (0, 0, 2)
    assert source.held() == source.there()
    with Session(source.engine) as session:
        assert sum(row.completed_count for row in session.exec(select(HourOutput))) == 18
        assert {row.source_key for row in session.exec(select(Change))} == {"2", "7"}
    assert set(stored(source.engine, "mp")["unit_operation"]) == {
        ("mp", f"R{key}", "FINAL") for key in range(20) if key not in (2, 7)
    }


def test_a_row_that_moved_to_another_day_is_neither_lost_nor_doubled(source: StepSource) -> None:
    source.put(4, utc(9, 15), utc(9, 15))
    compared(source)
    assert source.held() == source.there()


def test_a_deleted_row_that_comes_back_lives_again(source: StepSource) -> None:
    source.run("DELETE FROM step WHERE id = 4")
    compared(source)
    source.put(4, NOW - timedelta(hours=4))
    assert repaired(compared(source)) == (1, 0, 0) or repaired(compared(source)) == (0, 0, 0)
    assert source.held() == source.there()


def test_very_many_deletions_are_not_believed_unless_somebody_says_so(source: StepSource) -> None:
    source.run("DELETE FROM step WHERE id < 16")
    findings = compared(source)
    assert {found.state for found in findings} == {"differs"}
    assert "too many to be believed" in findings[0].message
    assert len(source.held()) == 20
    assert repaired(compared(source, is_trusting=True)) == (0, 0, 16)
    assert source.held() == source.there()


def test_rows_of_ours_that_went_missing_are_filled_in_again(source: StepSource) -> None:
    compared(source)
    with source.engine.begin() as connection:
        connection.execute(text("DELETE FROM unit_step WHERE source_key IN ('3', '5')"))
    assert repaired(compared(source)) == (2, 0, 0)
    assert source.held() == source.there()


def test_only_what_moved_is_read_again(source: StepSource) -> None:
    compared(source)
    source.put(100, utc(10, 14, 5))
    compared(source)
    with Session(source.engine) as session:
        loads = session.exec(
            select(Load).where(Load.mode == "reconcile").order_by(Load.id)  # type: ignore[arg-type]
        ).all()
    assert (loads[-1].since_at, loads[-1].until_at) == (utc(10, 14), utc(10, 14, 10))
    assert loads[-1].read_count < 5


def test_a_key_of_several_columns_is_looked_for_in_all_that_follows(open_source: Opener) -> None:
    source = open_source(columns={"source_key": ColumnMap(columns=["id", "sn"])})
    for key in range(8):
        source.put(key, NOW - timedelta(hours=key))
    source.poll()
    source.run("DELETE FROM step WHERE id = 3")
    assert repaired(compared(source)) == (0, 0, 1)
    assert {serial for _, serial, _ in source.held()} == {f"R{k}" for k in range(8) if k != 3}


class Interposed:
    """The source's connector, with something that happens between the answer and the writing."""

    def __init__(self, source: StepSource, happens: Callable[[], None]) -> None:
        self._real, self._happens = source.pull.connector, happens
        self.caution, self.probe, self.close = "", self._real.probe, self._real.close
        self.summarise, self.find = self._real.summarise, self._real.find  # type: ignore[attr-defined]

    def fetch(self, window: Window) -> Iterator[RawBatch]:
        batches = list(self._real.fetch(window))
        self._happens()
        yield from batches


def test_what_a_poll_wrote_since_the_source_was_asked_is_not_undone(source: StepSource) -> None:
    def happens() -> None:
        source.put(4, NOW - timedelta(hours=4), LATER + timedelta(seconds=30), result="failed")
        source.poll(LATER + timedelta(seconds=60))

    source.poll(LATER)
    between = replace(source.pull, connector=Interposed(source, happens))
    with frozen(LATER + timedelta(seconds=1)):
        list(reconcile_now(source.context, between))
    assert ("4", "R4", "failed") in source.held()
    assert source.held() == source.there()


def test_a_source_that_cannot_be_reached_leaves_the_ledger_saying_so(source: StepSource) -> None:
    compared(source)
    source.run("ALTER TABLE step RENAME TO elsewhere")
    with frozen(LATER + timedelta(seconds=1)):
        (found, *_) = list(reconcile_now(source.context, source.pull))
    assert (found.state, found.repaired.deleted) == ("failed", 0)
    assert "step" in found.message
    assert len(source.held()) == 20
    assert ledger(source.engine, "mp.unit_step")[TODAY].state == "failed"


def test_the_newest_days_are_due_each_hour_and_older_ones_each_day(source: StepSource) -> None:
    source.poll(LATER)
    reach = reach_of(source.engine, source.pull)
    assert reach is not None
    days = days_of(source.pull, reach)
    assert days == [TODAY, TODAY - timedelta(days=1)]
    again, once = due_days(source.pull, reach, {}, LATER)
    assert (again, once) == (days, [])
    held = {
        day: SourceDay(
            source="mp.unit_step", business_on=day, plant="mp", state="agreed",
            checked_at=LATER - timedelta(hours=2 - number * 1.5), until_at=LATER,
        )
        for number, day in enumerate(days)
    }  # fmt: skip
    assert due_days(source.pull, reach, held, LATER) == ([TODAY], [])


def test_the_schedule_compares_what_is_due_once(source: StepSource) -> None:
    source.run("DELETE FROM step WHERE id = 2")
    source.poll(LATER)
    for seconds in (1, 61):
        with frozen(LATER + timedelta(seconds=seconds)):
            reconcile_due(source.context, [source.pull])
    assert source.held() == source.there()
    with Session(source.engine) as session:
        days = session.exec(select(SourceDay)).all()
    assert sum(day.repaired_deleted_count for day in days) == 1
    assert {day.checked_at for day in days} == {LATER + timedelta(seconds=1)}
