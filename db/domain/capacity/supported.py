"""What material supports week by week, from clear to build."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from db.domain.calendar import DAY
from db.domain.capacity.facts import Supported, Week
from db.domain.capacity.quantities import in_mw
from db.domain.capacity.results import Quantity
from db.domain.material.results import BuildOutlook


def supported_of(builds: Iterable[BuildOutlook], days: Sequence[date]) -> tuple[Supported, ...]:
    """The racks of each product its open builds allow in all by each day, receipts as promised.

    `days` is the material horizon. Products of which nothing can be told (no sound bill) are left
    out: unknown.
    """
    by_product: dict[str, list[BuildOutlook]] = defaultdict(list)
    for build in builds:
        by_product[build.product].append(build)
    return tuple(
        _of_product(product, own, days)
        for product, own in sorted(by_product.items())
        if not any(one.cannot_tell for one in own)
    )


def _of_product(product: str, builds: Sequence[BuildOutlook], days: Sequence[date]) -> Supported:
    more: dict[date, int] = defaultdict(int)
    for build in builds:
        had = build.buildable_now
        more[days[0]] += had
        for day, count in build.cases["promised"].buildable_by:
            more[day] += count - had
            had = count
    racks, by_day = 0, []
    for day in sorted(more):
        racks += more[day]
        by_day.append((day, racks))
    return Supported(product, tuple(by_day), sum(one.open_count for one in builds), days[-1])


def supported_weeks(
    supported: Sequence[Supported],
    weeks: Sequence[Week],
    wanted: Mapping[str, Mapping[str, float]],
    kw: Mapping[str, float | None],
) -> dict[str, dict[str, Quantity]]:
    """Racks material supports in each week that is not past: week label → product → quantity.

    What a week does not use stays for the next: a week uses what it wants (`wanted`, label →
    product → racks; unknown uses all). A week whose open builds are all covered, or that lies in
    part beyond what is known, supports at least so many; one wholly beyond, nothing known.

    >>> from datetime import UTC, datetime
    >>> by_day = (date(2026, 7, 6), 30), (date(2026, 7, 14), 50)
    >>> one = Supported("A", by_day, 90, date(2026, 7, 19))
    >>> weeks = [Week(f"W{n}", date(2026, 7, 6) + 7 * n * DAY, datetime(2026, 7, 6, tzinfo=UTC),
    ...               datetime(2026, 7, 13, tzinfo=UTC), 120) for n in (0, 1, 2)]
    >>> found = supported_weeks([one], weeks, {w.label: {"A": 20} for w in weeks}, {"A": 100})
    >>> [found[w.label]["A"].racks for w in weeks if "A" in found[w.label]]
    [30.0, 30.0]
    """
    found: dict[str, dict[str, Quantity]] = {week.label: {} for week in weeks}
    for one in supported:
        used = 0.0
        for week in weeks:
            if week.first_on > one.until_on:
                break
            last_on = week.first_on + 6 * DAY
            racks = max((count for day, count in one.by_day if day <= last_on), default=0)
            there = max(0.0, racks - used)
            is_open = racks >= one.order_count or last_on > one.until_on
            power = in_mw({one.product: there}, kw)
            found[week.label][one.product] = Quantity(
                there, power.mw, is_open, power.is_mw_at_least
            )
            used += min(there, wanted.get(week.label, {}).get(one.product, there))
    return found
