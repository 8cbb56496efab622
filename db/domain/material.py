"""Parts: what a bill of material calls for, what stock may be built with, what is promised."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from db.domain.vocabulary import StockStatus

NOTHING = 1e-9
"""Quantities closer than this are the same: a billionth of a part."""


@dataclass(frozen=True, slots=True)
class BomItem:
    """A line of a bill: `per_qty` of `part` in each `parent`, before scrap; see db.models.BomLine.

    `alternate_of` names the part it may stand in for; such a line is no need of its own.
    """

    parent: str
    part: str
    per_qty: float
    unit: str = "EA"
    scrap_ratio: float = 0.0
    scrap_convention: str = "divide"
    is_phantom: bool = False
    alternate_of: str = ""
    valid_from_on: date | None = None
    valid_to_on: date | None = None

    def is_effective(self, on: date) -> bool:
        """Whether the line applies on a date: from its first day, up to but not on its last."""
        return (self.valid_from_on is None or self.valid_from_on <= on) and (
            self.valid_to_on is None or on < self.valid_to_on
        )


@dataclass(frozen=True, slots=True)
class OnHand:
    """Stock of a part at one place, in one status."""

    part: str
    qty: float
    allocated_qty: float = 0.0
    status: str = StockStatus.UNRESTRICTED
    unit: str = "EA"


@dataclass(frozen=True, slots=True)
class Promise:
    """What is still to come of an order line. `usable_at` is when it could be built with."""

    part: str
    open_qty: float
    promised_on: date | None = None
    usable_at: datetime | None = None
    is_confirmed: bool = False
    unit: str = "EA"


def need_each(item: BomItem) -> float:
    """Parts to issue for one parent, scrap included by its own convention.

    divide: of what is issued, the scrap share is lost. multiply: the ERP adds the share on top.

    >>> f"{need_each(BomItem('rack', 'clip', 4, scrap_ratio=0.02)):.4f}"
    '4.0816'
    >>> need_each(BomItem('rack', 'clip', 4, scrap_ratio=0.02, scrap_convention="multiply"))
    4.08
    """
    if item.scrap_convention == "multiply":
        return item.per_qty * (1 + item.scrap_ratio)
    return item.per_qty / (1 - item.scrap_ratio)


def available_qty(places: Iterable[OnHand]) -> float:
    """What may be built with: unrestricted stock less what is allocated, never below 0.

    A negative count at one place is 0 there; it never eats into another place.

    >>> available_qty([OnHand("clip", 128, 30), OnHand("clip", 12, status="quality_hold"),
    ...                OnHand("clip", -5)])
    98.0
    """
    usable = [place for place in places if place.status == StockStatus.UNRESTRICTED]
    held = sum(max(0.0, place.qty) for place in usable)
    return max(0.0, held - sum(max(0.0, place.allocated_qty) for place in usable))


def racks_clear(available: float, each: float) -> int:
    """Whole racks that so much of one part allows.

    >>> racks_clear(98, 4 / 0.98)
    24
    """
    return int(available / each + NOTHING)
