"""The parts that stop a line next, out of the stored outlook."""

from datetime import datetime

from db.domain.calendar import HOUR
from db.domain.limits import Level, Limits
from db.domain.material.line_stops import stop_level
from db.queries.outlook_shapes import Case, OutlookShape, PartOutlookShape
from db.queries.plants import Home
from db.queries.shapes import PartStopShape, UnknownStopShape

LOUD = frozenset({"amber", "red"})


def part_stops(outlook: OutlookShape, home: Home, at: datetime, limit: int) -> list[PartStopShape]:
    """The first parts the plan needs, as the wall is told of them; hours are counted from `at`.

    A part with alternates stops its lines once these are used up too.
    """
    return [_shape(part, home, at) for part in _needed(outlook)[:limit]]


def about_to_stop_count(outlook: OutlookShape, home: Home, at: datetime) -> int:
    """How many parts stop a line within the hours that turn a screen amber, shown or not."""
    return sum(level_of(part, at, home.limits) in LOUD for part in outlook["parts"])


def unknown_stops(outlook: OutlookShape) -> list[UnknownStopShape]:
    """The lines of which something cannot be told, by what cannot."""
    found: dict[str, list[str]] = {}
    for stop in outlook["line_stops"]:
        if stop["cannot_tell"] and stop["case"] == "promised":
            found.setdefault(stop["cannot_tell"], []).append(stop["name"] or stop["line"])
    return [UnknownStopShape(lines=lines, reason=reason) for reason, lines in found.items()]


def _needed(outlook: OutlookShape) -> list[PartOutlookShape]:
    return [part for part in outlook["parts"] if part["level"] != "none"]


def whole_stop(part: PartOutlookShape, case: Case = "promised") -> str | None:
    """When a part stops its lines in a case, its alternates used up; None: they carry it.

    Outlooks of an earlier release tell so of the promised case alone, by the last alternate.
    """
    told = part["cases"][case]
    if "line_stops_at" in told:
        return told["line_stops_at"]
    if told["stops_at"] and part["alternates"] and case == "promised":
        return part["alternates"][-1]["lasts_until_at"]
    return told["stops_at"]


def level_of(
    part: PartOutlookShape, at: datetime, limits: Limits, case: Case = "promised"
) -> Level:
    """Red or amber by the hours from `at` until a part stops its lines; none: nobody needs it."""
    if part["level"] == "none":
        return "none"
    return stop_level(_instant(whole_stop(part, case)), at, limits)


def sentence_of(part: PartOutlookShape, case: Case = "promised") -> str:
    """What is wrong with a part in a case; "" when nothing is."""
    return part["sentence"] if case == "promised" else part["cases"][case].get("sentence", "")


def _shape(part: PartOutlookShape, home: Home, at: datetime) -> PartStopShape:
    stops_at = whole_stop(part)
    stop = _instant(stops_at)
    dates = [one["promised_on"] for one in part["receipts"] if one["counts"]]
    return PartStopShape(
        part=part["part"],
        name=part["name"] or part["part"],
        line=", ".join(part["lines"]),
        stops_at=stops_at,
        hours_left=max(0.0, (stop - at) / HOUR) if stop else None,
        level=level_of(part, at, home.limits),
        available_qty=part["available_qty"],
        next_receipt_on=min((on for on in dates if on), default=None),
        note=part["sentence"],
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
