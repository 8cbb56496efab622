"""What the throughput page asks the store: which plant is furthest behind, and the page itself."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from db.clock import utc_now
from db.queries.flow import flow
from db.queries.flow_shapes import FlowFilter, FlowShape
from db.queries.output import score, shift_output
from db.queries.plants import home
from db.queries.scope import Scope
from db.queries.shifts import running, shifts_around


class Behind(NamedTuple):
    """The plant furthest behind its plan in the shift that runs; "" when none is."""

    plant: str
    racks: float


def furthest_behind(session: Any, scope: Scope, plants: Sequence[str]) -> Behind:
    """Which of some plants lacks most racks now, as their walls say it."""
    now = utc_now()
    worst = Behind("", 0.0)
    for plant in plants:
        own = home(session, plant, scope)
        shift = running(shifts_around(session, plant, now), now)
        if shift is None:
            continue
        difference = score(shift_output(session, own, shift), now, own.limits)["difference"]
        if difference is not None and -difference > max(0.5, worst.racks):
            worst = Behind(plant, -difference)
    return worst


def flow_page(session: Any, scope: Scope, asked: FlowFilter) -> FlowShape:
    """The throughput page."""
    return flow(session, scope, asked)
