"""Which of several suspects explains the others: retesting each within the units of another.

A supplier stands out because of its one bad lot; a lot stands out because it ran at the bad
station. A suspect is retested among units that are alike in whether they carried the suspects
already chosen. Of two that hold the same excess, the one with fewer units wins, if nothing is left
of the other without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from db.domain.attribution.counting import score_sets
from db.domain.attribution.factors import Cases, Floats, Ints

LEFT_OVER_P = 0.05
"""Above it, nothing is left of a wider suspect once the narrower one is set apart."""
EXPLAINED_P = 0.01
"""Above it, a suspect shows nothing of its own beside those chosen."""
NESTED_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Suspect:
    """A candidate that stood out: who carried it, its p-values, and its design effect."""

    index: int
    rows: Ints
    p_value: float
    p_adjusted: float
    design_effect: float


@dataclass(frozen=True, slots=True)
class Chosen:
    """Suspects that stand for themselves, in order; the others by index: explained by which.

    A suspect in neither shows something of its own, but not enough to be named.
    """

    order: tuple[int, ...]
    explained: dict[int, int]
    weak: frozenset[int]


def choose(cases: Cases, suspects: Sequence[Suspect], alpha: float) -> Chosen:
    """Choose the suspects that explain the others; only those with p_adjusted <= alpha lead."""
    chosen: list[Suspect] = []
    rest = sorted(suspects, key=lambda one: (one.p_value, len(one.rows)))
    while leading := _leading(cases, rest, chosen, alpha):
        head = _most_specific(cases, leading[0], leading[1:])
        chosen.append(head)
        rest = [one for one in rest if one is not head]
    explained = _explained(cases, rest, chosen)
    return Chosen(
        tuple(one.index for one in chosen),
        explained,
        frozenset(one.index for one in rest if one.index not in explained),
    )


def _leading(
    cases: Cases, rest: Sequence[Suspect], chosen: Sequence[Suspect], alpha: float
) -> list[Suspect]:
    """Those significant by themselves, and still, at the full correction, beside those chosen."""
    able = [one for one in rest if one.p_adjusted <= alpha]
    if not chosen or not able:
        return able
    tried = np.array([max(1.0, one.p_adjusted / max(one.p_value, 1e-300)) for one in able])
    p = retest(cases, able, chosen)
    return [able[i] for i in np.argsort(p, kind="stable") if p[i] * tried[i] <= alpha]


def _most_specific(cases: Cases, head: Suspect, others: Sequence[Suspect]) -> Suspect:
    """The narrowest suspect within the head without which nothing is left of the head."""
    held = np.zeros(cases.units, dtype=bool)
    held[head.rows] = True
    for one in sorted(others, key=lambda other: len(other.rows)):
        is_nested = len(one.rows) < len(head.rows) and held[one.rows].sum() >= NESTED_SHARE * len(
            one.rows
        )
        if is_nested and retest(cases, [head], [one])[0] > LEFT_OVER_P:
            return one
    return head


def _explained(cases: Cases, rest: Sequence[Suspect], chosen: Sequence[Suspect]) -> dict[int, int]:
    """By which of those chosen each is explained, where all together leave nothing of it."""
    if not chosen or not rest:
        return {}
    together = retest(cases, rest, chosen)
    alone = np.array([retest(cases, rest, [other]) for other in chosen])
    return {
        one.index: chosen[int(alone[:, i].argmax())].index
        for i, one in enumerate(rest)
        if together[i] > EXPLAINED_P
    }


def retest(cases: Cases, suspects: Sequence[Suspect], given: Sequence[Suspect]) -> Floats:
    """One-sided p of suspects among units alike in carrying each of those given."""
    stratum = cases.stratum
    for other in given:
        carried = np.zeros(cases.units, dtype=np.int64)
        carried[other.rows] = 1
        stratum = stratum * 2 + carried
    scores = score_sets(cases, stratum, [one.rows for one in suspects])
    return scores.p_value(np.array([one.design_effect for one in suspects]))
