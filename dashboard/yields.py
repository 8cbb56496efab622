"""What the yield page asks the store: the page, why, and what is in a unit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from db.clock import utc_now
from db.queries.alarms import alarms, is_calling
from db.queries.attribution import explanation
from db.queries.genealogy import genealogy, where_used
from db.queries.plants import business_date
from db.queries.rack_shapes import TreeShape, WhereShape
from db.queries.scope import Scope
from db.queries.yield_failed import SHOWN_FAILED, carriers
from db.queries.yield_shapes import ExplanationShape, FailedListShape, YieldFilter, YieldShape
from db.queries.yields import failed_list, yield_page

LISTED = 60
"""Racks named of a lot."""


class Calling(NamedTuple):
    """Open drops: how many, and the plant where most is lost; "" while there are none."""

    open_count: int
    plant: str


class Parts(NamedTuple):
    """What is in a unit, and where else its suspect lots are."""

    tree: TreeShape
    places: list[WhereShape]


def drops_calling(session: Any, scope: Scope, plants: Sequence[str]) -> Calling:
    """The open drops of some plants."""
    found = [
        (alarm["excess_fails"], plant)
        for plant in plants
        for alarm in alarms(session, scope, plant)["alarms"]
        if is_calling(alarm)
    ]
    return Calling(len(found), max(found)[1] if found else "")


def first_pass(
    session: Any,
    scope: Scope,
    asked: YieldFilter,
    days: int | None = None,
    listed: int | None = SHOWN_FAILED,
) -> YieldShape:
    """The yield page; `days` makes its window the last so many business days of the plant.

    `listed` is how many failed units it names; None: all.
    """
    return yield_page(session, scope, _dated(session, scope, asked, days), listed=listed)


def failed_of(
    session: Any,
    scope: Scope,
    asked: YieldFilter,
    days: int | None = None,
    listed: int | None = SHOWN_FAILED,
) -> FailedListShape:
    """The failed units of a code or of a dot, in the same window."""
    return failed_list(session, scope, _dated(session, scope, asked, days), listed=listed)


def why_it_fails(
    session: Any, scope: Scope, asked: YieldFilter, days: int | None = None
) -> ExplanationShape:
    """The ranked explanation of the same units."""
    return explanation(session, scope, _dated(session, scope, asked, days))


def parts_of(
    session: Any, scope: Scope, plant: str, serial: str, suspects: Sequence[tuple[str, str]]
) -> Parts:
    """The genealogy of a serial, and where else those (part, lot) of `suspects` are that it has."""
    tree = genealogy(session, scope, plant, serial)
    held = _lots(tree["as_now"]) | _lots(tree["as_built"])
    places = [
        where_used(session, scope, plant, part=part, lot=lot, limit=LISTED)
        for part, lot in suspects
        if (part, lot) in held
    ]
    return Parts(tree, places)


def suspects_held(
    session: Any,
    scope: Scope,
    plant: str,
    operation: str,
    serials: Sequence[str],
    *,
    suspects: Sequence[tuple[str, str]],
) -> dict[str, list[str]]:
    """Serial → the suspect lots that it held at its first verdict."""
    lots = [f"{part} {lot}" for part, lot in suspects]
    return carriers(session, scope, plant, operation, serials, lots=lots)


def _lots(links: Sequence[Any]) -> set[tuple[str, str]]:
    own = {(link["part"], link["lot"]) for link in links if link["lot"]}
    return own.union(*(_lots(link["children"]) for link in links))


def _dated(session: Any, scope: Scope, asked: YieldFilter, days: int | None) -> YieldFilter:
    if days is None:
        return asked
    today = business_date(session, asked.plant, utc_now(), scope)
    return replace(asked, since_on=today - timedelta(days=days - 1), until_on=today)
