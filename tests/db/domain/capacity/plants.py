"""A plant of illustrative figures: valid by default, override one thing."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from db.domain.calendar import DAY, PlantCalendar, ShiftRule
from db.domain.capacity.facts import (
    CapacityFacts,
    PlannedWeek,
    ProductFact,
    Resource,
    Supported,
    Use,
    Wanted,
    WeekOutput,
)
from db.domain.capacity.weeks import weeks_of

TODAY = date(2026, 7, 6)
MONDAY = datetime(2026, 7, 6, 11, tzinfo=UTC)
SHIFTS = [ShiftRule("D", "Day", "06:00", "18:00"), ShiftRule("N", "Night", "18:00", "06:00")]
CALENDAR = PlantCalendar.from_definition("America/Chicago", "06:00", SHIFTS)
WEEKS = weeks_of(CALENDAR, TODAY, back=5, ahead=12)
MADE = (80, 96, 104, 110, 90)


def first(n: int) -> date:
    """The first day of the week `n` from now."""
    return TODAY + 7 * n * DAY


def wanted(key: str, racks: int, weeks: int = 0, kind: str = "commitment", **given: Any) -> Wanted:
    return replace(Wanted(key, "RK", kind, racks, first(weeks) + DAY, "ACME"), **given)


def plant(**given: Any) -> CapacityFacts:
    """40 burn-in slots (105 racks a week), a wiring line (120), four weeks around 100 racks."""
    facts = CapacityFacts(
        plant="mp",
        at=MONDAY,
        today=TODAY,
        weeks=WEEKS,
        products=(ProductFact("RK", 132.0),),
        resources=(
            Resource("BURN", "Burn-in", "slots", 40, "slots", True, 0.9, "full 9 of 10 shifts"),
            Resource("WIRE", "Wiring", "station", 5, "stations", False, 1.0),
        ),
        uses=(Use("BURN", "RK", 48, 1, 0.2), Use("WIRE", "RK", 7)),
        outputs=tuple(
            WeekOutput("RK", first(n - len(MADE)), count, count - 2) for n, count in enumerate(MADE)
        ),
        plan=tuple(PlannedWeek("RK", first(n), 95.0) for n in range(12)),
        demand=(wanted("C1", 90), wanted("C2", 110, 1)),
        supported=(Supported("RK", ((TODAY, 500),), 900, first(12) - DAY),),
        name="Mount Pleasant",
    )
    return replace(facts, **given)
