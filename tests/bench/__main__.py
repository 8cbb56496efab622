"""Prints every benchmark's figures beside their goals: `python -m tests.bench [names] [--rows N]`.

Exits with 1 when a figure misses what it must reach. Run it on a machine with nothing else to do.
"""

import argparse
import sys

from tests.bench import (
    attribution,
    capacity,
    commit_order,
    dlt_peer,
    files,
    ingest,
    lag,
    lease,
    live,
    material,
    pages,
    polls,
    reconcile,
    sources,
    tiles,
    yields,
)
from tests.bench.figures import Bench

BENCHES: dict[str, Bench] = {
    "ingest": ingest.measure,
    "dlt": dlt_peer.measure,
    "live": live.measure,
    "polls": polls.measure,
    "tiles": tiles.measure,
    "lag": lag.measure,
    "lease": lease.measure,
    "reconcile": reconcile.measure,
    "commit_order": commit_order.measure,
    "yields": yields.measure,
    "attribution": attribution.measure,
    "material": material.measure,
    "capacity": capacity.measure,
    "pages": pages.measure,
    "sources": sources.measure,
    "files": files.measure,
}


def main() -> int:
    """Run the named benchmarks, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], metavar=" | ".join(BENCHES))
    parser.add_argument(
        "--rows", type=int, default=100_000, help="rows to load; the tiles write 3 N units"
    )
    asked = parser.parse_args()
    missed = 0
    for name in asked.names or BENCHES:
        print(f"-- {name}", flush=True)
        for figure in BENCHES[name](asked.rows):
            print(figure.line(), flush=True)
            missed += figure.is_missed
    print(f"{missed} figures missed" if missed else "every figure holds")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
