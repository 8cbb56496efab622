"""Writing batches: what is new, changed, unchanged, late, gone; once and again."""

from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import Session, select

from db.ingest.batch import Outcome
from db.ingest.write import write_batch
from db.models import DayOutput, HourOutput, HourYield, TestRun, UnitOperation, UnitStep
from tests.builders import NOON, batch, step, test_run


def test_a_new_step_is_written_and_counts_in_its_hour(engine: Engine) -> None:
    assert write_batch(engine, batch(step())) == Outcome(new=1)
    with Session(engine) as session:
        assert session.exec(select(UnitStep)).one().ended_at == NOON
        assert session.exec(select(HourOutput)).one().completed_count == 1
        assert session.exec(select(DayOutput)).one().duration_ms == 1_800_000
        assert session.exec(select(UnitOperation)).one().completed_at == NOON


def test_x(engine: Engine) -> None:
    write_batch(engine, batch(step()))
    assert write_batch(
        engine,
        batch(
            test_run(),
            test_run(source_key="2", started_at=NOON - timedelta(hours=2), verdict="failed"),
            model=TestRun,
        ),
    ) == Outcome(new=2)
    with Session(engine) as session:
        print(session.exec(select(HourYield)).all())
        print(session.exec(select(UnitOperation)).one())
    assert write_batch(
        engine,
        batch(step(ended_at=NOON + timedelta(hours=1), changed_at=NOON + timedelta(hours=1))),
    ) == Outcome(changed=1)
