"""The live channel: from a commit in the store to the bytes at a client, and what it costs.

The server is `python -m dashboard` as it is run in production, in a process of its own; the viewers
are plain sockets here. The naive page is measured in the same run on the same store.
"""

import asyncio
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import Connection, Engine, event, text

from db.clock import utc_now
from db.engine import make_engine
from db.ingest.write import write_batch
from db.settings import Settings
from etl.publish import publish
from etl.registry import load_plants
from tests.bench.figures import Figure, Goal
from tests.bench.naive_page import GRAPHS
from tests.bench.stores import DATABASES, stores
from tests.builders import batch, step

VIEWERS, MANY_VIEWERS = 100, 1000
UPDATES, NAIVE_UPDATES, NAIVE_WARM_UP = 20, 60, 5
CPU_GOAL, BYTES_GOAL = Goal(">=", 200, 500), Goal(">=", 40, 80)
STEPS = 2000
NO_SYSTEMS = dict.fromkeys(("PLANT_DATA", "RACKLINE_TX_PORT", "RACKLINE_TX_TOKEN"), "1")
"""The plants' own systems are not asked for anything here."""
VERSION = re.compile(rb'"version":(\d+)')


@dataclass
class Seen:
    """When each version was committed, when the viewers had it, and what they were sent."""

    committed: dict[int, float] = field(default_factory=dict)
    arrived: list[tuple[int, float]] = field(default_factory=list)
    byte_count: int = 0
    cpu_seconds: float = 0.0

    @property
    def delays(self) -> list[float]:
        """Seconds from a commit to a viewer, for each update of each viewer."""
        return [at - self.committed[of] for of, at in self.arrived if of in self.committed]


def measure(row_count: int) -> Iterator[Figure]:
    """All live figures on both databases; `row_count` does not matter here."""
    for database in DATABASES:
        with stores(database) as made:
            url = made.new_url()
            engine = make_engine(url)
            _fill(engine)
            yield from _measure_on(database, url, engine)
            engine.dispose()


def _measure_on(database: str, url: str, engine: Engine) -> Iterator[Figure]:
    with served(["-m", "dashboard"], url) as (port, process):
        few = asyncio.run(_watch(port, process, engine, VIEWERS))
        before = _memory_kb(process)
        many = asyncio.run(_watch(port, process, engine, MANY_VIEWERS))
        grown = (_memory_kb(process) - before) / MANY_VIEWERS
    with served(["-m", "tests.bench.naive_page", url], url) as (port, process):
        naive_cpu, naive_bytes = asyncio.run(_poll(port, process))
    yield _delay(database, few)
    yield _delay(database, many)
    updates = len(many.delays)
    cpu, size = many.cpu_seconds / updates, many.byte_count / updates
    told = f"{naive_cpu * 1e3:.1f} ms against {cpu * 1e6:.0f} µs, {MANY_VIEWERS} viewers"
    yield Figure(
        database, "naive page's CPU per update / ours", naive_cpu / cpu, CPU_GOAL, "x", told
    )
    told = f"{naive_bytes:.0f} against {size:.0f}"
    yield Figure(
        database, "naive page's bytes per update / ours", naive_bytes / size, BYTES_GOAL, "x", told
    )
    yield Figure(database, "server memory per viewer", grown, Goal("<=", 32), "kB")


def _delay(database: str, seen: Seen) -> Figure:
    delays = [1000 * delay for delay in seen.delays]
    viewers = len(delays) // len(seen.committed)
    p95 = statistics.quantiles(delays, n=20)[-1]
    told = f"median {statistics.median(delays):.0f} ms, {len(delays)} received"
    goal = Goal("<=", 300, 150) if viewers <= VIEWERS else None
    return Figure(database, f"commit to client p95, {viewers} viewers", p95, goal, "ms", told)


def _fill(engine: Engine) -> None:
    """The plants of the demonstration and a day of racks at Mount Pleasant."""
    publish(engine, load_plants(Settings().plants_dir, NO_SYSTEMS))
    rows = [
        step(
            source_key=str(number),
            serial=f"R{number}",
            line=f"L{number % 2 + 1}",
            operation="FINAL",
            station=f"L{number % 2 + 1}-FINAL",
            started_at=utc_now() - timedelta(minutes=number / 2 + 30),
            ended_at=utc_now() - timedelta(minutes=number / 2),
        )
        for number in range(1, STEPS)
    ]
    write_batch(engine, batch(*rows))


@contextmanager
def served(command: list[str], url: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A server over the store at `url` as a process of its own: its port, and the process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"RACKLINE_DATABASE_URL": url, "RACKLINE_PORT": str(port)}
    naive_port = [str(port)] if len(command) > 2 else []
    process = subprocess.Popen(
        [sys.executable, *command, *naive_port],
        env={**os.environ, **settings, "RACKLINE_LOG_LEVEL": "ERROR"},
    )
    try:
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/", timeout=10)
                break
            except httpx.TransportError:
                if process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield port, process
    finally:
        process.kill()
        process.wait()


async def _watch(
    port: int, process: subprocess.Popen[bytes], engine: Engine, viewer_count: int
) -> Seen:
    """Commit once a second before that many viewers."""
    seen, commits = Seen(), list[float]()

    def note(connection: Connection) -> None:
        commits.append(time.perf_counter())

    event.listen(engine, "commit", note)
    viewers = [asyncio.create_task(_view(port, seen)) for _ in range(viewer_count)]
    await asyncio.sleep(3 + viewer_count / 200)
    seen.byte_count, seen.cpu_seconds = 0, -_cpu_seconds(process)
    for _ in range(UPDATES):
        version = await asyncio.to_thread(_commit, engine)
        seen.committed[version] = commits[-1]
        await asyncio.sleep(1)
    seen.cpu_seconds += _cpu_seconds(process)
    event.remove(engine, "commit", note)
    for viewer in viewers:
        viewer.cancel()
    await asyncio.gather(*viewers, return_exceptions=True)
    return seen


def _commit(engine: Engine) -> int:
    """A rack comes off line 1; returns the plant's version that says so."""
    key = f"live{time.monotonic_ns()}"
    now = utc_now()
    row = step(
        source_key=key, serial=key, line="L1", operation="FINAL", station="L1-FINAL",
        started_at=now - timedelta(minutes=30), ended_at=now,
    )  # fmt: skip
    write_batch(engine, batch(row))
    with engine.connect() as connection:
        asked = text("SELECT version FROM plant_version WHERE plant = 'mp'")
        return int(connection.execute(asked).scalar_one())


async def _view(port: int, seen: Seen) -> None:
    """One wall: reads for ever and notes when a version arrived."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /live/mp HTTP/1.1\r\nHost: bench\r\n\r\n")
    while chunk := await reader.read(65536):
        now = time.perf_counter()
        seen.byte_count += len(chunk)
        seen.arrived.extend((int(version), now) for version in VERSION.findall(chunk))
    writer.close()


async def _poll(port: int, process: subprocess.Popen[bytes]) -> tuple[float, float]:
    """CPU seconds and bytes per update of the naive page, asked by ten viewers in turn."""
    outputs = [{"id": name, "property": "figure"} for name in GRAPHS]
    body = {
        "output": ".." + "...".join(f"{name}.figure" for name in GRAPHS) + "..",
        "outputs": outputs,
        "inputs": [{"id": "tick", "property": "n_intervals", "value": 1}],
        "changedPropIds": ["tick.n_intervals"],
        "state": [],
    }
    size = 0
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        for number in range(NAIVE_WARM_UP + NAIVE_UPDATES):
            if number == NAIVE_WARM_UP:
                size, began = 0, _cpu_seconds(process)
            answer = await client.post("/_dash-update-component", json=body)
            size += len(answer.raise_for_status().content)
    return (_cpu_seconds(process) - began) / NAIVE_UPDATES, size / NAIVE_UPDATES


def _memory_kb(process: subprocess.Popen[bytes]) -> float:
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


def _cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
