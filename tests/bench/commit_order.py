"""Rows lost when transactions of a PostgreSQL source commit in another order than they began.

The overlap is 0 here, which is the hardest; plants have one of minutes on top. The plain watermark,
blind to open transactions, is printed for comparison: it is what the cases are made to catch.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing

from tests.bench.figures import Figure, Goal
from tests.bench.stores import DATABASES, Stores, stores
from tests.etl.connectors.commit_order import CASES, HELD_BACK_SECONDS, Source, run_case

NONE_LOST = Goal("<=", 0)


def measure(row_count: int) -> Iterator[Figure]:
    """Lost rows of each case, and what a deletion leaves; `row_count` does not matter here."""
    with stores("postgresql") as sources:
        for database in DATABASES:
            with stores(database) as made:
                yield from _cases(sources, made)
                yield _deletion(sources, made)


def _cases(sources: Stores, made: Stores) -> Iterator[Figure]:
    for name in CASES:
        with ExitStack() as stack:
            ours, plain = (
                stack.enter_context(closing(_source(sources, made, f"{name} {seconds}", seconds)))
                for seconds in (HELD_BACK_SECONDS, 0)
            )
            for source in (ours, plain):
                run_case(source, name)
            lost, of = ours.lost()
            told = f"of {of}; a plain watermark loses {plain.lost()[0]}"
            yield Figure(made.database, f"rows lost, {name}", lost, NONE_LOST, "rows", told)


def _deletion(sources: Stores, made: Stores) -> Figure:
    """What no poll can see: a row that is gone."""
    with closing(_source(sources, made, "deletion", HELD_BACK_SECONDS)) as source:
        source.add_committed()
        source.age()
        source.poll()
        source.delete_one()
        source.poll()
        by_polls = source.left_over()
        source.reconcile()
        told = f"{by_polls} of 1 is left by polls alone"
        left = source.left_over()
    return Figure(
        made.database, "deleted rows left, after reconcile", left, NONE_LOST, "rows", told
    )


def _source(sources: Stores, made: Stores, name: str, horizon_seconds: int) -> Source:
    database = f"{name}_{made.database}".replace(" ", "_")
    return Source(sources.new_database(database), made.new(), horizon_seconds)
