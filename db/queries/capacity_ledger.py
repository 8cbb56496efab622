"""The capacity ledger of every plant a viewer may see: one reading each, added up by week."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from db.domain.capacity.facts import CapacityFacts, Supported
from db.domain.capacity.forecast import Forecast, forecast
from db.domain.capacity.ledger import company, ledger
from db.domain.capacity.results import Company, PlantLedger
from db.domain.capacity.supported import supported_of
from db.domain.material.results import CASES, BuildCase, BuildOutlook
from db.queries.capacity import capacity_facts
from db.queries.outlook import held_outlooks
from db.queries.outlook_shapes import BuildCaseShape, BuildOutlookShape, OutlookShape
from db.queries.plants import plants
from db.queries.quarantine import ALWAYS, Span, weakened
from db.queries.scope import EVERY_PLANT, Scope

MOST_BLOCKERS = 3
MATERIAL_FEEDS = ("demand", "build", "stock", "receipt", "bom")


@dataclass(frozen=True)
class PlantCapacity:
    """One plant: what it stands on, its ledger and what is foreseen of each product.

    `known_until` is the last day material is known of; None without an outlook. `blockers` are
    names of the parts that open builds lack, most builds first.
    """

    facts: CapacityFacts
    ledger: PlantLedger
    forecasts: tuple[Forecast, ...]
    known_until: date | None
    blockers: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    """What the numbers lack because records wait in quarantine, in sentences."""

    @property
    def code(self) -> str:
        """The plant's code."""
        return self.facts.plant


@dataclass(frozen=True)
class Capacities:
    """All plants in display order, and their sum."""

    at: datetime
    plants: tuple[PlantCapacity, ...]
    company: Company


def capacities(session: Session, at: datetime, scope: Scope = EVERY_PLANT) -> Capacities:
    """Everything the capacity page shows, as of `at`; plants outside the scope are not in it.

    Material is what the plants' stored outlooks know, so far as they reach.
    """
    outlooks = {held["plant"]: held["outlook"] for held in held_outlooks(session, scope)}
    found = tuple(
        _plant(session, shape["code"], at, scope, outlooks.get(shape["code"]))
        for shape in plants(session, scope)
    )
    return Capacities(at, found, company([one.ledger for one in found]))


def _plant(
    session: Session, plant: str, at: datetime, scope: Scope, outlook: OutlookShape | None
) -> PlantCapacity:
    supported = supported_from(outlook) if outlook else None
    facts = capacity_facts(session, plant, at, scope, supported=supported)
    books = ledger(facts)
    return PlantCapacity(
        facts,
        books,
        tuple(forecast(facts, books, product) for product in books.by_product),
        date.fromisoformat(outlook["days"][-1]) if outlook else None,
        _blockers(outlook) if outlook else (),
        tuple(weakened(session, plant, _spans(facts))),
    )


def _spans(facts: CapacityFacts) -> dict[str, Span]:
    """What the ledger is made of: of its weeks, and of all that is planned, wanted and at hand."""
    begun = facts.weeks[0].start_at
    weeks: dict[str, Span] = {"unit_step": (begun, facts.at), "plan_hour": (begun, None)}
    return weeks | dict.fromkeys(MATERIAL_FEEDS, ALWAYS)


def supported_from(outlook: OutlookShape) -> tuple[Supported, ...]:
    """What a stored outlook's builds support, by product and day."""
    days = [date.fromisoformat(on) for on in outlook["days"]]
    return supported_of([_build(one) for one in outlook["builds"]], days)


def _build(shape: BuildOutlookShape) -> BuildOutlook:
    return BuildOutlook(
        build=shape["build"],
        product=shape["product"],
        line=shape["line"],
        kind=shape["kind"],
        priority=shape["priority"],
        due_at=datetime.fromisoformat(shape["due_at"]) if shape["due_at"] else None,
        open_count=shape["open_count"],
        buildable_now=shape["buildable_now"],
        fair_share_now=shape["fair_share_now"],
        blockers=tuple(shape["blockers"]),
        cases={case: _case(shape["cases"][case]) for case in CASES},
        cannot_tell=shape["cannot_tell"],
    )


def _case(shape: BuildCaseShape) -> BuildCase:
    return BuildCase(
        tuple((date.fromisoformat(on), count) for on, count in shape["buildable_by"]),
        date.fromisoformat(shape["complete_on"]) if shape["complete_on"] else None,
        shape["racks_late"],
        shape["best_action"],
    )


def _blockers(outlook: OutlookShape) -> tuple[str, ...]:
    names = {part["part"]: part["name"] or part["part"] for part in outlook["parts"]}
    lacking: Sequence[str] = [
        part
        for build in outlook["builds"]
        if build["buildable_now"] < build["open_count"]
        for part in build["blockers"]
    ]
    most = Counter(lacking).most_common(MOST_BLOCKERS)
    return tuple(names.get(part, part) for part, _ in most)
