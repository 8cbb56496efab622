"""A row that the store refuses is found by halves; its neighbours load."""

from datetime import timedelta
from math import ceil, log2

import pytest
from sqlalchemy import Engine, text

from db.clock import frozen
from db.errors import BatchRefused
from db.ingest import poison
from db.ingest.poison import MOST, poisoned
from db.ingest.write import write_batch
from etl.connectors.base import Window
from etl.publish import publish
from etl.runner import Context, run_load
from tests.builders import batch, step
from tests.etl.plant import NOW, FakeConnector, plant_file, pull_of, step_record
from tests.etl.test_runner import rows

REFUSE = {
    "sqlite": "CREATE TRIGGER poison BEFORE INSERT ON unit_step WHEN NEW.serial LIKE 'BAD%' "
    "BEGIN SELECT RAISE(ABORT, 'a poisoned row'); END",
    "postgresql": "ALTER TABLE unit_step ADD CONSTRAINT poison CHECK (serial NOT LIKE 'BAD%')",
}


@pytest.fixture
def refusing(engine: Engine) -> Engine:
    """A store that takes no serial beginning with BAD."""
    publish(engine, [plant_file()])
    with engine.begin() as connection:
        connection.execute(text(REFUSE[engine.dialect.name]))
    return engine


def test_one_bad_row_is_found_at_any_place_in_few_tries(
    refusing: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    many, tries = 32, []
    real = poison.rehearse_batch
    monkeypatch.setattr(
        poison, "rehearse_batch", lambda *given, **more: (tries.append(1), real(*given, **more))
    )
    for place in range(0, many, 7):
        serials = ["BAD" if number == place else f"R{number}" for number in range(many)]
        steps = [step(source_key=str(n), serial=serial) for n, serial in enumerate(serials)]
        with pytest.raises(BatchRefused) as refused:
            write_batch(refusing, batch(*steps))
        tries.clear()
        found = poisoned(refusing, batch(*steps), refused.value, check=lambda: None)
        assert list(found) == [place]
        assert len(tries) <= 2 * ceil(log2(many))
    assert rows(refusing, "SELECT count(*) FROM unit_step") == [(0,)]
    assert rows(refusing, "SELECT count(*) FROM unit_operation") == [(0,)]


@pytest.mark.parametrize("mode", ["poll", "snapshot"])
def test_the_rest_of_a_poisoned_batch_loads_and_the_row_waits_whole(
    refusing: Engine, mode: str
) -> None:
    records = [step_record(key, sn="BAD" if key in (3, 8) else f"R{key}") for key in range(1, 11)]
    pull = pull_of(FakeConnector(records=records))
    with frozen(NOW + timedelta(minutes=1)):
        summary = run_load(Context(refusing), pull, mode, Window())  # type: ignore[arg-type]
    assert (summary.outcome, summary.totals.new, summary.totals.quarantined) == ("partial", 8, 2)
    assert summary.reasons == {"store_refused": 2}
    held = rows(refusing, "SELECT record_key, reason, payload FROM quarantine ORDER BY 1")
    assert [(key, reason) for key, reason, _ in held] == [
        ("3", "store_refused"), ("8", "store_refused"),
    ]  # fmt: skip
    assert '"sn": "BAD"' in held[0][2]
    assert summary.watermark_at == NOW


def test_a_store_that_refuses_everything_is_a_fault_and_quarantines_nothing(
    refusing: Engine,
) -> None:
    records = [step_record(key, sn=f"BAD{key}") for key in range(MOST + 30)]
    with frozen(NOW + timedelta(minutes=1)):
        summary = run_load(
            Context(refusing), pull_of(FakeConnector(records=records)), "poll", Window()
        )
    assert (summary.outcome, type(summary.error)) == ("failed", BatchRefused)
    assert rows(refusing, "SELECT count(*) FROM quarantine") == [(0,)]
