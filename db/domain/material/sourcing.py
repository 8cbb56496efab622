"""Who a part comes from, how much hangs on one of them, and whether they come when promised."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from db.domain.material.facts import Delivery
from db.domain.material.results import Receipt, Share

ONE_COUNTRY = 0.70
"""More than this share from one country is a risk of its own."""


def shares(weights: Iterable[tuple[str, float]]) -> tuple[Share, ...]:
    """Each name's share of the whole, greatest first; empty when nothing has weight.

    >>> [(share.code, share.ratio) for share in shares([("A", 60), ("B", 30), ("A", 10)])]
    [('A', 0.7), ('B', 0.3)]
    """
    total: dict[str, float] = defaultdict(float)
    for name, qty in weights:
        total[name] += max(0.0, qty)
    whole = sum(total.values())
    found = [Share(name, qty / whole) for name, qty in total.items() if whole > 0 and qty > 0]
    return tuple(sorted(found, key=lambda share: (-share.ratio, share.code)))


def hhi(found: Sequence[Share]) -> float | None:
    """Herfindahl and Hirschman's index of concentration: the sum of squared shares.

    >>> f"{hhi(shares([('A', 6), ('B', 3), ('C', 1)])):.2f}"
    '0.46'
    """
    return sum(share.ratio**2 for share in found) if found else None


def weights(
    receipts: Iterable[Receipt],
    deliveries: Iterable[Delivery],
    name: Callable[[Receipt | Delivery], str],
) -> list[tuple[str, float]]:
    """What is on order and was delivered, by supplier or country."""
    return [
        *((name(receipt), receipt.open_qty) for receipt in receipts),
        *((name(one), one.qty) for one in deliveries if one.received_on is not None),
    ]


def risks(
    suppliers: Sequence[Share],
    countries: Sequence[Share],
    cover_days: float | None,
    lead_time_days: float | None,
) -> tuple[str, ...]:
    """What makes a part's supply fragile. Cover and lead time in the same kind of days.

    A supplier or country that is not named makes no risk, but its share counts in the whole.
    """
    found = {
        "single_source": len(suppliers) == 1 and bool(suppliers[0].code),
        "one_country": any(one.ratio > ONE_COUNTRY and one.code for one in countries),
        "cover_below_lead_time": cover_days is not None
        and lead_time_days is not None
        and cover_days < lead_time_days,
    }
    return tuple(name for name, is_so in found.items() if is_so)


def on_time(deliveries: Iterable[Delivery], today: date, *, is_first: bool) -> tuple[int, int]:
    """Deliveries on time and due, against the first or the last promise.

    Due is what came and what should have come before today: what is overdue and still not here
    counts as late. What came early is on time.

    >>> late = Delivery("S", "clip", date(2026, 7, 1), date(2026, 7, 4), date(2026, 7, 3))
    >>> open_ = Delivery("S", "clip", date(2026, 7, 1), date(2026, 7, 1), None)
    >>> [on_time([late, open_], date(2026, 7, 6), is_first=first) for first in (True, False)]
    [(0, 2), (1, 2)]
    """
    kept = due = 0
    for one in deliveries:
        promised = one.first_promised_on if is_first else one.last_promised_on
        if one.received_on is None:
            due += promised < today
        else:
            due += 1
            kept += one.received_on <= promised
    return kept, due
