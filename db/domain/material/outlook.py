"""The material outlook of one plant: the entry of this package."""

from db.domain.calendar import HOUR
from db.domain.limits import Limits
from db.domain.material.clear_to_build import build_outlooks
from db.domain.material.facts import Facts
from db.domain.material.ground import futures_of, ground_of
from db.domain.material.line_outlooks import line_stops
from db.domain.material.part_outlooks import part_outlooks
from db.domain.material.results import FORMULA_VERSION, Outlook, PartOutlook
from db.domain.material.supply import LATE_QUANTILE

DEFAULT_LIMITS = Limits()


def outlook(
    facts: Facts, *, late_quantile: float = LATE_QUANTILE, limits: Limits = DEFAULT_LIMITS
) -> Outlook:
    """Everything that can be told about one plant's material, and what cannot.

    `late_quantile` is that of a supplier's past lateness in the late case. Yields and replacements
    measured on fewer racks than `limits.minimum_first_verdicts` are not believed. Bad data raises
    nothing: it is left out and named in `findings`.
    """
    ground = ground_of(facts, late_quantile, limits)
    futures = futures_of(ground)
    parts = part_outlooks(ground, futures, limits)
    builds, screws = build_outlooks(ground, parts)
    ends = [hour.hour_at + HOUR for hour in ground.hours]
    return Outlook(
        facts.plant,
        facts.at,
        facts.days,
        FORMULA_VERSION,
        late_quantile,
        bool(ground.load.starts or ground.load.replaced),
        tuple(sorted(parts.values(), key=_urgency)),
        line_stops(ground, futures, parts),
        builds,
        screws,
        ground.notes.all(),
        max(ends, default=None),
        facts.day_edges,
        ground.floor.rack_count,
        ground.floor.ghosts,
    )


def _urgency(one: PartOutlook) -> tuple[object, ...]:
    """Earliest stop first, alternates counted; then by cover."""
    own = one.cases["promised"].stops_at
    stop = one.alternates[-1].lasts_until_at if one.alternates and own else own
    return (
        stop is None,
        stop.timestamp() if stop else 0.0,
        own is None,
        own.timestamp() if own else 0.0,
        one.cover_days is None,
        one.cover_days or 0.0,
        one.part,
    )
