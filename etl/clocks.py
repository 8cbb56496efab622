"""The stations' clocks: estimated anew each hour, and corrected above their source's bound.

A correction begins after the newest record that was sent, so that what is held stays as it is, and
a record read again comes out as it did before.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, delete
from sqlmodel import Session

from db.clock import utc_now
from db.domain.clocks import Corrections, new_skew_ms
from db.engine import reading
from db.ingest.dialect import storage_errors, table_of
from db.models import ClockCorrection, StationClock
from db.queries.clocks import corrections, estimated
from etl.plant_file import PlantFile, SourceEntry

CLOCKS, CORRECTIONS = table_of(StationClock), table_of(ClockCorrection)
TIMED = frozenset({"unit_step", "test_run", "station_state"})
"""Feeds whose times are those of stations."""


def refresh_clocks(engine: Engine, plant: PlantFile) -> None:
    """Replace a plant's estimates and take up what they call for; raises what the store does."""
    code = plant.plant.code
    bounds = {f"{code}.{entry.feed}": bound_ms(entry) for entry in plant.sources}
    with storage_errors(), reading(engine) as connection, Session(connection) as session:
        found = [row.model_dump() for row in estimated(session, code, utc_now())]
        held = corrections(session, plant=code)
    with storage_errors(), engine.begin() as connection:
        connection.execute(delete(CLOCKS).where(CLOCKS.c.plant == code))
        never = [source for source, bound in bounds.items() if not bound]
        connection.execute(delete(CORRECTIONS).where(CORRECTIONS.c.source.in_(never)))
        if found:
            connection.execute(CLOCKS.insert(), found)
        for one in found:
            _correct(connection, one, held, bounds.get(one["source"], 0))


def _correct(
    connection: Connection,
    clock: Mapping[str, Any],
    held: Mapping[str, Corrections],
    bound: int,
) -> None:
    """Write down the correction that an estimate calls for, if it does."""
    source, station = clock["source"], clock["station"]
    before = held.get(source, {}).get(station, ())
    skew = new_skew_ms(
        clock["skew_ms"], before[-1].skew_ms if before else 0, bound, clock["record_count"]
    )
    if bound and skew is not None:
        connection.execute(
            CORRECTIONS.insert(),
            {
                "source": source,
                "station": station,
                "from_at": clock["newest_at"],
                "plant": clock["plant"],
                "skew_ms": skew,
                "bound_ms": bound,
                "decided_at": clock["estimated_at"],
            },
        )


def bound_ms(entry: SourceEntry) -> int:
    """How far a station's clock may be off before it is corrected; 0 = never."""
    return entry.correct_clock_seconds * 1000 if entry.feed in TIMED else 0


def clocks_of(engine: Engine, source: str, entry: SourceEntry) -> Corrections:
    """The corrections that a source's records are read with."""
    if not bound_ms(entry):
        return {}
    with storage_errors(), reading(engine) as connection, Session(connection) as session:
        return corrections(session, source=source).get(source, {})
