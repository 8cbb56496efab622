"""Serials that were given to more than one unit: which use of a serial a record belongs to.

A unit that left the plant (its finishing operation is completed, or it was scrapped) and is begun
anew at the head of the route is another unit; so is one that comes back after a silence longer
than its plant declares. What looks like another unit and cannot be told is a doubt, never a guess.
Uses follow from the visits alone, in whatever order these came.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

HEAD_START = timedelta(hours=1)
"""A unit's records may be this much earlier than its first visit: other systems' clocks."""
INSTANT = timedelta(microseconds=1)
_MARKED = re.compile(r"(.+)~([2-9]|[1-9][0-9]+)", re.DOTALL)

Doubt = Literal["", "after_end", "begun_again"]
End = Literal["", "finished", "scrapped", "silent"]


def key_of(serial: str, use: int) -> str:
    """What a use of a serial is kept under: the first one is the serial itself.

    >>> key_of("MR7", 1), key_of("MR7", 2)
    ('MR7', 'MR7~2')
    """
    return serial if use == 1 else f"{serial}~{use}"


def serial_of(key: str) -> tuple[str, int]:
    """The serial as its source writes it, and which use of it is meant.

    >>> serial_of("MR7"), serial_of("MR7~2")
    (('MR7', 1), ('MR7', 2))
    """
    found = _MARKED.fullmatch(key)
    return (found[1], int(found[2])) if found else (key, 1)


class Visit(NamedTuple):
    """A live visit of a serial to an operation; sorts by when it began."""

    started_at: datetime
    ended_at: datetime | None
    operation: str
    is_completed: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """What a plant's route says of beginnings and ends.

    `places`: operation → its place on the route. A completed `finish` ends a unit: the shipment,
    or the output where a plant declares no shipment. `gap`: a longer silence ends one too.
    """

    places: Mapping[str, int]
    output: str
    finish: str
    gap: timedelta | None = None

    @property
    def after(self) -> frozenset[str]:
        """Operations that a unit goes through when it is finished, and the finishing one."""
        last = self.places.get(self.finish, 0)
        return frozenset(op for op, place in self.places.items() if place >= last)

    @property
    def ahead(self) -> frozenset[str]:
        """Operations before the output."""
        last = self.places.get(self.output, 0)
        return frozenset(op for op, place in self.places.items() if place < last)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a serial. Records from `begins_at` on are its own, until the next use begins;
    None for the first. `ended_by`: why the next visit was another unit's. `doubt`: what looks like
    another unit from `doubt_at` on and cannot be told from rework."""

    number: int
    begins_at: datetime | None
    started_at: datetime
    last_at: datetime
    ended_by: End = ""
    doubt: Doubt = ""
    doubt_at: datetime | None = None


@dataclass(slots=True)
class _Now:
    """The use that visits are being added to."""

    use: Use
    first_place: int
    last_started_at: datetime
    finished_at: datetime | None = None
    output_at: datetime | None = None


def uses_of(visits: Iterable[Visit], scrapped_at: Sequence[datetime], rules: Rules) -> list[Use]:
    """The uses of a serial, oldest first, from all its live visits and when it was scrapped."""
    done: list[Use] = []
    now: _Now | None = None
    scraps = sorted(scrapped_at)
    for visit in sorted(visits, key=lambda one: (one.started_at, one.operation)):
        end = _end(now, visit, scraps, rules) if now else ""
        if now is None or end:
            begins_at = None
            if now is not None:
                done.append(replace(now.use, ended_by=end))
                begins_at = max(now.last_started_at + INSTANT, visit.started_at - HEAD_START)
            use = Use(len(done) + 1, begins_at, visit.started_at, visit.started_at)
            now = _Now(use, _place(visit, rules), visit.started_at)
        else:
            _doubt(now, visit, scraps, rules)
        _add(now, visit, rules)
    return [*done, now.use] if now else done


def use_at(begins: Sequence[datetime], at: datetime) -> int:
    """Number of the use that an instant belongs to; `begins`: when the second and later began."""
    return bisect_right(begins, at) + 1


def _place(visit: Visit, rules: Rules) -> int:
    return rules.places.get(visit.operation, max(rules.places.values(), default=0) + 1)


def _ended_by(now: _Now, before: datetime, scraps: Sequence[datetime]) -> End:
    """Why the unit was through before an instant; '' while it is not."""
    if any(now.use.started_at <= at < before for at in scraps):
        return "scrapped"
    return "finished" if now.finished_at is not None and now.finished_at <= before else ""


def _is_begun(now: _Now, visit: Visit, rules: Rules) -> bool:
    """Whether a visit is at the head of the route, or where the unit itself was first seen.

    A unit that is packed once more is not begun.
    """
    return visit.operation not in rules.after and _place(visit, rules) <= now.first_place


def _end(now: _Now, visit: Visit, scraps: Sequence[datetime], rules: Rules) -> End:
    if rules.gap is not None and visit.started_at - now.use.last_at > rules.gap:
        return "silent"
    end = _ended_by(now, visit.started_at, scraps)
    return end if end and _is_begun(now, visit, rules) else ""


def _doubt(now: _Now, visit: Visit, scraps: Sequence[datetime], rules: Rules) -> None:
    if now.use.doubt:
        return
    doubt: Doubt = ""
    if _ended_by(now, visit.started_at, scraps):
        doubt = "" if visit.operation in rules.after else "after_end"
    elif now.output_at is not None and now.output_at <= visit.started_at:
        is_ahead = visit.operation in rules.ahead
        doubt = "begun_again" if is_ahead and _is_begun(now, visit, rules) else ""
    if doubt:
        now.use = replace(now.use, doubt=doubt, doubt_at=visit.started_at)


def _add(now: _Now, visit: Visit, rules: Rules) -> None:
    now.first_place = min(now.first_place, _place(visit, rules))
    now.last_started_at = max(now.last_started_at, visit.started_at)
    ended_at = visit.ended_at or visit.started_at
    now.use = replace(now.use, last_at=max(now.use.last_at, ended_at))
    if visit.is_completed and visit.operation == rules.finish:
        now.finished_at = min(now.finished_at or ended_at, ended_at)
    if visit.is_completed and visit.operation == rules.output:
        now.output_at = min(now.output_at or ended_at, ended_at)
