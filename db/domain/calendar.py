"""A plant's own calendar: shifts with breaks and holidays, business days, hours, weeks.

A shift is declared by local clock time and becomes instants in UTC, so that the night on which the
clocks go back has 13 hours and the one on which they go forward has 11. Every subtraction here is
between UTC instants: Python subtracts two times of one zone by wall clock and would say 12.

Rules:
- A local time that occurs twice means its first pass; one that does not occur moves forward by the
  size of the gap.
- A shift belongs whole to the business day in which it starts; outside every shift an instant
  belongs to the business day that began at the last local `day_start`, with shift ''.
- Where shifts overlap, an instant belongs to the one that started last.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Span = tuple[datetime, datetime]
"""Two UTC instants, half-open: [start, end)."""

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PLACES_KEPT = 200_000
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class BreakRule:
    """A pause by local clock ('HH:MM') in which the lines of a shift stand still."""

    start: str
    minutes: int


@dataclass(frozen=True, slots=True)
class ShiftRule:
    """A shift by local clock; an `end` at or before `start` is on the next day.

    `weekdays` (0 = Monday) are those of the business date. `crews` work it in turn, one a day over
    and over, the first of them on `crews_from`: ABB means A, B, B, A, B, B, …
    """

    code: str
    name: str
    start: str
    end: str
    weekdays: tuple[int, ...] = EVERY_DAY
    breaks: tuple[BreakRule, ...] = ()
    crews: tuple[str, ...] = ()
    crews_from: date = date.min

    def crew_on(self, business_on: date) -> str:
        """The crew that works the shift of a business date; "" where the plant names none.

        A 2-2-3 (Pitman) rota, two weeks of twelve-hour shifts that give each of two crews every
        other weekend off:

        >>> rule = ShiftRule("D", "Day", "06:00", "18:00", crews=(*"AABBAAABBAABBB",),
        ...                  crews_from=date(2026, 1, 5))
        >>> "".join(rule.crew_on(date(2026, 1, day)) for day in range(5, 21))
        'AABBAAABBAABBBAA'
        """
        if not self.crews:
            return ""
        return self.crews[(business_on - self.crews_from).days % len(self.crews)]


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """A business date on which the named shifts do not work (none named = all)."""

    on: date
    name: str
    shifts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift of one business date, in UTC, with the breaks that fall in it and who works it."""

    code: str
    name: str
    business_on: date
    start_at: datetime
    end_at: datetime
    breaks: tuple[Span, ...] = ()
    crew: str = ""

    @property
    def planned_minutes(self) -> int:
        """Minutes in which the lines are meant to run: the shift's length net of breaks."""
        return round(self.working_minutes(self.start_at, self.end_at))

    def working_minutes(self, start: datetime, end: datetime) -> float:
        """Minutes of this shift's working time within [start, end)."""
        return _minutes(_within(self.working_spans(), start, end))

    def working_spans(self) -> list[Span]:
        """The shift without its breaks, in order."""
        return _without([(self.start_at, self.end_at)], self.breaks)

    def is_break(self, at: datetime) -> bool:
        """Whether the lines stand still for a planned pause at this instant."""
        return any(start <= at < end for start, end in self.breaks)


@dataclass(frozen=True, slots=True)
class HourSlot:
    """The part of one clock hour that lies in a shift. `hour_at` is the full hour it belongs to.

    `label` is the plant's hour, '06'; the two passes of a repeated hour are '01A' and '01B'.
    """

    hour_at: datetime
    start_at: datetime
    end_at: datetime
    label: str
    working_minutes: float


@dataclass(frozen=True)
class PlantCalendar:
    """Shifts and business days of one plant; see the module for its rules.

    >>> calendar = PlantCalendar.from_definition("America/Chicago", "06:00", [
    ...     ShiftRule("D", "Day", "06:00", "18:00", breaks=(BreakRule("10:00", 30),)),
    ...     ShiftRule("N", "Night", "18:00", "06:00")])
    >>> [shift.planned_minutes / 60 for shift in calendar.shifts_on(date(2026, 10, 31))]
    [11.5, 13.0]
    >>> [shift.planned_minutes / 60 for shift in calendar.shifts_on(date(2026, 3, 7))]
    [11.5, 11.0]
    >>> calendar.place(datetime(2026, 11, 1, 7, 59, tzinfo=UTC))
    (datetime.date(2026, 10, 31), 'N')
    """

    zone: ZoneInfo
    day_start: time
    shifts: tuple[ShiftRule, ...]
    holidays: tuple[HolidayRule, ...] = ()
    _places: dict[int, tuple[date, str]] = field(default_factory=dict, compare=False, repr=False)
    _days: dict[date, tuple[Shift, ...]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def from_definition(
        cls,
        zone: str,
        day_start: str,
        shifts: Sequence[ShiftRule],
        holidays: Sequence[HolidayRule] = (),
    ) -> "PlantCalendar":
        """A calendar from an IANA zone name and a local 'HH:MM'; raises ValueError on bad times."""
        return cls(ZoneInfo(zone), time.fromisoformat(day_start), tuple(shifts), tuple(holidays))

    def day_starts_at(self, business_on: date) -> datetime:
        """The instant at which a business day begins."""
        return self._instant(business_on, self.day_start)

    def business_date(self, instant: datetime) -> date:
        """The business day that began at the last local day start, whatever shift is on.

        >>> night = datetime(2026, 7, 7, 7, 0, tzinfo=UTC)  # Tuesday 02:00 in Chicago
        >>> PlantCalendar.from_definition("America/Chicago", "06:00", []).business_date(night)
        datetime.date(2026, 7, 6)
        """
        day = instant.astimezone(self.zone).date()
        if instant < self.day_starts_at(day):
            return day - DAY
        return day

    def place(self, instant: datetime) -> tuple[date, str]:
        """Business date and shift code ('' outside every shift) that an instant counts for."""
        minute = int(instant.timestamp() // 60)
        found = self._places.get(minute)
        if found is None:
            if len(self._places) >= PLACES_KEPT:
                self._places.clear()
            shift = self.shift_at(instant)
            found = (shift.business_on, shift.code) if shift else (self.business_date(instant), "")
            self._places[minute] = found
        return found

    def shifts_on(self, business_on: date) -> tuple[Shift, ...]:
        """The shifts of one business day, by start."""
        if business_on not in self._days:
            closed = [holiday.shifts for holiday in self.holidays if holiday.on == business_on]
            self._days[business_on] = tuple(
                sorted(
                    (
                        self._shift(rule, business_on)
                        for rule in self.shifts
                        if business_on.weekday() in rule.weekdays
                        and not any(not codes or rule.code in codes for codes in closed)
                    ),
                    key=lambda shift: (shift.start_at, shift.code),
                )
            )
        return self._days[business_on]

    def shifts_between(self, start: datetime, end: datetime) -> list[Shift]:
        """Shifts with any time in [start, end), by start."""
        first, last = self.business_date(start) - 2 * DAY, self.business_date(end) + DAY
        days = [first + DAY * n for n in range((last - first).days + 1)]
        return sorted(
            (
                shift
                for day in days
                for shift in self.shifts_on(day)
                if shift.start_at < end and shift.end_at > start
            ),
            key=lambda shift: shift.start_at,
        )

    def shift_at(self, instant: datetime) -> Shift | None:
        """The shift an instant belongs to: of several, the one that started last."""
        running = self.shifts_between(instant, instant + timedelta(microseconds=1))
        return running[-1] if running else None

    def next_shift(self, instant: datetime, days: int = 14) -> Shift | None:
        """The first shift to start after an instant, looking `days` ahead."""
        ahead = self.shifts_between(instant, instant + DAY * days)
        return next((shift for shift in ahead if shift.start_at > instant), None)

    def working_minutes(self, start: datetime, end: datetime) -> float:
        """Minutes of [start, end) in which at least one shift works, net of breaks."""
        spans = [
            span for shift in self.shifts_between(start, end) for span in shift.working_spans()
        ]
        return _minutes(_within(_merged(spans), start, end))

    def _shift(self, rule: ShiftRule, business_on: date) -> Shift:
        start, end = time.fromisoformat(rule.start), time.fromisoformat(rule.end)
        first = business_on if start >= self.day_start else business_on + DAY
        start_at = self._instant(first, start)
        end_at = self._instant(first if end > start else first + DAY, end)
        breaks = []
        for pause in rule.breaks:
            clock = time.fromisoformat(pause.start)
            at = self._instant(first if clock >= start else first + DAY, clock)
            breaks.append((at, at + timedelta(minutes=pause.minutes)))
        kept = tuple(_within(sorted(breaks), start_at, end_at))
        crew = rule.crew_on(business_on)
        return Shift(rule.code, rule.name, business_on, start_at, end_at, kept, crew)

    def _instant(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC)


def hour_slots(shift: Shift, zone: ZoneInfo) -> list[HourSlot]:
    """The clock hours of a shift: 12 of them usually, 13 or 11 on the nights clocks change.

    >>> night = Shift("N", "Night", date(2026, 10, 31), datetime(2026, 10, 31, 23, tzinfo=UTC),
    ...               datetime(2026, 11, 1, 12, tzinfo=UTC))
    >>> " ".join(slot.label for slot in hour_slots(night, ZoneInfo("America/Chicago")))
    '18 19 20 21 22 23 00 01A 01B 02 03 04 05'
    """
    slots = []
    hour_at = shift.start_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour_at < shift.end_at:
        start, end = max(hour_at, shift.start_at), min(hour_at + HOUR, shift.end_at)
        slots.append(
            HourSlot(
                hour_at, start, end, _hour_label(hour_at, zone), shift.working_minutes(start, end)
            )
        )
        hour_at += HOUR
    return slots


def _hour_label(hour_at: datetime, zone: ZoneInfo) -> str:
    here, before, after = (
        (hour_at + HOUR * step).astimezone(zone).strftime("%H") for step in (0, -1, 1)
    )
    return here + ("A" if after == here else "B" if before == here else "")


def hours_label(shift: Shift, zone: ZoneInfo) -> str:
    """A shift's hours in plant time: '06–18', or '06:30–15' where minutes matter.

    >>> hours_label(Shift("D", "Day", date(2026, 7, 6), datetime(2026, 7, 6, 11, tzinfo=UTC),
    ...                   datetime(2026, 7, 6, 23, tzinfo=UTC)), ZoneInfo("America/Chicago"))
    '06–18'
    """
    ends = (at.astimezone(zone) for at in (shift.start_at, shift.end_at))
    return "–".join(at.strftime("%H:%M" if at.minute else "%H") for at in ends)


def week_start(business_on: date, first_weekday: int = 0) -> date:
    """First business date of its week; weeks begin on `first_weekday` (0 = Monday, as in ISO).

    >>> week_start(date(2026, 11, 1)), week_start(date(2026, 11, 1), first_weekday=6)
    (datetime.date(2026, 10, 26), datetime.date(2026, 11, 1))
    """
    return business_on - DAY * ((business_on.weekday() - first_weekday) % 7)


def week_label(business_on: date) -> str:
    """ISO week of a business date.

    >>> week_label(date(2027, 1, 1))
    '2026-W53'
    """
    year, week, _ = business_on.isocalendar()
    return f"{year}-W{week:02}"


def breaks_text(breaks: Iterable[Span]) -> str:
    """Breaks as the JSON that `ShiftInstance.breaks` holds; `parse_breaks` reads it back.

    >>> breaks_text([(datetime(2026, 7, 6, 15, tzinfo=UTC), datetime(2026, 7, 6, 16, tzinfo=UTC))])
    '[["2026-07-06T15:00:00Z", "2026-07-06T16:00:00Z"]]'
    """
    return json.dumps(
        [[at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for at in span] for span in breaks]
    )


def parse_breaks(text: str) -> tuple[Span, ...]:
    """Breaks from `ShiftInstance.breaks`.

    >>> parse_breaks('[["2026-07-06T15:00:00Z", "2026-07-06T15:30:00Z"]]')[0][1].minute
    30
    """
    return tuple(
        (datetime.fromisoformat(start), datetime.fromisoformat(end))
        for start, end in json.loads(text)
    )


def _within(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    clipped = [(max(a, start), min(b, end)) for a, b in spans]
    return [(a, b) for a, b in clipped if a < b]


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _without(spans: list[Span], holes: Iterable[Span]) -> list[Span]:
    for start, end in holes:
        spans = [
            piece
            for a, b in spans
            for piece in ((a, min(b, start)), (max(a, end), b))
            if piece[0] < piece[1]
        ]
    return spans


def _minutes(spans: Iterable[Span]) -> float:
    return sum((end - start).total_seconds() for start, end in spans) / 60
