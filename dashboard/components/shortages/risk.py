"""What hangs on several parts at once: racks of one stop are never counted twice."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dashboard.components.shortages.rows import Row
from db.queries.outlook_shapes import MoveShape

NEVER = "9"
"""Later than any instant."""


class Risk(NamedTuple):
    """Racks that cannot be built, and their power; `kw` None: not known for all.

    They hang on `stop_count` stops. `is_least`: some overlap, and of those only the worst counts.
    """

    racks: float
    kw: float | None
    known_kw: float
    stop_count: int
    is_least: bool


class Stop(NamedTuple):
    """One time lines stop for a part, and what hangs on it until it is covered."""

    row: Row
    starts_at: str
    ends_at: str
    racks: float
    kw: float | None


def at_risk(rows: Iterable[Row], days: int) -> Risk:
    """What cannot be built for lack of these parts, until cover returns.

    Each time a part is short within so many days counts. Stops that overlap on a line block the
    same racks: of each such group the one on which most racks hang is counted, so that the sum is
    never too high.
    """
    found = [
        stop
        for row in rows
        for edges in (row.site.outlook["day_edges"],)
        for stop in _stops(row)
        if stop.starts_at < edges[min(days, len(edges) - 1)]
    ]
    worst = [max(group, key=_racks) for group in _groups(found)]
    known = sum(stop.kw for stop in worst if stop.kw is not None)
    is_known = all(stop.kw is not None for stop in worst)
    kw = known if is_known else None
    return Risk(sum(map(_racks, worst)), kw, known, len(found), len(worst) < len(found))


def best_moves(rows: Iterable[Row], moves: Sequence[MoveShape]) -> list[tuple[float, MoveShape]]:
    """For each group of first stops that overlap on a line the move that saves most, most saved
    first.

    Never more racks than hang on the part it brings.
    """
    found = []
    for group in _groups([stop for row in rows for stop in _stops(row)[:1]]):
        held = {(one.row.plant["code"], one.row.part["part"]): one.racks for one in group}
        saved = [(min(held[it["to_plant"], it["part"]], it["racks_saved"]), it)
                 for it in moves if (it["to_plant"], it["part"]) in held]  # fmt: skip
        if saved:
            found.append(max(saved, key=lambda one: one[0]))
    return sorted(found, key=lambda one: -one[0])


def _racks(stop: Stop) -> float:
    return stop.racks


def _stops(row: Row) -> list[Stop]:
    """Every time a part stops its lines, in order; none when alternates carry them."""
    if row.stop_at is None:
        return []
    one = row.future
    first = Stop(row, row.stop_at, one["covered_at"] or NEVER, one["racks_at_risk"],
                 one["kw_at_risk"])  # fmt: skip
    return [first] + [
        Stop(row, it["stops_at"], it["covered_at"] or NEVER, it["racks_at_risk"], it["kw_at_risk"])
        for it in one.get("again", [])
    ]


def _groups(stops: Iterable[Stop]) -> list[list[Stop]]:
    """Stops that overlap in time on a line of the same plant, straight or by others."""
    groups: list[list[Stop]] = []
    for stop in sorted(stops, key=lambda stop: stop.starts_at):
        touched = [group for group in groups if any(_overlaps(one, stop) for one in group)]
        rest = [group for group in groups if group not in touched]
        groups = [*rest, [*(one for group in touched for one in group), stop]]
    return groups


def _overlaps(earlier: Stop, later: Stop) -> bool:
    is_same = earlier.row.plant["code"] == later.row.plant["code"]
    shared = set(earlier.row.part["lines"]) & set(later.row.part["lines"])
    return is_same and bool(shared) and later.starts_at < earlier.ends_at
