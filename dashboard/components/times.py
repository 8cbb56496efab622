"""Instants as the plant's own clock shows them, its zone always beside the time."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboard.wording import NONE
from db.queries.shapes import PlantShape


def local(at: str, plant: PlantShape) -> datetime:
    """An instant on the plant's clock.

    >>> local("2026-11-22T20:05:00Z", {"zone": "America/Chicago"}).isoformat()
    '2026-11-22T14:05:00-06:00'
    """
    return datetime.fromisoformat(at).astimezone(ZoneInfo(plant["zone"]))


def clock(at: str | None, plant: PlantShape) -> str:
    """The time of an instant.

    >>> clock("2026-11-22T20:05:00Z", {"zone": "America/Chicago", "zone_label": "CT"})
    '14:05 CT'
    """
    return f"{local(at, plant):%H:%M} {plant['zone_label']}" if at else NONE


def moment(at: str | None, plant: PlantShape, now: datetime) -> str:
    """When: weekday and time within two days of now, else the date.

    >>> ct = {"zone": "America/Chicago", "zone_label": "CT"}
    >>> now = datetime.fromisoformat("2026-11-22T20:05:00Z")
    >>> [moment(at, ct, now) for at in ("2026-11-23T05:10:00Z", "2026-11-27T05:10:00Z",
    ...                                  "2026-12-09T20:00:00Z")]
    ['Sun 23:10 CT', 'Thu Nov 26', 'Wed Dec 9']
    """
    if at is None:
        return NONE
    there = local(at, plant)
    near = abs((there - now).total_seconds()) < 48 * 3600
    return f"{there:%a} {clock(at, plant)}" if near else on_day(there.date())


def on_day(day: date) -> str:
    """A date as people say it, without the year.

    >>> on_day(date(2026, 12, 2))
    'Wed Dec 2'
    """
    return f"{day:%a %b} {day.day}"


def day_of(text: str | None) -> str:
    """As `on_day`, of an ISO date.

    >>> day_of("2026-12-02"), day_of(None)
    ('Wed Dec 2', '—')
    """
    return on_day(date.fromisoformat(text)) if text else NONE
