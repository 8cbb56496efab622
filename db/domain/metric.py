"""What is said of one metric."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """One number: how it is called, in what unit, of what it is made, and when it is not known."""

    key: str
    label: str
    unit: str
    definition: str
    numerator: str
    denominator: str
    empty: str
    source: str
