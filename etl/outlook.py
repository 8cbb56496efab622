"""When a plant's material outlook is computed anew: at the end of each load that changed what it
is made of, and by the clock.

A calculation that fails fails no load: the failure is recorded, and the last good outlook stays.
"""

import json
import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine
from sqlmodel import Session, col, select

from db.clock import utc_now
from db.domain.material.results import FORMULA_VERSION
from db.engine import reading
from db.errors import RacklineError
from db.ingest.outlook import note_outlook_failure, store_outlook
from db.models import MaterialOutlook, Plant, Source
from db.queries.outlook import compute_outlook
from db.queries.plants import business_date

MADE_OF = frozenset({"stock", "receipt", "plan_hour", "build", "bom", "part"})
"""Feeds whose news change the outlook at once."""
NEEDED = ("stock", "receipt", "plan_hour", "bom")
"""Feeds that are loaded once before anything is told: half of the facts would look like need."""
OLDEST = timedelta(hours=1)
"""Measured yield moves with every rack: an outlook is not left to grow older than this."""

log = logging.getLogger(__name__)


def refresh_outlook(engine: Engine, plant: str, load_id: int | None, source: str = "") -> bool:
    """Compute and store the outlook of a plant; False when there was none to store.

    `source` is the one whose first load is just ending. Raises nothing but what the store does.
    """
    at = utc_now()
    try:
        with _snapshot(engine) as connection, Session(connection) as session:
            if not _is_loaded(session, plant, source):
                return False
            shape = compute_outlook(session, plant, at)
    except Exception as error:  # a fault of the calculation is no fault of the load
        text = str(error) if isinstance(error, RacklineError) else repr(error)
        log.exception("%s: the material outlook could not be computed", plant)
        note_outlook_failure(engine, plant, text)
        return False
    return store_outlook(
        engine,
        plant,
        as_of_at=at,
        load_id=load_id,
        formula_version=shape["formula_version"],
        payload=json.dumps(shape, separators=(",", ":"), ensure_ascii=False),
    )


def follow_load(engine: Engine, plant: str, load_id: int, source: str) -> None:
    """Refresh the outlook after a load; a store that is busy has to wait for the next one."""
    try:
        refresh_outlook(engine, plant, load_id, source)
    except RacklineError as error:
        log.warning("%s: the material outlook waits for the store: %s", plant, error)


def refresh_when_old(engine: Engine, plant: str) -> bool:
    """Compute the outlook when it is an hour old, of another business date or of old formulas."""
    now = utc_now()
    with reading(engine) as connection, Session(connection) as session:
        is_due = _is_due(session, plant, now)
    return is_due and refresh_outlook(engine, plant, None)


def _snapshot(engine: Engine) -> Connection:
    """A connection that reads one moment of the store, and waits for no writer."""
    if engine.dialect.name == "postgresql":
        return engine.connect().execution_options(isolation_level="REPEATABLE READ")
    return reading(engine)


def _is_due(session: Session, plant: str, now: datetime) -> bool:
    held = session.get(MaterialOutlook, plant)
    if held is None or held.as_of_at is None:
        return session.get(Plant, plant) is not None
    if now - held.as_of_at >= OLDEST or held.formula_version != FORMULA_VERSION:
        return True
    return business_date(session, plant, now) != business_date(session, plant, held.as_of_at)


def _is_loaded(session: Session, plant: str, source: str) -> bool:
    """Whether the plant has the feeds an outlook needs, each loaded once."""
    states = dict(
        session.exec(
            select(Source.feed, Source.state).where(
                Source.plant == plant,
                col(Source.feed).in_(NEEDED),
                col(Source.is_enabled),
                Source.code != source,
            )
        ).all()
    )
    states.setdefault(source.rpartition(".")[2], "ok")
    return all(states.get(feed, "new") != "new" for feed in NEEDED)
