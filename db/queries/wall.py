"""Everything one plant's wall shows, from one reading of the store."""

import json
from datetime import datetime

from sqlmodel import Session

from db.domain.held_back import sentence
from db.models import MaterialOutlook
from db.queries.first_pass import first_pass
from db.queries.fresh import FEEDS_OF_BLOCK, add_outlook_age, backfill, freshness, sources_of
from db.queries.outlook_shapes import OutlookShape
from db.queries.output import hours, next_rack, no_score, score, shift_output
from db.queries.plants import home, iso, plant_shape
from db.queries.quarantine import ALWAYS, Span, weakened
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.shapes import FreshShape, WallShape
from db.queries.shifts import following, preceding, running, shift_shape, shifts_around
from db.queries.stations import open_stop, stations_now, strip
from db.queries.stops import about_to_stop_count, part_stops, unknown_stops

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
    passes = first_pass(session, own, at)
    span = (shown.start_at, min(at, shown.end_at)) if shown else (at, at)
    outlook = _outlook(session, plant, at, fresh["stops"])
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
        part_stops=part_stops(outlook, own, at, STOPS_SHOWN) if outlook else [],
        unknown_stops=unknown_stops(outlook) if outlook else [],
        about_to_stop_count=about_to_stop_count(outlook, own, at) if outlook else None,
        first_pass=passes,
        next_rack=next_rack(session, own, output if shift else None, at),
        lacks=_lacks(session, plant, span, passes["excluded_count"]),
        backfill=backfill(sources, at),
    )


def _lacks(session: Session, plant: str, shift: Span, held_runs: int) -> list[str]:
    """What the wall's numbers lack: of the verdicts counted, of the shift shown, of stock."""
    of_shift = (*FEEDS_OF_BLOCK["score"], *FEEDS_OF_BLOCK["stations"])
    shown = dict.fromkeys(FEEDS_OF_BLOCK["stops"], ALWAYS) | dict.fromkeys(of_shift, shift)
    runs = [sentence("test_run", held_runs)] if held_runs else []
    return [*runs, *weakened(session, plant, shown)]


def _outlook(session: Session, plant: str, at: datetime, fresh: FreshShape) -> OutlookShape | None:
    """The stored outlook, whose age is its block's when it is the greater."""
    held = session.get(MaterialOutlook, plant)
    add_outlook_age(fresh, held, at)
    if held is None or not held.payload:
        return None
    outlook: OutlookShape = json.loads(held.payload)
    return outlook
