"""What a yield drop follows: the entry points.

Naive ranking by fail ratio names an innocent lot almost always. Here each value is compared with
the other units of the same day, operation and product, corrected for everything that was tried and
for fails that come rack by rack, and retested beside the stronger ones.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from db.domain.attribution.conditioning import EXPLAINED_P
from db.domain.attribution.counting import (
    Racks,
    Table,
    Totals,
    candidates_of,
    count_candidates,
    rack_correlation,
    score_sets,
)
from db.domain.attribution.factors import Cases, Floats, Ints, joint_codes, read_cases
from db.domain.attribution.findings import Explanation, Level, Standing
from db.domain.attribution.interactions import find_pairs
from db.domain.attribution.lineup import lineup_from, lineup_of, with_pairs_of
from db.domain.attribution.mix import Counts, MixSplit, split_change
from db.domain.attribution.report import Window, report
from db.domain.attribution.rules import Rules
from db.domain.attribution.verdicts import STANDINGS, Judged, Lineup, judge

STRATA = ("day", "operation", "product")
Baseline = Mapping[tuple[str, ...], float] | float
"""Fail ratio frozen before the drop: one for all, or per combination of the strata but day."""


def explain(
    units: pd.DataFrame,
    factors: Sequence[str],
    *,
    since: datetime | None = None,
    baseline: Baseline | None = None,
    exposures: pd.DataFrame | None = None,
    strata: Sequence[str] = STRATA,
    cluster: str | None = "rack",
    mix_by: Sequence[str] = ("product",),
    rules: Rules | None = None,
) -> Explanation:
    """Rank the factor values that fails from `since` on go with.

    `units` has one row per first verdict: `failed`, the `strata` columns, one column per factor,
    `at` when `since` is given (older rows are the baseline window), the `cluster` column when units
    share racks, and `unit` when `exposures` (long: unit, factor, value) adds factors of which a
    unit may carry several values. Missing and blank values are left out of their factor and noted.
    Raises ValueError naming missing columns.

    >>> frame = pd.DataFrame({"day": "Mon", "operation": "LEAK", "product": "rack",
    ...                       "lot": ["A"] * 200 + ["B"] * 200,
    ...                       "failed": [i % 4 == 0 for i in range(200)] + [False] * 200})
    >>> found = explain(frame, ["lot"])
    >>> print(found.standing, found.findings[0].value, round(found.findings[0].effect_points))
    likely A 25
    """
    rules = rules or Rules()
    before, window = _windows(units, since)
    cases = read_cases(window, factors, exposures, strata, cluster)
    if baseline is None and len(before):
        baseline = _baseline(before, [name for name in strata if name != "day"], cases.groups)
    return explain_cases(
        cases, since=since, baseline=baseline, mix=_mix(before, window, mix_by), rules=rules
    )


def explain_cases(
    cases: Cases,
    *,
    since: datetime | None = None,
    baseline: Baseline | None = None,
    mix: MixSplit | None = None,
    rules: Rules | None = None,
) -> Explanation:
    """The same of units that are coded already (see `db.domain.attribution.coded`)."""
    rules = rules or Rules()
    racks = rack_correlation(cases)
    candidates = count_candidates(cases, rules.minimum_units)
    pairs = None
    if len(cases.factors) > 1 and cases.failed.any():
        pairs = find_pairs(cases, candidates, racks, rules.minimum_units, rules.minimum_fails)
    lineup = lineup_of(cases, candidates, racks, pairs)
    return report(
        lineup,
        judge(lineup, cases, rules),
        _window_of(cases, since, _per_group(baseline, cases.groups), racks),
        mix,
        rules,
    )


def explain_counts(
    counts: pd.DataFrame,
    whole: pd.DataFrame,
    *,
    since: datetime | None = None,
    baseline: Baseline | None = None,
    strata: Sequence[str] = STRATA,
    sample: Cases | None = None,
    mix: MixSplit | None = None,
    rules: Rules | None = None,
) -> Explanation:
    """The same from counts the database has added up.

    `counts` has the `strata` columns, `factor`, `value`, `units` and `fails`; `whole` the `strata`
    columns, `units` and `fails` of all units, also those without a value. Counts cannot tell nested
    values apart: values that stand out are retested beside each other within `sample`, some of the
    units drawn at random, and pairs are looked for and counted in it. Racks are not looked at. The
    explanation says so.
    """
    rules = rules or Rules()
    tables, names, labels, total, group, groups = _tables(counts, whole, strata)
    candidates = candidates_of(tables, total, group, len(groups), rules.minimum_units)
    levels: list[tuple[Level, ...]] = [
        (Level(names[int(f)], labels[int(f)][int(c)]),)
        for f, c in zip(candidates.factor, candidates.code, strict=True)
    ]
    lineup = lineup_from(candidates, levels, np.ones(len(candidates)), None, None)
    if sample is not None:
        lineup = with_pairs_of(lineup, sample, groups, rules)
    given = _per_group(baseline, groups)
    note = _not_looked_at(sample, int(total.units.sum()))
    window = Window(total.units, total.fails, group, given, since, 0.0, 1.0, (note,))
    judged = judge(lineup, sample, rules)
    if sample is not None:
        judged = _without_guesses(judged, lineup, sample)
    return report(lineup, judged, window, mix, rules)


def _not_looked_at(sample: Cases | None, units: int) -> str:
    if sample is None:
        return "nested values, pairs and racks were not looked at: only counts were given"
    return (
        f"every unit was counted; values within others were told apart, and pairs looked for and "
        f"counted, in {sample.units:,} of {units:,} units drawn at random"
    )


def _without_guesses(judged: Judged, lineup: Lineup, sample: Cases) -> Judged:
    """A sample too small to show a value at all cannot say that another one explains it."""
    assert lineup.rows is not None  # it was given with the sample
    explained = list(judged.explained_by)
    if not explained:
        return judged
    seen = score_sets(sample, sample.stratum, [lineup.rows(one) for one in explained]).p_value()
    guessed = {one for one, p in zip(explained, seen, strict=True) if p > EXPLAINED_P}
    standing = tuple(
        Standing.POSSIBLE if one in guessed else held for one, held in enumerate(judged.standing)
    )
    leaders = {one: by for one, by in judged.explained_by.items() if one not in guessed}
    rank = {held: place for place, held in enumerate(STANDINGS)}
    order = sorted(judged.order, key=lambda one: rank.get(standing[one], len(rank)))
    return Judged(judged.p_adjusted, standing, leaders, tuple(order))


def _windows(units: pd.DataFrame, since: datetime | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows before and from `since`; all are the window without it."""
    if since is None:
        return units.iloc[:0], units
    if "at" not in units.columns:
        raise ValueError("units: no column at; expected when since is given")
    late = (units["at"] >= since).to_numpy(dtype=bool)
    return units[~late], units[late]


def _baseline(
    before: pd.DataFrame, names: list[str], groups: Sequence[tuple[str, ...]]
) -> Baseline:
    """Fail ratio of each operation and product before the drop; of all of them for a new one."""
    overall = float(before["failed"].mean())
    if not names:
        return overall
    ratios = before.groupby(names, observed=True)["failed"].mean()
    return dict.fromkeys(groups, overall) | {
        tuple(str(part) for part in (key if isinstance(key, tuple) else (key,))): float(ratio)
        for key, ratio in ratios.items()
    }


def _per_group(baseline: Baseline | None, groups: Sequence[tuple[str, ...]]) -> Floats | None:
    """Baseline ratio per group; None when any group has none."""
    if baseline is None:
        return None
    if isinstance(baseline, int | float):
        return np.full(len(groups), float(baseline))
    found = np.array([baseline.get(one, np.nan) for one in groups], dtype=np.float64)
    return None if np.isnan(found).any() else found


def _window_of(
    cases: Cases, since: datetime | None, baseline: Floats | None, racks: Racks
) -> Window:
    size = len(cases.group)
    units = np.bincount(cases.stratum, minlength=size).astype(np.float64)
    fails = np.bincount(cases.stratum[cases.failed], minlength=size).astype(np.float64)
    together = float((racks.size**2).sum() / max(racks.size.sum(), 1.0))
    return Window(
        units,
        fails,
        cases.group,
        baseline,
        since,
        racks.correlation,
        1 + racks.correlation * max(0.0, together - 1),
        cases.notes,
    )


def _mix(before: pd.DataFrame, after: pd.DataFrame, by: Sequence[str]) -> MixSplit | None:
    """How much of the change of yield is other slices running; None without a baseline window."""
    names = [name for name in by if name in after.columns]
    if not names or before.empty or after.empty:
        return None

    def counted(window: pd.DataFrame) -> dict[object, Counts]:
        sums = window.groupby(names, observed=True)["failed"].agg(["size", "sum"])
        return {
            (key[0] if isinstance(key, tuple) and len(key) == 1 else key): Counts(
                int(row["size"]), int(row["sum"])
            )
            for key, row in sums.iterrows()
        }

    return split_change(counted(before), counted(after))


def _tables(
    counts: pd.DataFrame, whole: pd.DataFrame, strata: Sequence[str]
) -> tuple[list[Table], list[str], list[list[str]], Totals, Ints, tuple[tuple[str, ...], ...]]:
    """Counts per factor laid out as strata × values."""
    both = pd.concat([whole, counts], ignore_index=True)
    code, names = joint_codes(both, list(strata))
    size = len(names)
    group, groups = joint_codes(names, [name for name in strata if name != "day"])
    units = both["units"].to_numpy(dtype=np.float64)
    fails = both["fails"].to_numpy(dtype=np.float64)
    own, rest = code[: len(whole)], code[len(whole) :]
    total = Totals(
        np.bincount(own, units[: len(whole)], minlength=size).astype(np.float64),
        np.bincount(own, fails[: len(whole)], minlength=size).astype(np.float64),
    )
    tables, factors, labels = [], [], []
    given = counts.reset_index(drop=True)
    for name, rows in given.groupby("factor", sort=False).indices.items():
        values, found = pd.factorize(given["value"].iloc[rows])
        shape = size, len(found)
        kept = values >= 0
        key = (rest[rows] * shape[1] + values)[kept]
        cells = [
            np.bincount(key, column[len(whole) :][rows][kept], minlength=size * shape[1]).astype(
                np.float64
            )
            for column in (units, fails)
        ]
        codes = np.arange(shape[1], dtype=np.int64)
        tables.append(Table(codes, cells[0].reshape(shape), cells[1].reshape(shape)))
        factors.append(str(name))
        labels.append([str(one) for one in found])
    keys = tuple(tuple(str(part) for part in row) for row in groups.to_numpy().tolist())
    return tables, factors, labels, total, group, keys
