"""Putting single values and pairs into one line, with what is known of each."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from db.domain.attribution.counting import Candidates, Racks, count_candidates, rack_correlation
from db.domain.attribution.factors import Cases, Floats, Ints
from db.domain.attribution.findings import Level
from db.domain.attribution.interactions import Pairs, find_pairs, holders_of
from db.domain.attribution.rules import Rules
from db.domain.attribution.stratified import joined
from db.domain.attribution.verdicts import Lineup

LOOKED_AT = 120
"""Values whose clustering within racks is measured: those with the smallest p-values."""


def lineup_of(cases: Cases, candidates: Candidates, racks: Racks, pairs: Pairs | None) -> Lineup:
    """The line-up of units."""
    levels = [levels_of(cases, candidates, one) for one in range(len(candidates))]
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


def with_pairs_of(
    lineup: Lineup, sample: Cases, groups: Sequence[tuple[str, ...]], rules: Rules
) -> Lineup:
    """A line-up of counts with the pairs found in some of the units drawn at random, whose `rows`
    and scores are those of the sample. `groups` are those of the line-up, in order."""
    own = count_candidates(sample, rules.minimum_units)
    levels = [levels_of(sample, own, one) for one in range(len(own))]
    if len(sample.factors) < 2 or not sample.failed.any():
        return replace(lineup, rows=partial(_rows_in, sample, lineup.levels, ()))
    alone = rack_correlation(replace(sample, rack=None))
    pairs = find_pairs(sample, own, alone, rules.minimum_units, rules.minimum_fails)
    place = np.array([groups.index(one) for one in sample.groups], dtype=np.int64)
    group = [
        np.bincount(place[sample.group[sample.stratum[rows]]], minlength=len(groups))
        for rows in pairs.rows
    ]
    many = len(pairs.rows)
    named = tuple(
        levels[int(left)] + levels[int(right)]
        for left, right in zip(pairs.left, pairs.right, strict=True)
    )
    return replace(
        lineup,
        levels=lineup.levels + named,
        scores=joined([lineup.scores, pairs.scores]),
        design_effect=np.append(lineup.design_effect, pairs.design_effect),
        p_value=np.append(lineup.p_value, pairs.p_value),
        any_day_p=np.append(lineup.any_day_p, np.ones(many)),
        days_alike=np.append(lineup.days_alike, np.zeros(many)),
        grouped=np.column_stack([lineup.grouped, *group]),
        pairs_tried=pairs.tried,
        rows=partial(_rows_in, sample, lineup.levels, pairs.rows),
    )


def levels_of(cases: Cases, candidates: Candidates, one: int) -> tuple[Level, ...]:
    """A single candidate's factor and value."""
    factor = cases.factors[int(candidates.factor[one])]
    return (Level(factor.name, factor.values[int(candidates.code[one])]),)


def _rows_in(
    sample: Cases, levels: Sequence[tuple[Level, ...]], pairs: Sequence[Ints], one: int
) -> Ints:
    """The units of a sample that carried a candidate's value, or a pair's two."""
    if one >= len(levels):
        return pairs[one - len(levels)]
    level = levels[one][0]
    for factor in sample.factors:
        if factor.name == level.factor and level.value in factor.values:
            return factor.holders(factor.values.index(level.value))
    return np.zeros(0, dtype=np.int64)


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
