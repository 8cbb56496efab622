"""What can still be promised: discrete and cumulative available-to-promise, as APICS defines it."""

from collections.abc import Sequence
from itertools import accumulate


def available_to_promise(
    on_hand: float, scheduled: Sequence[float], ordered: Sequence[float]
) -> list[float]:
    """Discrete ATP of each period: supply less the orders until the next supply.

    The first period also has what is on hand. Periods without supply have none of their own: their
    orders count where supply last came. What is missing is taken from the nearest earlier period
    that has some left, so that a later order is never promised away; what no earlier period can
    give stays below zero where it arises.

    >>> available_to_promise(20, [50, 0, 50, 0], [30, 25, 10, 20])
    [15.0, 0.0, 20.0, 0.0]
    """
    found = [0.0] * len(scheduled)
    place = 0
    for n, (supply, orders) in enumerate(zip(scheduled, ordered, strict=True)):
        if supply or n == 0:
            place = n
            found[n] = supply + (on_hand if n == 0 else 0)
        found[place] -= orders
    for n in range(len(found) - 1, 0, -1):
        for earlier in range(n - 1, -1, -1):
            taken = min(max(0.0, -found[n]), max(0.0, found[earlier]))
            found[earlier] -= taken
            found[n] += taken
    return found


def cumulative(available: Sequence[float]) -> list[float]:
    """What can be promised by each period, all periods before it together.

    >>> cumulative(available_to_promise(20, [50, 0, 50, 0], [30, 25, 10, 20]))
    [15.0, 15.0, 35.0, 35.0]
    """
    return list(accumulate(available))
