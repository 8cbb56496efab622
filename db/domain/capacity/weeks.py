"""Weeks of a plant, named by a stated rule, with the hours they really have."""

from collections.abc import Iterable
from datetime import date

from db.domain.calendar import DAY, PlantCalendar, week_label, week_start
from db.domain.capacity.facts import Week, WeekRule
from db.domain.capacity.results import Finding


def weeks_of(
    calendar: PlantCalendar,
    on: date,
    *,
    back: int = 0,
    ahead: int = 1,
    rule: WeekRule = "iso",
    first_weekday: int = 0,
) -> tuple[Week, ...]:
    """`back` weeks before the one that holds `on`, that one, and so many that `ahead` are not past.

    ISO weeks begin on Monday and are named by ISO 8601; plant weeks begin on `first_weekday` and
    are named by their first day. A plant on holiday all week has a shutdown.

    >>> from db.domain.calendar import ShiftRule
    >>> calendar = PlantCalendar.from_definition(
    ...     "America/Chicago", "06:00", [ShiftRule("D", "Day", "06:00", "18:00")])
    >>> [(week.label, week.hours) for week in weeks_of(calendar, date(2026, 10, 30), ahead=2)]
    [('2026-W44', 169.0), ('2026-W45', 168.0)]
    >>> weeks_of(calendar, date(2026, 10, 30), rule="plant", first_weekday=6)[0].label
    'wk 2026-10-25'
    """
    first = week_start(on, first_weekday if rule == "plant" else 0)
    return tuple(_week(calendar, first + 7 * DAY * n, rule) for n in range(-back, ahead))


def _week(calendar: PlantCalendar, first: date, rule: WeekRule) -> Week:
    start, end = calendar.day_starts_at(first), calendar.day_starts_at(first + 7 * DAY)
    working = calendar.working_minutes(start, end) / 60
    label = week_label(first) if rule == "iso" else f"wk {first.isoformat()}"
    return Week(label, first, start, end, working, bool(calendar.shifts) and not working)


def week_findings(weeks: Iterable[Week]) -> list[Finding]:
    """Weeks that are not like others: longer, shorter, or shut."""
    found = []
    for week in weeks:
        if week.hours != 168:
            told = f"{week.label} has {week.hours:.0f} hours: clocks change in it"
            found.append(Finding("clock_change", week.label, told))
        if week.is_shutdown:
            told = f"{week.label} is a planned shutdown: nothing is rated or demonstrated in it"
            found.append(Finding("shutdown", week.label, told))
    return found
