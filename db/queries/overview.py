"""All plants at a glance: of each, the part of its wall that says how it is doing."""

from datetime import datetime
from typing import TypedDict

from sqlmodel import Session

from db.queries.first_pass import first_pass
from db.queries.fresh import freshness, sources_of
from db.queries.output import no_score, score, shift_output
from db.queries.plants import home, plant_shape, plants
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.shapes import (
    FirstPassShape,
    FreshShape,
    OpenStopShape,
    PartStopShape,
    PlantShape,
    ScoreShape,
    ShiftShape,
)
from db.queries.shifts import following, preceding, running, shift_shape, shifts_around
from db.queries.stations import open_stop, stations_now
from db.queries.stops import stop_shapes, stops


class OverviewShape(TypedDict):
    """One plant in the list of all; fields as in WallShape, `first_stop` its earliest part stop."""

    plant: PlantShape
    shift: ShiftShape | None
    next_shift: ShiftShape | None
    freshness: FreshShape
    score: ScoreShape
    first_pass: FirstPassShape
    open_stop: OpenStopShape | None
    first_stop: PartStopShape | None


def overview(session: Session, at: datetime, scope: Scope = EVERY_PLANT) -> list[OverviewShape]:
    """The plants of the scope, in display order, each at the instant `at`."""
    return [_glance(session, shape["code"], at, scope) for shape in plants(session, scope)]


def _glance(session: Session, plant: str, at: datetime, scope: Scope) -> OverviewShape:
    own = home(session, plant, scope)
    shifts = shifts_around(session, plant, at)
    shift = running(shifts, at)
    shown = shift or preceding(shifts, at)
    return OverviewShape(
        plant=plant_shape(own.plant),
        shift=shift_shape(shift, own.zone),
        next_shift=shift_shape(following(shifts, at), own.zone),
        freshness=freshness(sources_of(session, plant), at)["page"],
        score=score(shift_output(session, own, shown), at, own.limits) if shown else no_score(),
        first_pass=first_pass(session, own, at),
        open_stop=open_stop(stations_now(session, own, at)),
        first_stop=next(iter(stop_shapes(session, own, stops(session, own, at)[:1], at)), None),
    )
