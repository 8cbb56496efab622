"""Explaining a yield drop: how often it is right in 400 simulated plants, and how long a million
units take, beside a pandas groupby per factor with statsmodels' stratified test per value."""

from collections.abc import Iterator
from functools import partial
from time import process_time

import numpy as np
import numpy.typing as npt
import pandas as pd
from statsmodels.stats.contingency_tables import StratifiedTable

from db.domain.attribution.explain import explain
from tests.bench.figures import Figure, Goal
from tests.db.domain.attribution import rates, trays

RUNS = 400
UNITS, FACTORS, REPEATS = 1_000_000, 12, 20
VALUES = (60, 60, 60, 40, 40, 24, 12, 12, 8, 6, 4, 3)


def measure(_rows: int) -> Iterator[Figure]:
    """Shares of 400 runs each, then the time for a million units."""
    detail = f"of {RUNS} runs, {trays.UNITS:,} trays"
    told = {
        make.__name__: rates.shares_of_standings(make, RUNS)
        for make in (trays.healthy, trays.tester_fault, trays.clustered)
    }
    for name, (likely, wide) in told.items():
        goal = None if name == "clustered" else Goal("<=", 5)
        yield Figure("-", f"{name}: an innocent is likely", 100 * likely, goal, "%", detail)
        yield Figure("-", f"{name}: told as time-wide", 100 * wide, None, "%", detail)
    top, likely = rates.shares_of_bad_lot(RUNS)
    yield Figure("-", "lot 2 to 5 %: in the top three", 100 * top, Goal(">=", 97), "%", detail)
    yield Figure("-", "lot 2 to 5 %: likely", 100 * likely, Goal(">=", 68, 75), "%", detail)
    for hidden in (False, True):
        found = rates.share_of_pairs(RUNS, hidden=hidden)
        what = "pair 2 to 20 %, " + ("neither shows alone" if hidden else "station shows alone")
        yield Figure("-", what, 100 * found, Goal(">=", 70), "%", detail)
    yield from _speed()


def million() -> pd.DataFrame:
    """A million units of 30 days, 12 factors as categories, one of 60 lots failing more."""
    rng = np.random.default_rng(1)
    day = np.sort(rng.integers(0, 30, UNITS))
    columns: dict[str, object] = {
        "day": day,
        "operation": _named(rng.integers(0, 4, UNITS)),
        "product": _named(rng.integers(0, 3, UNITS)),
        "rack": np.arange(UNITS) // 18,
    }
    for place, values in enumerate(VALUES):
        columns[f"factor{place}"] = _named(rng.integers(0, values, UNITS))
    frame = pd.DataFrame(columns)
    bad = (frame["factor0"] == "v07").to_numpy()
    return frame.assign(failed=rng.random(UNITS) < np.where(bad, 0.05, 0.03))


def _named(codes: npt.NDArray[np.int64]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, [f"v{one:02}" for one in range(int(codes.max()) + 1)])


def _speed() -> Iterator[Figure]:
    frame = million()
    names = [f"factor{place}" for place in range(FACTORS)]
    ours = sorted(_seconds(partial(explain, frame, names)) for _ in range(REPEATS))
    late = ours[int(0.95 * REPEATS)]
    detail = f"CPU, {UNITS:,} units, {FACTORS} factors, {REPEATS} times"
    yield Figure("-", "explanation, 95th percentile", late, Goal("<=", 2), "s", detail)
    peer = _seconds(partial(_peer, frame, names))
    what = "statsmodels per value / ours"
    told = f"{peer:.1f} s; the peer looks at no pairs, racks or nesting"
    yield Figure("-", what, peer / float(np.median(ours)), Goal(">=", 1), "x", told)


def _seconds(work: partial[object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def _peer(frame: pd.DataFrame, names: list[str]) -> list[float]:
    """One p-value per value: counts by groupby, then statsmodels. No pairs, racks or retests."""
    strata = ["day", "operation", "product"]
    whole = frame.groupby(strata, observed=True)["failed"].agg(["size", "sum"])
    found = []
    for name in names:
        counts = frame.groupby([name, *strata], observed=True)["failed"].agg(["size", "sum"])
        for _, part in counts.groupby(level=0, observed=True):
            own = part.droplevel(0).reindex(whole.index, fill_value=0)
            rest = whole - own
            tables = np.array(
                [
                    [own["sum"], own["size"] - own["sum"]],
                    [rest["sum"], rest["size"] - rest["sum"]],
                ]
            )
            found.append(float(StratifiedTable(tables).test_null_odds().pvalue))
    return found
