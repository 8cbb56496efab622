"""From a commit in a plant's system to the commit in the store, with scheduled loads as they run.

Ten sources (five plants' SQLite systems, two feeds each) are polled each second by one
`python -m etl`. Every source gets a row about once a second, at moments that keep shifting against
the beats. A row has arrived when another connection to the store sees it.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import text

from db.engine import make_engine
from tests.bench.figures import Figure, Goal
from tests.bench.stores import DATABASES, stores
from tests.etl.site import Site

PLANTS = ("p0", "p1", "p2", "p3", "p4")
SECONDS, WARM_UP_SECONDS = 30, 60
POLL_SECONDS = 1.0
LOOK_SECONDS = 0.01
SEED = 7
KEYS = "SELECT serial FROM unit_step UNION ALL SELECT part FROM part"

P95_GOAL, MAX_GOAL = Goal("<=", 1.1), Goal("<=", POLL_SECONDS + 1)


class Arrivals:
    """When each key was first seen in the store, on the monotonic clock."""

    def __init__(self, url: str) -> None:
        self._engine = make_engine(url, is_read_only=True)
        self._at: dict[str, float] = {}
        self._changed, self._stop = threading.Condition(), threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()
        self._engine.dispose()

    def at(self, key: str, patience_seconds: float = 30) -> float:
        """When the key came, waiting for it; raises TimeoutError when it does not."""
        with self._changed:
            if not self._changed.wait_for(lambda: key in self._at, patience_seconds):
                raise TimeoutError(f"{key} did not reach the store in {patience_seconds} s")
            return self._at[key]

    def _look(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            with self._engine.connect() as connection:
                found = connection.execute(text(KEYS)).scalars().all()
            now = time.monotonic()
            with self._changed:
                self._at |= dict.fromkeys(set(found) - self._at.keys(), now)
                self._changed.notify_all()


@contextmanager
def scheduled(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m etl` in a process of its own, killed in the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "etl"],
        env={**os.environ, **site.environment, "RACKLINE_LOG_LEVEL": "ERROR"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def measure(row_count: int) -> Iterator[Figure]:
    """The delay's median, 95th percentile and maximum; `row_count` does not matter here."""
    for database in DATABASES:
        with stores(database) as made, tempfile.TemporaryDirectory() as folder:
            site = Site(Path(folder), made.new_url())
            for code in PLANTS:
                site.add_plant(code)
            with scheduled(site), closing(Arrivals(site.database_url)) as arrivals:
                yield from _figures(database, _delays(site, arrivals))


def _delays(site: Site, arrivals: Arrivals) -> list[float]:
    sources: list[tuple[Callable[[str, str], None], str]] = [
        (add, code) for code in PLANTS for add in (site.add_step, site.add_part)
    ]
    chance = random.Random(SEED)
    for number, (add, code) in enumerate(sources):
        add(f"warm-up {number}", code)
    for number in range(len(sources)):
        arrivals.at(f"warm-up {number}", WARM_UP_SECONDS)
    written: dict[str, float] = {}
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        for add, code in chance.sample(sources, len(sources)):
            key = f"K{len(written)}"
            add(key, code)
            written[key] = time.monotonic()
            time.sleep(chance.uniform(0, 2 * POLL_SECONDS / len(sources)))
    return [arrivals.at(key) - at for key, at in written.items()]


def _figures(database: str, delays: list[float]) -> Iterator[Figure]:
    told = f"{2 * len(PLANTS)} sources in one process, {len(delays)} rows, poll {POLL_SECONDS:g} s"
    p95 = statistics.quantiles(delays, n=20)[-1]
    yield Figure(database, "source to store, median", statistics.median(delays), unit="s")
    yield Figure(database, "source to store, p95", p95, P95_GOAL, "s", told)
    longest = "the goal is the poll interval + 1 s"
    yield Figure(database, "source to store, longest", max(delays), MAX_GOAL, "s", longest)
