"""What a poll costs that finds nothing new, over a kept connection to a plant's database."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from etl.publish import publish
from etl.pulls import pulls_of, read_plants
from etl.runner import Context, Pull
from etl.sync import poll
from tests.bench.figures import Figure, Goal
from tests.bench.stores import DATABASES, stores
from tests.etl.site import Site

POLLS = 300
GOAL = Goal("<=", 5.0)


def measure(rows: int) -> Iterator[Figure]:
    """CPU per idle poll, with nothing and with 200 records in the overlap that were read before."""
    for database in DATABASES:
        with stores(database) as made, tempfile.TemporaryDirectory() as folder:
            engine = made.new()
            site = Site(Path(folder), "")
            site.add_plant()
            plants = read_plants(site.settings)
            publish(engine, plants)
            context, pull = Context(engine), pulls_of(plants[0])[0]
            yield _idle(database, "idle poll, nothing in the overlap", context, pull)
            for number in range(200):
                site.add_step(f"R{number}")
            yield _idle(database, "idle poll, 200 records in the overlap", context, pull)
            pull.connector.close()
            engine.dispose()


def _idle(database: str, what: str, context: Context, pull: Pull) -> Figure:
    for _ in range(3):
        poll(context, pull)
    started = time.process_time()
    for _ in range(POLLS):
        poll(context, pull)
    return Figure(database, what, (time.process_time() - started) / POLLS * 1e3, GOAL, "ms")
