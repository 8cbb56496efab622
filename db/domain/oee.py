"""Overall equipment effectiveness after ISO 22400-2, and where the planned time went.

Availability = APT / PBT, effectiveness = Σ PRI·PQ / APT, quality ratio = GQ / PQ, OEE = Σ PRI·GQ /
PBT. Planned busy time (PBT) leaves out what was not scheduled and planned downtime; waiting for
material or people is within it. Everything is in minutes; for stations with slots in slot-minutes.
Figures are added first and divided last. What has no denominator is None, never 0 or 1.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from db.domain.vocabulary import StationCondition

LossKind = Literal[
    "down", "blocked", "starved", "no_operator", "engineering", "unexplained", "speed", "quality"
]
"""unexplained: planned minutes nobody reported a state for. speed: running, but slower than the
planned run time. quality: planned run time of units that were not good the first time."""

LOSSES: Mapping[str, LossKind] = {
    StationCondition.DOWN: "down",
    StationCondition.BLOCKED: "blocked",
    StationCondition.STARVED: "starved",
    StationCondition.NO_OPERATOR: "no_operator",
    StationCondition.ENGINEERING: "engineering",
}
OUTSIDE = frozenset({StationCondition.NOT_SCHEDULED, StationCondition.PLANNED_STOP})


@dataclass(frozen=True, slots=True)
class Run:
    """Units of a product: PRI in minutes (None: nobody has set one), PQ produced, GQ good.

    GQ is good the first time; a plant that counts reworked units as good says so.
    """

    product: str
    planned_minutes: float | None
    produced_count: float
    good_count: float


@dataclass(frozen=True, slots=True)
class Busy:
    """Time of one station, or many: scheduled minutes, and minutes by StationCondition.

    `scheduled_minutes` × slots where it has slots.
    """

    scheduled_minutes: float
    minutes: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Loss:
    """Minutes lost to one cause; one below zero means a planned run time is too long."""

    kind: LossKind
    minutes: float


@dataclass(frozen=True, slots=True)
class Oee:
    """The four ratios with their parts, in minutes and units, and the waterfall.

    `busy_minutes` − all losses = `good_minutes`. `faults` say what is missing or cannot be.
    """

    busy_minutes: float
    run_minutes: float
    earned_minutes: float | None
    good_minutes: float | None
    produced_count: float
    good_count: float
    availability: float | None
    effectiveness: float | None
    quality: float | None
    oee: float | None
    losses: tuple[Loss, ...]
    faults: tuple[str, ...]


def ratio(part: float, whole: float) -> float | None:
    """Part ÷ whole; None when there is no whole.

    >>> ratio(510, 600), ratio(0, 0)
    (0.85, None)
    """
    return part / whole if whole > 0 else None


def oee(busy: Iterable[Busy], runs: Iterable[Run]) -> Oee:
    """OEE of any number of stations and products together.

    PBT 0: everything but quality None. No running time within PBT: availability and OEE 0, the
    others None. Effectiveness above 1 is shown and named. A product without planned run time makes
    effectiveness and OEE unknown.

    >>> found = oee([Busy(600, {"running": 510, "down": 90})], [Run("RK", 30, 15, 14)])
    >>> [round(one, 3) for one in (found.availability, found.effectiveness, found.quality)]
    [0.85, 0.882, 0.933]
    >>> round(found.oee, 3)
    0.7
    """
    minutes, planned, faults = _time(busy)
    apt = minutes[StationCondition.RUNNING]
    produced = list(runs)
    made = sum(one.produced_count for one in produced)
    good = sum(one.good_count for one in produced)
    faults += _faults(produced)
    earned = _earned(produced, "produced_count")
    kept = _earned(produced, "good_count")
    if earned is not None and apt > 0 and earned > apt:
        faults.append(
            f"effectiveness is {100 * earned / apt:.4g} %: a planned run time (PRI) is too long, "
            "or running time was not reported"
        )
    if apt <= 0 < made:
        faults.append(f"{made:g} units were produced in no reported running time")
    is_idle = apt <= 0
    total = None if kept is None or planned <= 0 else kept / planned
    return Oee(
        planned,
        apt,
        earned,
        kept,
        made,
        good,
        ratio(apt, planned),
        None if earned is None or is_idle else earned / apt,
        None if is_idle and not made else ratio(good, made),
        0.0 if is_idle and planned > 0 and not made else total,
        _losses(minutes, planned, earned, kept),
        tuple(faults),
    )


def _time(busy: Iterable[Busy]) -> tuple[dict[str, float], float, list[str]]:
    """Minutes by condition, planned busy time, and where reports hold more than was scheduled."""
    minutes: dict[str, float] = defaultdict(float)
    planned, faults = 0.0, []
    for one in busy:
        for condition, length in one.minutes.items():
            minutes[condition] += length
        outside = sum(one.minutes.get(condition, 0.0) for condition in OUTSIDE)
        own = max(0.0, one.scheduled_minutes - outside)
        inside = sum(one.minutes.values()) - outside
        if inside > own + 0.5:
            faults.append(f"states of {inside:.0f} min are reported in {own:.0f} planned min")
        planned += own
    return minutes, planned, faults


def _faults(runs: Iterable[Run]) -> list[str]:
    found = []
    for one in runs:
        if not one.planned_minutes and one.produced_count:
            told = "0" if one.planned_minutes == 0 else "missing"
            found.append(
                f"planned run time of {one.product} is {told}: effectiveness and OEE are unknown"
            )
        if one.good_count > one.produced_count:
            found.append(
                f"{one.good_count:g} of {one.product} were good, but {one.produced_count:g} made"
            )
    return found


def _earned(runs: Iterable[Run], count: str) -> float | None:
    """Σ PRI × units; None when a product that was made has no PRI."""
    total = 0.0
    for one in runs:
        if one.produced_count and not one.planned_minutes:
            return None
        total += (one.planned_minutes or 0.0) * float(getattr(one, count))
    return total


def _losses(
    minutes: Mapping[str, float], planned: float, earned: float | None, kept: float | None
) -> tuple[Loss, ...]:
    """Causes in a fixed order; those of which nothing is known are left out."""
    found = [Loss(kind, minutes.get(condition, 0.0)) for condition, kind in LOSSES.items()]
    running = minutes.get(StationCondition.RUNNING, 0.0)
    told = running + sum(one.minutes for one in found)
    found.append(Loss("unexplained", planned - told))
    if earned is not None and kept is not None:
        found += [Loss("speed", running - earned), Loss("quality", earned - kept)]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Utilisation:
    """Hours used of hours there were, of test slots or of people; None when there were none."""

    used_hours: float
    available_hours: float

    @property
    def ratio(self) -> float | None:
        """Used ÷ available.

        >>> Utilisation(5760, 6720).ratio, Utilisation(3, 0).ratio
        (0.8571428571428571, None)
        """
        return ratio(self.used_hours, self.available_hours)


def slot_utilisation(occupied_hours: float, slots: int, hours: float) -> Utilisation:
    """Slot-hours with a rack in them, over slots × real hours: test slots run at all hours.

    >>> slot_utilisation(5760, 40, 168).available_hours
    6720
    """
    return Utilisation(occupied_hours, slots * hours)


def labour_utilisation(
    standard_hours_per_unit: Mapping[str, float],
    produced_count: Mapping[str, float],
    present_hours: float,
) -> Utilisation | None:
    """Standard labour hours of what was produced over hours people were present.

    None when a product that was produced has no standard.

    >>> labour_utilisation({"RK": 20.0}, {"RK": 30}, 800).ratio
    0.75
    """
    if any(
        count and product not in standard_hours_per_unit
        for product, count in produced_count.items()
    ):
        return None
    used = sum(standard_hours_per_unit.get(p, 0.0) * count for p, count in produced_count.items())
    return Utilisation(used, present_hours)
