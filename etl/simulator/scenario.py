"""What is particular about each illustrative plant, and the troubles seeded into its history."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shortage:
    """A part that runs short: a count finds too few, and its deliveries slip.

    Times are in hours from the present moment of the first run (negative is before).
    """

    part: str
    counted_hours: float
    cover_hours: float
    arrives_hours: float
    promised_days: int


@dataclass(frozen=True, slots=True)
class OddLot:
    """A lot used beside the older ones, by `share_percent` of racks, in use from `from_days` before
    the present; there is enough of it for all racks of `cover_days`."""

    part: str
    lot: str
    from_days: float
    cover_days: float
    share_percent: int


@dataclass(frozen=True, slots=True)
class Wish:
    """Racks an (invented) customer wants on the Friday of each week from `first` to `last` (0 is
    the present one): `racks` in the first, `more` in each after it."""

    customer: str
    product: str
    kind: str
    first: int
    last: int
    racks: int
    more: int = 0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A plant's plan in racks per line and 12-hour shift, its troubles, and its serial letter.

    Racks with parts of the `bad_lot` fail more. The `innocent_lot` comes in with it and goes, among
    others, into every rack that gets the bad one: who ranks by yield alone blames it too.
    """

    letter: str
    racks_per_shift: int
    renamed_days: float
    bad_lot: OddLot | None = None
    innocent_lot: OddLot | None = None
    shortages: tuple[Shortage, ...] = ()
    wishes: tuple[Wish, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Parts that this plant's system calls otherwise than the others' do."""


SCENARIOS: dict[str, Scenario] = {
    "mp": Scenario(
        "M",
        12,
        12,
        OddLot("UQD-04", "QD26-4471", 4.0, 3.0, 45),
        OddLot("HOSE-16", "HX26-118", 4.0, 5.0, 75),
        (Shortage("BB-CLIP", -6, 5.0, 5.5, 1),),
        (
            Wish("CASCADE COMPUTE", "RK72-A", "firm", 0, 5, 205),
            Wish("CASCADE COMPUTE", "RK72-A", "commitment", 6, 14, 212, 3),
            Wish("NORTHFIELD CLOUD", "RK72-A", "commitment", 0, 14, 95, 5),
            Wish("LAKESHORE AI", "RK72-A", "option", 7, 14, 30),
            Wish("LAKESHORE AI", "RK72-B", "evaluation", 4, 4, 12),
        ),
    ),
    "oh": Scenario(
        "O",
        12,
        9,
        shortages=(Shortage("FIB-MPO", -8, 14.0, 11.0, 1),),
        wishes=(
            Wish("NORTHFIELD CLOUD", "RK72-A", "firm", 0, 3, 296),
            Wish("NORTHFIELD CLOUD", "RK72-A", "commitment", 4, 14, 296, 1),
            Wish("PRAIRIE COMPUTE", "RK72-A", "option", 3, 14, 24),
        ),
    ),
    "tx": Scenario(
        "T",
        8,
        15,
        shortages=(Shortage("CART-NVL", -5, 10.0, 9.0, 1),),
        wishes=(
            Wish("CASCADE COMPUTE", "RK72-A", "firm", 0, 5, 180),
            Wish("CASCADE COMPUTE", "RK72-A", "commitment", 6, 14, 184),
            Wish("GULFSTREAM DATA", "RK72-A", "commitment", 0, 14, 96, 1),
            Wish("LAKESHORE AI", "RK72-A", "option", 6, 14, 40),
            Wish("LAKESHORE AI", "RK72-A", "forecast", 2, 14, 50),
        ),
        names={"CAT6-3M": "Management cable 10 ft"},
    ),
}

STARTED_RATIO = 0.975
"""Racks started per rack planned: plans are a little hopeful."""

WARM_UP_DAYS = 2
SUPPLY_HORIZON_DAYS = 18
"""How long before its promise an order line appears."""
CONFIRMED_AFTER_HOURS = 20
SERVICED_ONE_IN, SERVICE_DAYS = 3, 0.1
"""Of one part in so many, so many days of use are set aside for service orders."""
SAFETY_DAYS, SAFETY_STOCK_DAYS = 3.0, 1.2
"""Days of use kept beyond the next delivery, and what the ERP calls safety stock."""
EXPEDITE_EVERY_HOURS, EXPEDITE_BELOW_HOURS, EXPEDITED_IN_HOURS = 2, 30, 3
"""Buyers look every so often; a bin with less cover than this gets a day's worth this soon."""
OVERLOOKED_BELOW_HOURS = 3
"""The same for the parts of a seeded shortage, which nobody sees coming."""
SLIP_RATIO = 0.06
LATE_SUPPLIERS = {
    "QD": (0.5, 3),
    "OPTICA": (0.4, 3),
    "CNXION": (0.4, 2),
    "FANTEK": (0.35, 2),
    "LUXCBL": (0.3, 2),
    "ARTEX": (0.3, 2),
    "PCBCO": (0.25, 2),
}
"""Suppliers that move their promises more often: how often, and by how many days at most."""
PARTIAL_RATIO = 0.06
HUB_PERCENT, HUB_HOURS = 8, 4
BLOCKED_PERCENT, BLOCKED_HOURS = 2, 30
CONSIGNED = frozenset({"BUSBAR-48", "OSFP-800", "GPUBRD"})
"""Parts of which some stock in the building belongs to the supplier."""
LOOSE_ENDS = (("TRAY-FAN", None, False), ("SW-FAN", -3, True), ("BBU-CAP", 4, False))
"""Part, promised so many days from the present (None: not dated), confirmed."""

OPTION_DAYS = 28
"""How long before its due date an option must be taken up."""
