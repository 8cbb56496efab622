"""The stations' clocks, estimated anew each hour and kept for the health page."""

from sqlalchemy import Engine, delete
from sqlmodel import Session

from db.clock import utc_now
from db.engine import reading
from db.ingest.dialect import storage_errors, table_of
from db.models import StationClock
from db.queries.clocks import estimated

CLOCKS = table_of(StationClock)


def refresh_clocks(engine: Engine, plant: str) -> None:
    """Replace the estimates of a plant; raises what the store does."""
    with storage_errors(), reading(engine) as connection, Session(connection) as session:
        found = [row.model_dump() for row in estimated(session, plant, utc_now())]
    with storage_errors(), engine.begin() as connection:
        connection.execute(delete(CLOCKS).where(CLOCKS.c.plant == plant))
        if found:
            connection.execute(CLOCKS.insert(), found)
