"""When a factor value is named, declared in one place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """Least exposure, and how sure to be. Ratios 0–1.

    `alpha`: chance that a window without any cause gets a "likely", over everything tried;
    `pair_share` of it is spent on pairs. `possible_q`: false discovery rate of "possible".
    Where the days of all other units are alike (p above `days_alike_p`), the comparison over all
    days counts too: at `all_days_share` of alpha, and only if the same day agrees to
    `all_days_same_day_p`. `same_day_p` is the agreement that "possible" asks for.
    `shown` findings are returned at most.
    """

    minimum_units: int = 20
    minimum_fails: int = 3
    alpha: float = 0.05
    pair_share: float = 0.2
    possible_q: float = 0.10
    same_day_p: float = 0.01
    all_days_share: float = 0.4
    all_days_same_day_p: float = 0.01
    days_alike_p: float = 0.1
    least_compared: float = 0.2
    confidence: float = 0.95
    shown: int = 30


SPECIFICITY = (
    "lot",
    "slot",
    "fixture",
    "program",
    "firmware",
    "part_revision",
    "coolant_batch",
    "station",
    "upstream_station",
    "supplier",
    "crew",
    "shift",
    "queue_age",
    "line",
    "country",
)
"""Narrow causes before wide ones: of two values carried by the same units, the first is named."""


def breadth(factor: str) -> int:
    """Place of a factor from narrow to wide; a part's own factors count by their last word.

    >>> breadth("busbar lot") < breadth("busbar supplier") < breadth("shelf colour")
    True
    """
    kinds = (factor, factor.replace(" ", "_"), factor.replace("_", " ").rpartition(" ")[2])
    return min((SPECIFICITY.index(kind) for kind in kinds if kind in SPECIFICITY), default=99)
