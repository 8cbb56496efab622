"""How long records of loads are kept that brought nothing."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, select

from db.engine import reading
from db.ingest.dialect import storage_errors, table_of
from db.models import Load, Source

KEPT = timedelta(days=30)
"""As long as the longest window that people look back over."""
KEPT_RUNS = 48
"""Of each source, however old: what the health page draws."""
DRAWN = ("ok", "partial", "failed")
BROUGHT = ("new", "changed", "deleted", "superseded", "quarantined")
LOAD, SOURCE = table_of(Load), table_of(Source)


def prune_loads(engine: Engine, plant: str, now: datetime) -> int:
    """Remove a plant's older loads that brought nothing; returns how many.

    A load that wrote or held back records stays, for they name it as where they come from.
    """
    question = select(SOURCE.c.code).where(SOURCE.c.plant == plant)
    with storage_errors(), reading(engine) as connection:
        sources = connection.execute(question).scalars().all()
    return sum(_prune(engine, source, now - KEPT) for source in sources)


def _prune(engine: Engine, source: str, before: datetime) -> int:
    """One source's, in a transaction of its own, so that other writers wait for no more."""
    drawn = (
        select(LOAD.c.started_at)
        .where(LOAD.c.source == source, LOAD.c.outcome.in_(DRAWN))
        .order_by(LOAD.c.started_at.desc())
        .offset(KEPT_RUNS - 1)
        .limit(1)
    )
    with storage_errors(), reading(engine) as connection:
        first_drawn_at = connection.execute(drawn).scalar()
    pruned = delete(LOAD).where(
        LOAD.c.source == source,
        LOAD.c.started_at < min(before, first_drawn_at or before),
        LOAD.c.outcome != "running",
        *(LOAD.c[f"{name}_count"] == 0 for name in BROUGHT),
    )
    if first_drawn_at is None:
        pruned = pruned.where(LOAD.c.outcome.not_in(DRAWN))
    with storage_errors(), engine.begin() as connection:
        return connection.execute(pruned).rowcount
