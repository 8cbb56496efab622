"""Racks and MW together, and sums of which a part may not be known."""

from collections.abc import Iterable, Mapping

from db.domain.capacity.results import Quantity

NONE = Quantity(0.0, 0.0)


def in_mw(racks: Mapping[str, float], kw: Mapping[str, float | None]) -> Quantity:
    """Racks by product with their nameplate power; MW at least where a product has none.

    >>> in_mw({"A": 100, "B": 5}, {"A": 132.0})
    Quantity(racks=105, mw=13.2, is_at_least=False, is_mw_at_least=True)
    >>> in_mw({"B": 5}, {}).mw is None
    True
    """
    some = {product: count for product, count in racks.items() if count}
    power = {product: kw.get(product) for product in some}
    known = [some[product] * one / 1000 for product, one in power.items() if one is not None]
    is_part = len(known) < len(some)
    return Quantity(sum(racks.values()), sum(known) if known or not some else None, False, is_part)


def total(parts: Iterable[Quantity | None]) -> Quantity | None:
    """The sum of what is known, "at least" where something is not; None when nothing is.

    >>> total([Quantity(40, 5.28), None])
    Quantity(racks=40, mw=5.28, is_at_least=True, is_mw_at_least=True)
    """
    every = list(parts)
    known = [one for one in every if one is not None]
    if not known:
        return None
    power = [one.mw for one in known if one.mw is not None]
    is_part = len(known) < len(every)
    return Quantity(
        sum(one.racks for one in known),
        sum(power) if power else None,
        is_part or any(one.is_at_least for one in known),
        is_part or len(power) < len(known) or any(one.is_mw_at_least for one in known),
    )


def smaller(one: Quantity | None, other: Quantity | None) -> Quantity | None:
    """The one with fewer racks; a quantity that is not known limits nothing."""
    if one is None or other is None:
        return one or other
    return one if one.racks <= other.racks else other


def less(one: Quantity | None, taken: Quantity) -> Quantity | None:
    """What is left, below zero where more is taken; MW None where what is taken is not all known.

    >>> less(Quantity(100, 13.2), Quantity(110, 14.5)).racks
    -10
    """
    if one is None:
        return None
    mw = None
    if one.mw is not None and taken.mw is not None and not taken.is_mw_at_least:
        mw = one.mw - taken.mw
    return Quantity(one.racks - taken.racks, mw, one.is_at_least, one.is_mw_at_least)


def times(one: Quantity | None, factor: float) -> Quantity | None:
    """So many times a quantity.

    >>> times(Quantity(100, 13.2), 0.5).racks
    50.0
    """
    if one is None or factor == 1:
        return one
    mw = None if one.mw is None else one.mw * factor
    return Quantity(one.racks * factor, mw, one.is_at_least, one.is_mw_at_least)
