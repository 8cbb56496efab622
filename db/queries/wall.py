"""Everything one plant's wall shows, from one reading of the store."""

import json
from datetime import datetime

from sqlmodel import Session

from db.models import MaterialOutlook
from db.queries.first_pass import first_pass
from db.queries.fresh import add_outlook_age, backfill, freshness, sources_of
from db.queries.output import hours, next_rack, no_score, score, shift_output
from db.queries.plants import Home, home, iso, plant_shape
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.shapes import FreshShape, PartStopShape, WallShape
from db.queries.shifts import following, preceding, running, shift_shape, shifts_around
from db.queries.stations import open_stop, stations_now, strip
from db.queries.stops import part_stops

STOPS_SHOWN = 5


def wall(session: Session, plant: str, at: datetime, scope: Scope = EVERY_PLANT) -> WallShape:
    """One plant at the instant `at`; raises NotInScope.

    Between shifts `shift` is None, `hours` is empty and `score` is that of the shift that ended
    last, whole. Without a plan all its figures but `done` are None. Whoever sends the wall on to
    many viewers checks their scope himself; else pass it here.
    """
    own = home(session, plant, scope)
    sources = sources_of(session, plant)
    shifts = shifts_around(session, plant, at)
    shift = running(shifts, at)
    shown = shift or preceding(shifts, at)
    output = shift_output(session, own, shown) if shown else None
    stations = stations_now(session, own, at)
    fresh = freshness(sources, at)
    return WallShape(
        plant=plant_shape(own.plant),
        version=own.version,
        read_at=iso(at),
        shift=shift_shape(shift, own.zone),
        next_shift=shift_shape(following(shifts, at), own.zone),
        is_break=shift is not None and shift.is_break(at),
        freshness=fresh,
        score=score(output, at, own.limits) if output else no_score(),
        hours=hours(output, at, own.zone, own.limits) if shift and output else [],
        open_stop=open_stop(stations),
        stages=own.stages,
        lines=strip(own, stations),
        part_stops=_part_stops(session, own, at, fresh["stops"]),
        first_pass=first_pass(session, own, at),
        next_rack=next_rack(session, own, output if shift else None, at),
        backfill=backfill(sources, at),
    )


def _part_stops(
    session: Session, own: Home, at: datetime, fresh: FreshShape
) -> list[PartStopShape]:
    """The next stops of the stored outlook, whose age is the block's when it is the greater."""
    held = session.get(MaterialOutlook, own.code)
    add_outlook_age(fresh, held, at)
    if held is None or not held.payload:
        return []
    return part_stops(json.loads(held.payload), own, at, STOPS_SHOWN)
