"""What the material pages ask the store: the outlooks in scope, and what they say together."""

from typing import Any, NamedTuple

from db.clock import utc_now
from db.queries.moves import moves, named_differently
from db.queries.outlook import held_outlooks, transport_days
from db.queries.outlook_shapes import FindingShape, MoveShape, PartDetailShape, StoredOutlook
from db.queries.part import part_detail
from db.queries.scope import Scope


class Material(NamedTuple):
    """Stored outlooks by plant, moves between them, and parts that plants name differently."""

    held: list[StoredOutlook]
    moves: list[MoveShape]
    differing: list[FindingShape]


def material(session: Any, scope: Scope) -> Material:
    """Everything the shortages page is made of; computed once for all viewers."""
    held = held_outlooks(session, scope)
    outlooks = [one["outlook"] for one in held]
    hints = moves(outlooks, transport_days(session, scope))
    return Material(held, hints, named_differently(outlooks))


def part(session: Any, scope: Scope, number: str) -> PartDetailShape:
    """Everything about one part as of now."""
    return part_detail(session, number, utc_now(), scope)
