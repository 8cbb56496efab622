"""Whether a yield changed because slices got worse (rate) or because other slices ran (mix).

For each slice k with share w and yield y, before (0) and after (1), and Y the whole yield:
rate_k = (y1 - y0)(w0 + w1)/2 and mix_k = (w1 - w0)((y0 + y1)/2 - (Y0 + Y1)/2). Their sum over all
slices is the whole change exactly. A slice that ran in one window only has no yield in the other:
the whole yield of that window stands in, all is booked to mix, and the slice is flagged.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """First verdicts of a slice in one window, and how many of them failed."""

    units: int
    fails: int

    @property
    def passed_ratio(self) -> float | None:
        """First-pass yield; None without units."""
        return 1 - self.fails / self.units if self.units else None


@dataclass(frozen=True, slots=True)
class SliceChange:
    """One slice's part in the change of yield, in ratio (0.01 is one point)."""

    slice: Hashable
    before: Counts
    after: Counts
    rate_part: float
    mix_part: float
    is_one_sided: bool


@dataclass(frozen=True, slots=True)
class MixSplit:
    """The whole change of yield and its two parts; `rate_part + mix_part == change`."""

    yield_before: float
    yield_after: float
    rate_part: float
    mix_part: float
    slices: tuple[SliceChange, ...]

    @property
    def change(self) -> float:
        """Yield after less yield before."""
        return self.yield_after - self.yield_before


NONE = Counts(0, 0)


def split_change(
    before: Mapping[Hashable, Counts], after: Mapping[Hashable, Counts]
) -> MixSplit | None:
    """Split the change of yield between two windows; None when either window is empty.

    >>> split = split_change({"A": Counts(200, 10), "B": Counts(100, 20)},
    ...                      {"A": Counts(100, 5), "B": Counts(200, 44)})
    >>> [round(part, 4) for part in (split.change, split.rate_part, split.mix_part)]
    [-0.0633, -0.01, -0.0533]
    """
    whole_before, whole_after = _whole(before), _whole(after)
    if whole_before.passed_ratio is None or whole_after.passed_ratio is None:
        return None
    names = [*before, *(name for name in after if name not in before)]
    slices = tuple(
        sorted(
            (
                _slice(
                    name, before.get(name, NONE), after.get(name, NONE), whole_before, whole_after
                )
                for name in names
            ),
            key=lambda part: (part.rate_part + part.mix_part, str(part.slice)),
        )
    )
    return MixSplit(
        whole_before.passed_ratio,
        whole_after.passed_ratio,
        sum(part.rate_part for part in slices),
        sum(part.mix_part for part in slices),
        slices,
    )


def _whole(window: Mapping[Hashable, Counts]) -> Counts:
    return Counts(sum(c.units for c in window.values()), sum(c.fails for c in window.values()))


def _slice(
    name: Hashable, before: Counts, after: Counts, all_before: Counts, all_after: Counts
) -> SliceChange:
    whole0, whole1 = all_before.passed_ratio or 0.0, all_after.passed_ratio or 0.0
    ratio0, ratio1 = before.passed_ratio, after.passed_ratio
    weight0, weight1 = before.units / all_before.units, after.units / all_after.units
    is_one_sided = ratio0 is None or ratio1 is None
    y0 = whole0 if ratio0 is None else ratio0
    y1 = whole1 if ratio1 is None else ratio1
    rate = (y1 - y0) * (weight0 + weight1) / 2
    mix = (weight1 - weight0) * ((y0 + y1) / 2 - (whole0 + whole1) / 2)
    if is_one_sided:
        rate, mix = 0.0, rate + mix
    return SliceChange(name, before, after, rate, mix, is_one_sided)
