"""Column types that mean the same on SQLite and PostgreSQL.

Instants: a plain `datetime` field becomes SQLModel's own UTCDateTime (rejects naive, converts to
UTC, returns aware UTC). Never override it with `sa_type`: SQLite would silently drop the offset.
Quantities: `Quantity`, below. Codes and names: `Code`, `Text`.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator

MICRO = 1_000_000


def micro_units(quantity: Decimal) -> int:
    """A quantity as the whole number of millionths that both databases store.

    Raises ValueError when a millionth is too coarse; nothing is ever rounded in silence.

    >>> micro_units(Decimal("4.0816"))
    4081600
    """
    scaled = quantity * MICRO
    whole = int(scaled)
    if scaled != whole:
        raise ValueError(f"{quantity} has more than six decimals")
    return whole


class QuantityType(TypeDecorator[Decimal]):
    """Decimal in Python, integer millionths in the store: exact sums, no float on the way."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else micro_units(Decimal(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / MICRO
