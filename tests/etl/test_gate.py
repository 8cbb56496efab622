"""Bulk writers pass the gate one at a time on SQLite; PostgreSQL has none."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from etl.gate import BREATH_SECONDS, gate_of, open_gate

PATIENCE_SECONDS = 20


@contextmanager
def in_thread(engine: Engine, entered: threading.Event) -> Iterator[None]:
    def enter() -> None:
        with gate_of(engine, lambda seconds: None)(False):
            entered.set()

    thread = threading.Thread(target=enter)
    thread.start()
    yield
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()


def test_one_bulk_writer_at_a_time_where_the_store_has_one_writer(engine: Engine) -> None:
    is_sqlite = engine.dialect.name == "sqlite"
    gate, entered = gate_of(engine, lambda seconds: None), threading.Event()
    assert (gate is open_gate) is not is_sqlite
    with in_thread(engine, entered):
        pass
    assert entered.is_set()
    entered.clear()
    with gate(False):
        holding = in_thread(engine, entered)
        holding.__enter__()
        assert entered.wait(0.3) is not is_sqlite
    holding.__exit__(None, None, None)
    assert entered.is_set()


def test_history_leaves_a_breath_before_the_gate_opens_again(engine: Engine) -> None:
    waited: list[float] = []
    with gate_of(engine, waited.append)(True):
        assert waited == []
    assert waited == ([BREATH_SECONDS] if engine.dialect.name == "sqlite" else [])
