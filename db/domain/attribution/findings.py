"""What an explanation of a yield drop says: one finding per factor value, and the sum of them.

Ratios are 0–1, effects in percentage points of fails, counts whole units. None means "no data".
An association is not a proof: each finding carries the sentence that says what would disprove it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from db.domain.attribution.mix import MixSplit


class Standing(StrEnum):
    """How far the evidence goes against one factor value."""

    LIKELY = "likely"
    POSSIBLE = "possible"
    EXPLAINED = "explained by another finding"
    TIME_WIDE = "time-wide, not this factor"
    NOTHING = "nothing stands out"


@dataclass(frozen=True, slots=True)
class Level:
    """A factor and the value of it that a unit had, such as lot and "K-4711"."""

    factor: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One factor value, or a pair of them, against the other units of the same days.

    `expected_fails`: what the exposed units would have had at the fail ratio of the others of the
    same day, operation and product; `baseline_fails`: at the frozen baseline. `compared_units` are
    the exposed units that had any other unit to be compared with. `effect_points` is the difference
    of the two fail ratios within strata (Mantel-Haenszel weights), None without a comparison.
    `p_value` is one-sided; `p_adjusted` is corrected for the `tried_count` values and pairs tried.
    `explained_by` is the rank of the finding that leaves nothing of this one. `racks_in_process`
    and `racks_shipped` are None until a query counts them.
    """

    rank: int
    levels: tuple[Level, ...]
    standing: Standing
    exposed_units: int
    fails: int
    expected_fails: float | None
    baseline_fails: float | None
    compared_units: int
    exposed_ratio: float | None
    same_day_ratio: float | None
    effect_points: float | None
    effect_interval: tuple[float, float] | None
    p_value: float
    p_adjusted: float
    tried_count: int
    explained_by: int | None
    sentence: str
    disproof: str
    racks_in_process: int | None = None
    racks_shipped: int | None = None

    @property
    def factor(self) -> str:
        """The factor's name, or both of a pair: "firmware × station"."""
        return " × ".join(level.factor for level in self.levels)

    @property
    def value(self) -> str:
        """The value, or both of a pair."""
        return " × ".join(level.value for level in self.levels)

    @property
    def excess_fails(self) -> float | None:
        """Fails beyond those of the others of the same day; None without a comparison."""
        return None if self.expected_fails is None else self.fails - self.expected_fails


@dataclass(frozen=True, slots=True)
class Explanation:
    """Ranked findings over one window, with how much was tried.

    `standing` is the strongest of all, TIME_WIDE when the whole window fails more than its
    baseline (or some days more than others) and no factor value stands out on its days.
    `rack_correlation` is the estimated correlation of fails within a rack (0: none).
    """

    standing: Standing
    sentence: str
    since: datetime | None
    units: int
    fails: int
    baseline_fails: float | None
    tried_count: int
    pairs_tried_count: int
    rack_correlation: float
    mix: MixSplit | None
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def fail_ratio(self) -> float | None:
        """Share of units whose first verdict was a fail; None without units."""
        return self.fails / self.units if self.units else None
