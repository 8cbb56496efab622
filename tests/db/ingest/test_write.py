"""Writing batches: what is new, changed, unchanged, late, gone; once and again."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine, event
from sqlmodel import Session, SQLModel, select

from db.clock import frozen
from db.ingest.batch import Batch, Mark, Outcome
from db.ingest.loads import read_watermark
from db.ingest.rollups import rebuild_rollups
from db.ingest.write import write_batch
from db.models import (
    Change,
    DayOutput,
    HourOutput,
    HourYield,
    PlantVersion,
    Quarantine,
    StockPosition,
    TestRun,
    UnitOperation,
    UnitStep,
)
from tests.builders import NOON, batch, mark, rejection, step, stock, test_run

LATER = NOON + timedelta(hours=1)
EARLIER = NOON - timedelta(hours=1)


def all_of(engine: Engine, model: type[SQLModel]) -> list[Any]:
    with Session(engine) as session:
        return list(session.exec(select(model)))


def snapshot(*rows: tuple[Any, ...], **given: Any) -> Batch:
    return batch(*rows, model=StockPosition, is_snapshot=True, **given)


def version(engine: Engine) -> int:
    return sum(row.version for row in all_of(engine, PlantVersion))


def test_a_new_step_is_written_and_counts_in_its_hour_and_day(engine: Engine) -> None:
    assert write_batch(engine, batch(step())) == Outcome(new=1)
    assert all_of(engine, UnitStep)[0].ended_at == NOON
    assert all_of(engine, HourOutput)[0].completed_count == 1
    assert all_of(engine, DayOutput)[0].duration_ms == 1_800_000
    assert all_of(engine, UnitOperation)[0].completed_at == NOON


def test_a_corrected_step_leaves_its_earlier_version_in_change(engine: Engine) -> None:
    write_batch(engine, batch(step()))
    corrected = step(ended_at=LATER, changed_at=LATER, slot="7")
    assert write_batch(engine, batch(corrected, load_id=2)) == Outcome(changed=1)
    (change,) = all_of(engine, Change)
    before = json.loads(change.before)
    assert (change.kind, change.table_name, change.load_id) == ("changed", "unit_step", 2)
    assert (before["slot"], before["ended_at"]) == ("", NOON.isoformat())
    assert before["business_on"] == "2026-11-10"
    assert change.before_hash == before["content_hash"]


def test_a_step_corrected_into_another_month_is_held_once(engine: Engine) -> None:
    write_batch(engine, batch(step()))
    moved = NOON - timedelta(days=30)
    write_batch(engine, batch(step(started_at=moved, ended_at=moved, changed_at=LATER)))
    assert [row.month for row in all_of(engine, UnitStep)] == [202610]
    assert [row.hour_at for row in all_of(engine, HourOutput)] == [moved]
    assert [row.business_on for row in all_of(engine, DayOutput)] == [date(2026, 10, 11)]


def test_an_older_version_does_not_replace_a_newer_one(engine: Engine) -> None:
    write_batch(engine, batch(step(result="failed")))
    late = step(result="completed", changed_at=EARLIER)
    assert write_batch(engine, batch(late)) == Outcome(superseded=1)
    assert all_of(engine, UnitStep)[0].result == "failed"


def test_of_one_key_twice_in_a_batch_the_newest_is_written(engine: Engine) -> None:
    rows = [step(slot="new", changed_at=LATER), step(slot="old")]
    assert write_batch(engine, batch(*rows)) == Outcome(new=1, superseded=1)
    assert all_of(engine, UnitStep)[0].slot == "new"


def test_a_deleted_step_keeps_its_place_and_counts_no_more(engine: Engine) -> None:
    write_batch(engine, batch(step()))
    gone = step(changed_at=LATER, deleted_at=LATER)
    assert write_batch(engine, batch(gone)) == Outcome(deleted=1)
    assert all_of(engine, UnitStep)[0].deleted_at == LATER
    assert [change.kind for change in all_of(engine, Change)] == ["deleted"]
    for rollup in (UnitOperation, HourOutput, DayOutput):
        assert all_of(engine, rollup) == []


def test_a_deleted_step_comes_back_when_its_source_shows_it_again(engine: Engine) -> None:
    write_batch(engine, batch(step(deleted_at=NOON)))
    assert write_batch(engine, batch(step(changed_at=LATER))) == Outcome(changed=1)
    assert [change.kind for change in all_of(engine, Change)] == ["restored"]
    assert all_of(engine, HourOutput)[0].completed_count == 1


def test_a_late_first_run_turns_the_earlier_one_into_a_retest(engine: Engine) -> None:
    write_batch(engine, batch(test_run(source_key="2"), model=TestRun))
    late = test_run(source_key="1", verdict="failed", started_at=EARLIER, ended_at=EARLIER)
    write_batch(engine, batch(late, model=TestRun))
    yields = {row.hour_at: row for row in all_of(engine, HourYield)}
    assert (yields[NOON].first_count, yields[NOON].run_count) == (0, 1)
    assert (yields[EARLIER].first_count, yields[EARLIER].first_passed_count) == (1, 0)


def test_an_aborted_run_is_counted_but_is_no_first_verdict(engine: Engine) -> None:
    write_batch(engine, batch(test_run(verdict="aborted"), model=TestRun))
    (hour,) = all_of(engine, HourYield)
    assert (hour.run_count, hour.no_verdict_count, hour.first_count) == (1, 1, 0)


def test_a_snapshot_deletes_what_it_no_longer_holds(engine: Engine) -> None:
    rows = [stock(source_key=str(n)) for n in range(10)]
    write_batch(engine, snapshot(*rows))
    with frozen(LATER):
        outcome = write_batch(engine, snapshot(*rows[1:], mark=mark(LATER)))
    assert outcome == Outcome(unchanged=9, deleted=1)
    gone = {row.source_key: row.deleted_at for row in all_of(engine, StockPosition)}
    assert {key for key, at in gone.items() if at} == {"0"}
    assert gone["0"] == LATER
    assert write_batch(engine, snapshot(*rows[1:])) == Outcome(unchanged=9)


def test_a_row_that_a_snapshot_holds_again_is_restored(engine: Engine) -> None:
    write_batch(engine, snapshot(stock(), stock(source_key="2")))
    write_batch(engine, snapshot(stock()))
    assert write_batch(engine, snapshot(stock(), stock(source_key="2"))) == Outcome(
        unchanged=1, changed=1
    )
    assert [row.deleted_at for row in all_of(engine, StockPosition)] == [None, None]


@pytest.mark.parametrize("left", [0, 79])
def test_a_thin_snapshot_is_not_believed_about_what_is_gone(engine: Engine, left: int) -> None:
    rows = [stock(source_key=str(n)) for n in range(100)]
    write_batch(engine, snapshot(*rows))
    assert write_batch(engine, snapshot(*rows[:left])) == Outcome(unchanged=left, kept=100 - left)
    assert all(row.deleted_at is None for row in all_of(engine, StockPosition))


def test_a_row_whose_new_version_is_bad_is_not_taken_for_deleted(engine: Engine) -> None:
    write_batch(engine, snapshot(stock(), stock(source_key="2")))
    outcome = write_batch(engine, snapshot(stock(), rejections=[rejection(record_key="2")]))
    assert outcome == Outcome(unchanged=1, quarantined=1)


def test_an_incremental_batch_deletes_nothing(engine: Engine) -> None:
    write_batch(engine, batch(step(), step(source_key="2", serial="R2")))
    assert write_batch(engine, batch(step())) == Outcome(unchanged=1)
    assert len(all_of(engine, UnitStep)) == 2


def test_a_bad_record_waits_whole_and_is_released_when_it_comes_clean(engine: Engine) -> None:
    bad = rejection(payload='{"id": "1", "end": "yesterday"}')
    write_batch(engine, batch(rejections=[bad]))
    (held,) = all_of(engine, Quarantine)
    assert (held.payload, held.reason, held.released_at) == (bad.payload, "contradiction", None)
    with frozen(LATER):
        write_batch(engine, batch(step()))
    assert all_of(engine, Quarantine)[0].released_at == LATER


def test_a_file_that_was_cut_off_is_released_when_it_comes_whole(engine: Engine) -> None:
    cut = rejection(record_key="file a.csv", payload="{}")
    other = rejection(record_key="file b.csv", payload="{}")
    write_batch(engine, batch(rejections=[cut, other]))
    with frozen(LATER):
        write_batch(engine, replace(batch(step()), whole=frozenset({"file a.csv"})))
    held = {row.record_key: row.released_at for row in all_of(engine, Quarantine)}
    assert held == {"file a.csv": LATER, "file b.csv": None}


def test_a_bad_record_read_again_changes_nothing_even_after_its_release(engine: Engine) -> None:
    write_batch(engine, batch(rejections=[rejection()]))
    again = [write_batch(engine, batch(rejections=[rejection()])) for _ in range(2)]
    assert again == [Outcome(quarantined=1)] * 2
    write_batch(engine, batch(step()))
    before, bumps = all_of(engine, Quarantine), version(engine)
    write_batch(engine, batch(rejections=[rejection()]))
    assert all_of(engine, Quarantine) == before
    assert (before[0].seen_count, version(engine)) == (1, bumps)


def test_a_record_that_turns_bad_in_another_way_waits_again(engine: Engine) -> None:
    write_batch(engine, batch(rejections=[rejection()]))
    write_batch(engine, batch(step()))
    write_batch(engine, batch(rejections=[rejection(payload='{"id": "1", "n": 2}')]))
    (held,) = all_of(engine, Quarantine)
    assert (held.seen_count, held.released_at) == (2, None)


def test_the_watermark_never_goes_back_and_never_past_the_sources_clock(engine: Engine) -> None:
    write_batch(engine, batch(mark=mark(NOON, "5")))
    write_batch(engine, batch(mark=mark(EARLIER, "9")))
    assert read_watermark(engine, "mp.unit_step") == Mark(NOON, "5", NOON)
    future = mark(NOON + timedelta(days=900), "6", source_clock_at=LATER)
    write_batch(engine, batch(mark=future))
    assert read_watermark(engine, "mp.unit_step") == Mark(LATER, "", LATER)


def test_a_batch_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    bad = step(source_key="2", serial=None)
    with pytest.raises(Exception, match=r"(?i)null"):
        write_batch(engine, batch(step(), bad, rejections=[rejection()], mark=mark()))
    for model in (UnitStep, Quarantine, HourOutput, UnitOperation, PlantVersion):
        assert all_of(engine, model) == []
    assert read_watermark(engine, "mp.unit_step") is None


@pytest.mark.parametrize("asked", [1, 2], ids=["once the plant is locked", "before the commit"])
def test_a_process_that_may_write_no_more_leaves_nothing_behind(engine: Engine, asked: int) -> None:
    write_batch(engine, batch(step()))
    answers = iter([True] * (asked - 1) + [False])

    def check() -> None:
        if not next(answers):
            raise InterruptedError("the lease ran out")

    late = batch(step(source_key="2"), rejections=[rejection()], mark=mark())
    with pytest.raises(InterruptedError):
        write_batch(engine, late, check=check)
    assert [row.source_key for row in all_of(engine, UnitStep)] == ["1"]
    assert all_of(engine, Quarantine) == []
    assert read_watermark(engine, "mp.unit_step") is None


@pytest.mark.parametrize(
    "make",
    [
        batch,
        lambda: batch(mark=mark()),
        lambda: batch(step(), mark=mark()),
        lambda: snapshot(stock()),
    ],
    ids=["nothing", "mark held", "overlap", "snapshot"],
)
def test_the_version_moves_only_when_something_changed(
    engine: Engine, make: Callable[[], Batch]
) -> None:
    write_batch(engine, batch(step(), mark=mark()))
    write_batch(engine, snapshot(stock()))
    before = version(engine)
    write_batch(engine, make())
    assert version(engine) == before == 2


def test_an_idle_poll_writes_nothing(engine: Engine) -> None:
    write_batch(engine, batch(step(), mark=mark()))
    statements: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    write_batch(engine, batch(mark=mark()))
    assert [s.split()[0] for s in statements if s != "BEGIN IMMEDIATE"] == ["SELECT"]


def test_deferred_facts_are_marked_until_the_rollups_are_rebuilt(engine: Engine) -> None:
    with frozen(NOON):
        write_batch(engine, batch(step()), upkeep="deferred")
    assert all_of(engine, HourOutput) == []
    assert all_of(engine, PlantVersion)[0].rollups_due_at == NOON
    rebuild_rollups(engine, "mp")
    assert all_of(engine, PlantVersion)[0].rollups_due_at is None
    assert all_of(engine, HourOutput)[0].completed_count == 1


instants = st.datetimes(
    min_value=datetime(1000, 1, 1),  # noqa: DTZ001
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC) | st.timezones(),
    allow_imaginary=False,
)
quantities = st.decimals(min_value=0, max_value=10**9, places=6)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(as_of_at=instants, received=quantities, key=st.uuids())
def test_what_is_written_raw_reads_the_same_through_the_models(
    engine: Engine, as_of_at: datetime, received: Decimal, key: Any
) -> None:
    row = stock(source_key=str(key), as_of_at=as_of_at, qty=received)
    write_batch(engine, batch(row, model=StockPosition))
    with Session(engine) as session:
        held = session.exec(
            select(StockPosition).where(
                StockPosition.source_key == str(key), StockPosition.as_of_at == as_of_at
            )
        ).one()
    assert (held.as_of_at, held.qty) == (as_of_at.astimezone(UTC), received)
