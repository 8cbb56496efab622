"""Several writers, a full disk, a busy store: nothing is lost, nothing is half written."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from db.engine import make_engine
from db.errors import StorageBusy, StorageFull
from db.ingest import held, postgres
from db.ingest.batch import Batch
from db.ingest.write import write_batch
from db.models import TestRun
from tests.builders import NOON, batch, mark, step, test_run
from tests.db.ingest.oracle import expected, stored, stored_facts

WRITERS, BATCHES = 3, 8


def visits(writer: int, number: int) -> list[Batch]:
    """Steps and runs of units that all writers touch at once; every writer sends step 'shared'."""
    key, at = f"{writer}-{number}", NOON + timedelta(minutes=writer + 7 * number)
    spans = {"started_at": at, "ended_at": at + timedelta(minutes=5), "changed_at": at}
    serial = f"R{number % 2}"
    shared = step(source_key="shared", serial="R0", **spans)
    return [
        batch(step(source_key=key, serial=serial, **spans), shared),
        batch(test_run(source_key=key, serial=serial, verdict="failed", **spans), model=TestRun),
    ]


def test_writers_of_one_plant_wait_for_each_other(engine: Engine) -> None:
    def write(writer: int) -> None:
        for number in range(BATCHES):
            for each in visits(writer, number):
                write_batch(engine, each)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    steps, runs = stored_facts(engine, "mp")
    assert (len(steps), len(runs)) == (WRITERS * BATCHES + 1, WRITERS * BATCHES)
    assert stored(engine, "mp") == expected(steps, runs)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_without_the_plants_lock_two_writers_get_in_each_others_way(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_have_judged = threading.Barrier(2, timeout=20)
    judge = held.judge

    def judge_together(*arguments: Any) -> held.Verdict:
        verdict = judge(*arguments)
        both_have_judged.wait()
        return verdict

    monkeypatch.setattr(postgres, "lock_plant", lambda connection, plant: None)
    monkeypatch.setattr(held, "judge", judge_together)
    shared = [batch(step(), mark=mark()), batch(step(slot="7"), mark=mark())]
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(write_batch, engine, each) for each in shared]
    errors = [ask.exception() for ask in asked]
    assert sorted(type(error).__name__ for error in errors) == ["BatchRefused", "NoneType"]


def test_a_store_held_by_another_is_busy_not_broken(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "LOCK_WAIT_MS", 50)
    impatient = make_engine(database_url)
    if impatient.dialect.name == "sqlite":
        with impatient.connect() as connection:
            connection.execute(text("PRAGMA busy_timeout = 50"))
    with engine.begin() as holder:
        if holder.dialect.name == "postgresql":
            postgres.lock_plant(holder, "mp")
        with pytest.raises(StorageBusy, match=r"rolled back whole: .* It is tried again"):
            write_batch(impatient, batch(step()))
    write_batch(impatient, batch(step()))
    impatient.dispose()
    assert len(stored_facts(engine, "mp")[0]) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_is_named_and_the_batch_rolled_back_whole(engine: Engine) -> None:
    def limit(pages: Callable[[int], int]) -> None:
        with engine.connect() as connection:
            held_pages = connection.execute(text("PRAGMA page_count")).scalar_one()
            connection.execute(text(f"PRAGMA max_page_count = {pages(held_pages)}"))

    rows = [step(source_key=str(n), serial=f"R{n}") for n in range(500)]
    limit(lambda pages: pages + 5)
    with pytest.raises(StorageFull, match="disk is full, the batch was rolled back whole"):
        write_batch(engine, batch(*rows, mark=mark()))
    assert stored_facts(engine, "mp") == ([], [])
    limit(lambda pages: pages + 10_000)
    assert write_batch(engine, batch(*rows, mark=mark())).new == 500


def test_a_store_that_refuses_a_row_is_not_called_busy(engine: Engine) -> None:
    with pytest.raises((IntegrityError, Exception)) as caught:
        write_batch(engine, batch(step(serial=None)))
    assert not isinstance(caught.value, StorageBusy | StorageFull)
