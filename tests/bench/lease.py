"""How long nothing is loaded after the live scheduler was killed: kill -9 to the next one's load.

Two `python -m etl` run over one store; the one that holds the plant's lease is killed, a new one is
started to stand by, and so on. A row is written in the plant's system right after each kill.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from sqlalchemy import Engine, text

from db.engine import make_engine
from etl.scheduler import LEASE_SECONDS, TAKE_SECONDS
from tests.bench.figures import Figure, Goal
from tests.bench.lag import WARM_UP_SECONDS, Arrivals, scheduled
from tests.bench.stores import DATABASES, stores
from tests.etl.site import Site

KILLS = 5
SETTLE_SECONDS = 4.3
"""For the newcomer to stand by; no multiple of the renewals, so that kills fall anywhere."""
GOAL = Goal("<=", 5, 2)
HOLDER = "SELECT holder FROM lease WHERE name = 'etl.mp'"


def measure(row_count: int) -> Iterator[Figure]:
    """The gap after a leader's death; `row_count` does not matter here."""
    for database in DATABASES:
        with stores(database) as made, tempfile.TemporaryDirectory() as folder:
            site = Site(Path(folder), made.new_url())
            site.add_plant()
            engine = make_engine(site.database_url)
            with closing(Arrivals(site.database_url)) as arrivals:
                gaps = _gaps(site, engine, arrivals)
            engine.dispose()
            told = (
                f"median {statistics.median(gaps):.1f} s of {len(gaps)}; "
                f"lease {LEASE_SECONDS[database]:g} s, asked for each {TAKE_SECONDS:g} s"
            )
            yield Figure(
                database, "leader killed to next load, longest", max(gaps), GOAL, "s", told
            )


def _gaps(site: Site, engine: Engine, arrivals: Arrivals) -> list[float]:
    gaps = []
    with ExitStack() as stack:
        alive = {}
        for _ in range(2):
            process = stack.enter_context(scheduled(site))
            alive[process.pid] = process
        site.add_step("warm-up")
        arrivals.at("warm-up", WARM_UP_SECONDS)
        for number in range(KILLS):
            time.sleep(SETTLE_SECONDS)
            leader = alive.pop(_leader(engine))
            leader.kill()
            leader.wait()
            killed_at = time.monotonic()
            site.add_step(f"K{number}")
            process = stack.enter_context(scheduled(site))
            alive[process.pid] = process
            gaps.append(arrivals.at(f"K{number}", WARM_UP_SECONDS) - killed_at)
    return gaps


def _leader(engine: Engine) -> int:
    with engine.connect() as connection:
        holder = connection.execute(text(HOLDER)).scalar_one()
    return int(holder.rpartition(":")[2])
