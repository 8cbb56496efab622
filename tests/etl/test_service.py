"""Scheduled loads, from plant files to the store: what breaks stays where it broke."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from db import clock
from db.errors import ConfigError, SchemaOutOfDate
from db.ingest.lease import take_lease
from db.models import Load
from db.settings import load_settings
from etl import recovery, scheduler, service
from etl.service import serve
from tests.etl.site import Site

PATIENCE_SECONDS = 40


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Site:
    folder = tmp_path / "site"
    folder.mkdir()
    return Site(folder, database_url)


@contextmanager
def served(site: Site, *codes: str) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=serve, args=(site.settings, codes, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def wait_for(engine: Engine, query: str, wanted: Any) -> None:
    """Wait until the query's first column says so; fails with what it says instead."""
    until = clock.monotonic_seconds() + PATIENCE_SECONDS
    found: list[Any] = []
    while found != wanted and clock.monotonic_seconds() < until:
        threading.Event().wait(0.1)
        with engine.connect() as connection:
            found = list(connection.execute(text(query)).scalars())
    assert found == wanted


SERIALS = "SELECT serial FROM unit_step ORDER BY serial"
STATES = "SELECT code || ' ' || state FROM source ORDER BY code"


def test_a_row_written_in_a_plants_system_reaches_the_store_by_itself(
    site: Site, engine: Engine
) -> None:
    site.add_plant()
    site.add_step("R1")
    with served(site):
        wait_for(engine, SERIALS, ["R1"])
        site.add_step("R2")
        wait_for(engine, SERIALS, ["R1", "R2"])


def test_what_breaks_stays_where_it_broke_and_heals_when_it_is_mended(
    site: Site, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = recovery.Recovery("changed", first_seconds=1, longest_seconds=1)
    table = [
        (kind, quick if found.state == "changed" else found) for kind, found in recovery.RECOVERIES
    ]
    monkeypatch.setattr(recovery, "RECOVERIES", table)
    site.add_plant("mp", systems=["mes"])
    site.add_plant("oh")
    site.add_step("R2", "oh")
    site.run("oh", "mes", "ALTER TABLE step RENAME COLUMN result TO outcome")
    site.add_step("R1", "mp")
    site.add_part("P1", "oh")
    with served(site):
        wait_for(
            engine,
            STATES,
            ["mp.part retrying", "mp.unit_step ok", "oh.part ok", "oh.unit_step changed"],
        )
        wait_for(engine, SERIALS, ["R1"])
        message = "SELECT message FROM source WHERE code = 'oh.unit_step'"
        with engine.connect() as connection:
            said = connection.execute(text(message)).scalar_one()
        assert "gone: result" in said
        assert "not mapped: outcome" in said
        site.run("oh", "mes", "ALTER TABLE step RENAME COLUMN outcome TO result")
        site.run("mp", "erp", "CREATE TABLE part (id, name, edited)")
        wait_for(engine, STATES, ["mp.part ok", "mp.unit_step ok", "oh.part ok", "oh.unit_step ok"])


@pytest.fixture
def quick_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(scheduler, "TAKE_SECONDS", 0.1)


@pytest.mark.usefixtures("quick_lease")
def test_plants_can_be_shared_out_and_a_second_scheduler_of_one_waits(
    site: Site, engine: Engine
) -> None:
    site.add_plant("mp")
    site.add_plant("oh")
    holders = "SELECT name FROM lease WHERE expires_at > '2026-01-01' ORDER BY name"
    with served(site, "mp"):
        wait_for(engine, holders, ["etl.mp"])
        with served(site):
            wait_for(engine, holders, ["etl.mp", "etl.oh"])
            with engine.connect() as connection:
                tokens = connection.execute(text("SELECT token FROM lease ORDER BY name"))
                assert list(tokens.scalars()) == [1, 1]


def test_old_loads_that_brought_nothing_are_pruned_by_the_running_scheduler(
    site: Site, engine: Engine
) -> None:
    site.add_plant()
    with Session(engine) as session:
        for outcome, new_count in (("stopped", 0), ("ok", 1)):
            told = {
                "mode": "poll",
                "outcome": outcome,
                "started_at": datetime(2020, 1, 1, tzinfo=UTC),
            }
            session.add(Load(source="mp.unit_step", plant="mp", new_count=new_count, **told))
        session.commit()
    old = "SELECT outcome FROM load WHERE started_at < '2021-01-01' ORDER BY outcome"
    with served(site):
        wait_for(engine, old, ["ok"])


def test_nothing_is_started_with_an_unknown_plant(site: Site) -> None:
    site.add_plant("mp")
    with pytest.raises(ConfigError, match="plant = 'zz'; allowed: one of mp"):
        serve(site.settings, ["zz"], threading.Event())


def test_nothing_is_started_on_an_old_schema(site: Site, tmp_path: Path) -> None:
    site.add_plant("mp")
    site.database_url = f"sqlite:///{tmp_path}/old.sqlite3"
    with pytest.raises(SchemaOutOfDate, match="Run: rackline migrate"):
        serve(site.settings, [], threading.Event())


def test_a_second_signal_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers: dict[int, Callable[[int, object], None]] = {}
    codes: list[int] = []
    monkeypatch.setattr(service.signal, "signal", handlers.__setitem__)
    monkeypatch.setattr(service.os, "_exit", codes.append)
    stop = threading.Event()
    service.stop_on_signals(stop)
    handlers[15](15, None)
    assert (stop.is_set(), codes) == (True, [])
    handlers[15](15, None)
    assert codes == [143]


def test_a_source_that_hangs_does_not_keep_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    monkeypatch.setattr(service.signal, "signal", lambda *_: None)
    monkeypatch.setattr(service.os, "_exit", codes.append)
    for is_clean, wanted in ((True, []), (False, [0])):
        monkeypatch.setattr(service, "serve", lambda *_, clean=is_clean: clean)
        service.run(load_settings(), [])
        assert codes == wanted


def process_of(site: Site) -> "subprocess.Popen[str]":
    """`python -m etl` of the site, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "etl"],
        env=os.environ | site.environment,
        cwd=Path(service.__file__).parents[1],
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_one_machine_a_killed_schedulers_plants_are_taken_over_without_waiting(
    site: Site, engine: Engine
) -> None:
    site.add_plant()
    site.add_step("R1")
    process, standby = process_of(site), scheduler.Lease(engine, "etl.mp", "standby")
    try:
        wait_for(engine, SERIALS, ["R1"])
        assert not standby.take()
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)
    with engine.begin() as connection:
        connection.execute(text("UPDATE lease SET expires_at = '2999-01-01 00:00:00.000000'"))
    assert standby.take()
    assert standby.token == 2
    standby.release()


def test_sigterm_ends_the_process_and_gives_the_lease_back(site: Site, engine: Engine) -> None:
    site.add_plant()
    site.add_step("R1")
    process = process_of(site)
    try:
        wait_for(engine, SERIALS, ["R1"])
    finally:
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert "etl.mp: live with 8 slots, lease token 1" in said
    assert take_lease(engine, "etl.mp", "next", 10) == 2


def test_a_configuration_that_cannot_be_used_ends_the_process_with_2(site: Site) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "etl"],
        env=os.environ | site.environment,
        cwd=Path(service.__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 2
    assert "nothing was started" in found.stderr
