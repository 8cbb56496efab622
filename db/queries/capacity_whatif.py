"""How every plant a viewer may see stands: what scenarios are held against."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from db.domain.capacity.changes import PlantFacts
from db.domain.capacity.scenario import plants_named, scenario_from
from db.domain.capacity.whatif import Standing, stand
from db.domain.limits import limits_from
from db.models import Plant, SavedScenario
from db.queries.capacity import capacity_facts
from db.queries.material import build_facts
from db.queries.outlook import transport_days
from db.queries.plants import plants
from db.queries.scope import EVERY_PLANT, Scope


@dataclass(frozen=True)
class Standings:
    """Plants by code in display order, as of `at`, and days a delivery takes between them."""

    at: datetime
    by_plant: dict[str, Standing]
    transport_days: dict[tuple[str, str], float]


@dataclass(frozen=True)
class Saved:
    """A scenario somebody kept: `key` is its number, `text` what its link carries."""

    key: str
    name: str
    text: str
    saved_by: str
    saved_at: datetime


def standings(session: Session, at: datetime, scope: Scope = EVERY_PLANT) -> Standings:
    """Every plant in scope worked through, material and capacity of one reading; some tenths of a
    second a plant, so keep it."""
    found = {}
    for shape in plants(session, scope):
        code = shape["code"]
        facts = PlantFacts(
            capacity_facts(session, code, at, scope), build_facts(session, code, at, scope)
        )
        found[code] = stand(facts, limits_from(session.get_one(Plant, code).thresholds))
    return Standings(at, found, transport_days(session, scope))


def saved_scenarios(session: Session, scope: Scope = EVERY_PLANT) -> list[Saved]:
    """Scenarios that name only plants in scope, the newest first."""
    rows = session.exec(select(SavedScenario).order_by(col(SavedScenario.saved_at).desc()))
    return [
        Saved(str(row.id), row.name, row.text, row.saved_by, row.saved_at)
        for row in rows
        if all(plant in scope for plant in plants_named(scenario_from(row.text)))
    ]
