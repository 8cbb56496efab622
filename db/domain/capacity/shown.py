"""What a plant has shown it can do: good racks of past weeks, and their median."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from db.domain.capacity.facts import CapacityFacts, Week
from db.domain.capacity.quantities import in_mw
from db.domain.capacity.results import Best, Finding, Quantity

MEDIAN_OF = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """Net good and shipped racks by week label and product; `full` are the weeks a median may use.

    Full: past, not a planned shutdown, and something was reported for it.
    """

    made: Mapping[str, Mapping[str, float]]
    shipped: Mapping[str, Mapping[str, float]]
    full: tuple[Week, ...]
    kw: Mapping[str, float | None]

    def last(self, week: Week) -> tuple[Week, ...]:
        """The last four full weeks up to the end of a week."""
        return tuple(one for one in self.full if one.first_on <= week.first_on)[-MEDIAN_OF:]

    def demonstrated(self, week: Week, product: str | None = None) -> Quantity | None:
        """Median of the last four full weeks, racks and MW each; of one product or all together.

        None when there is no full week, or the product was never made; 0 in a planned shutdown.
        """
        weeks = self.last(week)
        made = [
            {p: n for p, n in self.made[one.label].items() if product in (None, p)} for one in weeks
        ]
        if not any(made):
            return None
        if week.is_shutdown:
            return Quantity(0.0, 0.0)
        each = [in_mw(one, self.kw) for one in made]
        power = [one.mw for one in each if one.mw is not None]
        return Quantity(
            float(median(one.racks for one in each)),
            float(median(power)) if len(power) == len(each) else None,
            False,
            any(one.is_mw_at_least for one in each),
        )

    def best(self) -> Best | None:
        """The full week with most good racks; the later of two alike."""
        if not self.full:
            return None
        week = max(self.full, key=lambda one: (sum(self.made[one.label].values()), one.first_on))
        return Best(float(sum(self.made[week.label].values())), week.label, week.first_on)


def shown(facts: CapacityFacts) -> tuple[Shown, list[Finding]]:
    """What the plant made, by week, with what is missing from it."""
    made: dict[date, dict[str, float]] = defaultdict(dict)
    shipped: dict[date, dict[str, float]] = defaultdict(dict)
    for row in facts.outputs:
        made[row.first_on][row.product] = float(row.good_count - row.reversed_count)
        if row.shipped_count is not None:
            shipped[row.first_on][row.product] = float(row.shipped_count)
    past = [week for week in facts.weeks if week.end_at <= facts.at]
    full = tuple(week for week in past if not week.is_shutdown and week.first_on in made)
    names = {week.first_on: week.label for week in facts.weeks}
    by_label = [
        {names[first]: racks for first, racks in found.items() if first in names}
        for found in (made, shipped)
    ]
    kw = {product.product: product.kw for product in facts.products}
    return Shown(by_label[0], by_label[1], full, kw), _faults(facts, past, full)


def _faults(facts: CapacityFacts, past: Sequence[Week], full: Sequence[Week]) -> list[Finding]:
    found = []
    silent = [week.label for week in past if not week.is_shutdown and week not in full]
    if silent:
        told = (
            f"no output is known of {', '.join(silent)}: left out of demonstrated, not taken as 0"
        )
        found.append(Finding("no_output", facts.plant, told))
    if len(full) < MEDIAN_OF:
        told = f"{len(full)} full weeks of output, {MEDIAN_OF} are needed: demonstrated is " + (
            "unknown" if not full else "the median of fewer"
        )
        found.append(Finding("short_history", facts.plant, told))
    used = products_of(facts) - {product.product for product in facts.products if product.kw}
    found += [
        Finding("no_kw", product, f"no nameplate kW of {product}: its MW are unknown")
        for product in sorted(used)
    ]
    return found


def products_of(facts: CapacityFacts) -> set[str]:
    """Every product that is known, made, planned or wanted."""
    return (
        {row.product for row in facts.products}
        | {row.product for row in facts.outputs}
        | {row.product for row in facts.plan}
        | {row.product for row in facts.demand}
    )
