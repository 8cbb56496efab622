"""Who is asking, and which plants they may see. Pages, live routes and snapshots all ask here."""

from starlette.requests import HTTPConnection

from db.queries.scope import Scope

EVERY_PLANT = Scope(plants=None)


def scope_of(connection: HTTPConnection) -> Scope:
    """The plants this viewer may see: all of them, until sign-in exists (we listen on localhost)."""
    return EVERY_PLANT
