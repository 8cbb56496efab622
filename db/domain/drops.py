"""When a yield dropped: one chart per line and operation that adds up evidence unit by unit."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Drop:
    """An alarm of one chart with the evidence it rests on.

    `began_at` is the first unit after the chart last stood at zero; the interval holds the true
    change with the stated confidence. `units`, `fails`, `expected_fails` and `current_ratio` count
    from `began_at` to the newest unit of the chart. `baseline_ratio` is the mean frozen fail
    probability of these units by product and shift. `evidence` is the chart's value at the alarm
    (log likelihood ratio) against its `threshold`, which gives one false alarm per
    `units_per_false_alarm` units when nothing changed.
    """

    line: str
    operation: str
    began_at: datetime
    began_interval: tuple[datetime, datetime]
    confidence: float
    detected_at: datetime
    units_to_detection: int
    units: int
    fails: int
    expected_fails: float
    baseline_ratio: float
    current_ratio: float
    evidence: float
    threshold: float
    units_per_false_alarm: float

    @property
    def excess_fails(self) -> float:
        """Fails since the drop beyond what the baseline would have given."""
        return self.fails - self.expected_fails
