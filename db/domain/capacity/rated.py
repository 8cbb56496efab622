"""What a plant is rated for: the least that any one resource allows, and which that is."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from db.domain.calendar import DAY
from db.domain.capacity.facts import CapacityFacts, Resource, Use, Week
from db.domain.capacity.results import Finding, Limit


def slot_capacity(
    slots: float, hours: float, availability: float, test_hours: float, retest_ratio: float
) -> float | None:
    """Racks a set of slots can pass: slots × hours × availability ÷ (test × (1 + retests)).

    None when a test takes no time: that is no rate.

    >>> round(slot_capacity(40, 168, 0.9, 48, 0.2), 6)
    105.0
    """
    each = test_hours * (1 + retest_ratio)
    return slots * hours * availability / each if each > 0 else None


def limits(
    facts: CapacityFacts, week: Week, mix: Mapping[str, float]
) -> tuple[tuple[Limit, ...], list[Finding]]:
    """What each resource allows of a mix in a week, tightest first, and what is not known.

    A product without a rate at a resource it uses, or a rate of zero, makes the rating unknown;
    so does a resource nobody gave an amount of.
    """
    uses = {(one.resource, one.product): one for one in facts.uses}
    found, faults = [], []
    used = [r for r in facts.resources if any((r.code, product) in uses for product in mix)]
    for resource in used:
        asked = [
            (share, uses[resource.code, product])
            for product, share in mix.items()
            if share > 0 and (resource.code, product) in uses
        ]
        wrong = [_fault(resource, use) for _, use in asked if not use.hours]
        amount = resource.amount_in(week)
        if amount is None:
            wrong.append(_no_amount(resource))
        elif asked and not wrong:
            there = max(0.0, amount - _lost(facts, resource.code, amount, week))
            found.append(_limit(resource, there, week, asked))
        faults += wrong
    rated = {one.product for one in facts.uses}
    faults += [
        Finding("no_rate", product, f"no rate of {product} at any resource: rated is unknown")
        for product, share in mix.items()
        if share > 0 and product not in rated
    ]
    return tuple(sorted(found, key=lambda one: (one.racks, one.resource))), faults


def rated_racks(facts: CapacityFacts, week: Week) -> float | None:
    """Racks a plant is rated for in a week, in the week's mix; None when that is not known."""
    found, wrong = limits(facts, week, mix_of(facts, week)[0])
    return None if wrong or not found else found[0].racks


def _lost(facts: CapacityFacts, resource: str, whole: float, week: Week) -> float:
    """What outages take of a resource over a week, by the days they last."""
    return sum(
        (whole if one.amount is None else one.amount)
        * days_within(week, one.from_on, one.to_on)
        / 7
        for one in facts.outages
        if one.resource == resource
    )


def days_within(week: Week, from_on: date, to_on: date) -> int:
    """Days of a week that lie in [from_on, to_on)."""
    last = min(week.first_on + 7 * DAY, to_on)
    return max(0, (last - max(week.first_on, from_on)).days)


def _limit(resource: Resource, amount: float, week: Week, asked: list[tuple[float, Use]]) -> Limit:
    hours = (
        0.0 if week.is_shutdown else week.hours if resource.is_clock_bound else week.working_hours
    )
    ratio = 1.0 if resource.availability_ratio is None else resource.availability_ratio
    there = amount * hours * ratio
    each = sum(
        share * use.amount * (use.hours or 0.0) * (1 + use.repeat_ratio) for share, use in asked
    )
    measured = "" if resource.availability_ratio is not None else " (availability not measured)"
    rate = f"{each:.4g}" if each < 1000 else f"{each:,.0f}"
    reason = (
        f"{amount:,.10g} {resource.unit} × {hours:g} h × {ratio:g}{measured} ÷ "
        f"{rate} {resource.unit}·h a rack"
    )
    racks = there / each
    return Limit(resource.code, resource.name, resource.kind, racks, reason, resource.evidence)


def _fault(resource: Resource, use: Use) -> Finding:
    told = "no rate" if use.hours is None else "a rate of zero"
    return Finding(
        "no_rate" if use.hours is None else "zero_rate",
        f"{use.product} at {resource.code}",
        f"{told} is given for {use.product} at {resource.name}: rated is unknown",
    )


def _no_amount(resource: Resource) -> Finding:
    return Finding(
        "no_amount",
        resource.code,
        f"nobody has said how many {resource.unit} {resource.name} has: rated is unknown",
    )


def mix_of(facts: CapacityFacts, week: Week) -> tuple[dict[str, float], str]:
    """The shares of products in a week, and where they are from; empty when nothing is known."""
    for name, take in SOURCES:
        known = {product: share for product, share in take(facts, week).items() if share > 0}
        if known:
            whole = sum(known.values())
            return {product: share / whole for product, share in known.items()}, name
    return {}, ""


def _sums(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in pairs:
        found[name] = found.get(name, 0.0) + value
    return found


def _only(facts: CapacityFacts) -> dict[str, float]:
    return {one.product: 1.0 for one in facts.products} if len(facts.products) == 1 else {}


SOURCES: tuple[tuple[str, Callable[[CapacityFacts, Week], Mapping[str, float]]], ...] = (
    ("given", lambda facts, _: facts.mix),
    (
        "plan of the week",
        lambda facts, week: _sums(
            (p.product, p.qty) for p in facts.plan if p.first_on == week.first_on
        ),
    ),
    ("plan of all weeks", lambda facts, _: _sums((p.product, p.qty) for p in facts.plan)),
    (
        "output so far",
        lambda facts, _: _sums((o.product, float(o.good_count)) for o in facts.outputs),
    ),
    ("demand", lambda facts, _: _sums((d.product, float(d.rack_count)) for d in facts.demand)),
    ("one product", lambda facts, _: _only(facts)),
)
"""Where a mix is taken from, the first that says anything."""
