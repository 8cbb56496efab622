"""The trays of a filled store: how many, when, and which factor values each has, by its number."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from db.domain.attribution.coded import number_of

PLANT, OPERATION = "mp", "TFUNC"
WINDOW_DAYS = 14
TRAYS_A_RACK = 18
PARTS = (*(f"P{part}" for part in range(9)), "COOLANT-PG25")
"""Ten links a tray; the last part is the coolant."""
REVISED = 4
"""Parts whose revision the plant knows."""
UNITS_A_LOT = 1_000
"""A lot of a part is in about so many trays; RACKLINE_BENCH_LOTS=harsh scatters each over all days,
so that every day has trays with each of two thousand lots of every part."""
SCATTERED_LOTS = 2_000
IS_HARSH = os.environ.get("RACKLINE_BENCH_LOTS") == "harsh"
COUNTRIES = ("US", "TW", "CN", "MX", "DE", "JP", "TH")
CREWS = ("A", "B", "C", "D")
"""As the plant file has them."""
STATIONS, SLOTS, FIXTURES, PROGRAMS, FIRMWARES = 6, 16, 40, 4, 5
UNIT = "bench_unit"
"""The table of one row a tray: i, serial, at, business_on, shift, crew, sample, is_failed."""
DIGITS = 8


@dataclass(frozen=True, slots=True)
class Size:
    """Trays in the store, and how many of them are in the fourteen days up to now."""

    units: int
    recent: int

    @property
    def old(self) -> int:
        """Trays before the window; they have no genealogy."""
        return self.units - self.recent

    @property
    def lots(self) -> int:
        """Lots of each part."""
        return SCATTERED_LOTS if IS_HARSH else self.recent // UNITS_A_LOT + 2

    @property
    def racks(self) -> int:
        """Racks that the newest trays are built into."""
        return self.recent // TRAYS_A_RACK

    @property
    def seconds(self) -> int:
        """From the first verdict to the last."""
        return WINDOW_DAYS * 86_400 * self.units // self.recent


@dataclass(frozen=True, slots=True)
class Value:
    """A factor's values: how many, which one a tray has (SQL over `bench_unit`), and their names.

    `is_recent`: only trays of the window have one.
    """

    factor: str
    index: str
    names: Sequence[str]
    is_recent: bool = False


def values(size: Size) -> Iterator[Value]:
    """What a tray carries, in the order of the values' numbers."""
    station = "(i % 2 * 3 + i / 2 % 3)"
    stations = [f"T{one // 3 + 1}-{OPERATION}-{one % 3 + 1}" for one in range(STATIONS)]
    yield Value("line", "i % 2", ("T1", "T2"))
    yield Value("station", station, stations)
    yield Value(
        "slot",
        f"({station} * {SLOTS} + i / {STATIONS} % {SLOTS})",
        [f"{one} S{slot}" for one in stations for slot in range(SLOTS)],
    )
    yield Value("fixture", f"i % {FIXTURES}", [f"FX-{one}" for one in range(FIXTURES)])
    yield Value("program", f"i % {PROGRAMS}", [f"PDT 7.{one}" for one in range(PROGRAMS)])
    yield Value("firmware", f"i % {FIRMWARES}", [f"1.{one}" for one in range(FIRMWARES)])
    yield Value("shift", "CASE shift WHEN 'D' THEN 0 ELSE 1 END", ("D", "N"))
    crews = " ".join(f"WHEN '{crew}' THEN {at}" for at, crew in enumerate(CREWS))
    yield Value("crew", f"CASE crew {crews} END", CREWS)
    for place, part in enumerate(PARTS):
        yield from _of_part(size, place, part)


def _of_part(size: Size, place: int, part: str) -> Iterator[Value]:
    lot = lot_of(size, place)
    factor = "coolant_batch" if place == len(PARTS) - 1 else "lot"
    yield Value(factor, lot, [f"{part} L{one}" for one in range(size.lots)], is_recent=True)
    if factor == "coolant_batch":
        return
    firms = [f"{part} F{one}" for one in range(len(COUNTRIES))]
    yield Value("supplier", f"{lot} % {len(COUNTRIES)}", firms, is_recent=True)
    lands = [f"{part} {land}" for land in COUNTRIES]
    yield Value("country", f"{lot} % {len(COUNTRIES)}", lands, is_recent=True)
    if place < REVISED:
        revisions = (f"{part} A", f"{part} B")
        yield Value("part_revision", f"{lot} / 3 % 2", revisions, is_recent=True)


def lot_of(size: Size, place: object) -> str:
    """SQL of a tray's lot of a part: used up one after the other, two in use around each change."""
    newest = f"(i - {size.old})"
    if IS_HARSH:
        return f"({newest} * 7 % {SCATTERED_LOTS})"
    return f"(({newest} + {place} * 17 + {UNITS_A_LOT // 2} * ({newest} % 3)) / {UNITS_A_LOT})"


def placed(size: Size) -> Iterator[tuple[Value, int]]:
    """Each kind of value with the running number of its first."""
    first = 1
    for value in values(size):
        yield value, first
        first += len(value.names)


def numbers(size: Size, *, is_recent: bool) -> Iterator[str]:
    """SQL of the number of each kind of value that old trays have too, or only recent ones."""
    for value, first in placed(size):
        if value.is_recent == is_recent:
            low, step = number_of(value.factor, first), number_of(value.factor, 1)
            step -= number_of(value.factor, 0)
            yield f"{low} + {step} * ({value.index})"


def serial(number: int) -> str:
    """The serial of a tray."""
    return f"T{number:0{DIGITS}d}"


def failed(size: Size) -> str:
    """SQL: two in a hundred by a scattered number, and every fifth with one lot of the fourth part.

    The lot is in use two thirds through the window.
    """
    scattered = "(i * 2654435761 % 4294967296 / 4096 % 1000)"
    bad = f"i >= {size.old} AND {lot_of(size, 3)} = {size.lots * 2 // 3}"
    return f"{scattered} < CASE WHEN {bad} THEN 200 ELSE 20 END"
