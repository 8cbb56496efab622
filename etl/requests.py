"""What people asked for on a page, done by whoever loads the plant: replays and comparisons.

The plant file is read anew for each: it is what somebody has just mended.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine, select, update

from db.clock import utc_now
from db.engine import reading
from db.errors import RacklineError
from db.ingest import version
from db.ingest.dialect import storage_errors, table_of
from db.models import SourceRequest
from etl.plant_file import PlantFile
from etl.pulls import pulls_of
from etl.reconcile.due import reconcile_now
from etl.replay import replay
from etl.runner import Context, Pull

ASKED = table_of(SourceRequest)


@dataclass(frozen=True, slots=True)
class Request:
    """One open request."""

    id: int
    source: str
    kind: str
    reason: str
    field: str


def do_requests(context: Context, plant: str, plant_file: Callable[[], PlantFile]) -> int:
    """Do what was asked of a plant's sources, oldest first; returns how much it was.

    A request that fails says why and is done all the same. Raises Stopped and what the store
    raises; the request is then done by the next holder of the lease.
    """
    asked = _open_requests(context.engine, plant)
    for request in asked:
        context.check()
        try:
            message, is_well = _done(context, plant_file(), request)
        except RacklineError as error:
            message, is_well = str(error), False
        _note(context.engine, plant, request, message, is_well=is_well)
    return len(asked)


def _done(context: Context, plant: PlantFile, request: Request) -> tuple[str, bool]:
    pull = next((pull for pull in pulls_of(plant) if pull.code == request.source), None)
    if pull is None:
        return f"{request.source} is no enabled source of the plant's file", False
    try:
        return DOES[request.kind](context, pull, request)
    finally:
        pull.connector.close()


def _replay(context: Context, pull: Pull, request: Request) -> tuple[str, bool]:
    done = replay(context, pull, request.reason, request.field if request.reason else None)
    return done.sentence(), done.summary.error is None


def _reconcile(context: Context, pull: Pull, request: Request) -> tuple[str, bool]:
    found = list(reconcile_now(context, pull))
    faults = [one.message for one in found if one.message]
    repaired = sum(one.repaired.new + one.repaired.changed + one.repaired.deleted for one in found)
    return "; ".join([f"{len(found)} days compared, {repaired} rows repaired", *faults]), not faults


DOES: dict[str, Callable[[Context, Pull, Request], tuple[str, bool]]] = {
    "replay": _replay,
    "reconcile": _reconcile,
}
"""Kind of request → what does it; returns what to say and whether it went well."""


def _open_requests(engine: Engine, plant: str) -> list[Request]:
    columns = (ASKED.c.id, ASKED.c.source, ASKED.c.kind, ASKED.c.reason, ASKED.c.field)
    question = select(*columns).where(ASKED.c.plant == plant, ASKED.c.done_at.is_(None))
    with storage_errors(), reading(engine) as connection:
        return [Request(*row) for row in connection.execute(question.order_by(ASKED.c.id))]


def _note(engine: Engine, plant: str, request: Request, message: str, *, is_well: bool) -> None:
    now = utc_now()
    done = {"done_at": now, "message": message, "is_done_well": is_well}
    with storage_errors(), engine.begin() as connection:
        connection.execute(update(ASKED).where(ASKED.c.id == request.id).values(done))
        version.bump(connection, plant, now)
