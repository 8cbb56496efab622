"""Who is asking, and which plants they may see. Pages, live routes and snapshots all ask here."""

from dash.backends._fastapi import get_current_request
from starlette.requests import HTTPConnection

from db.queries.scope import EVERY_PLANT, Scope


def scope_of(connection: HTTPConnection) -> Scope:
    """The plants this viewer may see: all, until sign-in exists (we listen on localhost)."""
    return EVERY_PLANT


def callback_scope() -> Scope:
    """The plants the viewer behind the running Dash callback may see."""
    return scope_of(get_current_request())
