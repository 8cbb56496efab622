"""Which stock or receipt covers which day's need: first come, first used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from db.domain.material.parts import NOTHING


@dataclass(frozen=True, slots=True)
class Peg:
    """So much of a day's need, covered by `source`: "stock", a receipt's key, or "" by nothing.

    `covered_on` is the day the source can be used, the day of need when it is there before.
    """

    need_on: date
    qty: float
    source: str
    covered_on: date | None

    @property
    def is_late(self) -> bool:
        """Whether it comes after the day it is needed on, or not at all."""
        return self.covered_on is None or self.covered_on > self.need_on


def peg(
    days: Sequence[date],
    needs: Sequence[float],
    available_qty: float,
    arrivals: Iterable[tuple[date, str, float]],
) -> tuple[Peg, ...]:
    """Dated need against stock, then receipts by the day they can be used: (day, key, quantity).

    What a receipt brings on a day covers that day's need; hours within the day are not looked at.

    >>> monday, tuesday = date(2026, 7, 6), date(2026, 7, 7)
    >>> for one in peg([monday, tuesday], [50, 60], 60, [(tuesday, "PO1", 40)]):
    ...     print(one.need_on, one.qty, one.source or "nothing", one.is_late)
    2026-07-06 50 stock False
    2026-07-07 10 stock False
    2026-07-07 40 PO1 False
    2026-07-07 10 nothing True
    """
    supply = [(days[0], "stock", available_qty), *sorted(arrivals)] if days else []
    found = []
    for day, needed in zip(days, needs, strict=True):
        missing = needed
        while missing > NOTHING and supply:
            on, source, left = supply[0]
            used = min(missing, left)
            if used > NOTHING:
                found.append(Peg(day, used, source, max(day, on)))
            missing -= used
            supply[0] = (on, source, left - used)
            if left - used <= NOTHING:
                supply.pop(0)
        if missing > NOTHING:
            found.append(Peg(day, missing, "", None))
    return tuple(found)
