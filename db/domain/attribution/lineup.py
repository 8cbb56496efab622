"""Putting single values and pairs into one line, with what is known of each."""

import numpy as np

from db.domain.attribution.counting import Candidates, Racks
from db.domain.attribution.factors import Cases, Floats, Ints
from db.domain.attribution.findings import Level
from db.domain.attribution.interactions import Pairs, holders_of
from db.domain.attribution.stratified import joined
from db.domain.attribution.verdicts import Lineup

LOOKED_AT = 120
"""Values whose clustering within racks is measured: those with the smallest p-values."""


def lineup_of(cases: Cases, candidates: Candidates, racks: Racks, pairs: Pairs | None) -> Lineup:
    """The line-up of units."""
    levels: list[tuple[Level, ...]] = [
        (Level(cases.factors[int(f)].name, cases.factors[int(f)].values[int(c)]),)
        for f, c in zip(candidates.factor, candidates.code, strict=True)
    ]
    effects = _design_effects(cases, candidates, racks)
    return lineup_from(candidates, levels, effects, pairs, cases)


def lineup_from(
    candidates: Candidates,
    levels: list[tuple[Level, ...]],
    effects: Floats,
    pairs: Pairs | None,
    cases: Cases | None,
) -> Lineup:
    """The line-up of candidates with their design effects; without `cases` of counts alone."""
    singles = len(candidates)
    scores, p = candidates.same_day, candidates.same_day.p_value(effects)
    any_day, grouped = candidates.any_day.p_value(effects), candidates.grouped
    if pairs is not None and cases is not None:
        levels = levels + [
            levels[int(left)] + levels[int(right)]
            for left, right in zip(pairs.left, pairs.right, strict=True)
        ]
        scores, p = joined([scores, pairs.scores]), np.append(p, pairs.p_value)
        effects = np.append(effects, pairs.design_effect)
        any_day = np.append(any_day, np.ones(len(pairs.rows)))
        group = [
            np.bincount(cases.group[cases.stratum[rows]], minlength=len(grouped))
            for rows in pairs.rows
        ]
        grouped = np.column_stack([grouped, *group])

    def rows_of(one: int) -> Ints:
        assert cases is not None
        if one < singles or pairs is None:
            return holders_of(cases, candidates, one)
        return pairs.rows[one - singles]

    return Lineup(
        tuple(levels),
        scores,
        effects,
        p,
        any_day,
        np.append(candidates.days_alike, np.zeros(len(levels) - singles)),
        grouped,
        singles,
        0 if pairs is None else pairs.tried,
        rows_of if cases is not None else None,
    )


def _design_effects(cases: Cases, candidates: Candidates, racks: Racks) -> Floats:
    """Design effect of racks for the values that matter; 1 for those far from any finding."""
    found = np.ones(len(candidates))
    if racks.correlation:
        nearest = np.minimum(candidates.same_day.p_value(), candidates.any_day.p_value())
        for one in np.argsort(nearest, kind="stable")[:LOOKED_AT]:
            rows = holders_of(cases, candidates, int(one))
            weight = float(candidates.same_day.weight[one])
            found[one] = racks.design_effect(cases, rows, weight)
    return found
