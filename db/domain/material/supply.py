"""What a part may be built with, now and later; what is left out, and why.

Only unrestricted stock is available, less what is allocated to others; what is allocated is taken
off the very row it is said of, and never off another place or status. A receipt is supply when it
is dated, not overdue, confirmed and in a unit that can be converted; all others are named.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from db.domain.material.facts import Delivery, Facts, OnHand, OpenBuild, Promise
from db.domain.material.findings import Notes
from db.domain.material.results import Receipt
from db.domain.material.units import Units
from db.domain.vocabulary import StockStatus

LATE_QUANTILE = 0.8
"""The share of a supplier's deliveries that are no later than "late as usual" takes them to be."""
ENOUGH_DELIVERIES = 5
"""With fewer, a supplier's own lateness says nothing, and that of all suppliers is taken."""


@dataclass(frozen=True, slots=True)
class Supply:
    """One part's stock and receipts, in its own unit.

    `available` may be used by the plan. `free` is set aside for nobody: what clear to build starts
    from, beside `Stocks.reserved`. Both are as the stock was last read; the plan has `used` since.
    """

    available: float = 0.0
    free: float = 0.0
    allocated: float = 0.0
    held: tuple[tuple[str, float], ...] = ()
    receipts: tuple[Receipt, ...] = ()
    used: float = 0.0

    @property
    def left(self) -> float:
        """What is available now: the plan has used the rest since the stock was read."""
        return max(0.0, self.available - self.used)

    @property
    def left_free(self) -> float:
        """What of it is set aside for nobody."""
        return max(0.0, self.free - self.used)

    @property
    def counted(self) -> tuple[Receipt, ...]:
        """Receipts that are supply when promises hold."""
        return tuple(receipt for receipt in self.receipts if receipt.counts)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How many days late a supplier is at the quantile asked for, and what that stands on.

    `is_own`: on its own deliveries; else on those of all suppliers, for its own are too few.
    """

    days: int
    delivery_count: int
    is_own: bool


def late_days(deliveries: Iterable[tuple[int, bool]], quantile: float) -> int:
    """Days of lateness not exceeded with that probability, by Kaplan and Meier's product limit.

    Each delivery is (days late, whether it came). What is still not here is at least as late as it
    is old: it stays in the reckoning up to that age. Early counts as 0. Where too little has come
    to reach the quantile, the greatest age seen is taken.

    >>> late_days([(0, True), (1, True), (2, True), (9, True)], 0.5)
    1
    >>> late_days([(0, True), (1, True), (6, False), (9, True)], 0.8)
    9
    """
    found = sorted((max(0, days), not came) for days, came in deliveries)
    surviving, at_risk = 1.0, len(found)
    for days, is_open in found:
        if not is_open:
            surviving *= 1 - 1 / at_risk
            if 1 - surviving >= quantile - 1e-12:
                return days
        at_risk -= 1
    return found[-1][0] if found else 0


def lateness_by_supplier(
    deliveries: Sequence[Delivery], today: date, quantile: float, *, is_first: bool
) -> dict[str, Lateness]:
    """Each supplier's lateness against its first or last promise; "" holds that of all."""
    slips: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for one in deliveries:
        promised = one.first_promised_on if is_first else one.last_promised_on
        came = one.received_on is not None
        days = ((one.received_on or today) - promised).days
        if came or days > 0:
            slips[one.supplier].append((days, came))
    everyone = [slip for own in slips.values() for slip in own]
    found = {"": Lateness(late_days(everyone, quantile), len(everyone), False)}
    for supplier, own in slips.items():
        if supplier and len(own) >= ENOUGH_DELIVERIES:
            found[supplier] = Lateness(late_days(own, quantile), len(own), True)
    return found


@dataclass(frozen=True, slots=True)
class LateRule:
    """How late a receipt is taken to be: by its supplier's past, and by the kind of its promise.

    A promise that was never changed slips as first promises did, a later one as last promises did.
    """

    first: Mapping[str, Lateness]
    last: Mapping[str, Lateness]

    def of(self, supplier: str, promise_count: int) -> Lateness:
        """The supplier's own lateness, or that of all suppliers."""
        table = self.first if promise_count <= 1 else self.last
        return table.get(supplier, table[""])


def late_rule(deliveries: Sequence[Delivery], today: date, quantile: float) -> LateRule:
    """The lateness of every supplier at a quantile of its past."""
    return LateRule(
        lateness_by_supplier(deliveries, today, quantile, is_first=True),
        lateness_by_supplier(deliveries, today, quantile, is_first=False),
    )


def later(at: datetime, days: int, edges: Sequence[datetime]) -> datetime:
    """The same time of the business day, some days on: a day of 23 or 25 hours counts as one."""
    for index, (start, end) in enumerate(pairwise(edges)):
        if start <= at < end and index + days < len(edges):
            return edges[index + days] + (at - start)
    return at + timedelta(days=days)


def why_not(promise: Promise, today: date) -> str:
    """Why a promise is no supply when promises hold; "" when it is.

    >>> why_not(Promise("clip", 5, date(2026, 7, 6), is_confirmed=True), date(2026, 7, 7))
    'undated'
    """
    if promise.promised_on is None or promise.usable_at is None:
        return "undated"
    if promise.promised_on < today:
        return "overdue"
    return "" if promise.is_confirmed else "not confirmed"


def supplies(facts: Facts, units: Units, rule: LateRule, notes: Notes) -> dict[str, Supply]:
    """Stock and receipts of every part that has any."""
    places, promised = defaultdict(list), defaultdict(list)
    for place in facts.stock:
        places[place.part].append(place)
    for promise in facts.promises:
        promised[promise.part].append(promise)
    reserved = _reserved(facts.builds)
    found = {}
    for part in {*places, *promised}:
        available, free, allocated, held = _stock(
            part, places[part], reserved.get(part, 0.0), units, notes
        )
        receipts = [_receipt(promise, facts, units, rule, notes) for promise in promised[part]]
        found[part] = Supply(available, free, allocated, held, _in_order(receipts))
    return found


def _in_order(receipts: Sequence[Receipt]) -> tuple[Receipt, ...]:
    """By the instant they can be used; what cannot be dated last."""
    return tuple(
        sorted(
            receipts,
            key=lambda r: (
                r.usable_at is None,
                r.usable_at.timestamp() if r.usable_at else 0,
                r.key,
            ),
        )
    )


def _reserved(builds: Iterable[OpenBuild]) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for build in builds:
        for part, qty in build.reserved.items():
            total[part] += max(0.0, qty)
    return total


def _stock(
    part: str, places: Sequence[OnHand], reserved: float, units: Units, notes: Notes
) -> tuple[float, float, float, tuple[tuple[str, float], ...]]:
    """Available to the plan, free for any build, allocated, and held by status.

    `allocated` is of unrestricted stock: what is set aside of other stock cannot be used anyway.
    """
    usable = allocated = 0.0
    held: dict[str, float] = defaultdict(float)
    for place in places:
        where = f"stock of {part}" + (f" at {place.location}" if place.location else "")
        one = units.convert(1.0, part, place.unit, where, notes)
        if one is None:
            continue
        qty = place.qty if notes.is_sane(place.qty, part, where) else 0.0
        set_aside = _set_aside(place, qty, where, notes)
        if place.status == StockStatus.UNRESTRICTED:
            usable += qty * one
            allocated += set_aside * one
        elif qty:
            held[place.status] += qty * one
    others = max(0.0, allocated - reserved)
    free = max(0.0, usable - max(allocated, reserved))
    return max(0.0, usable - others), free, allocated, tuple(sorted(held.items()))


def _set_aside(place: OnHand, qty: float, where: str, notes: Notes) -> float:
    """What a row allocates: never more than it holds, and any more is named."""
    asked = place.allocated_qty
    if not notes.is_sane(asked, place.part, f"allocation of {where}"):
        return 0.0
    if asked > qty:
        notes.add(
            "absurd_quantity",
            place.part,
            f"allocation of {where} is {asked:g}, more than the {qty:g} there ({place.status}): "
            f"{qty:g} counted",
        )
    return min(asked, qty)


def _receipt(promise: Promise, facts: Facts, units: Units, rule: LateRule, notes: Notes) -> Receipt:
    """An order line as it is told; what it cannot be counted for is named."""
    what = f"receipt {promise.order_no or promise.key} of {promise.part}"
    reason = why_not(promise, facts.today)
    if reason == "overdue":
        notes.add("promise_in_past", promise.part, f"{what} was promised for {promise.promised_on}")
    qty: float | None = promise.open_qty
    if promise.open_qty < 0:
        notes.add(
            "received_more",
            promise.part,
            f"{what} is open, though {-promise.open_qty:g} more came than was ordered: nothing "
            "more of it is counted",
        )
        reason, qty = "quantity", 0.0
    elif not notes.is_sane(promise.open_qty, promise.part, what):
        reason, qty = "quantity", 0.0
    else:
        qty = units.convert(promise.open_qty, promise.part, promise.unit, what, notes)
        reason = reason if qty is not None else "unit"
    late_at = None
    if not reason and promise.usable_at is not None:
        days = rule.of(promise.supplier, promise.promise_count).days
        late_at = later(promise.usable_at, days, facts.day_edges)
    return Receipt(
        promise.key,
        promise.order_no,
        promise.part,
        promise.supplier,
        promise.origin_country,
        promise.open_qty if qty is None else qty,
        promise.unit if qty is None else units.of.get(promise.part, promise.unit),
        promise.need_on,
        promise.first_promised_on,
        promise.promised_on,
        promise.usable_at,
        late_at,
        promise.promise_count,
        not reason,
        reason,
    )
