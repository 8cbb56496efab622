"""The facts made sound, and what becomes of them in every case: what the answers stand on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from db.domain.calendar import HOUR
from db.domain.limits import Limits
from db.domain.material.bom import Bill, bill_of
from db.domain.material.facts import Facts, PartFact, PlannedHour
from db.domain.material.findings import Notes
from db.domain.material.floor import Floor, floor_of
from db.domain.material.line_stops import ARRIVES, Future, Racks, future, racks_of
from db.domain.material.need import Load, Need, explode, load_of
from db.domain.material.plan import seconds, spread
from db.domain.material.results import CASES, CaseName
from db.domain.material.since import used_since
from db.domain.material.supply import LateRule, Supply, late_rule, supplies
from db.domain.material.units import Units, units_of


@dataclass(frozen=True, slots=True)
class Ground:
    """The facts made sound: what every answer stands on."""

    facts: Facts
    hours: tuple[PlannedHour, ...]
    units: Units
    bill: Bill
    supply: Mapping[str, Supply]
    bought: tuple[str, ...]
    known: Mapping[str, PartFact]
    load: Load
    notes: Notes
    rule: LateRule
    floor: Floor


@dataclass(frozen=True, slots=True)
class Futures:
    """The three cases, and the promised one with neither scrap nor replacement."""

    by_case: Mapping[CaseName, Future]
    plain: Future
    racks: Mapping[CaseName, Racks]


def ground_of(facts: Facts, late_quantile: float, limits: Limits) -> Ground:
    """Units, bills, stock, receipts and plan made sound, with notes of all that is not."""
    notes = Notes()
    units = units_of(facts.parts, facts.bom, facts.conversions)
    bill = bill_of(facts, units, notes)
    rule = late_rule(facts.deliveries, facts.today, late_quantile)
    supply = supplies(facts, units, rule, notes)
    sane = [
        hour
        for hour in facts.plan
        if notes.is_sane(hour.qty, hour.product, f"the plan of {hour.line} for {hour.product}")
        and hour.qty > 0
    ]
    load = load_of(facts, bill, limits.minimum_first_verdicts)
    supply = used_since(facts, sane, bill, supply, load)
    hours = tuple(hour for hour in sane if hour.hour_at + HOUR > facts.at)
    _unknown_parts(facts, notes)
    known = {fact.part: fact for fact in facts.parts}
    bought = _bought(facts, hours, bill, supply)
    floor = floor_of(facts, bill, supply)
    return Ground(facts, hours, units, bill, supply, bought, known, load, notes, rule, floor)


def futures_of(ground: Ground) -> Futures:
    """Need and supply over time in every case."""
    facts, supply = ground.facts, ground.supply
    bends = [
        seconds(at, facts.at)
        for held in supply.values()
        for receipt in held.counted
        for at in (receipt.usable_at, receipt.late_usable_at)
        if at is not None
    ]
    plan = spread(facts, ground.hours, bends)
    made = {*ground.bill.below} - {product for _, product in plan.pairs}
    is_moved = any(supply[part].counted for part in made if part in supply)
    needs = {
        case: explode(
            plan, ground.bill, supply, ground.load, facts, bought=ground.bought, when=ARRIVES[case]
        )
        for case in (CASES if is_moved else CASES[:1])
    }
    found = {case: _future(case, needs.get(case, needs["promised"]), ground) for case in CASES}
    is_loaded = ground.load.starts or ground.load.replaced
    plain = found["promised"]
    if is_loaded:
        bare = explode(plan, ground.bill, supply, Load({}, {}), facts, bought=ground.bought)
        plain = _future("promised", bare, ground)
    racks = {
        case: racks_of(one.plan, one.row, ground.bill, facts.kw, facts.days)
        for case, one in found.items()
    }
    return Futures(found, plain, racks)


def _future(case: CaseName, need: Need, ground: Ground) -> Future:
    return future(
        case, need, ground.bought, supply=ground.supply, bill=ground.bill, facts=ground.facts
    )


def _unknown_parts(facts: Facts, notes: Notes) -> None:
    """Name parts that bills or receipts speak of and the part list does not know."""
    known = {fact.part for fact in facts.parts}
    if not known:
        return
    called = known | {item.part for item in facts.bom}
    for item in facts.bom:
        if item.part not in known:
            notes.add(
                "missing_part",
                item.part,
                f"the bill of {item.parent} calls for {item.part}, which the part list lacks",
            )
    for promise in facts.promises:
        if promise.part not in called:
            notes.add(
                "receipt_unknown_part",
                promise.part,
                f"receipt {promise.order_no or promise.key} is for {promise.part}, which neither "
                "the part list nor a bill knows",
            )


def _bought(
    facts: Facts, hours: Sequence[PlannedHour], bill: Bill, supply: Mapping[str, Supply]
) -> tuple[str, ...]:
    """Bought parts the plan or an open build needs, their alternates, and those held for a bill."""
    products = {hour.product for hour in hours} | {build.product for build in facts.builds}
    needed = {part for product in products for part in bill.reach(product)}
    spares = {spare.part for part in needed for spare in bill.spares.get(part, ())}
    called = {item.part for item in facts.bom}
    held = {part for part in supply if part in called}
    made = {*bill.below, *bill.unclear} | bill.phantoms | products
    return tuple(sorted((needed | spares | held) - made))
