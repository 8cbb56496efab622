"""How the throughput page says hours, reasons and dates."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboard.wording import NONE
from db.queries.flow_shapes import FlowShape, ReasonShape

KINDS = {
    "down": "Down",
    "no_operator": "No crew",
    "starved": "Starved",
    "blocked": "Blocked",
    "engineering": "Engineering",
    "unexplained": "Unexplained",
    "speed": "Slower than planned",
    "quality": "Not good first time",
}
GAINS = KINDS | {"speed": "Faster than planned"}
"""What the same are called below zero, where time was gained."""
ALMOST_NOW = 0.25
"""Hours: a stop that was due so soon after is told without its way to the output."""


def tenths(number: float | None, *, is_signed: bool = False) -> str:
    """A number with one decimal and a true minus.

    >>> tenths(-2.04), tenths(1.96, is_signed=True), tenths(0.01, is_signed=True), tenths(None)
    ('−2.0', '+2.0', '0.0', '—')
    """
    if number is None:
        return NONE
    size = f"{abs(number):,.1f}"
    if size == "0.0":
        return size
    return f"{'−' if number < 0 else '+' if is_signed else ''}{size}"


def share(ratio: float | None) -> str:
    """A ratio as a percentage with one decimal; only a full score reads 100.0%.

    >>> share(0.9167), share(0.99996), share(None)
    ('91.7%', '99.9%', '—')
    """
    if ratio is None:
        return NONE
    return "99.9%" if 0.9995 <= ratio < 1 else f"{ratio:.1%}"


def hours(number: float | None) -> str:
    """Hours with one decimal.

    >>> hours(28.08), hours(None)
    ('28.1 h', '—')
    """
    return NONE if number is None else f"{number:,.1f} h"


def minutes_seconds(seconds: float | None) -> str:
    """A rhythm.

    >>> minutes_seconds(1650), minutes_seconds(None)
    ('27:30', '—')
    """
    if seconds is None:
        return NONE
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def reason(one: ReasonShape) -> str:
    """A reason in words.

    >>> reason({"kind": "down", "racks": 1.0, "text": "Seal replaced", "station": "L1-LEAK",
    ...         "minutes": 30.4, "hours_before": 15.2})
    'Down: Seal replaced, L1-LEAK, 30 min, 15 h before'
    """
    kind = KINDS.get(one["kind"], one["kind"])
    if not one["station"]:
        return kind
    said = f"{kind}: {one['text']}" if one["text"] else kind
    before = one["hours_before"]
    when = f", {before:.0f} h before" if before >= 0.5 else ""
    return f"{said}, {one['station']}, {one['minutes']:.0f} min{when}"


def listed(found: Sequence[str]) -> str:
    """Texts in a row.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    head, last = list(found[:-1]), found[-1] if found else ""
    return f"{', '.join(head)} and {last}" if head else last


def data_end(page: FlowShape) -> str:
    """What data that are old leave untold; "" while they are new.

    >>> data_end({"stale_at": "2026-11-28T02:37:00Z", "zone": "America/Chicago",
    ...           "zone_label": "CT"})
    'Production data end Fri 20:37 CT: no later hour is counted or judged.'
    """
    if page["stale_at"] is None:
        return ""
    when = f"{clock(page['stale_at'], page)} {page['zone_label']}"
    return f"Production data end {when}: no later hour is counted or judged."


def until(page: FlowShape) -> str:
    """Up to when a running window is told.

    >>> until({"stale_at": None})
    'now'
    """
    return "now" if page["stale_at"] is None else clock(page["stale_at"], page)


def shown(page: FlowShape) -> str:
    """The shift or day that is shown.

    >>> window = {"name": "Night shift", "business_on": "2026-10-31", "hours_label": "18–06",
    ...           "hour_count": 13}
    >>> shown({"window": window, "zone_label": "CT"})
    'Night shift, Sat Oct 31, 18–06 CT, 13 hours'
    """
    window = page["window"]
    on = date.fromisoformat(window["business_on"])
    odd = window["hour_count"] not in (8, 10, 12, 24)
    long = f", {window['hour_count']} hours" if odd else ""
    when = f"{on:%a %b} {on.day}"
    return f"{window['name']}, {when}, {window['hours_label']} {page['zone_label']}{long}"


def clock(at: str, page: FlowShape) -> str:
    """An instant by the plant's clock, weekday before it."""
    return f"{datetime.fromisoformat(at).astimezone(ZoneInfo(page['zone'])):%a %H:%M}"
