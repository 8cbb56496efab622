"""Canned capacity of three plants: one short later on, one with room, one with much."""

from dataclasses import replace
from typing import Any

from db.domain.calendar import DAY
from db.domain.capacity.facts import CapacityFacts, Claim, Ramp, Supported
from db.domain.capacity.forecast import forecast
from db.domain.capacity.ledger import company, ledger
from db.domain.capacity.whatif import stand
from db.queries.capacity_ledger import Capacities, PlantCapacity
from db.queries.capacity_whatif import Standings
from tests.dashboard.fakes import NAMES
from tests.db.domain.capacity.plants import MONDAY, TODAY, first, plant, wanted
from tests.db.domain.capacity.worlds import world

LEVELS = {"mp": 1.0, "oh": 0.9, "tx": 1.1}
LACKS = {"mp": (), "oh": ("demand excludes 2 lines",), "tx": ()}
RAMPS = tuple(Ramp(code, "RK", "", tuple(range(20, 104, 4)), (154.0,) * 21) for code in LEVELS)


def facts(code: str, **given: Any) -> CapacityFacts:
    """A plant whose demand grows at Mount Pleasant and stands still elsewhere."""
    grows = 4 if code == "mp" else 0
    base = 78 if code == "mp" else 70
    demand = tuple(
        wanted(f"{code}-{n}", base + grows * n, n, customer=f"customer {n}") for n in range(12)
    )
    options = tuple(
        wanted(f"{code}-O{n}", 9, n, kind="option", customer="LAKESHORE",
               expires_on=first(n) - 21 * DAY)
        for n in range(6, 12)
    )  # fmt: skip
    told = plant(
        plant=code,
        name=NAMES[code],
        demand=(*demand, *options),
        supported=(Supported("RK", ((TODAY, 900),), 900, first(12) - DAY),),
        ramps=RAMPS,
        begun={"RK": first(-40)},
        claims=(Claim("AI racks", 1000, "racks/week", TODAY, "a company day"),)
        if code == "mp"
        else (),
    )
    outputs = tuple(replace(row, good_count=round(LEVELS[code] * row.good_count))
                    for row in told.outputs)  # fmt: skip
    return replace(told, **({"outputs": outputs} | given))


def capacities(*plants: CapacityFacts) -> Capacities:
    """What the store would answer for some plants; the canned three without any."""
    held = tuple(_held(one) for one in plants or [facts(code) for code in LEVELS])
    return Capacities(MONDAY, held, company([one.ledger for one in held]))


def standing(codes: tuple[str, ...] = ("mp", "oh", "tx")) -> Standings:
    """How some small plants of illustrative figures stand."""
    plants = world(12, 6, 28, codes)  # type: ignore[arg-type]
    return Standings(
        MONDAY, {code: stand(one) for code, one in plants.items()}, {("mp", "oh"): 1.5}
    )


def _held(one: CapacityFacts) -> PlantCapacity:
    books = ledger(one)
    told = tuple(forecast(one, books, product) for product in books.by_product)
    known, lacks = TODAY + 27 * DAY, LACKS[one.plant]
    return PlantCapacity(one, books, told, known, ("Busbar clip 48 V",), lacks)
