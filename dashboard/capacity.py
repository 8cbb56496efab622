"""What the capacity page asks the store."""

from typing import Any

from db.clock import utc_now
from db.queries.capacity_ledger import Capacities, capacities
from db.queries.scope import Scope


def capacity(session: Any, scope: Scope) -> Capacities:
    """The ledger of all plants in scope as of now; computed once for all viewers."""
    return capacities(session, utc_now(), scope)
