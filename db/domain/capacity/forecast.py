"""The coming twelve weeks of a product at a plant: how many racks, and within what bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf

import numpy as np

from db.domain.capacity.facts import CapacityFacts, Ramp, Week
from db.domain.capacity.ramps import FEWEST_WEEKS, HORIZON, Curve, Series, fit, project, spread
from db.domain.capacity.results import Finding, PlantLedger, WeekLedger

SHARE = 0.8
FEWEST_RAMPS = 3
FEWEST_TESTED = 24
"""Weeks told and over, below which a past error of the product's own says little."""


@dataclass(frozen=True, slots=True)
class ForecastWeek:
    """Racks of one week: 80 of 100 such weeks should lie between low and high (None: not known).

    `limited_by`: learning, plan, material, rated or shutdown.
    """

    week: Week
    low: float | None
    racks: float
    high: float | None
    mw: float | None
    limited_by: str


@dataclass(frozen=True, slots=True)
class BackTest:
    """The same forecast made for weeks that are over: how it did, and how the naive one did.

    Naive: the mean of the last four weeks, whatever lies ahead. Errors are mean absolute, in racks.
    `is_own`: of this product's own weeks; else of the ramps it learned from, these being too few.
    """

    count: int
    covered_count: int
    error_racks: float | None
    naive_error_racks: float | None
    is_own: bool = True


NOT_TESTED = BackTest(0, 0, None, None)


@dataclass(frozen=True, slots=True)
class Forecast:
    """A product at a plant; empty weeks with a finding where nothing can be told."""

    plant: str
    product: str
    weeks: tuple[ForecastWeek, ...]
    tau_weeks: float | None
    ramp_count: int
    back_test: BackTest
    findings: tuple[Finding, ...]


def forecast(facts: CapacityFacts, ledger: PlantLedger, product: str) -> Forecast:
    """The coming 12 weeks, from the curve of earlier ramps and the product's own last weeks.

    Working hours of each week carry holidays, half weeks and clock changes. A plan, material or
    rating below the curve binds, in its bounds too. Without a week of output nothing is told.
    """
    past, good = _history(facts, product)
    before = _before(facts, product, past)
    hours = np.array([week.working_hours for week in past])
    generation = next((p.generation for p in facts.products if p.product == product), "")
    ramps, told_by = kin(facts.ramps, facts.plant, generation)
    own = Ramp(facts.plant, product, generation, tuple(map(int, good)), tuple(hours))
    curve, learned = _learned(tuple(ramps)) if ramps else (fit([own]), NOT_TESTED)
    faults = [] if ramps else [_no_ramp(product)]
    if curve is None or not good.sum():
        told = f"fewer than {FEWEST_WEEKS + 1} weeks of {product} at {facts.plant}: no forecast"
        faults.append(Finding("no_history", product, told))
        return Forecast(facts.plant, product, (), None, 0, NOT_TESTED, tuple(faults))
    ahead = [one for one in ledger.by_product[product] if not one.is_past][:HORIZON]
    bounds = tell(curve, good, hours, np.array([one.week.working_hours for one in ahead]), before)
    kw = next((p.kw for p in facts.products if p.product == product), None)
    weeks = tuple(
        _week(one, (low, racks, high), kw)
        for one, low, racks, high in zip(ahead, *bounds, strict=True)
    )
    tested = back_test(curve, good, hours, before)
    if tested.count < FEWEST_TESTED and learned.count:
        tested = learned
    return Forecast(
        facts.plant, product, weeks, curve.tau, curve.ramp_count, tested, (*faults, *told_by)
    )


def kin(
    ramps: Sequence[Ramp], plant: str, generation: str
) -> tuple[list[Ramp], tuple[Finding, ...]]:
    """The ramps to learn from: same site and generation, else generation, else site, else all.

    A group of fewer than three is too small to tell how far ramps differ; none so large: all.
    """
    groups = (
        [r for r in ramps if (r.plant, r.generation) == (plant, generation)],
        [r for r in ramps if r.generation == generation],
        [r for r in ramps if r.plant == plant],
        list(ramps),
    )
    words = ("", "of this generation elsewhere", "of other generations here", "elsewhere")
    for group, word in zip(groups, words, strict=True):
        if len(group) >= FEWEST_RAMPS or (group and group == list(ramps)):
            told = f"the learning curve is that of ramps {word}: fewer than {FEWEST_RAMPS} are of "
            told += f"{generation or 'this generation'} at {plant}"
            return group, (Finding("other_ramps", plant, told),) if word else ()
    return [], ()


def tell(
    curve: Curve, good: Series, hours: Series, ahead: Series, before: int = 0
) -> tuple[Series, Series, Series]:
    """Low, middle and high of the weeks ahead; low 0 and high without end where errors are few.

    `before`: weeks of the ramp before those given.
    """
    racks = project(good, hours, ahead, curve.tau, curve.window, before=before)
    age = before + len(good)
    factors = np.array([spread(curve, age, n + 1, SHARE) for n in range(len(ahead))])
    low, middle, high = factors.reshape(len(ahead), 3).T
    return low * racks, middle * racks, np.where(racks > 0, high, 0.0) * np.maximum(racks, 1e-9)


def back_test(curve: Curve, good: Series, hours: Series, before: int = 0) -> BackTest:
    """The weeks of this product as they would have been told, each from every week before."""
    rows = []
    for age in range(FEWEST_WEEKS, len(good)):
        low, racks, high = tell(curve, good[:age], hours[:age], hours[age : age + HORIZON], before)
        naive = good[max(0, age - 4) : age].mean()
        made = good[age : age + HORIZON]
        inside = (low <= made + 0.5) & (made - 0.5 <= high)
        rows += list(zip(inside, np.abs(made - racks), np.abs(made - naive), strict=True))
    if not rows:
        return NOT_TESTED
    told = np.array(rows, dtype=np.float64)
    return BackTest(
        len(told), int(told[:, 0].sum()), float(told[:, 1].mean()), float(told[:, 2].mean())
    )


@lru_cache(maxsize=64)
def _learned(ramps: tuple[Ramp, ...]) -> tuple[Curve | None, BackTest]:
    """The curve of some ramps, and how each of them would have been told by the others."""
    curve = fit(ramps)
    if curve is None:
        return None, NOT_TESTED
    tests = [
        back_test(others, np.array(one.good_counts, float), np.array(one.working_hours, float))
        for one in ramps
        if (others := fit([it for it in ramps if it is not one]))
    ]
    count = sum(one.count for one in tests)
    mean = [
        sum((getattr(one, name) or 0.0) * one.count for one in tests) / count if count else None
        for name in ("error_racks", "naive_error_racks")
    ]
    covered = sum(one.covered_count for one in tests)
    return curve, BackTest(count, covered, mean[0], mean[1], is_own=False)


def _history(facts: CapacityFacts, product: str) -> tuple[list[Week], Series]:
    """Past weeks since the first with output, and what was made; silent weeks are left out."""
    made = {
        row.first_on: row.good_count - row.reversed_count
        for row in facts.outputs
        if row.product == product
    }
    told = {row.first_on for row in facts.outputs}
    past = [week for week in facts.weeks if week.end_at <= facts.at and week.first_on in told]
    begun = [week for week in past if any(d <= week.first_on and n > 0 for d, n in made.items())]
    return begun, np.array([max(0, made.get(week.first_on, 0)) for week in begun], dtype=float)


def _before(facts: CapacityFacts, product: str, past: Sequence[Week]) -> int:
    """Weeks the product had been made before the first known one."""
    begun = facts.begun.get(product)
    return max(0, (past[0].first_on - begun).days // 7) if begun and past else 0


def _week(one: WeekLedger, bounds: tuple[float, float, float], kw: float | None) -> ForecastWeek:
    """The bounds of a week under the least of what else limits it."""
    caps = [
        (one.planned.racks, "plan") if one.planned and not one.planned.is_at_least else (inf, ""),
        (one.rated.racks, "rated") if one.rated else (inf, ""),
        (one.supported.racks, "material")
        if one.supported and not one.supported.is_at_least
        else (inf, ""),
    ]
    cap, word = min(caps)
    low, racks, high = (min(float(bound), cap) for bound in bounds)
    by = "shutdown" if not one.week.working_hours else word if bounds[1] > cap else "learning"
    is_open = bounds[2] == inf
    return ForecastWeek(
        one.week,
        None if is_open else low,
        racks,
        None if is_open else high,
        None if kw is None else racks * kw / 1000,
        by,
    )


def _no_ramp(product: str) -> Finding:
    told = f"no earlier ramp is known: the forecast of {product} learns from its own weeks alone"
    return Finding("no_ramp", product, told)
