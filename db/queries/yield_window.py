"""What a yield filter comes down to: plant, operation, instants, and the units it counts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, or_, select

from db.domain.calendar import Shift
from db.errors import RacklineError
from db.models import Alarm, DayYield, GenealogyLink, Lot, Operation, UnitOperation
from db.queries.plants import Home, home
from db.queries.scope import Scope
from db.queries.shifts import shifts_between
from db.queries.yield_shapes import DEFAULT_DAYS, GRAINS, GROUPS, YieldFilter

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
    return Window(own, asked, at, since, until, begun)


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
    asked = window.asked
    wanted = {
        "operation": asked.operation, "first_verdict_line": asked.line, "product": asked.product,
        "first_verdict_station": asked.station, "first_verdict_shift": asked.shift,
    }  # fmt: skip
    yield col(UnitOperation.plant) == window.plant
    for name, value in wanted.items():
        if value:
            yield getattr(UnitOperation, name) == value
    factor, value = window.carries
    if factor in CARRIED and value:
        yield carried(factor, value)


def is_by_unit(window: Window) -> bool:
    """Whether the rollups cannot answer: the filter is about what units carried."""
    factor, value = window.carries
    return bool(value) and factor in CARRIED


def _part_and_lot(link: Any, value: str) -> ColumnElement[bool]:
    part, _, lot = value.partition(" ")
    return and_(link.part == part, link.lot == lot)


def _of_country(link: Any, value: str) -> ColumnElement[bool]:
    return (
        select(Lot.lot)
        .where(
            col(Lot.plant) == link.plant,
            col(Lot.part) == link.part,
            col(Lot.lot) == link.lot,
            col(Lot.origin_country) == value,
        )
        .exists()
    )


CARRIED: dict[str, Any] = {
    "lot": _part_and_lot,
    "supplier": lambda link, value: link.supplier == value,
    "part revision": lambda link, value: and_(
        link.part == value.partition(" ")[0], link.part_revision == value.partition(" ")[2]
    ),
    "country": _of_country,
}
"""Factor that lives in the genealogy → condition on a link that gives a unit that value."""


def carried(factor: str, value: str) -> ColumnElement[bool]:
    """Condition on `unit_operation`: at its verdict the unit itself held a link with this value.

    Lots inside its trays count too: their trays' links are looked up by parent.
    """
    link = GenealogyLink
    at = col(UnitOperation.first_verdict_at)
    inner, outer = aliased(link), aliased(link)
    own = select(link.parent_serial).where(
        col(link.plant) == col(UnitOperation.plant),
        col(link.parent_serial) == col(UnitOperation.serial),
        *_live(link, at),
        CARRIED[factor](link, value),
    )
    nested = select(outer.parent_serial).where(
        outer.plant == col(UnitOperation.plant),
        outer.parent_serial == col(UnitOperation.serial),
        outer.child_serial != "",
        *_live(outer, at),
        inner.plant == outer.plant,
        inner.parent_serial == outer.child_serial,
        *_live(inner, at),
        CARRIED[factor](inner, value),
    )
    return or_(own.exists(), nested.exists())


def _live(link: Any, at: Any) -> Iterable[ColumnElement[bool]]:
    """The link was there at an instant."""
    yield link.deleted_at.is_(None)
    yield link.occurred_at <= at
    yield or_(link.removed_at.is_(None), link.removed_at > at)
