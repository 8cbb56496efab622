"""When a line stops for lack of a part: on hand, bills of material, plan and trusted receipts.

A simple netting of one shared stock per plant. Racks planned per hour are exploded through the
bills into need per part; stock of made parts is used up before more of their parts are called for.
A part stops the line at the first instant when need since now exceeds what is on hand plus what has
arrived by then. Consumption is spread evenly over each plan hour. Alternates, unconfirmed, undated
and overdue receipts are named and never counted; lines effective on the reading's date apply.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np
import numpy.typing as npt

from db.domain.calendar import HOUR
from db.domain.limits import Level, Limits
from db.domain.material.facts import BomItem, OnHand, PlannedHour, Promise
from db.domain.material.parts import NOTHING, available_qty, need_each

Series = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PartStop:
    """When a part stops the lines that use it; None: not within the plan.

    `cover_ratio` is supply over need within the plan.
    """

    part: str
    lines: tuple[str, ...]
    stops_at: datetime | None
    available_qty: float
    next_receipt_on: date | None
    cover_ratio: float
    notes: tuple[str, ...]


def stop_level(stops_at: datetime | None, at: datetime, limits: Limits) -> Level:
    """Red or amber by the hours left until a line stops; normal when it does not within the plan.

    >>> now = datetime(2026, 7, 6, 8)
    >>> [stop_level(now + HOUR * hours, now, Limits()) for hours in (3, 4, 12)]
    ['red', 'amber', 'normal']
    """
    if stops_at is None:
        return "normal"
    hours = (stops_at - at) / HOUR
    return (
        "red"
        if hours < limits.stop_red_hours
        else "amber"
        if hours < limits.stop_amber_hours
        else "normal"
    )


def part_stops(
    plan: Sequence[PlannedHour],
    bom: Sequence[BomItem],
    stock: Sequence[OnHand],
    promises: Sequence[Promise],
    *,
    at: datetime,
    today: date,
) -> list[PartStop]:
    """Every bought part the plan needs, the earliest stop first, then by cover.

    `today` is the plant's business date at `at`: bills apply and promises are overdue by it.

    >>> plan = [PlannedHour("L1", "rack", datetime(2026, 7, 6, hour), 1.0) for hour in range(8, 18)]
    >>> stop, = part_stops(plan, [BomItem("rack", "clip", 5)], [OnHand("clip", 12)], [],
    ...                    at=datetime(2026, 7, 6, 8), today=date(2026, 7, 6))
    >>> print(stop.stops_at, stop.lines)
    2026-07-06 10:24:00 ('L1',)
    """
    bills = [item for item in bom if item.is_effective(today)]
    lines = [item for item in bills if not item.alternate_of]
    places, promised, used_on = _by_part(stock), _by_part(promises), _lines_of(plan)
    supplies = {
        part: _supply(item.unit, places[part], promised[part], today)
        for part, item in {item.part: item for item in lines}.items()
    }
    grid = _grid(plan, supplies.values(), at)
    needs, users = _explode(_racks(plan, grid, at), lines, supplies)
    parents = {item.parent for item in lines}
    stops = []
    for part, supply in supplies.items():
        need = needs.get(part)
        if part in parents or need is None or need[-1] <= NOTHING:
            continue
        stops_at, cover = _meet(need, supply, grid, at)
        stops.append(
            PartStop(
                part,
                tuple(sorted(set().union(*(used_on[product] for product in users[part])))),
                stops_at,
                supply.available,
                min((p.promised_on for p in supply.counted if p.promised_on), default=None),
                cover,
                supply.notes + _spares(part, bills, places),
            )
        )
    return sorted(
        stops, key=lambda s: (s.stops_at is None, s.stops_at or at, s.cover_ratio, s.part)
    )


@dataclass(frozen=True, slots=True)
class _Supply:
    """What counts towards a part, and in words what was left out."""

    available: float
    counted: tuple[Promise, ...]
    notes: tuple[str, ...]


def _supply(
    unit: str, places: Sequence[OnHand], promised: Sequence[Promise], today: date
) -> _Supply:
    reasons = [_why_not(promise, today, unit) for promise in promised]
    notes = []
    for reason in dict.fromkeys(reason for reason in reasons if reason):
        many = reasons.count(reason)
        notes.append(f"{many} receipt{'s' if many > 1 else ''} {reason}, not counted")
    if any(place.qty < 0 for place in places):
        notes.append("a count below zero is taken as 0")
    if any(place.unit != unit for place in places):
        notes.append(f"stock not counted in {unit} is left out")
    return _Supply(
        available_qty(place for place in places if place.unit == unit),
        tuple(p for p, reason in zip(promised, reasons, strict=True) if reason is None),
        tuple(notes),
    )


def _by_part(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.part].append(row)
    return found


def _lines_of(plan: Iterable[PlannedHour]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for hour in plan:
        found[hour.product].add(hour.line)
    return found


def _why_not(promise: Promise, today: date, unit: str) -> str | None:
    """Why a promise does not count, or None when it does."""
    if promise.promised_on is None or promise.usable_at is None:
        return "undated"
    if promise.promised_on < today:
        return "overdue"
    if not promise.is_confirmed:
        return "not confirmed"
    return None if promise.unit == unit else f"in {promise.unit}, needed in {unit}"


def _seconds(at: datetime, since: datetime) -> float:
    return (at - since).total_seconds()


def _grid(plan: Iterable[PlannedHour], supplies: Iterable[_Supply], at: datetime) -> Series:
    """Seconds from now at which anything bends: ends of plan hours, and arrivals."""
    ends = {edge for hour in plan for edge in (hour.hour_at, hour.hour_at + HOUR)}
    last = max(ends, default=at)
    arrivals = {
        promise.usable_at
        for supply in supplies
        for promise in supply.counted
        if promise.usable_at is not None and promise.usable_at < last
    }
    return np.array(
        sorted({0.0} | {_seconds(edge, at) for edge in ends | arrivals if edge > at}),
        dtype=np.float64,
    )


def _racks(plan: Iterable[PlannedHour], grid: Series, at: datetime) -> dict[str, Series]:
    """Racks of each product planned from now until each grid point.

    Each hour raises the product's rate at its start and lowers it again at its end.
    """
    bends: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for hour in plan:
        start = _seconds(hour.hour_at, at)
        bends[hour.product] += [(start, hour.qty), (start + 3600, -hour.qty)]
    racks = {}
    for product, found in bends.items():
        edges, changes = np.array(sorted(found), dtype=np.float64).T
        made = np.cumsum(np.cumsum(changes)[:-1] * np.diff(edges) / 3600)
        total = np.interp(grid, edges, np.append(0.0, made))
        racks[product] = total - total[0]
    return racks


def _explode(
    racks: Mapping[str, Series], bom: Sequence[BomItem], supplies: Mapping[str, _Supply]
) -> tuple[dict[str, Series], dict[str, set[str]]]:
    """Need of every part at each grid point, and the products each part goes into.

    Parents come before their parts, so that a part used at two levels is netted once, whole.
    """
    needs = dict(racks)
    users = {product: {product} for product in racks}
    below: dict[str, list[BomItem]] = defaultdict(list)
    for item in bom:
        below[item.parent].append(item)
    phantoms = {item.part for item in bom if item.is_phantom}
    for parent in _top_down(bom):
        if parent not in needs:
            continue
        is_netted = parent not in racks and parent not in phantoms
        to_make = (
            np.maximum(0, needs[parent] - supplies[parent].available)
            if is_netted
            else needs[parent]
        )
        for item in below[parent]:
            needs[item.part] = needs.get(item.part, 0.0) + to_make * need_each(item)
            users.setdefault(item.part, set()).update(users[parent])
    return needs, users


def _top_down(bom: Sequence[BomItem]) -> list[str]:
    """Parts ordered so that every parent precedes its parts; raises ValueError on a loop."""
    graph: dict[str, set[str]] = defaultdict(set)
    for item in bom:
        graph[item.part].add(item.parent)
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        loop = " > ".join(reversed(error.args[1]))
        raise ValueError(
            f"bill of material: {loop} contains itself; expected a tree of parts. "
            "Mend the bill in the plant's ERP"
        ) from error


def _meet(
    need: Series, supply: _Supply, grid: Series, at: datetime
) -> tuple[datetime | None, float]:
    """When need first exceeds supply (None: not within the plan), and supply over need at its end.

    What arrives within a stretch of the grid counts from the stretch's end, for arrivals are
    themselves grid points.
    """
    have = np.full_like(grid, supply.available)
    for promise in supply.counted:
        if promise.usable_at is not None:
            have += promise.open_qty * (grid >= _seconds(promise.usable_at, at))
    cover = float(have[-1] / need[-1])
    short = np.flatnonzero(need[1:] > have[:-1] + NOTHING)
    if not short.size:
        return None, cover
    i = int(short[0])
    share = max(0.0, float(have[i] - need[i])) / float(need[i + 1] - need[i])
    seconds = float(grid[i] + share * (grid[i + 1] - grid[i]))
    return _to_minute(at + timedelta(seconds=seconds)), cover


def _to_minute(instant: datetime) -> datetime:
    """The nearest whole minute: a plan says no more, and screens need not change for less."""
    return (instant + timedelta(seconds=30)).replace(second=0, microsecond=0)


def _spares(
    part: str, bom: Sequence[BomItem], places: Mapping[str, Sequence[OnHand]]
) -> tuple[str, ...]:
    """What the alternates of a part could add, in words."""
    return tuple(
        f"alternate {item.part}: {available_qty(places.get(item.part, ())):g} available, "
        "not counted"
        for item in bom
        if item.alternate_of == part
    )
