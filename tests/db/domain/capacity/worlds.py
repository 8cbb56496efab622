"""Plants with capacity and material facts of one horizon, for scenarios and their bench."""

from dataclasses import replace
from datetime import timedelta
from itertools import groupby

from db.domain.calendar import DAY, PlantCalendar
from db.domain.capacity.changes import PlantFacts
from db.domain.capacity.facts import (
    CapacityFacts,
    PlannedWeek,
    ProductFact,
    Resource,
    Use,
    Wanted,
    WeekOutput,
)
from db.domain.capacity.weeks import weeks_of
from tests.bench.material import START
from tests.bench.material import plant as material_plant
from tests.db.domain.capacity.plants import SHIFTS, TODAY, first

PRODUCTS = tuple(f"RK-{n}" for n in range(4))


def world(parts: int, builds: int, days: int, codes: str = "abc") -> dict[str, PlantFacts]:
    """Plants of this size, four products on two lines, burn-in slots and wiring stations."""
    return {
        code: _plant(code, parts, builds, days, seed=place + 1) for place, code in enumerate(codes)
    }


def _plant(code: str, parts: int, builds: int, days: int, seed: int) -> PlantFacts:
    material = replace(material_plant(parts, builds, days, levels=3, seed=seed), plant=code)
    calendar = PlantCalendar.from_definition("America/Chicago", "06:00", SHIFTS)
    weeks = weeks_of(calendar, TODAY, back=8, ahead=12)
    planned = sorted(
        ((hour.product, first((hour.hour_at - START) // timedelta(weeks=1)), hour.qty))
        for hour in material.plan
    )
    plan = tuple(
        PlannedWeek(product, on, sum(qty for *_, qty in rows))
        for (product, on), rows in groupby(planned, key=lambda row: row[:2])
    )
    capacity = CapacityFacts(
        plant=code,
        at=material.at,
        today=TODAY,
        weeks=weeks,
        products=tuple(ProductFact(product, 132.0) for product in PRODUCTS),
        resources=(
            Resource("BURN", "Burn-in", "slots", 160, "slots", True, 0.9, by_line={"L1": 80}),
            Resource("WIRE", "Wiring", "station", 30, "stations", False, 1.0),
        ),
        uses=tuple(Use(on, one, h) for one in PRODUCTS for on, h in (("BURN", 48), ("WIRE", 6))),
        outputs=tuple(WeekOutput(one, first(n - 8), 95 + n) for one in PRODUCTS for n in range(8)),
        plan=plan,
        demand=tuple(
            Wanted(
                f"{kind}{one}{n}",
                one,
                kind,
                racks,
                first(n) + DAY,
                f"customer {n}",
                None if kind == "firm" else first(2),
            )
            for one in PRODUCTS
            for n in range(12)
            for kind, racks in (("firm", 90), ("option", 10))
        ),
    )
    return PlantFacts(capacity, material)
