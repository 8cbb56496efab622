"""What the material pages ask the store: the outlooks in scope, and what they say together."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from db.clock import utc_now
from db.queries.findings import held_back
from db.queries.moves import moves, named_differently
from db.queries.outlook import held_outlooks, transport_days
from db.queries.outlook_shapes import FindingShape, HeldBackShape, MoveShape, StoredOutlook
from db.queries.part import part_detail
from db.queries.part_shapes import PartDetailShape
from db.queries.plants import plant_names
from db.queries.scope import Scope


class Material(NamedTuple):
    """Stored outlooks by plant, moves between them, parts that plants name differently, and rows
    that wait in quarantine."""

    held: list[StoredOutlook]
    moves: list[MoveShape]
    differing: list[FindingShape]
    waiting: Sequence[HeldBackShape] = ()


def material(session: Any, scope: Scope) -> Material:
    """Everything the shortages page is made of; computed once for all viewers."""
    held = held_outlooks(session, scope)
    outlooks = [one["outlook"] for one in held]
    names = plant_names(session, scope)
    hints = moves(outlooks, transport_days(session, scope), names)
    return Material(held, hints, named_differently(outlooks, names), held_back(session, scope))


def part(session: Any, scope: Scope, number: str) -> PartDetailShape:
    """Everything about one part as of now."""
    return part_detail(session, number, utc_now(), scope)
