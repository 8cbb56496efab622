"""`python -m dashboard` as a process on a real store: it starts, follows commits, and stops."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from db.clock import utc_now
from db.models import Plant, PlantVersion
from tests.dashboard.test_snapshot import payload


@pytest.fixture
def plant(engine: Engine) -> str:
    """A plant that has just been brought in."""
    row = Plant(
        code="mp", name="Mount Pleasant", city="Mount Pleasant", state="WI",
        zone="America/Chicago", zone_label="CT",
    )  # fmt: skip
    with Session(engine) as session:
        session.add(row)
        session.add(PlantVersion(plant="mp", version=1, changed_at=utc_now()))
        session.commit()
    return "mp"


def start(url: str) -> tuple[subprocess.Popen[str], str]:
    """The web process on the store at `url`, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "RACKLINE_DATABASE_URL": url, "RACKLINE_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard"], env=environment, stderr=subprocess.PIPE, text=True
    )
    return process, f"http://127.0.0.1:{port}"


@contextmanager
def serving(url: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """A ready web process; killed afterwards if it still runs."""
    process, address = start(url)
    try:
        with httpx.Client(base_url=address, timeout=20) as client:
            while not is_ready(client):
                assert process.poll() is None, process.stderr and process.stderr.read()
                time.sleep(0.1)
            yield process, client
    finally:
        process.kill()
        process.communicate()


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def test_a_commit_reaches_an_open_wall_and_open_walls_do_not_hold_a_stop(
    engine: Engine, database_url: str, plant: str
) -> None:
    with serving(database_url) as (process, client), client.stream("GET", "/live/mp") as stream:
        lines = stream.iter_lines()
        snapshot = next(line for line in lines if '"blocks"' in line)
        assert payload(snapshot.encode())["blocks"]["plant"]["name"] == "Mount Pleasant"
        with Session(engine) as session:
            session.get_one(PlantVersion, "mp").version = 2
            session.commit()
        delta = payload(next(line for line in lines if '"base"' in line).encode())
        assert delta["blocks"]["version"] == 2
        assert "plant" not in delta["blocks"]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert process.returncode in (0, -signal.SIGTERM)


def test_the_server_keeps_to_itself_what_it_is(database_url: str, plant: str) -> None:
    with serving(database_url) as (_, client):
        page = client.get("/wall/mp")
        assert page.status_code == 200
        assert "server" not in page.headers
        assert client.get("/no/such/page").status_code == 404
        assert client.get("/openapi.json").status_code == 404
        assert client.get("/snap/zz").status_code == 404
        assert client.get("/snap/mp?topic=health").json()["blocks"]["sources"] == []


def test_a_store_of_another_schema_is_refused_with_the_command_that_helps(
    tmp_path: os.PathLike[str],
) -> None:
    process, _ = start(f"sqlite:///{tmp_path}/empty.sqlite3")
    _, told = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "rackline migrate" in told
