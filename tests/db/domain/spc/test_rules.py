"""Run rules against published cases and a literal oracle."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.spc.rules import (
    FOR_ATTRIBUTES,
    FOR_VARIABLES,
    NELSON,
    WESTERN_ELECTRIC,
    Rule,
    flags,
    signals,
)
from tests.db.domain.spc.published import cases

RULES = {"nelson": NELSON, "western_electric": WESTERN_ELECTRIC}
grid = st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, -0.5, -1.0, -1.5, -2.0, -2.5, -3.5])
series = st.lists(st.one_of(grid, st.floats(-4, 4), st.just(nan)), max_size=50)


def one_side(points: Sequence[float], beyond: float, count: int) -> bool:
    return max(sum(p > beyond for p in points), sum(p < -beyond for p in points)) >= count


def steps(points: Sequence[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(points)]


def steady(points: Sequence[float]) -> bool:
    return all(step > 0 for step in steps(points)) or all(step < 0 for step in steps(points))


def alternating(points: Sequence[float]) -> bool:
    moves = steps(points)
    return all((one > 0 and two < 0) or (one < 0 and two > 0) for one, two in pairwise(moves))


def both_sides_out(points: Sequence[float]) -> bool:
    return (
        all(p > 1 or p < -1 for p in points)
        and any(p > 1 for p in points)
        and any(p < -1 for p in points)
    )


LITERAL: dict[str, tuple[int, Callable[[Sequence[float]], bool]]] = {
    "nelson-1": (1, lambda p: p[0] > 3 or p[0] < -3),
    "nelson-2": (9, lambda p: one_side(p, 0, 9)),
    "nelson-3": (6, steady),
    "nelson-4": (14, alternating),
    "nelson-5": (3, lambda p: one_side(p, 2, 2)),
    "nelson-6": (5, lambda p: one_side(p, 1, 4)),
    "nelson-7": (15, lambda p: all(-1 < each < 1 for each in p)),
    "nelson-8": (8, both_sides_out),
    "western-electric-1": (1, lambda p: p[0] > 3 or p[0] < -3),
    "western-electric-2": (3, lambda p: one_side(p, 2, 2)),
    "western-electric-3": (5, lambda p: one_side(p, 1, 4)),
    "western-electric-4": (8, lambda p: one_side(p, 0, 8)),
}
"""Each rule read aloud, point by point."""


@pytest.mark.parametrize(
    ("family", "case"),
    [
        pytest.param(family, param.values[0], id=f"{family}-{number}")
        for family in RULES
        for number, param in enumerate(cases(family))
    ],
)
def test_rules_signal_where_published(family: str, case: dict[str, Any]) -> None:
    found = flags(case["standardized"], RULES[family][case["rule"]])
    assert np.flatnonzero(found).tolist() == case["signals"], case["source"]


@pytest.mark.parametrize(
    "rule", [*NELSON.values(), *WESTERN_ELECTRIC.values()], ids=lambda rule: rule.code
)
@given(points=series)
def test_rules_agree_with_their_words(rule: Rule, points: list[float]) -> None:
    length, holds = LITERAL[rule.code]
    expected = [
        end >= length - 1 and holds(points[end - length + 1 : end + 1])
        for end in range(len(points))
    ]
    assert flags(points, rule).tolist() == expected


@given(points=series)
def test_rules_know_no_up_or_down(points: list[float]) -> None:
    for rule in (*NELSON.values(), *WESTERN_ELECTRIC.values()):
        mirrored = flags([-point for point in points], rule)
        assert flags(points, rule).tolist() == mirrored.tolist()


@pytest.mark.parametrize(
    ("number", "points"),
    [
        (1, [3.0, -3.0]),
        (2, [0.5] * 4 + [0.0] + [0.5] * 8),
        (3, [1, 2, 3, 3, 4, 5, 6]),
        (4, [0, 1] * 3 + [1] + [0, 1] * 3),
        (5, [2.0, 2.0, 2.5]),
        (6, [1.0, 1.0, 1.5, 1.5, 1.5]),
        (7, [0.5] * 7 + [1.0] + [0.5] * 7),
        (8, [1.5, -1.5, 1.5, 1.0, -1.5, 1.5, -1.5, 1.5, -1.5]),
    ],
)
def test_ties_break_a_pattern(number: int, points: list[float]) -> None:
    assert not flags(points, NELSON[number]).any()


def test_a_missing_point_breaks_a_run() -> None:
    assert not flags([0.5] * 8 + [nan] + [0.5] * 8, NELSON[2]).any()


def test_defaults_are_few() -> None:
    assert [rule.code for rule in FOR_VARIABLES] == ["nelson-1", "nelson-2", "nelson-5"]
    assert [rule.code for rule in FOR_ATTRIBUTES] == ["nelson-1", "nelson-2"]


def test_signals_come_in_order_of_time_with_their_sentence() -> None:
    found = signals([3.5, 2.5, 0], FOR_VARIABLES)
    assert [(each.index, each.code) for each in found] == [
        (0, "nelson-1"),
        (2, "nelson-5"),
    ]
    assert found[0].sentence == "one point more than 3 sigmas from the centre"


def test_no_points_signal_nothing() -> None:
    assert signals([]) == []


def test_false_alarms_are_as_rare_as_published() -> None:
    """3 sigmas alone: one in 370 (qcc); all Western Electric rules: 92 (Champ and Woodall 1987)."""
    points = np.random.default_rng(20260706).standard_normal((4000, 400))
    first = WESTERN_ELECTRIC[1]
    rate = np.mean([flags(row, first).mean() for row in points[:1000]])
    assert 1 / rate == pytest.approx(370.4, rel=0.08)
    lengths = [
        (signals(row, WESTERN_ELECTRIC.values()) or [None])[0]  # type: ignore[list-item]
        for row in points
    ]
    capped = [400 if each is None else each.index + 1 for each in lengths]
    survivors = 92 * (1 - np.exp(-400 / 92))
    assert np.mean(capped) == pytest.approx(survivors, rel=0.06)
