"""The kinds of change a scenario is made of: how each is entered, and how each reads."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, NamedTuple

from dashboard.address import Option
from dashboard.components.capacity.view import day
from dashboard.wording import count
from db.domain.capacity.scenario import KINDS, Change, LoseResource
from db.domain.capacity.whatif import Standing
from db.domain.vocabulary import DemandKind
from db.queries.capacity_whatif import Standings

Choices = Callable[[Standing], list[Option]]
ONE = {"stations": "station", "slots": "slot", "people": "person"}
DEFAULT_TRANSPORT = 2.0
"""Days a delivery takes where the plants' files do not say."""


def _resources(one: Standing) -> list[Option]:
    return [Option(it.code, f"{it.name}, {it.unit}") for it in one.facts.capacity.resources]


def _lines(one: Standing) -> list[Option]:
    lines = {line for it in one.facts.capacity.resources for line in it.by_line}
    named = one.facts.material.line_names
    return [Option(line, named.get(line, line)) for line in sorted(lines)]


def _products(one: Standing) -> list[Option]:
    return [Option(it.product, it.product) for it in one.facts.capacity.products]


def _options(one: Standing) -> list[Option]:
    return [
        Option(it.key, f"{it.customer}, {it.rack_count} racks due {day(it.due_on)}")
        for it in one.facts.capacity.demand
        if it.kind == DemandKind.OPTION
    ]


def _parts(one: Standing) -> list[Option]:
    return [Option(it.part, it.name or it.part) for it in one.facts.material.parts]


def _receipts(one: Standing) -> list[Option]:
    names = {it.part: it.name or it.part for it in one.facts.material.parts}
    rows = [it for it in one.facts.material.promises if it.promised_on and it.usable_at and it.key]
    return [
        Option(it.key, f"{names.get(it.part, it.part)}, {it.open_qty:,.10g} {it.unit} on "
                       f"{day(it.promised_on)}")
        for it in sorted(rows, key=lambda it: (it.promised_on or date.max, it.key))
        if it.promised_on
    ]  # fmt: skip


class Kind(NamedTuple):
    """A kind of change: what it is called, what it is about, what its number means, whether it has
    dates or a second plant."""

    label: str
    choices: Choices | None = None
    amount: str = ""
    has_dates: bool = False
    has_other: bool = False


ENTERED: Mapping[str, Kind] = {
    "s": Kind("Add a shift", None, "Hours a week more", has_dates=True),
    "l": Kind("Lose or add a resource", _resources, "Lost (− is added)", has_dates=True),
    "n": Kind("Lose a line", _lines, has_dates=True),
    "r": Kind("Move a receipt", _receipts, "Days later (− earlier)"),
    "y": Kind("Change a yield", _products, "% that pass"),
    "m": Kind("Change the mix", _products, "% of racks"),
    "o": Kind("Exercise an option", _options),
    "p": Kind("Move parts", _parts, "Pieces", has_other=True),
}
"""The letter of a kind (as a link carries it) → how it is entered."""

ABOUT = ("receipt", "resource", "line", "product", "option", "part")
PERCENT = ("y", "m")


class Given(NamedTuple):
    """What the form holds."""

    plant: str
    which: str
    amount: float | None
    from_on: str
    to_on: str
    other: str


def entered(letter: str, given: Given, standings: Standings) -> Change:
    """The change a form describes; ValueError says in words what is missing."""
    kind, entry = KINDS[letter], ENTERED[letter]
    missing = [
        *([] if given.plant else ["choose a plant"]),
        *(["choose what it is about"] if entry.choices and not given.which else []),
        *([f"give a number: {entry.amount}"] if entry.amount and given.amount is None else []),
        *(["give both dates"] if entry.has_dates and not (given.from_on and given.to_on) else []),
        *(["choose another plant to send to"]
          if entry.has_other and given.other in ("", given.plant) else []),
    ]  # fmt: skip
    if missing:
        raise ValueError("; ".join(missing))
    amount = given.amount or 0.0
    if letter in PERCENT:
        amount /= 100
    transport = standings.transport_days.get((given.plant, given.other), DEFAULT_TRANSPORT)
    values: dict[str, Any] = {
        "plant": given.plant, "to_plant": given.other, "amount": amount, "hours": amount,
        "ratio": round(amount, 4), "qty": amount, **dict.fromkeys(ABOUT, given.which),
        "days": transport if letter == "p" else int(amount),
        "from_on": _date(given.from_on), "to_on": _date(given.to_on),
    }  # fmt: skip
    if entry.has_dates and values["from_on"] >= values["to_on"]:
        raise ValueError("the first day must come before the last")
    return kind(**{one.name: values[one.name] for one in fields(kind)})


def _date(text: str) -> date:
    return date.fromisoformat(text) if text else date.min


def in_words(change: Change, standings: Standings, plants: Mapping[str, str]) -> str:
    """A change as a sentence without its stop; what is not known any more is told by its code."""
    letter = next(it for it, kind in KINDS.items() if isinstance(change, kind))
    where = plants.get(change.plant, change.plant)
    name = next((getattr(change, it) for it in ABOUT if hasattr(change, it)), "")
    choices, one = ENTERED[letter].choices, standings.by_plant.get(change.plant)
    if choices and one:
        name = dict(choices(one)).get(name, name)
    told: Any = change
    words = {
        "s": lambda: f"{_signed(told.hours)} hours a week{_span(told)}",
        "l": lambda: f"{'add' if told.amount < 0 else 'lose'} {_some(told, one)}{_span(told)}",
        "n": lambda: f"lose {name}{_span(told)}",
        "r": lambda: f"{name}: {_later(told.days)}",
        "y": lambda: f"{told.ratio:.1%} of {name} pass",
        "m": lambda: f"{told.ratio:.0%} of racks are {name}",
        "o": lambda: f"option of {name} is taken up",
        "p": lambda: f"{count(told.qty)} {name} to {plants.get(told.to_plant, told.to_plant)}",
    }  # fmt: skip
    return f"{where}: {words[letter]()}"


def _some(change: LoseResource, one: Standing | None) -> str:
    """How much of a resource, in its unit."""
    known = one.facts.capacity.resources if one else ()
    held = next((it for it in known if it.code == change.resource), None)
    name, unit = (held.name, held.unit) if held else (change.resource, "")
    if not change.amount:
        return f"all of {name}"
    amount = abs(change.amount)
    return f"{amount:,.10g} {ONE.get(unit, unit) if amount == 1 else unit}".rstrip() + f" of {name}"


def _signed(hours: float) -> str:
    return f"{'+' if hours >= 0 else '−'}{abs(hours):g}"


def _later(days: int) -> str:
    unit = "day" if abs(days) == 1 else "days"
    return f"{abs(days)} {unit} {'earlier' if days < 0 else 'later'}"


def _span(change: Any) -> str:
    return f", {day(change.from_on)} to {day(change.to_on)}"
