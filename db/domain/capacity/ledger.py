"""The capacity ledger of a plant, week by week, and of the company: the entry of this package."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from db.domain.capacity.demand import Demand, racks_by_week, sound_demand
from db.domain.capacity.facts import WEEK_WORDS, CapacityFacts, Week
from db.domain.capacity.options import options_held
from db.domain.capacity.promise import available_to_promise, cumulative
from db.domain.capacity.quantities import NONE, in_mw, less, smaller, times, total
from db.domain.capacity.rated import limits, mix_of
from db.domain.capacity.results import (
    FORMULA_VERSION,
    Company,
    CompanyWeek,
    Finding,
    Limit,
    PlantLedger,
    Quantity,
    WeekLedger,
)
from db.domain.capacity.shown import Shown, products_of, shown
from db.domain.capacity.supported import supported_weeks
from db.domain.capacity.weeks import week_findings


@dataclass(frozen=True, slots=True)
class _Books:
    """Everything a week's figures are taken from."""

    facts: CapacityFacts
    kw: Mapping[str, float | None]
    due: tuple[Mapping[str, Mapping[str, float]], ...]
    """Committed, optioned, evaluation: label → product → racks."""
    shown: Shown
    mixes: Mapping[str, Mapping[str, float]]
    limits: Mapping[str, tuple[Limit, ...]]
    unrated: frozenset[str]
    supported: Mapping[str, Mapping[str, Quantity]]
    planned: Mapping[str, Mapping[str, float]]
    part_planned: frozenset[str]
    """Weeks in which the plan ends."""


def ledger(facts: CapacityFacts) -> PlantLedger:
    """Rated, demonstrated, supported, committed, optioned and what is left, week by week.

    Raises nothing for bad data: what is missing is None and named in `findings` with what it makes
    unknown.
    """
    demand, faults = sound_demand(facts)
    books, more = _books(facts, demand)
    faults += more
    weeks = tuple(_week(books, week, None) for week in facts.weeks)
    current = next((week for week in facts.weeks if week.end_at > facts.at), None)
    return PlantLedger(
        facts.plant,
        facts.name or facts.plant,
        FORMULA_VERSION,
        facts.week_rule,
        weeks,
        {
            product: tuple(_week(books, week, product) for week in facts.weeks)
            for product in sorted(products_of(facts))
        },
        books.limits,
        books.shown.best(),
        tuple(week.label for week in books.shown.last(facts.weeks[-1])) if facts.weeks else (),
        mix_of(facts, current)[1] if current else "",
        options_held(demand.options, weeks),
        facts.claims,
        tuple(dict.fromkeys(sorted(faults, key=lambda one: (one.kind, one.subject)))),
        _committable(weeks),
    )


def _books(facts: CapacityFacts, demand: Demand) -> tuple[_Books, list[Finding]]:
    """Everything by week, and what is missing from it."""
    seen, faults = shown(facts)
    planned = {
        week.label: {row.product: row.qty for row in facts.plan if row.first_on == week.first_on}
        for week in facts.weeks
    }
    ends_on = {row.first_on for row in facts.plan if row.is_part}
    part_planned = frozenset(week.label for week in facts.weeks if week.first_on in ends_on)
    mixes = {week.label: mix_of(facts, week)[0] for week in facts.weeks}
    rated = {week.label: limits(facts, week, mixes[week.label]) for week in facts.weeks}
    books = _Books(
        facts,
        {product.product: product.kw for product in facts.products},
        tuple(
            racks_by_week(rows, facts.weeks)
            for rows in (demand.committed, demand.options, demand.evaluation)
        ),
        seen,
        mixes,
        {label: found for label, (found, _) in rated.items()},
        frozenset(label for label, (found, wrong) in rated.items() if wrong or not found),
        _supported(facts, seen, planned, part_planned),
        planned,
        part_planned,
    )
    faults += [fault for _, wrong in rated.values() for fault in wrong]
    return books, [*faults, *week_findings(facts.weeks), *_missing(books)]


def _supported(
    facts: CapacityFacts,
    seen: Shown,
    planned: Mapping[str, Mapping[str, float]],
    part_planned: frozenset[str],
) -> dict[str, dict[str, Quantity]]:
    """Supported racks of weeks to come; a week uses its plan, else what was demonstrated.

    Material is told from now on: what the running week has made already needs no more of it, and
    counts on top.
    """
    ahead = [week for week in facts.weeks if week.end_at > facts.at]
    kw = {product.product: product.kw for product in facts.products}
    made = {week.label: seen.made.get(week.label, {}) for week in ahead}
    wanted: dict[str, dict[str, float]] = {}
    for week in ahead:
        shows = {one: seen.demonstrated(week, one) for one in products_of(facts)}
        uses = {one: q.racks for one, q in shows.items() if q}
        if week.label not in part_planned:
            uses |= planned[week.label]
        wanted[week.label] = {
            one: max(0.0, racks - made[week.label].get(one, 0.0)) for one, racks in uses.items()
        }
    found = supported_weeks(facts.supported or (), ahead, wanted, kw)
    return {
        label: {
            one: total([more, in_mw({one: made[label].get(one, 0.0)}, kw)]) or more
            for one, more in by_product.items()
        }
        for label, by_product in found.items()
    }


def _week(books: _Books, week: Week, product: str | None) -> WeekLedger:
    """One week of one product, or of all."""
    committed, optioned, evaluation = (
        in_mw(_own(racks[week.label], product), books.kw) for racks in books.due
    )
    factor = books.facts.factors.get(week.label, 1.0)
    demonstrated = times(books.shown.demonstrated(week, product), factor)
    is_past = week.end_at <= books.facts.at
    supported = None if is_past else _supported_of(books, week, product)
    return WeekLedger(
        week,
        is_past,
        _seen(books.shown.made.get(week.label), product, books.kw),
        _seen(books.shown.shipped.get(week.label), product, books.kw),
        _planned(books, week, product),
        _rated(books, week, product),
        demonstrated,
        supported,
        committed,
        optioned,
        evaluation,
        less(smaller(demonstrated, _all_known(supported)), committed) if demonstrated else None,
    )


def _all_known(quantity: Quantity | None) -> Quantity | None:
    """A quantity that limits; "at least" so many limits nothing."""
    return None if quantity is None or quantity.is_at_least else quantity


def _own(racks: Mapping[str, float], product: str | None) -> dict[str, float]:
    return {one: count for one, count in racks.items() if product in (None, one)}


def _seen(
    racks: Mapping[str, float] | None, product: str | None, kw: Mapping[str, float | None]
) -> Quantity | None:
    """A reported quantity; None when nothing at all was reported for the week."""
    return None if racks is None else in_mw(_own(racks, product), kw)


def _planned(books: _Books, week: Week, product: str | None) -> Quantity | None:
    found = _seen(books.planned[week.label] or None, product, books.kw)
    if found is None or week.label not in books.part_planned:
        return found
    return replace(found, is_at_least=True, is_mw_at_least=True)


def _rated(books: _Books, week: Week, product: str | None) -> Quantity | None:
    """The tightest limit in the week's mix; a product has its share of it."""
    if week.label in books.unrated:
        return None
    racks = books.limits[week.label][0].racks
    mix = _own(books.mixes[week.label], product)
    return in_mw({one: share * racks for one, share in mix.items()}, books.kw)


def _supported_of(books: _Books, week: Week, product: str | None) -> Quantity | None:
    found = books.supported.get(week.label, {})
    if product is not None:
        return found.get(product)
    mix = set(books.mixes[week.label]) | set(found)
    return total(found.get(one) for one in sorted(mix)) if found else None


def _missing(books: _Books) -> list[Finding]:
    """What nobody has given for the weeks to come, and what that makes unknown."""
    facts = books.facts
    ahead = [week.label for week in facts.weeks if week.end_at > facts.at]
    found = []
    if not any(books.planned[label] for label in ahead):
        told = "no plan for the weeks to come: the mix is taken from elsewhere"
        found.append(Finding("no_plan", facts.plant, f"{told}, planned racks are unknown"))
    if not facts.resources:
        told = "no station, slot, power or labour is given: rated is unknown"
        found.append(Finding("no_resource", facts.plant, told))
    if not facts.supported:
        told = "no open build, or no material outlook: supported is unknown, headroom looks at "
        told += "demonstrated alone"
        found.append(Finding("no_material", facts.plant, told))
    return found


def _committable(weeks: Iterable[WeekLedger]) -> dict[str, float]:
    """Racks that can still be promised by the end of each week; a later shortage is kept free."""
    ahead = [one for one in weeks if not one.is_past and one.headroom is not None]
    supply = [one.headroom.racks + one.committed.racks for one in ahead if one.headroom]
    orders = [one.committed.racks for one in ahead]
    promise = cumulative(available_to_promise(0.0, supply, orders))
    return {one.week.label: racks for one, racks in zip(ahead, promise, strict=True)}


def company(ledgers: Sequence[PlantLedger]) -> Company:
    """The sum of plants by week label; a plant without a figure makes the sum "at least".

    Each plant's own week is added, whatever its zone: `clock` says so.
    """
    by_label: dict[str, list[WeekLedger]] = {}
    for one in ledgers:
        for week in one.weeks:
            by_label.setdefault(week.week.label, []).append(week)
    rules = " and ".join(sorted({WEEK_WORDS[one.week_rule] for one in ledgers}))
    return Company(
        f"each plant's own {rules} weeks, by its own clock, added up",
        tuple(
            _company_week(label, found, len(ledgers) - len(found))
            for label, found in sorted(by_label.items(), key=lambda one: one[1][0].week.first_on)
        ),
    )


def _company_week(label: str, weeks: Sequence[WeekLedger], absent: int) -> CompanyWeek:
    def add(name: str) -> Quantity | None:
        return total([*(getattr(one, name) for one in weeks), *[None] * absent])

    return CompanyWeek(
        label,
        add("made"),
        add("shipped"),
        add("rated"),
        add("demonstrated"),
        add("supported"),
        add("committed") or NONE,
        add("optioned") or NONE,
        add("evaluation") or NONE,
        add("headroom"),
    )
