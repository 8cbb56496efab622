"""`python -m tests.torture`: the machine of tests/etl/reconcile at length, on both databases."""

import sys
import time
from functools import partial

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.bench.stores import DATABASES, stores
from tests.etl.reconcile.machine import Ours, machine
from tests.etl.reconcile.test_due_machine import CI

HISTORIES, STEPS = 5_000, 50


def main() -> int:
    """Run it; a counterexample ends it with its steps."""
    long = settings(CI, derandomize=False, max_examples=HISTORIES, stateful_step_count=STEPS)
    for database in DATABASES:
        with stores(database) as made:
            engine, began = made.new(), time.monotonic()
            run_state_machine_as_test(machine(partial(Ours, engine=engine)), settings=long)
            engine.dispose()
            spent = time.monotonic() - began
            told = f"{database}: no counterexample in {HISTORIES} x {STEPS}, {spent:.0f} s"
            sys.stdout.write(told + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
