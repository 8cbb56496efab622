"""How numbers, ages and states read on screen. assets/10-words.js says the same in the browser.

No data is "—" or "No data"; 0 is only ever a counted zero.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

NONE: Final = "—"
OUT_NOW: Final = "Out now"
NO_DATA_YET: Final = "No data yet"
WAITING: Final = "waiting for the first load"

FEEDS: Final = {
    "unit_step": "Production steps",
    "test_run": "Test results",
    "defect": "Defects",
    "genealogy": "Genealogy",
    "station_state": "Station states",
    "build": "Build orders",
    "part": "Part master",
    "lot": "Lots",
    "stock": "Inventory",
    "receipt": "Receipts",
    "bom": "Bill of materials",
    "plan_hour": "Hourly plan",
    "demand": "Demand",
}
"""Feed → what people call it."""


class State(NamedTuple):
    """A state's word, shape and plate: all three are always shown together."""

    word: str
    shape: str
    plate: str


CONDITIONS: Final = {
    "running": State("Run", "dot", "none"),
    "blocked": State("Blocked", "triangle", "amber"),
    "starved": State("Starved", "triangle", "amber"),
    "no_operator": State("No crew", "triangle", "amber"),
    "engineering": State("Eng.", "ring", "outline"),
    "planned_stop": State("PM", "ring", "outline"),
    "not_scheduled": State("Idle", "ring", "none"),
    "down": State("Down", "square", "red"),
}
NO_DATA: Final = State("No data", "hatch", "stale-outline")


def condition(code: str | None) -> State:
    """The state a station's condition is shown as.

    >>> condition("down").word, condition(None).word
    ('Down', 'No data')
    """
    return CONDITIONS.get(code or "", NO_DATA)


def age(seconds: float | None) -> str:
    """How long ago, or how long lasting.

    >>> age(12), age(1500), age(11400), age(187200)
    ('12 s', '25 min', '3 h 10 m', '2 d 4 h')
    """
    if seconds is None:
        return NONE
    whole = max(0, int(seconds // 1))
    if whole < 60:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    if hours < 24:
        return _pair(hours, "h", minutes % 60, "m")
    return _pair(hours // 24, "d", hours % 24, "h")


def _pair(big: int, big_unit: str, small: int, small_unit: str) -> str:
    return f"{big} {big_unit} {small} {small_unit}" if small else f"{big} {big_unit}"


def time_left(hours: float | None) -> str:
    """Time until a line stops for a part.

    >>> time_left(2.67), time_left(28.5), time_left(-1), time_left(None)
    ('2 h 40 m', '1 d 4 h', 'Out now', '—')
    """
    if hours is None:
        return NONE
    minutes = int(hours * 60 // 1)
    if minutes <= 0:
        return OUT_NOW
    if minutes < 60:
        return f"{minutes} min"
    whole = minutes // 60
    if whole < 24:
        return f"{whole} h {minutes % 60} m"
    return f"{whole // 24} d {whole % 24} h"


def countdown(seconds: float | None) -> str:
    """Minutes and seconds to or since; the sign is said by the words beside it.

    >>> countdown(312), countdown(-169), countdown(None)
    ('5:12', '2:49', '--:--')
    """
    if seconds is None:
        return "--:--"
    whole = int(abs(seconds))
    minutes = whole // 60
    return f"{minutes}:{whole % 60:02}" if minutes < 100 else age(whole)


def count(number: float | None) -> str:
    """A whole number, half rounded away from zero, with thousands and a true minus.

    >>> count(1234), count(-2.5), count(None)
    ('1,234', '−3', '—')
    """
    if number is None:
        return NONE
    size = int(abs(number) + 0.5)
    return f"{'−' if number < 0 and size else ''}{size:,}"


def noun(number: int, word: str) -> str:
    """The noun as it stands after a number.

    >>> noun(1, "part"), noun(0, "part")
    ('part', 'parts')
    """
    return word if number == 1 else f"{word}s"


def counted(number: int, word: str) -> str:
    """A number of things.

    >>> counted(1, "row"), counted(1234, "row")
    ('1 row', '1,234 rows')
    """
    return f"{count(number)} {noun(number, word)}"


def percent(part: int, whole: int) -> str:
    """A share of counts, one decimal, half up; only a full score reads 100.0%.

    >>> percent(27, 29), percent(49999, 50000), percent(0, 0)
    ('93.1%', '99.9%', '—')
    """
    if not whole:
        return NONE
    rounded = (part * 2000 + whole) // (2 * whole)
    tenths = 999 if rounded == 1000 and part < whole else rounded
    return f"{tenths // 10}.{tenths % 10}%"


def against_plan(difference: float | None) -> str:
    """Racks ahead of or behind the plan so far.

    >>> against_plan(-6), against_plan(3.4), against_plan(0.2), against_plan(None)
    ('6 behind', '3 ahead', 'On plan', 'No plan')
    """
    if difference is None:
        return "No plan"
    size = int(abs(difference) + 0.5)
    if size == 0:
        return "On plan"
    return f"{count(size)} {'behind' if difference < 0 else 'ahead'}"


def compact(number: float) -> str:
    """A quantity in a small cell: three or four figures, thousands as k, millions as M.

    >>> [compact(it) for it in (0.4, -213, 999.6, 1649, -9960, 33482, 2_400_000)]
    ['0', '−213', '1.0k', '1.6k', '−10k', '33k', '2.4M']
    """
    size, sign = abs(number), "−" if number < 0 else ""
    if size < 999.5:
        return f"{sign if size >= 0.5 else ''}{size:.0f}"
    scaled, unit = (size / 1e6, "M") if size >= 999_500 else (size / 1e3, "k")
    return f"{sign}{scaled:.1f}{unit}" if scaled < 9.95 else f"{sign}{scaled:.0f}{unit}"


def megawatts(kw: float | None) -> str:
    """Power in megawatts, one decimal.

    >>> megawatts(6204), megawatts(None)
    ('6.2 MW', '—')
    """
    return NONE if kw is None else f"{kw / 1000:,.1f} MW"


def held_back(lacks: Mapping[str, Sequence[str]]) -> list[str]:
    """What plants' numbers lack while records wait, as a notice; nothing when they lack nothing.

    >>> held_back({"Mount Pleasant": ["first-pass yield excludes 14 runs"], "Houston": []})
    ['Mount Pleasant: first-pass yield excludes 14 runs. They wait in quarantine.']
    """
    told = [f"{plant}: {'; '.join(texts)}" for plant, texts in lacks.items() if texts]
    return [f"{'. '.join(told)}. They wait in quarantine."] if told else []


def lacking(lacks: Sequence[str]) -> list[tuple[str, str]]:
    """The same as a line of an export's head.

    >>> lacking(["first-pass yield excludes 14 runs"])
    [('Lacking', 'first-pass yield excludes 14 runs')]
    """
    return [("Lacking", "; ".join(lacks))] if lacks else []
