"""Putting judged candidates into words and figures."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from scipy.special import chdtrc, ndtri

from db.domain.attribution import wording
from db.domain.attribution.factors import Floats, Ints
from db.domain.attribution.findings import Explanation, Finding, Standing
from db.domain.attribution.mix import MixSplit
from db.domain.attribution.rules import Rules
from db.domain.attribution.verdicts import Judged, Lineup

SIGNIFICANT = 0.001
"""For the window as a whole against its baseline, and for days against each other."""


@dataclass(frozen=True, slots=True)
class Window:
    """What ran: units and fails per stratum, the group of each stratum, baseline ratio per group.

    `design_effect`: how much more the fails of a whole day vary than those of independent units.
    """

    units: Floats
    fails: Floats
    group: Ints
    baseline: Floats | None
    since: datetime | None
    correlation: float
    design_effect: float
    notes: tuple[str, ...]

    def baseline_fails(self) -> float | None:
        """Fails the units would have had at the baseline; None without one."""
        if self.baseline is None:
            return None
        return float((self.units * self.baseline[self.group]).sum())


def report(
    lineup: Lineup, judged: Judged, window: Window, mix: MixSplit | None, rules: Rules
) -> Explanation:
    """The ranked findings, and the whole in a sentence."""
    units, fails = int(window.units.sum()), int(window.fails.sum())
    is_told = 0 < fails < units
    findings = _findings(lineup, judged, window, rules) if is_told else ()
    cause = _time_wide(window) if is_told else ""
    standing = Standing.NOTHING
    if findings and findings[0].standing in {Standing.LIKELY, Standing.POSSIBLE}:
        standing = findings[0].standing
    elif cause:
        standing = Standing.TIME_WIDE
    first = wording.told(findings[0].levels) if findings else None
    return Explanation(
        standing,
        wording.headline(standing, first, (units, fails), lineup.tried, cause),
        window.since,
        units,
        fails,
        window.baseline_fails(),
        lineup.tried,
        lineup.pairs_tried,
        window.correlation,
        mix,
        findings,
        window.notes,
    )


def _time_wide(window: Window) -> str:
    """Why the window as a whole stands out, or "" when it does not."""
    expected = window.baseline_fails()
    if expected is not None and window.baseline is not None:
        ratio = window.baseline[window.group]
        variance = float((window.units * ratio * (1 - ratio)).sum()) * window.design_effect
        if window.fails.sum() - expected > -ndtri(SIGNIFICANT) * np.sqrt(variance):
            return "the whole window fails more than its baseline"
    size = int(window.group.max(initial=0)) + 1
    whole = np.bincount(window.group, window.units, minlength=size)
    ratio = (np.bincount(window.group, window.fails, minlength=size) / np.maximum(whole, 1))[
        window.group
    ]
    variances = window.units * ratio * (1 - ratio)
    told = variances > 1
    squares = (window.fails - window.units * ratio)[told] ** 2 / variances[told]
    freedom = int(told.sum()) - len(np.unique(window.group[told]))
    if freedom > 0 and chdtrc(freedom, squares.sum() / window.design_effect) < SIGNIFICANT:
        return "some days fail more than others"
    return ""


def _findings(lineup: Lineup, judged: Judged, window: Window, rules: Rules) -> tuple[Finding, ...]:
    shown = judged.order[: rules.shown]
    rank = {one: place + 1 for place, one in enumerate(judged.order)}
    return tuple(_finding(one, rank, lineup, judged, (window, rules)) for one in shown)


def _finding(
    one: int, rank: dict[int, int], lineup: Lineup, judged: Judged, told: tuple[Window, Rules]
) -> Finding:
    window, rules = told
    scores = lineup.scores.take([one])
    exposed, fails = int(scores.exposed[0]), int(scores.fails[0])
    compared = int(scores.compared[0])
    others = float(scores.others_ratio[0]) if compared else None
    leader = judged.explained_by.get(one)
    name, standing = wording.told(lineup.levels[one]), judged.standing[one]
    effect, interval = _effect(lineup, one, rules)
    own = fails / exposed
    return Finding(
        rank=rank[one],
        levels=lineup.levels[one],
        standing=standing,
        exposed_units=exposed,
        fails=fails,
        expected_fails=None if others is None else others * exposed,
        baseline_fails=_baseline_fails(lineup, window, one),
        compared_units=compared,
        exposed_ratio=own,
        same_day_ratio=others,
        effect_points=effect,
        effect_interval=interval,
        p_value=float(lineup.p_value[one]),
        p_adjusted=float(judged.p_adjusted[one]),
        tried_count=lineup.tried,
        explained_by=None if leader is None else rank[leader],
        sentence=wording.finding_sentence(
            name,
            standing,
            (own, others),
            None if leader is None else wording.told(lineup.levels[leader]),
        ),
        disproof=wording.disproof(name, standing, bool(compared)),
    )


def _effect(
    lineup: Lineup, one: int, rules: Rules
) -> tuple[float | None, tuple[float, float] | None]:
    """Difference of fail ratios in points, and its interval."""
    scores = lineup.scores.take([one])
    if not scores.weight[0]:
        return None, None
    effect = 100 * float(scores.effect()[0])
    error = 100 * float(scores.effect_error(lineup.design_effect[[one]])[0])
    half = float(ndtri((1 + rules.confidence) / 2)) * error
    return effect, (max(-100.0, effect - half), min(100.0, effect + half))


def _baseline_fails(lineup: Lineup, window: Window, one: int) -> float | None:
    if window.baseline is None:
        return None
    return float((lineup.grouped[:, one] * window.baseline).sum())
