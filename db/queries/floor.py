"""Racks on the floor as material sees them: what they have passed, and which are only on paper."""

from datetime import datetime

from sqlmodel import Session

from db.domain.calendar import DAY
from db.domain.material.facts import FloorRack
from db.domain.vocabulary import OperationKind
from db.domain.wip import Rack, ghosts, standing, stays, usual_p95
from db.queries.flow_process import STAYS_DAYS, completed, in_process
from db.queries.flow_racks import by_serial, racks_of, route, scrapped, tracks, visits
from db.queries.plants import Home


def racks_on_floor(session: Session, own: Home, at: datetime) -> tuple[FloorRack, ...]:
    """Racks begun and not completed; a ghost is told by the rule of racks in process."""
    found = tracks(session, own, at - STAYS_DAYS * DAY, at)
    here = in_process(found, at)
    if not here:
        return ()
    lately = completed(found, at - STAYS_DAYS * DAY, at)
    told = visits(session, own, [one.serial for one in (*here, *lately)], at)
    racks = racks_of(by_serial(told), own)
    gone = scrapped(session, own, [one.serial for one in here])
    alive = [one for one in here if one.serial in racks and one.serial not in gone]
    stages = {one.code: one.stage for one in own.operations}
    way = route(session, own, "").codes
    usual = usual_p95(stays(racks[one.serial] for one in lately if one.serial in racks))
    stood = [standing(racks[one.serial], at, stages, way) for one in alive]
    lost = {one.serial for one in ghosts(stood, at, usual)[1]}
    order = [one.code for one in own.operations if one.kind != OperationKind.REPAIR]
    return tuple(
        FloorRack(one.serial, one.product, _passed(racks[one.serial], order), one.serial in lost)
        for one in sorted(alive, key=lambda one: one.serial)
    )


def _passed(rack: Rack, order: list[str]) -> frozenset[str]:
    """Operations begun, and those before them: what was skipped is not come back to."""
    begun = [order.index(stop.operation) for stop in rack.stops if stop.operation in order]
    return frozenset(order[: max(begun, default=-1) + 1])
