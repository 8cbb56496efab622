"""Three simulated years of ramps at three sites, and how the forecast does on them."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from db.domain.capacity.facts import Ramp
from db.domain.capacity.forecast import back_test, kin
from db.domain.capacity.ramps import fit

YEARS = 3
FIRST = date(2024, 1, 1)
SITES = {"mp": 1.0, "oh": 0.8, "tx": 1.4}
GENERATIONS = {"g1": 7.0, "g2": 11.0}
CLOSED = {51: 0.3, 52: 0.2, 47: 0.6, 26: 0.8}
"""Share of a usual week worked, by ISO week: year's end, Thanksgiving, Independence Day."""


@dataclass(frozen=True)
class Judged:
    """Over all weeks told of all ramps that had earlier ones to learn from."""

    count: int
    covered_ratio: float
    error_racks: float
    naive_racks: float


def hours_of(first: date, length: int) -> tuple[float, ...]:
    """Working hours of weeks: holidays cut some, clock changes give or take one at a night site."""
    found = []
    for n in range(length):
        monday = first + timedelta(weeks=n)
        _, week, _ = monday.isocalendar()
        clock = {10: -1.0, 44: 1.0}.get(week, 0.0)
        found.append(138.0 * CLOSED.get(week, 1.0) + clock)
    return tuple(found)


def ramps(seed: int) -> list[tuple[date, Ramp]]:
    """Three ramps a year at each site, 20 to 40 weeks long, two generations, by start.

    Each has its own level and speed of learning, weeks that hang together (a bad one is followed
    by a bad one), now and then a part that is missing, and a count that is whole.
    """
    chance = np.random.default_rng(seed)
    found = []
    for site, size in SITES.items():
        for number in range(3 * YEARS):
            first = FIRST + timedelta(weeks=int(number * 52 / 3 + chance.integers(0, 6)))
            generation = list(GENERATIONS)[number % 2]
            tau = GENERATIONS[generation] * float(chance.lognormal(0, 0.25))
            level = 100 * size * float(chance.lognormal(0, 0.25))
            length = int(chance.integers(20, 41))
            hours, drift, made = hours_of(first, length), 0.0, []
            for n, hour in enumerate(hours):
                drift = 0.7 * drift + float(chance.normal(0, 0.06))
                lack = float(chance.uniform(0.4, 0.9)) if chance.random() < 0.05 else 1.0
                mean = level * (1 - np.exp(-(n + 1) / tau)) * hour / 138 * np.exp(drift) * lack
                made.append(int(chance.poisson(mean)))
            found.append((first, Ramp(site, f"{site}-{number}", generation, tuple(made), hours)))
    return sorted(found, key=lambda one: one[0])


def judged(seed: int) -> Judged:
    """Every ramp told week by week from those that were over when it began."""
    known = ramps(seed)
    tests = []
    for first, ramp in known:
        over = [r for begun, r in known if begun + timedelta(weeks=len(r.good_counts)) <= first]
        curve = fit(kin(over, ramp.plant, ramp.generation)[0]) if over else None
        if curve is not None:
            good, hours = (np.array(s, float) for s in (ramp.good_counts, ramp.working_hours))
            tests.append(back_test(curve, good, hours))
    count = sum(one.count for one in tests)
    return Judged(
        count,
        sum(one.covered_count for one in tests) / count,
        sum((one.error_racks or 0) * one.count for one in tests) / count,
        sum((one.naive_error_racks or 0) * one.count for one in tests) / count,
    )
