"""What a yield filter comes down to: plant, operation, instants, and the units it counts."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import sqlmodel
from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, or_, select

from db.domain.calendar import Shift
from db.errors import RacklineError
from db.models import (
    Alarm,
    DayYield,
    GenealogyLink,
    Lot,
    Operation,
    ShiftInstance,
    TestRun,
    UnitOperation,
)
from db.queries.genealogy import portions
from db.queries.keys import among
from db.queries.plants import Home, home
from db.queries.scope import Scope
from db.queries.shifts import shifts_between
from db.queries.yield_shapes import DEFAULT_DAYS, GRAINS, GROUPS, YieldFilter

choose: Any = sqlmodel.select
MOST_DAYS = 400


class CannotAsk(RacklineError):
    """A filter that means nothing. Says what and what is allowed."""


@dataclass(frozen=True)
class Window:
    """A resolved filter at an instant; `asked.operation` is set ("" without any test)."""

    home: Home
    asked: YieldFilter
    at: datetime
    since_on: date
    until_on: date
    shifts: list[Shift]
    """Those of the window that have begun, by start."""
    narrowed: tuple[ColumnElement[bool], ...] = ()
    """Conditions on `unit_operation`: what units must have carried at their verdict."""

    @property
    def plant(self) -> str:
        """The plant's code."""
        return self.home.code

    @cached_property
    def operation(self) -> Operation | None:
        """The operation asked about; None when the plant has none of that code."""
        return next((op for op in self.home.operations if op.code == self.asked.operation), None)

    @cached_property
    def since_at(self) -> datetime:
        """First instant of the window's first business day."""
        return self.home.calendar.day_starts_at(self.since_on)

    @cached_property
    def until_at(self) -> datetime:
        """End of the window: of its last business day, or now."""
        return min(self.home.calendar.day_starts_at(self.until_on + timedelta(days=1)), self.at)

    @property
    def carries(self) -> tuple[str, str]:
        """The factor and value that units must have carried; ("", "") when all count."""
        if self.asked.supplier:
            return "supplier", self.asked.supplier
        return self.asked.factor, self.asked.value

    def moved(self, since_on: date, until_on: date) -> "Window":
        """The same question about other days."""
        return replace(self, since_on=since_on, until_on=until_on, shifts=[])


def resolve(session: Session, scope: Scope, asked: YieldFilter, at: datetime) -> Window:
    """The filter with its defaults; raises NotInScope, and CannotAsk for what means nothing."""
    own = home(session, asked.plant, scope)
    until = min(asked.until_on or own.calendar.business_date(at), own.calendar.business_date(at))
    since = asked.since_on or until - timedelta(days=DEFAULT_DAYS - 1)
    if since > until:
        raise CannotAsk(f"the window ends on {until}, before it begins on {since}: swap the dates")
    if (until - since).days >= MOST_DAYS:
        raise CannotAsk(f"a window of at most {MOST_DAYS} days, not {(until - since).days + 1}")
    if asked.grain not in GRAINS or asked.group not in ("", *GROUPS):
        raise CannotAsk(f"grain is one of {', '.join(GRAINS)}, group one of {', '.join(GROUPS)}")
    asked = replace(
        asked,
        operation=asked.operation or _usual(session, own),
        last=min(max(asked.last, 10), 1000),
    )
    starts = own.calendar.day_starts_at
    held = shifts_between(session, own.code, starts(since), starts(until) + timedelta(days=1))
    begun = [s for s in held if since <= s.business_on <= until and s.start_at <= at]
    window = Window(own, asked, at, since, until, begun)
    factor, value = window.carries
    if factor not in CARRIED or not value:
        return window
    condition = carried(session, own.code, asked.operation, factor, value)
    return replace(window, narrowed=(condition,))


def _usual(session: Session, own: Home) -> str:
    """The operation of the open alarm with most excess fails, else the first rack test."""
    worst = session.exec(
        select(Alarm.operation)
        .where(
            Alarm.plant == own.code,
            Alarm.state != "closed",
            col(Alarm.withdrawn_at).is_(None),
            col(Alarm.recovered_at).is_(None),
        )
        .order_by((col(Alarm.fails) - col(Alarm.expected_fails)).desc())
    ).first()
    return worst or next(iter(own.first_pass_operations), "")


def in_rollup(window: Window, table: Any = DayYield) -> Iterable[ColumnElement[bool]]:
    """Conditions on a yield rollup: place, product and shift, but not the time."""
    asked = window.asked
    wanted = {
        "operation": asked.operation, "line": asked.line, "product": asked.product,
        "station": asked.station, "shift": asked.shift,
    }  # fmt: skip
    yield table.plant == window.plant
    for name, value in wanted.items():
        if value:
            yield getattr(table, name) == value


def in_units(window: Window) -> Iterable[ColumnElement[bool]]:
    """The same on `unit_operation`, with what the units must have carried at their verdict.

    The operation is hidden from its indexes where serials are given, which are far fewer.
    """
    asked, unit = window.asked, UnitOperation
    is_few = window.carries[0] == LOT
    operation = col(unit.operation).concat("") if is_few else col(unit.operation)
    wanted = {
        "first_verdict_line": asked.line, "product": asked.product,
        "first_verdict_station": asked.station, "first_verdict_shift": asked.shift,
    }  # fmt: skip
    yield col(unit.plant) == window.plant
    yield operation == asked.operation
    for name, value in wanted.items():
        if value:
            yield getattr(unit, name) == value
    yield from window.narrowed


def is_by_unit(window: Window) -> bool:
    """Whether the rollups cannot answer: the filter is about what units carried."""
    return bool(window.narrowed)


Condition = Callable[[Any, str], ColumnElement[bool]]


def _splits(value: str) -> list[tuple[str, str]]:
    """The ways to read "PART WHAT", where both may hold spaces.

    >>> _splits("UQD-04 QD 26")
    [('UQD-04', 'QD 26'), ('UQD-04 QD', '26')]
    """
    return [(value[:at], value[at + 1 :]) for at, sign in enumerate(value) if sign == " "]


def _of_part(column: str) -> Condition:
    """Condition on a link: its part and this column, which are "PART WHAT".

    The part is hidden from its index, which would lead to all links of the part for each unit.
    """

    def is_it(link: Any, value: str) -> ColumnElement[bool]:
        part = link.part.concat("")
        ways = [and_(part == p, getattr(link, column) == v) for p, v in _splits(value)]
        return or_(false(), *ways)

    return is_it


def _from_country(link: Any, value: str) -> ColumnElement[bool]:
    """Condition on a link: its part, and where its lot comes from, are "PART COUNTRY"."""
    ways = [and_(link.part == p, col(Lot.origin_country) == c) for p, c in _splits(value)]
    mine = col(Lot.plant) == link.plant, col(Lot.part) == link.part, col(Lot.lot) == link.lot
    lots = select(Lot.lot).where(*mine, col(Lot.deleted_at).is_(None), or_(false(), *ways))
    return lots.exists()


HELD: dict[str, Condition] = {
    "supplier": lambda link, value: link.supplier == value,
    "part supplier": _of_part("supplier"),
    "part revision": _of_part("part_revision"),
    "part country": _from_country,
}
"""Factor that lives in the genealogy → condition on a link that gives a unit that value. Most units
carry such a value: it is asked of each unit, where the first hit ends the search."""
RAN: dict[str, Condition] = {
    "slot": lambda run, value: run.station + " " + run.slot == value,
    "fixture": lambda run, value: run.fixture == value,
    "program": lambda run, value: run.program + " " + run.program_revision == value,
    "firmware": lambda run, value: run.firmware == value,
}
"""Factor of the run that gave the first verdict → condition on that run."""
LOT, CREW = "lot", "crew"
CARRIED = frozenset({LOT, CREW, *HELD, *RAN})


def carried(
    session: Session, plant: str, operation: str, factor: str, value: str
) -> ColumnElement[bool]:
    """Condition on `unit_operation`: it had this value at its first verdict there."""
    if factor == LOT:
        return among(session, UnitOperation.serial, holders(session, plant, operation, value))
    if factor == CREW:
        return _worked_by(plant, value)
    return _ran(factor, value) if factor in RAN else _held(factor, value)


def _worked_by(plant: str, crew: str) -> ColumnElement[bool]:
    """Its first verdict fell in a shift of this crew."""
    unit, shift = UnitOperation, ShiftInstance
    return (
        select(shift.shift)
        .where(
            shift.plant == plant,
            col(shift.business_on) == col(unit.first_verdict_on),
            col(shift.shift) == col(unit.first_verdict_shift),
            shift.crew == crew,
        )
        .exists()
    )


def _held(factor: str, value: str) -> ColumnElement[bool]:
    """It held such a link, itself or within its trays: looked up for each unit."""
    unit = UnitOperation
    link: Any = aliased(GenealogyLink)
    tray: Any = aliased(GenealogyLink)
    at = col(unit.first_verdict_at)
    ours = link.plant == col(unit.plant), *_live(link, at), HELD[factor](link, value)
    own = select(link.parent_serial).where(*ours, link.parent_serial == col(unit.serial))
    nested = select(link.parent_serial).where(
        *ours,
        link.parent_serial == tray.child_serial,
        tray.plant == col(unit.plant),
        tray.parent_serial == col(unit.serial),
        tray.child_serial != "",
        *_live(tray, at),
    )
    return or_(own.exists(), nested.exists())


def _live(link: Any, at: Any) -> tuple[ColumnElement[bool], ...]:
    return link.deleted_at.is_(None), *_there(link.occurred_at, link.removed_at, at)


def holders(session: Session, plant: str, operation: str, lot: str) -> list[str]:
    """Serials that held a lot ("PART LOT") at their first verdict, themselves or in their trays.

    The links come first, from their index: they are few; then their trays and the units, by key. As
    one statement SQLite began with all units of the operation and PostgreSQL joined all links.
    """
    link: Any = GenealogyLink
    live = link.plant == plant, link.deleted_at.is_(None)
    ways = [and_(link.part == part, link.lot == code) for part, code in _splits(lot)]
    times = link.occurred_at, link.removed_at
    rows = session.exec(choose(link.parent_serial, *times).where(*live, or_(false(), *ways)))
    spans: dict[str, list[Stay]] = defaultdict(list)
    for parent, since, until in rows:
        spans[parent].append((since, until))
    for some in portions(list(spans)):
        trays = choose(link.child_serial, link.parent_serial, *times).where(
            *live, among(session, link.child_serial, some)
        )
        for tray, parent, since, until in session.exec(trays).all():
            spans[parent] += [_both(stay, (since, until)) for stay in spans[tray]]
    unit: Any = UnitOperation
    found = []
    for some in portions(spans):
        verdicts = choose(unit.serial, unit.first_verdict_at).where(
            unit.plant == plant,
            unit.operation.concat("") == operation,
            unit.serial.in_(some),
            unit.first_verdict_at.is_not(None),
        )
        found += [
            serial
            for serial, at in session.exec(verdicts)
            if any(since <= at and (until is None or until > at) for since, until in spans[serial])
        ]
    return found


Stay = tuple[datetime, datetime | None]
"""From when until when something was in a unit; None: still."""


def _both(one: Stay, other: Stay) -> Stay:
    """When a part was in a tray while the tray was in the unit; may be empty."""
    until = min((end for end in (one[1], other[1]) if end is not None), default=None)
    return max(one[0], other[0]), until


def _there(from_at: Any, until_at: Any, at: Any) -> tuple[ColumnElement[bool], ...]:
    """A link of these times was there at an instant."""
    return from_at <= at, or_(until_at.is_(None), until_at > at)


def _ran(factor: str, value: str) -> ColumnElement[bool]:
    """Its first verdict came from such a run."""
    unit, run = UnitOperation, TestRun
    return (
        select(run.serial)
        .where(
            col(run.plant) == col(unit.plant),
            col(run.serial) == col(unit.serial),
            col(run.operation) == col(unit.operation),
            col(run.occurred_at) == col(unit.first_verdict_at),
            col(run.verdict) == col(unit.first_verdict),
            col(run.station) == col(unit.first_verdict_station),
            col(run.deleted_at).is_(None),
            RAN[factor](run, value),
        )
        .exists()
    )
