"""What if: changes somebody thinks of, as data and as the short text a link carries.

A scenario never touches facts. Its text is `1` and one word a change, each its letter and its
fields, for example `1~r,mp,PO-77,-3~l,mp,BURN-IN,4,2026-11-30,2026-12-14`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from math import isfinite
from typing import Any
from urllib.parse import quote, unquote

LONGEST_TEXT = 2000
VERSION = "1"


class UnreadableScenario(ValueError):
    """A scenario text that cannot be read, or a scenario too long for a link."""


@dataclass(frozen=True, slots=True)
class MoveReceipt:
    """A receipt comes `days` later, or earlier when negative."""

    plant: str
    receipt: str
    days: int


@dataclass(frozen=True, slots=True)
class LoseResource:
    """`amount` of a resource (slots, stations, kW) is gone on [from_on, to_on); 0: all of it."""

    plant: str
    resource: str
    amount: float
    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class LoseLine:
    """A line stands still on [from_on, to_on)."""

    plant: str
    line: str
    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class AddShift:
    """The lines of a plant work `hours` more a week on [from_on, to_on)."""

    plant: str
    hours: float
    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class ChangeYield:
    """Of the racks of a product begun, `ratio` pass in the end."""

    plant: str
    product: str
    ratio: float


@dataclass(frozen=True, slots=True)
class ChangeMix:
    """A product's share of the racks a plant builds; the others keep their proportions."""

    plant: str
    product: str
    ratio: float


@dataclass(frozen=True, slots=True)
class ExerciseOption:
    """The customer takes an option up: it becomes a commitment."""

    plant: str
    option: str


@dataclass(frozen=True, slots=True)
class MoveParts:
    """Pieces of a part leave one plant now and can be used at another after `days`."""

    plant: str
    to_plant: str
    part: str
    qty: float
    days: float


Change = (
    MoveReceipt
    | LoseResource
    | LoseLine
    | AddShift
    | ChangeYield
    | ChangeMix
    | ExerciseOption
    | MoveParts
)

KINDS: Mapping[str, type[Change]] = {
    "r": MoveReceipt,
    "l": LoseResource,
    "n": LoseLine,
    "s": AddShift,
    "y": ChangeYield,
    "m": ChangeMix,
    "o": ExerciseOption,
    "p": MoveParts,
}
"""The letter of each kind of change: the whole of what can be asked."""


def _number(text: str) -> float:
    value = float(unquote(text))
    if not isfinite(value):
        raise ValueError(f"{text!r} is no number")
    return value


READ: Mapping[type, Callable[[str], Any]] = {
    str: unquote,
    int: int,
    float: _number,
    date: date.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """Changes made together, and what somebody called them."""

    changes: tuple[Change, ...] = ()
    name: str = ""


def scenario_text(scenario: Scenario) -> str:
    """The short text of a scenario; raises UnreadableScenario beyond 2,000 characters.

    >>> scenario_text(Scenario((MoveReceipt("mp", "PO 7,1", -3),), "Pull in"))
    '1Pull%20in~r,mp,PO%207%2C1,-3'
    """
    letters = {kind: letter for letter, kind in KINDS.items()}
    words = [
        ",".join(
            [letters[type(change)], *(_text(getattr(change, one.name)) for one in fields(change))]
        )
        for change in scenario.changes
    ]
    text = "~".join([VERSION + _text(scenario.name), *words])
    if len(text) > LONGEST_TEXT:
        raise UnreadableScenario(
            f"the scenario takes {len(text)} characters, a link holds {LONGEST_TEXT}: "
            "take out changes or shorten its name"
        )
    return text


def scenario_from(text: str) -> Scenario:
    """The scenario of a text; raises UnreadableScenario, which says what cannot be read.

    >>> scenario_from("1~s,mp,12,2026-11-30,2026-12-14").changes
    ... # doctest: +NORMALIZE_WHITESPACE
    (AddShift(plant='mp', hours=12.0, from_on=datetime.date(2026, 11, 30),
              to_on=datetime.date(2026, 12, 14)),)
    """
    if len(text) > LONGEST_TEXT or not text.startswith(VERSION):
        raise UnreadableScenario(
            f"expected a scenario of version {VERSION} and at most {LONGEST_TEXT} characters: "
            "open the what-if page anew"
        )
    head, *words = text.split("~")
    return Scenario(tuple(_change(word) for word in words), unquote(head[len(VERSION) :]))


def plants_named(scenario: Scenario) -> set[str]:
    """The plants a scenario's changes are about.

    >>> sorted(plants_named(Scenario((MoveParts("mp", "oh", "P", 5, 1.5),))))
    ['mp', 'oh']
    """
    names = ("plant", "to_plant")
    return {
        getattr(change, name)
        for change in scenario.changes
        for name in names
        if hasattr(change, name)
    }


def _text(value: str | float | date) -> str:
    if isinstance(value, float):
        return quote(repr(value).removesuffix(".0"), safe="-")
    return quote(str(value), safe="-").replace("~", "%7E")


def _change(word: str) -> Change:
    letter, *values = word.split(",")
    kind = KINDS.get(letter)
    if kind is None:
        raise UnreadableScenario(
            f"no change is called {letter!r}: expected one of {', '.join(KINDS)}"
        )
    wanted = fields(kind)
    if len(values) != len(wanted):
        names = ", ".join(one.name for one in wanted)
        raise UnreadableScenario(f"{word!r} has {len(values)} values, expected {names}")
    try:
        return kind(*(READ[one.type](text) for one, text in zip(wanted, values, strict=True)))  # type: ignore[index]
    except ValueError as fault:
        raise UnreadableScenario(f"{word!r} cannot be read: {fault}") from fault
