"""Which shift or day of a plant is meant, and its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from db.domain.calendar import DAY as ONE_DAY
from db.domain.calendar import Shift, hours_label
from db.queries.flow_shapes import DAY, LAST, NOW, FlowFilter, WindowShape
from db.queries.plants import Home, iso
from db.queries.shifts import preceding, running, shifts_between

AROUND = 10 * ONE_DAY


@dataclass(frozen=True)
class Window:
    """Shifts in order; none where nobody works. `until` is how far it has come: now, its end, or
    the last of old data."""

    shifts: tuple[Shift, ...]
    start: datetime
    end: datetime
    until: datetime
    business_on: date
    shift: str
    name: str
    earlier: tuple[str, str] | None = None
    later: tuple[str, str] | None = None

    @property
    def working_minutes(self) -> float:
        """Minutes in which the lines are meant to run."""
        return sum(one.working_minutes(one.start_at, one.end_at) for one in self.shifts)

    @property
    def worked_minutes(self) -> float:
        """Those of them that have passed."""
        return sum(one.working_minutes(one.start_at, self.until) for one in self.shifts)

    @property
    def spans(self) -> list[tuple[datetime, datetime]]:
        """Its shifts as far as they have come."""
        kept = ((one.start_at, min(one.end_at, self.until)) for one in self.shifts)
        return [(start, end) for start, end in kept if start < end]

    def told_until(self, at: datetime) -> "Window":
        """As far as data that end at an instant tell it."""
        return replace(self, until=max(self.start, min(self.until, at)))


def flow_window(session: Session, own: Home, asked: FlowFilter, now: datetime) -> Window:
    """The window that is asked for; a coded shift or a day that is not published has no shifts."""
    base = asked.at or now
    on = asked.on or own.calendar.business_date(base)
    centre = own.calendar.day_starts_at(on) if asked.shift not in (NOW, LAST) else base
    shifts = shifts_between(session, own.code, centre - AROUND, centre + AROUND)
    if asked.shift == DAY:
        return _day(own, shifts, on, now)
    if asked.shift in (NOW, LAST):
        shown = running(shifts, base) or preceding(shifts, base)
        if asked.shift == LAST and shown is not None:
            at = shifts.index(shown)
            shown = shifts[at - 1] if at and running(shifts, base) else shown
    else:
        shown = next((s for s in shifts if s.business_on == on and s.code == asked.shift), None)
    return _one(own, shifts, shown, now) if shown else _none(own, on, asked.shift, now)


def _one(own: Home, shifts: Sequence[Shift], shift: Shift, now: datetime) -> Window:
    at = shifts.index(shift)
    before, after = shifts[at - 1] if at else None, shifts[at + 1 : at + 2]
    return Window(
        (shift,),
        shift.start_at,
        shift.end_at,
        _until(shift.start_at, shift.end_at, now),
        shift.business_on,
        shift.code,
        shift.name,
        _named(before) if before else None,
        _named(after[0]) if after and after[0].start_at <= now else None,
    )


def _named(shift: Shift) -> tuple[str, str]:
    return shift.business_on.isoformat(), shift.code


def _day(own: Home, shifts: Sequence[Shift], on: date, now: datetime) -> Window:
    within = tuple(one for one in shifts if one.business_on == on)
    start, end = (own.calendar.day_starts_at(day) for day in (on, on + ONE_DAY))
    start = min([start, *(one.start_at for one in within)])
    end = max([end, *(one.end_at for one in within)])
    later = (on + ONE_DAY).isoformat()
    return Window(
        within,
        start,
        end,
        _until(start, end, now),
        on,
        DAY,
        "Whole day",
        ((on - ONE_DAY).isoformat(), DAY),
        (later, DAY) if end <= now else None,
    )


def _none(own: Home, on: date, shift: str, now: datetime) -> Window:
    start, end = (own.calendar.day_starts_at(day) for day in (on, on + ONE_DAY))
    earlier, later = ((on + step).isoformat() for step in (-ONE_DAY, ONE_DAY))
    code = DAY if shift in (NOW, LAST) else shift
    return Window((), start, end, _until(start, end, now), on, code, "No shift",
                  (earlier, code), (later, code) if end <= now else None)  # fmt: skip


def _until(start: datetime, end: datetime, now: datetime) -> datetime:
    return max(start, min(end, now))


def window_shape(window: Window, own: Home, now: datetime) -> WindowShape:
    """A window as screens are told of it."""
    real_hours = (window.end - window.start).total_seconds() / 3600
    whole = Shift("", "", window.business_on, window.start, window.end)
    return WindowShape(
        start_at=iso(window.start),
        end_at=iso(window.end),
        until_at=iso(window.until),
        business_on=window.business_on.isoformat(),
        shift=window.shift,
        name=window.name,
        hours_label=hours_label(whole, own.zone),
        hour_count=round(real_hours),
        working_minutes=window.working_minutes,
        is_running=window.start <= now < window.end,
        is_empty=not window.shifts,
        sentence=_nobody_works(window, own) if not window.shifts else "",
        earlier=window.earlier,
        later=window.later,
    )


def _nobody_works(window: Window, own: Home) -> str:
    what = "No shift" if window.shift in (DAY, NOW, LAST) else f"No shift {window.shift}"
    return (
        f"{what} is published for {own.plant.name} on {window.business_on:%a %b} "
        f"{window.business_on.day}: the plant is closed, or its calendar does not reach that far. "
        "Nothing is planned, so nothing was missed."
    )
