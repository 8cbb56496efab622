"""Parts: what a bill of material calls for, what stock may be built with, what is promised."""

from collections.abc import Iterable

from db.domain.material.facts import BomItem, OnHand
from db.domain.vocabulary import StockStatus

NOTHING = 1e-9
"""Quantities closer than this are the same: a billionth of a part."""


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
