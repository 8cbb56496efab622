"""Two weeks of simulated trays: 93 factor values, 15,120 trays, 2 % failing. Illustrative.

60 racks a day of 18 trays; six components, each used up lot after lot, with two lots in use around
each change; 12 stations, 3 shifts, 3 lines and one firmware change. How far lots overlap decides
how much a same-day comparison can see: it is set so that the plain two-sided day-stratified test
with Bonferroni's correction finds the bad lot in about 70 % of runs.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

DAYS, RACKS, TRAYS = 14, 60, 18
UNITS = DAYS * RACKS * TRAYS
LOTS = (13, 12, 12, 12, 12, 12)
FACTORS = (*(f"part{one} lot" for one in range(6)), "station", "shift", "line", "firmware")
BASE = 0.02
OVERLAP = 0.33
BAD = ("part2 lot", "L05")
BAD_SHARE = 0.87
"""Of an average lot, so that the bad one is in about 1,100 trays."""

Ratios = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Plant:
    """Trays with their factor values, before any has been tested."""

    frame: pd.DataFrame
    rng: np.random.Generator

    def tested(self, ratio: Ratios | float) -> pd.DataFrame:
        """The trays with a first verdict each, failing with the given probabilities."""
        return self.frame.assign(failed=self.rng.random(len(self.frame)) < ratio)

    def carries(self, factor: str, value: str) -> npt.NDArray[np.bool_]:
        """Which trays carry a value."""
        return (self.frame[factor] == value).to_numpy(dtype=bool)


def plant(seed: int) -> Plant:
    """The trays of one run."""
    rng = np.random.default_rng(seed)
    when = np.arange(UNITS) / UNITS
    rack = np.repeat(np.arange(DAYS * RACKS), TRAYS)
    columns: dict[str, object] = {
        "day": np.repeat(np.arange(DAYS), RACKS * TRAYS),
        "operation": "BURN_IN",
        "product": "tray",
        "rack": rack,
    }
    for part, lots in enumerate(LOTS):
        sizes = rng.uniform(0.75, 1.25, lots)
        if part == 2:
            sizes[5] = BAD_SHARE * sizes.mean()
        ends = np.cumsum(sizes) / sizes.sum() * lots
        used = when * lots + rng.normal(0, OVERLAP, UNITS)
        lot = np.minimum(np.searchsorted(ends, used), lots - 1)
        columns[FACTORS[part]] = _names("L", lot)
    columns["station"] = _names("S", rng.integers(0, 12, DAYS * RACKS)[rack])
    columns["shift"] = _names("shift ", np.arange(DAYS * RACKS)[rack] % RACKS // (RACKS // 3))
    columns["line"] = _names("line ", rng.integers(0, 3, DAYS * RACKS)[rack])
    is_new = rng.random(UNITS) < 1 / (1 + np.exp(-(when - 0.5) * 40))
    columns["firmware"] = np.where(is_new, "1.5", "1.4")
    return Plant(pd.DataFrame(columns), rng)


def healthy(seed: int) -> pd.DataFrame:
    """Nothing wrong."""
    return plant(seed).tested(BASE)


def bad_lot(seed: int) -> pd.DataFrame:
    """One lot of about 1,100 trays fails at 5 %."""
    one = plant(seed)
    return one.tested(np.where(one.carries(*BAD), 0.05, BASE))


def tester_fault(seed: int) -> pd.DataFrame:
    """Two days on which everything fails at 5 %; no lot is guilty."""
    one = plant(seed)
    return one.tested(np.where(one.frame["day"].isin([6, 7]), 0.05, BASE))


def clustered(seed: int) -> pd.DataFrame:
    """Nothing wrong but that fails come rack by rack: a rack's own ratio varies about 2 %."""
    one = plant(seed)
    own = one.rng.beta(BASE * 9, (1 - BASE) * 9, DAYS * RACKS)
    return one.tested(own[one.frame["rack"].to_numpy()])


def pair(seed: int, *, hidden: bool) -> pd.DataFrame:
    """150 trays of one station got a new firmware, and fail at 20 % there only.

    `hidden`: the station's other trays and the firmware's other trays fail so much less that
    neither value alone fails more than 2 %, as far as the counts allow.
    """
    one = plant(seed)
    station = one.carries("station", "S07")
    at = np.flatnonzero(station)
    both = np.zeros(UNITS, dtype=bool)
    both[one.rng.choice(at, 150, replace=False)] = True
    firmware = np.where(both | (~station & (one.rng.random(UNITS) < 0.5)), "1.5", "1.4")
    one.frame["firmware"] = firmware
    ratio = np.full(UNITS, BASE)
    if hidden:
        ratio[station] = 0.0
        fewer = (firmware == "1.5") & ~both
        ratio[fewer] = max(0.0, BASE - 150 * (0.20 - BASE) / fewer.sum())
    ratio[both] = 0.20
    return one.tested(ratio)


def _names(prefix: str, codes: npt.NDArray[np.int64]) -> "pd.Categorical":
    names = [f"{prefix}{one:02}" for one in range(int(codes.max()) + 1)]
    return pd.Categorical.from_codes(codes, names)
