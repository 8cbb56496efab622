"""What the explanation makes of many simulated plants: shares of runs, used by tests and bench."""

from collections.abc import Callable
from functools import partial

import pandas as pd

from db.domain.attribution.explain import explain
from db.domain.attribution.findings import Explanation, Finding, Standing
from tests.db.domain.attribution import trays

Make = Callable[[int], pd.DataFrame]


def share(make: Make, runs: int, holds: Callable[[Explanation], bool]) -> float:
    """Share of runs of which something holds."""
    return sum(holds(explain(make(seed), trays.FACTORS)) for seed in range(runs)) / runs


def shares_of_standings(make: Make, runs: int) -> tuple[float, float]:
    """Shares of runs in which any value is likely, and that are time-wide."""
    told = [explain(make(seed), trays.FACTORS).standing for seed in range(runs)]
    return told.count(Standing.LIKELY) / runs, told.count(Standing.TIME_WIDE) / runs


def shares_of_bad_lot(runs: int) -> tuple[float, float]:
    """Shares of runs with the bad lot in the top three, and named likely."""
    places = [_place(explain(trays.bad_lot(seed), trays.FACTORS)) for seed in range(runs)]
    top = sum(one is not None and one.rank <= 3 for one in places)
    likely = sum(one is not None and one.standing is Standing.LIKELY for one in places)
    return top / runs, likely / runs


def share_of_pairs(runs: int, *, hidden: bool) -> float:
    """Share of runs with firmware and station named first, together."""
    return share(partial(trays.pair, hidden=hidden), runs, _is_the_pair)


def _place(found: Explanation) -> Finding | None:
    return next((one for one in found.findings if (one.factor, one.value) == trays.BAD), None)


def _is_the_pair(found: Explanation) -> bool:
    first = found.findings[0]
    values = {level.value for level in first.levels}
    return first.standing is Standing.LIKELY and values == {"S07", "1.5"}
