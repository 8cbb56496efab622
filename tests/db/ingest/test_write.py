"""Writing batches: what is new, changed, unchanged, late, gone; once and again."""

from sqlalchemy import Engine
from sqlmodel import Session, select

from db.ingest.batch import Outcome
from db.ingest.write import write_batch
from db.models import DayOutput, HourOutput, UnitOperation, UnitStep
from tests.builders import NOON, batch, step


def test_a_new_step_is_written_and_counts_in_its_hour(engine: Engine) -> None:
    assert write_batch(engine, batch(step())) == Outcome(new=1)
    with Session(engine) as session:
        assert session.exec(select(UnitStep)).one().ended_at == NOON
        assert session.exec(select(HourOutput)).one().completed_count == 1
        assert session.exec(select(DayOutput)).one().duration_ms == 1_800_000
        assert session.exec(select(UnitOperation)).one().completed_at == NOON
