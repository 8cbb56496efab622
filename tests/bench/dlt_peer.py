"""The peer: dlt merging the same rows from PostgreSQL into PostgreSQL, in the same run.

dlt is given the finished rows, as typed and complete as ours are when they are written, because it
does not parse: ours reads the plant's own words and times, checks them, keeps three indexes, and
with rollups the hours too; dlt's table has no index. That is the comparison which counts. Printed
beside it, without a goal: dlt merging the plant's own table as it stands, which is no ingest of
ours, for nothing in it is understood: half the columns, all of them text.

dlt is not among Rackline's dependencies. This file is also the script that dlt's own environment
runs: `python dlt_peer.py SOURCE_URL TARGET_URL FOLDER TABLE KEYS` prints the seconds of two passes
as JSON.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

FINISHED = ("unit_step", "source,source_key")
AS_IT_STANDS = ("unit_history", "id")
HOW_TO_INSTALL = """\
dlt not installed: the comparison with dlt was NOT made. To make it:
  python3 -m venv /tmp/dlt && /tmp/dlt/bin/pip install "dlt[postgres]==1.31.0" sqlalchemy pyarrow
  BENCH_DLT_PYTHON=/tmp/dlt/bin/python python -m tests.bench dlt"""


def measure(row_count: int) -> Iterator["Figure"]:
    """Rows a second of ours, without and with rollups, as a multiple of dlt's."""
    python = os.environ.get("BENCH_DLT_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import dlt"], capture_output=True, check=False).returncode:
        print(HOW_TO_INSTALL, flush=True)
        yield Figure("postgresql", "compared with dlt", math.nan, UPKEEPS["delta"][0])
        return
    with tempfile.TemporaryDirectory() as name, stores("postgresql") as made:
        folder = Path(name)
        plant = made.new_database("plant")
        pull = steps_in_postgres(folder, plant, row_count)
        finished = made.new_url()
        for _ in load_raw(make_engine(finished), validated(pull)):
            pass
        ours = {upkeep: seconds_of_load(made, pull, upkeep) for upkeep in UPKEEPS}
        first, again = _dlt_seconds(python, finished, made.new_database("peer"), folder, FINISHED)
        copied, _ = _dlt_seconds(python, plant, made.new_database("copy"), folder, AS_IT_STANDS)
    yield Figure("postgresql", "dlt merge", row_count / first / 1000, unit="k/s")
    for upkeep, (goal, name) in UPKEEPS.items():
        ratio = first / ours[upkeep]
        yield Figure("postgresql", f"whole path {name} / dlt's speed", ratio, goal)
        beside = copied / ours[upkeep]
        yield Figure("postgresql", f"{name} / dlt copying 11 texts", beside)
    yield Figure("postgresql", "dlt's re-pull / its first pass", again / first)


def _dlt_seconds(
    python: str, source_url: str, target_url: str, folder: Path, what: tuple[str, str]
) -> list[float]:
    urls = [url.replace("+psycopg", "") for url in (source_url, target_url)]
    ran = subprocess.run(
        [python, __file__, *urls, str(folder / what[0]), *what],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"the peer failed:\n{ran.stderr[-2000:]}")
    seconds: list[float] = json.loads(ran.stdout.splitlines()[-1])
    return seconds


def run_peer(source_url: str, target_url: str, folder: str, name: str, keys: str) -> list[float]:
    """Pull a table twice with dlt; seconds of each pass. Runs in dlt's own environment."""
    import dlt  # noqa: PLC0415  (this environment has none)
    from dlt.sources.sql_database import sql_table  # noqa: PLC0415
    from sqlalchemy import create_engine  # noqa: PLC0415

    source = create_engine(source_url.replace("postgresql://", "postgresql+psycopg2://"))
    host = target_url.partition("host=")[2]
    database = target_url.partition("?")[0].rpartition("/")[2]
    credentials = f"postgresql://postgres:none@localhost:5432/{database}?host={host}"
    pipeline = dlt.pipeline(
        "peer",
        pipelines_dir=folder,
        destination=dlt.destinations.postgres(credentials),
        dataset_name="peer",
    )
    seconds = []
    for _ in range(2):
        table = sql_table(source, table=name, backend="pyarrow", chunk_size=20_000)
        table.apply_hints(
            primary_key=keys.split(","),
            write_disposition={"disposition": "merge", "strategy": "upsert"},
        )
        began = time.perf_counter()
        pipeline.run(table)
        seconds.append(time.perf_counter() - began)
    return seconds


if __name__ == "__main__":
    print(json.dumps(run_peer(*sys.argv[1:])))
else:
    from db.engine import make_engine
    from tests.bench.figures import Figure, Goal
    from tests.bench.ingest import NAMES, load_raw, seconds_of_load, validated
    from tests.bench.source import steps_in_postgres
    from tests.bench.stores import stores

    UPKEEPS = {
        "deferred": (Goal(">=", 2.0, 2.5), NAMES["deferred"]),
        "delta": (Goal(">=", 1.2, 1.4), NAMES["delta"]),
    }
