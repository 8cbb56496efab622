"""What if: a scenario worked through material, line stops and ledger, beside how things stand.

`stand` is done once for the facts of a moment and kept; `answer` works only through plants that a
scenario changes, and of those only through what the change can reach: bills and units are the same,
stock and receipts are made sound anew for the parts whose rows differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from db.domain.calendar import HOUR
from db.domain.capacity.changes import PlantFacts, changed
from db.domain.capacity.facts import CapacityFacts
from db.domain.capacity.ledger import company, ledger
from db.domain.capacity.rated import rated_racks
from db.domain.capacity.results import Company, Finding, PlantLedger, WeekLedger
from db.domain.capacity.scenario import Scenario
from db.domain.capacity.supported import supported_of
from db.domain.limits import Limits
from db.domain.material.clear_to_build import build_outlooks
from db.domain.material.facts import Facts
from db.domain.material.findings import Notes
from db.domain.material.ground import Ground, ground_of
from db.domain.material.line_stops import Halt, future, halts, racks_of
from db.domain.material.need import explode, load_of
from db.domain.material.plan import seconds, spread
from db.domain.material.results import BuildOutlook
from db.domain.material.supply import LATE_QUANTILE, supplies
from db.domain.material.told import instant

DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Stop:
    """The first stop of a line in the promised case: its part, and when; None: none in the plan."""

    line: str
    part: str | None
    name: str
    stops_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One plant worked through: its facts, and everything a scenario is held against."""

    facts: PlantFacts
    ground: Ground
    ledger: PlantLedger
    stops: tuple[Stop, ...]
    builds: tuple[BuildOutlook, ...]


@dataclass(frozen=True, slots=True)
class WeekDelta:
    """What a scenario adds to a week, in racks; None where either side is not known."""

    label: str
    rated: float | None
    demonstrated: float | None
    supported: float | None
    committed: float | None
    headroom: float | None
    expected: float | None
    """Of min(rated, demonstrated, supported): racks the plant can be expected to make."""


@dataclass(frozen=True, slots=True)
class StopDelta:
    """A line's first stop before and after; `hours_later` None where either does not stop."""

    line: str
    before: Stop
    after: Stop
    hours_later: float | None


@dataclass(frozen=True, slots=True)
class PlantAnswer:
    """One plant side by side. `racks_gained`: over all weeks ahead; None when not known."""

    plant: str
    before: Standing
    after: Standing
    weeks: tuple[WeekDelta, ...]
    stops: tuple[StopDelta, ...]
    buildable_now: tuple[int, int]
    racks_gained: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A scenario answered: plants, the company before and after, and what could not be done."""

    scenario: Scenario
    plants: tuple[PlantAnswer, ...]
    before: Company
    after: Company
    findings: tuple[Finding, ...]


def stand(facts: PlantFacts, limits: Limits = DEFAULT_LIMITS) -> Standing:
    """How a plant stands: to be kept, and given to `answer`."""
    ground = ground_of(facts.material, LATE_QUANTILE, limits)
    builds, _ = build_outlooks(ground, {})
    told = _ledger(facts.capacity, builds, facts.material)
    return Standing(facts, ground, told, _stops(ground), builds)


def answer(
    standing: Mapping[str, Standing], scenario: Scenario, limits: Limits = DEFAULT_LIMITS
) -> Answer:
    """What a scenario changes, plant by plant; plants it does not touch are not worked anew."""
    world, told = changed({code: one.facts for code, one in standing.items()}, scenario.changes)
    after = {
        code: one if world[code] == one.facts else _anew(one, world[code], limits)
        for code, one in standing.items()
    }
    return Answer(
        scenario,
        tuple(_beside(code, standing[code], after[code]) for code in standing),
        company([one.ledger for one in standing.values()]),
        company([one.ledger for one in after.values()]),
        tuple(told),
    )


def _anew(one: Standing, facts: PlantFacts, limits: Limits) -> Standing:
    """A plant worked through again after a change.

    What can be built does not hang on the plan nor on yields; when a line stops, not on builds.
    """
    old, new = one.facts.material, facts.material
    is_same_supply = new.stock is old.stock and new.promises is old.promises
    ground = one.ground if new == old else _ground(one.ground, new, limits)
    builds, stops = one.builds, one.stops
    if not is_same_supply or new.builds is not old.builds:
        builds, _ = build_outlooks(ground, {})
    if not is_same_supply or new.plan is not old.plan or new.yields is not old.yields:
        stops = _stops(ground)
    capacity = replace(facts.capacity, factors=_factors(one.facts.capacity, facts.capacity))
    return Standing(facts, ground, _ledger(capacity, builds, new), stops, builds)


def _factors(old: CapacityFacts, new: CapacityFacts) -> dict[str, float]:
    """What is expected grows with a rating: what was demonstrated moves in proportion."""
    factors = dict(new.factors)
    if (new.resources, new.outages, new.weeks, new.mix) == (
        old.resources,
        old.outages,
        old.weeks,
        old.mix,
    ):
        return factors
    for was, week in zip(old.weeks, new.weeks, strict=True):
        before, after = rated_racks(old, was), rated_racks(new, week)
        if week.end_at > new.at and before and after is not None:
            factors[week.label] = factors.get(week.label, 1.0) * after / before
    return factors


def _ledger(
    capacity: CapacityFacts, builds: Sequence[BuildOutlook], material: Facts
) -> PlantLedger:
    return ledger(replace(capacity, supported=supported_of(builds, material.days)))


def _ground(old: Ground, facts: Facts, limits: Limits) -> Ground:
    """The ground of changed facts: only the rows of parts that differ are made sound again."""
    notes = Notes(dict(old.notes.found))
    differ = _differing(old.facts, facts)
    supply = {part: held for part, held in old.supply.items() if part not in differ}
    if differ:
        some = replace(
            facts,
            stock=tuple(row for row in facts.stock if row.part in differ),
            promises=tuple(row for row in facts.promises if row.part in differ),
        )
        supply |= {
            part: replace(held, used=old.supply[part].used) if part in old.supply else held
            for part, held in supplies(some, old.units, old.rule, notes).items()
        }
    hours = old.hours
    if facts.plan is not old.facts.plan:
        hours = tuple(h for h in facts.plan if h.qty > 0 and h.hour_at + HOUR > facts.at)
    load = load_of(facts, old.bill, limits.minimum_first_verdicts)
    return replace(old, facts=facts, hours=hours, supply=supply, load=load, notes=notes)


def _differing(old: Facts, new: Facts) -> set[str]:
    """Parts whose stock or receipts are not what they were."""
    if old.stock is new.stock and old.promises is new.promises:
        return set()
    rows = (set(new.stock) ^ set(old.stock), set(new.promises) ^ set(old.promises))
    return {row.part for found in rows for row in found}


def _stops(ground: Ground) -> tuple[Stop, ...]:
    """Every planned line's first stop, promised case."""
    facts = ground.facts
    bends = [
        seconds(receipt.usable_at, facts.at)
        for held in ground.supply.values()
        for receipt in held.counted
        if receipt.usable_at is not None
    ]
    plan = spread(facts, ground.hours, bends)
    need = explode(plan, ground.bill, ground.supply, ground.load, facts, bought=ground.bought)
    found = future(
        "promised", need, ground.bought, supply=ground.supply, bill=ground.bill, facts=facts
    )
    racks = racks_of(found.plan, found.row, ground.bill, facts.kw, facts.days)
    return tuple(
        _stop(ground, line, halts(found, racks, line))
        for line in sorted({hour.line for hour in ground.hours})
    )


def _stop(ground: Ground, line: str, found: Sequence[Halt]) -> Stop:
    if not found:
        return Stop(line, None, "", None)
    known = ground.known.get(found[0].part)
    name = known.name if known else ""
    return Stop(line, found[0].part, name, instant(ground.facts.at, found[0].stop))


def _beside(plant: str, before: Standing, after: Standing) -> PlantAnswer:
    weeks = tuple(
        _week_delta(old, new)
        for old, new in zip(before.ledger.weeks, after.ledger.weeks, strict=True)
        if not old.is_past
    )
    gained = [week.expected for week in weeks]
    new_stops = {stop.line: stop for stop in after.stops}
    return PlantAnswer(
        plant,
        before,
        after,
        weeks,
        tuple(
            _stop_delta(stop, new_stops.get(stop.line, Stop(stop.line, None, "", None)))
            for stop in before.stops
        ),
        (
            sum(build.buildable_now for build in before.builds),
            sum(build.buildable_now for build in after.builds),
        ),
        sum(one for one in gained if one is not None) if set(gained) != {None} else None,
    )


def _week_delta(old: WeekLedger, new: WeekLedger) -> WeekDelta:
    names = ("rated", "demonstrated", "supported", "committed", "headroom")
    parts = {name: _less(_racks(new, name), _racks(old, name)) for name in names}
    return WeekDelta(old.week.label, **parts, expected=_less(_expected(new), _expected(old)))


def _racks(week: WeekLedger, name: str) -> float | None:
    found = getattr(week, name)
    return None if found is None else float(found.racks)


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _expected(week: WeekLedger) -> float | None:
    """The least of what is known to limit a week; "at least" limits nothing."""
    limits = (week.rated, week.demonstrated, week.supported)
    known = [one.racks for one in limits if one is not None and not one.is_at_least]
    return min(known, default=None)


def _stop_delta(before: Stop, after: Stop) -> StopDelta:
    hours = None
    if before.stops_at and after.stops_at:
        hours = (after.stops_at - before.stops_at) / HOUR
    return StopDelta(before.line, before, after, hours)
