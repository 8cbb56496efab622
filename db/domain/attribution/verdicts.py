"""How far the evidence goes against each value: corrected p-values, standing, and rank."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from db.domain.attribution.conditioning import Suspect, choose
from db.domain.attribution.factors import Cases, Flags, Floats, Ints
from db.domain.attribution.findings import Level, Standing
from db.domain.attribution.rules import Rules, breadth
from db.domain.attribution.stratified import Scores, false_discovery, holm

SUSPECTS = 40
"""Values retested beside each other."""
STANDINGS = (Standing.LIKELY, Standing.POSSIBLE, Standing.EXPLAINED, Standing.TIME_WIDE)
"""In the order they are shown; what does not stand out comes last."""


@dataclass(frozen=True, slots=True)
class Lineup:
    """All that was tried and counted: `singles` values first, then the pairs worth a test.

    `p_value` is one-sided on the same day, `any_day_p` against units of all days (1 for pairs).
    `rows` gives the units of one candidate, None when only counts are known.
    """

    levels: tuple[tuple[Level, ...], ...]
    scores: Scores
    design_effect: Floats
    p_value: Floats
    any_day_p: Floats
    days_alike: Floats
    grouped: Floats
    singles: int
    pairs_tried: int
    rows: Callable[[int], Ints] | None

    @property
    def tried(self) -> int:
        """Everything that was tried, which every p-value is corrected for."""
        return self.singles + self.pairs_tried


@dataclass(frozen=True, slots=True)
class Judged:
    """Per candidate of a line-up; `explained_by` the candidate, and `order` the ranking."""

    p_adjusted: Floats
    standing: tuple[Standing, ...]
    explained_by: dict[int, int]
    order: tuple[int, ...]


def judge(lineup: Lineup, cases: Cases | None, rules: Rules) -> Judged:
    """Judge every candidate; without `cases` nothing can be retested beside another."""
    adjusted = _adjusted(lineup, rules)
    standing = _standings(lineup, adjusted, rules)
    leaders: tuple[int, ...] = ()
    explained: dict[int, int] = {}
    if cases is not None and lineup.rows is not None and Standing.LIKELY in standing:
        chosen = choose(cases, _suspects(lineup, adjusted, standing), rules.alpha)
        leaders, explained = chosen.order, chosen.explained
        for index in explained:
            standing[index] = Standing.EXPLAINED
        for index in chosen.weak:
            standing[index] = Standing.POSSIBLE
    return Judged(adjusted, tuple(standing), explained, _ranked(lineup, standing, leaders))


def _adjusted(lineup: Lineup, rules: Rules) -> Floats:
    """Holm's adjustment over everything tried; pairs have a share of their own."""
    single, pair = lineup.p_value[: lineup.singles], lineup.p_value[lineup.singles :]
    share = rules.pair_share if lineup.pairs_tried else 0.0
    same_day = holm(single, lineup.singles) / (1 - share)
    pairs = holm(pair, lineup.pairs_tried) / (share or 1)
    nearest = np.minimum(same_day, _all_days(lineup, rules))
    adjusted: Floats = np.minimum(1.0, np.append(nearest, pairs))
    return adjusted


def _all_days(lineup: Lineup, rules: Rules) -> Floats:
    """Adjusted p over all days, held up by the same day; 1 where the days are not alike."""
    everyday = _everyday(lineup)[: lineup.singles] / rules.all_days_share
    agreed = lineup.p_value[: lineup.singles] * (rules.alpha / rules.all_days_same_day_p)
    is_alike = lineup.days_alike[: lineup.singles] > rules.days_alike_p
    return np.where(is_alike, np.maximum(everyday, agreed), 1.0)


def _standings(lineup: Lineup, adjusted: Floats, rules: Rules) -> list[Standing]:
    likely = (adjusted <= rules.alpha) & (lineup.scores.fails >= rules.minimum_fails)
    everyday = _everyday(lineup) <= rules.alpha
    possible = _is_discovery(lineup, rules) | (everyday & _is_plausible(lineup, rules))
    found = np.select(
        [likely, possible, everyday],
        [STANDINGS.index(Standing.LIKELY), STANDINGS.index(Standing.POSSIBLE), 3],
        default=len(STANDINGS),
    )
    return [(*STANDINGS, Standing.NOTHING)[int(one)] for one in found]


def _everyday(lineup: Lineup) -> Floats:
    single = holm(lineup.any_day_p[: lineup.singles], lineup.singles)
    return np.append(single, np.ones(len(lineup.p_value) - lineup.singles))


def _is_discovery(lineup: Lineup, rules: Rules) -> Flags:
    single, pair = lineup.p_value[: lineup.singles], lineup.p_value[lineup.singles :]
    rates = np.append(
        false_discovery(single, lineup.singles), false_discovery(pair, lineup.pairs_tried)
    )
    found: Flags = (rates <= rules.possible_q) & (lineup.scores.fails >= rules.minimum_fails)
    return found


def _is_plausible(lineup: Lineup, rules: Rules) -> Flags:
    """The same days agree, or can hardly tell since all their units carried it."""
    untold = lineup.scores.compared < rules.least_compared * lineup.scores.exposed
    agreed: Flags = (lineup.p_value <= rules.same_day_p) | untold
    return agreed


def _suspects(lineup: Lineup, adjusted: Floats, standing: list[Standing]) -> list[Suspect]:
    assert lineup.rows is not None  # judge asks only then
    named = [i for i, one in enumerate(standing) if one in STANDINGS[:2]]
    named.sort(key=lambda i: (lineup.p_value[i], breadth(lineup.levels[i][0].factor)))
    return [
        Suspect(
            i,
            lineup.rows(i),
            float(lineup.p_value[i]),
            float(adjusted[i]),
            float(lineup.design_effect[i]),
        )
        for i in named[:SUSPECTS]
    ]


def _ranked(lineup: Lineup, standing: list[Standing], leaders: tuple[int, ...]) -> tuple[int, ...]:
    """By standing; within it by evidence of the same day and of all days together.

    Where no day differs from the others, all days tell more about a value than its own few; where
    some do, a value must have passed the same-day test to stand this high.
    """
    evidence = -np.log(np.maximum(lineup.p_value, 1e-300))
    evidence -= np.log(np.maximum(lineup.any_day_p, 1e-300))
    place = {one: i for i, one in enumerate(leaders)}
    classes = {one: i for i, one in enumerate(STANDINGS)}

    def key(i: int) -> tuple[int, int, float, int]:
        lead = place.get(i, len(leaders))
        return classes.get(standing[i], 9), lead, -evidence[i], breadth(lineup.levels[i][0].factor)

    return tuple(sorted(range(len(standing)), key=key))
