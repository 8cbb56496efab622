"""Pairs of factor values that fail together though neither need stand out alone.

A firmware that fails at one station only hides within the counts of both. All pairs of values of
different factors are screened at once by sparse products, the best are then tested exactly. A pair
must beat three things: the other units of the same strata, the rest of the first value, and the
rest of the second (the greatest of the three p-values counts, so a value that is bad by itself
makes no pair with its companions).
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.special import bdtrc, betainc, pdtrc

from db.domain.attribution.counting import Candidates, Racks, score_sets, totals
from db.domain.attribution.factors import Cases, Floats, Ints, select
from db.domain.attribution.stratified import Scores, joined

WHOLE_UNTIL_UNITS = 60_000
"""Above this, exposure of passed units is estimated from every k-th of them when screening."""
MOST_VALUES = 1_000
"""Only the most carried values are paired: half a million pairs at most."""
TESTED_EXACTLY = 12


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs worth a closer look (indices of candidates, rows of both), and how many were tried."""

    tried: int
    left: Ints
    right: Ints
    rows: tuple[Ints, ...]
    scores: Scores
    p_value: Floats
    design_effect: Floats


def find_pairs(
    cases: Cases, candidates: Candidates, racks: Racks, minimum_units: int, minimum_fails: int
) -> Pairs:
    """The most suspicious pairs, each with its one-sided p-value, uncorrected."""
    many = np.argsort(-candidates.same_day.exposed, kind="stable")[:MOST_VALUES]
    sample, weight = _sample(cases)
    ratio = _ratio_of_stratum(cases)
    left, right, p, tried = _screen(
        _incidence(sample, candidates, many),
        sample,
        weight,
        ratio[sample.stratum],
        factor=candidates.factor[many],
        minimum_units=minimum_units,
        minimum_fails=minimum_fails,
    )
    best = np.argsort(p, kind="stable")[:TESTED_EXACTLY]
    best = best[p[best] * tried <= 1.0]
    chosen = [(int(many[left[one]]), int(many[right[one]])) for one in best]
    return _test(cases, candidates, racks, chosen, tried)


def _sample(cases: Cases) -> tuple[Cases, Floats]:
    """All failed units and every k-th passed one, with the number each stands for."""
    step = max(1, cases.units // WHOLE_UNTIL_UNITS)
    if step == 1:
        return cases, np.ones(cases.units)
    passed = np.cumsum(~cases.failed)
    rows = cases.failed | (passed % step == 0)
    return select(cases, rows), np.where(cases.failed[rows], 1.0, float(step))


def _ratio_of_stratum(cases: Cases) -> Floats:
    whole = totals(cases.stratum, cases.failed, len(cases.group))
    return whole.fails / np.maximum(whole.units, 1)


def _incidence(cases: Cases, candidates: Candidates, chosen: Ints) -> csr_array:
    """Units × chosen candidates, 1 where a unit carried the value."""
    rows, columns = [], []
    for index, factor in enumerate(cases.factors):
        place = np.full(len(factor.values) + 1, -1, dtype=np.int64)
        own = np.flatnonzero(candidates.factor[chosen] == index)
        place[candidates.code[chosen[own]]] = own
        column = place[factor.codes]
        rows.append(factor.units[column >= 0])
        columns.append(column[column >= 0])
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (cases.units, len(chosen))
    return csr_array((np.ones(len(row)), (row, column)), shape=shape)


def _screen(
    held: csr_array,
    cases: Cases,
    weight: Floats,
    expected_ratio: Floats,
    *,
    factor: Ints,
    minimum_units: int,
    minimum_fails: int,
) -> tuple[Ints, Ints, Floats, int]:
    """Left and right of the pairs with an excess, their approximate p, and the number tried."""
    units = _together(held, weight)
    fails = _together(held[np.flatnonzero(cases.failed)], None)
    expected = _together(held, weight * expected_ratio)
    alone = np.diag(units)
    tried = np.triu(factor[:, None] != factor[None, :])
    tried &= units >= minimum_units
    tried &= (alone[:, None] - units >= minimum_units) & (alone[None, :] - units >= minimum_units)
    left, right = np.nonzero(tried & (fails >= minimum_fails) & (fails > expected))
    both = fails[left, right]
    first = _Side(fails[left, left], expected[left, left])
    second = _Side(fails[right, right], expected[right, right])
    chance = pdtrc(both - 1, np.maximum(expected[left, right], 1e-9))
    shares = _shares(both, expected[left, right], first, second)
    against = [
        bdtrc(both - 1, side.fails.astype(np.int64), share)
        for side, share in zip((first, second), shares, strict=True)
    ]
    p = np.maximum(chance, np.maximum(*against))
    return left.astype(np.int64), right.astype(np.int64), p, int(tried.sum())


@dataclass(frozen=True, slots=True)
class _Side:
    """All units of one value of a pair: fails, and those expected from their strata."""

    fails: Floats
    expected: Floats


def _shares(both: Floats, expected: Floats, first: _Side, second: _Side) -> tuple[Floats, Floats]:
    """Share of each value's fails that belongs to the pair when there is no interaction.

    The companion's own effect, measured on its units outside the pair, multiplies the expectation:
    two values that are each bad fail more together without being a pair.
    """

    def own_effect(side: _Side) -> Floats:
        rest = (side.fails - both + 0.5) / (np.maximum(side.expected - expected, 0.0) + 0.5)
        return np.maximum(1.0, rest)

    def share(side: _Side, companion: _Side) -> Floats:
        raised = expected * own_effect(companion)
        return np.clip(raised / np.maximum(raised + side.expected - expected, 1e-12), 0.0, 1.0)

    return share(first, second), share(second, first)


def _test(
    cases: Cases,
    candidates: Candidates,
    racks: Racks,
    chosen: list[tuple[int, int]],
    tried: int,
) -> Pairs:
    """The exact counts of the chosen pairs."""
    ratio = _ratio_of_stratum(cases)
    holders = {one: holders_of(cases, candidates, one) for pair in chosen for one in pair}
    rows = [
        np.intersect1d(holders[left], holders[right], assume_unique=True) for left, right in chosen
    ]
    scores = score_sets(cases, cases.stratum, rows) if rows else joined([])
    effect = np.array(
        [racks.design_effect(cases, one, scores.weight[i]) for i, one in enumerate(rows)]
    )
    p = scores.p_value(effect) if rows else np.zeros(0)
    for index, (pair, one) in enumerate(zip(chosen, rows, strict=True)):
        sides = [_side(cases, ratio, holders[value]) for value in pair]
        both = _side(cases, ratio, one)
        shares = _shares(both.fails, both.expected, *sides)
        for side, share in zip(sides, shares, strict=True):
            p[index] = max(p[index], _binomial(both.fails, side.fails, share, effect[index]))
    left, right = (np.array([pair[side] for pair in chosen], dtype=np.int64) for side in (0, 1))
    return Pairs(tried, left, right, tuple(rows), scores, p, effect)


def _side(cases: Cases, ratio: Floats, rows: Ints) -> _Side:
    fails, expected = cases.failed[rows].sum(), ratio[cases.stratum[rows]].sum()
    return _Side(np.array(fails, dtype=np.float64), np.array(expected, dtype=np.float64))


def _binomial(hits: Floats, trials: Floats, share: Floats, effect: float) -> float:
    """P(at least so many hits), the counts shrunk by the design effect of racks."""
    k, n = float(hits) / effect, float(trials) / effect
    return float(betainc(k, n - k + 1, share)) if k > 0 else 1.0


def holders_of(cases: Cases, candidates: Candidates, one: int) -> Ints:
    """Row numbers of the units that carried a candidate's value."""
    return cases.factors[int(candidates.factor[one])].holders(int(candidates.code[one]))


def _together(held: csr_array, weight: Floats | None) -> Floats:
    """Candidates × candidates: (weighted) units that carried both."""
    right = held if weight is None else held * weight[:, None]
    both: Floats = (held.T @ right).toarray()
    return both
