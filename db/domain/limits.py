"""When a plant's screens turn amber or red."""

import json
from dataclasses import dataclass, fields
from typing import Literal

Level = Literal["normal", "amber", "red", "none"]
"""none: nothing to judge by (no plan, too few units)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Screen limits of one plant; ratios 0–1, hours as hours, counts as counts."""

    behind_ratio: float = 0.05
    forecast_red_ratio: float = 0.80
    hour_low_ratio: float = 0.60
    stop_red_hours: float = 4
    stop_amber_hours: float = 12
    first_pass_limit: float = 0.95
    first_pass_window: int = 50
    minimum_first_verdicts: int = 20


def limits_from(text: str) -> Limits:
    """Limits from the JSON in `Plant.thresholds`; what it leaves out keeps its default.

    >>> limits_from('{"first_pass_limit": 0.9}').first_pass_limit
    0.9
    """
    given = json.loads(text)
    return Limits(
        **{entry.name: given[entry.name] for entry in fields(Limits) if entry.name in given}
    )
