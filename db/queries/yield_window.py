"""What a yield filter comes down to: plant, operation, instants, and the units it counts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import sqlmodel
from sqlalchemy import ColumnElement
from sqlmodel import Session, case, col, func, select

from db.domain.calendar import Shift
from db.domain.vocabulary import Verdict
from db.errors import RacklineError
from db.models import Alarm, DayYield, Operation, UnitCase, UnitOperation
from db.queries.carried import CARRIED, LOT, holders, holds, numbers_of
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
class Narrowed:
    """What units must have carried: the condition on `unit_operation`, and on `unit_case`."""

    units: ColumnElement[bool]
    cases: ColumnElement[bool]
    is_few: bool
    """Serials are given, which are far fewer than the units of the operation."""


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
    narrowed: Narrowed | None = None
    """What units must have carried at their verdict, where the filter says so."""

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

    def moved(self, since_on: date, until_on: date) -> "Window":
        """The same question about all units of other days, whatever they carried."""
        return replace(self, since_on=since_on, until_on=until_on, shifts=[], narrowed=None)


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
    narrowed = _narrowed(session, asked)
    return Window(own, asked, at, since, until, begun, narrowed)


def _narrowed(session: Session, asked: YieldFilter) -> Narrowed | None:
    """What `supplier`, or else `factor` and `value`, come down to."""
    factor, value = asked.factor, asked.value
    if asked.supplier:
        factor, value = "supplier", asked.supplier
    if factor not in CARRIED or not value:
        return None
    unit, kept = UnitOperation, UnitCase
    if factor == LOT:
        serials = holders(session, asked.plant, asked.operation, value)
        units, cases = (among(session, one.serial, serials) for one in (unit, kept))
        return Narrowed(units, cases, is_few=True)
    has = holds(session, col(kept.held), numbers_of(session, asked.plant, factor, value))
    mine = (
        kept.plant == col(unit.plant),
        kept.serial == col(unit.serial),
        kept.operation == col(unit.operation),
    )
    return Narrowed(choose(has).where(*mine).scalar_subquery(), has, is_few=False)


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
    """The same on `unit_operation`, with what the units must have carried at their verdict."""
    asked, unit = window.asked, UnitOperation
    wanted = {
        "first_verdict_line": asked.line, "product": asked.product,
        "first_verdict_station": asked.station, "first_verdict_shift": asked.shift,
    }  # fmt: skip
    yield from _named(window, unit, wanted)
    if window.narrowed:
        yield window.narrowed.units


def in_cases(window: Window) -> Iterable[ColumnElement[bool]]:
    """The same on `unit_case`, with the time of the first verdict."""
    asked, kept = window.asked, UnitCase
    wanted = {name: getattr(asked, name) for name in ("line", "product", "station", "shift")}
    yield from _named(window, kept, wanted)
    yield col(kept.first_verdict_at) >= window.since_at
    yield col(kept.first_verdict_at) < window.until_at
    if window.narrowed:
        yield window.narrowed.cases


def _named(window: Window, table: Any, wanted: dict[str, str]) -> Iterable[ColumnElement[bool]]:
    """The operation is hidden from its indexes where few serials are given."""
    is_few = window.narrowed is not None and window.narrowed.is_few
    yield table.plant == window.plant
    yield (table.operation.concat("") if is_few else table.operation) == window.asked.operation
    for name, value in wanted.items():
        if value:
            yield getattr(table, name) == value


@dataclass(frozen=True, slots=True)
class Verdicts:
    """First verdicts of the window one by one: their columns, and the conditions they meet."""

    columns: dict[str, Any]
    at: Any
    is_passed: Any
    where: tuple[ColumnElement[bool], ...]

    @property
    def counts(self) -> tuple[Any, Any]:
        """How many units, and how many of them passed first time."""
        return func.count(), func.sum(case((self.is_passed, 1), else_=0))


def first_verdicts(window: Window) -> Verdicts:
    """By the cases where what units carried is known by these alone, else by the units."""
    unit: Any = UnitOperation
    kept: Any = UnitCase
    if window.narrowed and not window.narrowed.is_few:
        same = {name: getattr(kept, name) for name in ("shift", "line", "station", "product")}
        columns = same | {"on": kept.business_on, "serial": kept.serial}
        at, is_passed = kept.first_verdict_at, kept.is_failed == 0
        return Verdicts(columns, at, is_passed, tuple(in_cases(window)))
    columns = {
        it: getattr(unit, f"first_verdict_{it}") for it in ("on", "shift", "line", "station")
    }
    at, is_passed = unit.first_verdict_at, unit.first_verdict == Verdict.PASSED.value
    where = *in_units(window), at >= window.since_at, at < window.until_at
    return Verdicts(
        columns | {"product": unit.product, "serial": unit.serial}, at, is_passed, where
    )


def is_by_unit(window: Window) -> bool:
    """Whether the rollups cannot answer: the filter is about what units carried."""
    return window.narrowed is not None
