"""What hangs on several parts at once: racks of one stop are never counted twice."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dashboard.components.shortages.rows import Row
from db.queries.outlook_shapes import MoveShape

NEVER = "9"
"""Later than any instant."""


class Risk(NamedTuple):
    """Racks that cannot be built, at least, and their power; `kw` None: not known for all."""

    racks: float
    kw: float | None
    known_kw: float


def at_risk(rows: Iterable[Row]) -> Risk:
    """What cannot be built for lack of these parts, until cover returns.

    Stops that overlap on a line block the same racks: of each such group the part on which most
    racks hang is counted, so that the sum is never too high.
    """
    worst = [max(group, key=_racks) for group in _groups(rows)]
    powers = [row.future["kw_at_risk"] for row in worst]
    known = sum(power for power in powers if power is not None)
    return Risk(sum(map(_racks, worst)), None if None in powers else known, known)


def best_moves(rows: Iterable[Row], moves: Sequence[MoveShape]) -> list[tuple[float, MoveShape]]:
    """For each group of stops that overlap on a line the move that saves most, most saved first.

    Never more racks than hang on the part it brings.
    """
    found = []
    for group in _groups(rows):
        held = {(row.plant["code"], row.part["part"]): _racks(row) for row in group}
        saved = [(min(held[it["to_plant"], it["part"]], it["racks_saved"]), it)
                 for it in moves if (it["to_plant"], it["part"]) in held]  # fmt: skip
        if saved:
            found.append(max(saved, key=lambda one: one[0]))
    return sorted(found, key=lambda one: -one[0])


def _racks(row: Row) -> float:
    return row.future["racks_at_risk"]


def _groups(rows: Iterable[Row]) -> list[list[Row]]:
    """Parts whose stops overlap in time on a line of the same plant, straight or by others."""
    groups: list[list[Row]] = []
    for row in sorted((row for row in rows if row.stop_at), key=lambda row: row.stop_at or NEVER):
        touched = [group for group in groups if any(_overlaps(one, row) for one in group)]
        rest = [group for group in groups if group not in touched]
        groups = [*rest, [*(one for group in touched for one in group), row]]
    return groups


def _overlaps(earlier: Row, later: Row) -> bool:
    is_same = earlier.plant["code"] == later.plant["code"]
    ends = earlier.future["covered_at"] or NEVER
    shared = set(earlier.part["lines"]) & set(later.part["lines"])
    return is_same and bool(shared) and (later.stop_at or NEVER) < ends
