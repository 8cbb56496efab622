"""What comes after the first content: why, and what is in a unit. The last answers are kept, so
that a page that is drawn anew shows them until the new ones are there.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace
from typing import Any, NamedTuple

from dashboard.address import State
from dashboard.components.yields.failed import (
    Carry,
    failed,
    looked_at,
    parts,
    parts_waiting,
)
from dashboard.components.yields.plot import dot_named, dot_of
from dashboard.components.yields.state import DATES, filter_of
from dashboard.components.yields.why import nothing, waiting, why
from dashboard.report import Asked
from dashboard.yields import (
    Parts,
    drops_calling,
    failed_of,
    first_pass,
    parts_of,
    suspects_held,
    why_it_fails,
)
from db.queries.yield_failed import SHOWN_FAILED
from db.queries.yield_shapes import (
    ExplanationShape,
    FailedUnitShape,
    YieldFilter,
    YieldShape,
)
from db.queries.yield_window import CannotAsk

KEPT = 64
MOST_SUSPECTS = 3
SUSPECT = ("likely", "possible")


class Shown(NamedTuple):
    """A page with the failed units that are listed; `total` counts those not listed too."""

    page: YieldShape
    units: list[FailedUnitShape]
    total: int
    asked: YieldFilter
    days: int | None


class Told(NamedTuple):
    """What came later: why (None where there is nothing to explain), and what is in a unit, and
    which suspect lots the failed units held."""

    why: ExplanationShape | None
    parts: Parts | None
    carry: Carry


class Panels(NamedTuple):
    """The three panels that come later."""

    why: Any
    failed: Any
    parts: Any


class Last:
    """The last answers to the last questions, oldest forgotten first."""

    def __init__(self) -> None:
        self._held: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        """The last answer; None when there is none."""
        return self._held.get(key)

    def keep(self, key: Hashable, answer: Any) -> None:
        """Remember an answer."""
        self._held[key] = answer
        self._held.move_to_end(key)
        while len(self._held) > KEPT:
            self._held.popitem(last=False)


LAST = Last()


async def plant_of(asked: Asked) -> tuple[str, bool]:
    """The plant to show: the chosen one, else where most is lost, else the first; and whether
    the latter has an open drop. "" without any plant."""
    codes = tuple(plant["code"] for plant in asked.plants)
    if not codes:
        return "", False
    calling = await asked.read.ask(drops_calling, asked.scope, codes)
    return calling.plant or codes[0], bool(calling.plant)


async def shown(asked: Asked, plant: str, listed: int | None = SHOWN_FAILED) -> Shown:
    """The page of a state, narrowed to a failure code and a dot where these are chosen.

    `listed` is how many failed units it names; None: all.
    Raises CannotAsk for dates that mean nothing.
    """
    state = asked.state
    wanted = filter_of(state, plant)
    days = None if state["days"] == DATES else int(state["days"])
    if wanted.since_on and wanted.until_on and wanted.since_on > wanted.until_on:
        raise CannotAsk("the first day is after the last one: swap them")
    page = await asked.read.ask(first_pass, asked.scope, wanted, days, listed)
    units, total = page["failed"], page["failed_count"]
    point = dot_named(page, state["point"])
    if state["symptom"] or point:
        dot = dot_of(point) if point else None
        narrowed = replace(wanted, symptom=state["symptom"], dot=dot)
        found = await asked.read.ask(failed_of, asked.scope, narrowed, days, listed)
        units, total = found["units"], found["count"]
    return Shown(page, units, total, wanted, days)


def explained_filter(found: Shown) -> YieldFilter:
    """What is explained: the page without the finding that was clicked, so that it stays listed."""
    return replace(found.asked, factor="", value="", symptom="", group="", grain="shift", last=50)


def keys(found: Shown, state: State) -> tuple[Hashable, Hashable]:
    """Under which the last answers are kept: of the explanation, and of a unit."""
    plant = found.page["plant"]
    return (explained_filter(found), found.days), (plant, looked_at(found.units, state))


def carry_key(found: Shown, state: State) -> Hashable:
    """Under which it is kept what the failed units held of the suspects."""
    return keys(found, state)[0], tuple(one["serial"] for one in found.units)


def held(found: Shown, state: State) -> Panels:
    """The panels as far as they are known already, at their final heights."""
    explained, unit = keys(found, state)
    serial = looked_at(found.units, state)
    if not found.page["kpis"]["failed_count"]:
        first = why_panel(found, None, state)
    else:
        told = LAST.get(explained)
        first = why_panel(found, told, state) if told else waiting(found.page["unit_name"])
    listed = failed_panel(found, LAST.get(carry_key(found, state)), state)
    known = LAST.get(unit)
    if known or not serial:
        return Panels(first, listed, parts_panel(found, known, LAST.get(explained)))
    return Panels(first, listed, parts_waiting(serial))


async def told(asked: Asked, found: Shown) -> Told:
    """Why, and what is in the unit that is looked at; asked of the store."""
    explained, unit = keys(found, asked.state)
    because = None
    if found.page["kpis"]["failed_count"]:
        because = await asked.read.ask(
            why_it_fails, asked.scope, explained_filter(found), found.days
        )
        LAST.keep(explained, because)
    serial = looked_at(found.units, asked.state)
    if not serial:
        return Told(because, None, {})
    plant, named = found.page["plant"], suspects(because)
    inside = await asked.read.ask(parts_of, asked.scope, plant, serial, named)
    LAST.keep(unit, inside)
    serials = tuple(one["serial"] for one in found.units)
    carry = await asked.read.ask(
        suspects_held,
        asked.scope,
        plant,
        found.page["operation"],
        serials,
        suspects=named,
    )
    LAST.keep(carry_key(found, asked.state), carry)
    return Told(because, inside, carry)


def suspects(because: ExplanationShape | None) -> tuple[tuple[str, str], ...]:
    """(part, lot) of the likely or possible lots, the first ones first."""
    found = because["findings"] if because else []
    named = [it["value"].partition(" ") for it in found
             if it["factor"] == "lot" and it["standing"] in SUSPECT]  # fmt: skip
    return tuple((part, lot) for part, _, lot in named if lot)[:MOST_SUSPECTS]


def why_panel(found: Shown, because: ExplanationShape | None, state: State) -> Any:
    """The panel of the explanation, or the sentence where there is nothing to explain."""
    unit, kpis = found.page["unit_name"], found.page["kpis"]
    if because is not None:
        return why(because, state, unit, found.page["plant"])
    if not kpis["first_count"]:
        return nothing(unit, "Nothing to explain: no first verdict in this window.")
    return nothing(unit, f"Nothing to explain: all {kpis['first_count']:,} {unit}s passed.")


def failed_panel(found: Shown, carry: Carry | None, state: State) -> Any:
    """The panel of the failed units; without what they carry while that is not known."""
    return failed(found.page, found.units, found.total, state, carry)


def parts_panel(found: Shown, inside: Parts | None, because: ExplanationShape | None) -> Any:
    """The panel of the genealogy."""
    marked = [f"{part} {lot}" for part, lot in suspects(because)]
    if inside is None:
        return parts(None, [], found.page["zone"], marked)
    return parts(inside.tree, inside.places, found.page["zone"], marked)
