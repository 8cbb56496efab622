"""Limits stand still, say who froze them, and judge later points."""

from datetime import UTC, datetime
from typing import Any

import pytest

from db.domain.spc.attributes import estimate
from db.domain.spc.limits import FrozenLimits, freeze, judge
from db.domain.spc.lines import Kind, Parameters
from db.domain.spc.rules import NELSON

JUNE, JULY = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 6, tzinfo=UTC)
GIVEN = Parameters(Kind.P, 0.08, 1, "pooled")


def frozen(parameters: Parameters = GIVEN, **changes: Any) -> FrozenLimits:
    given: dict[str, Any] = {
        "baseline": (JUNE, JULY),
        "baseline_count": 40,
        "frozen_by": "ana",
        "frozen_at": JULY,
        "reason": "first baseline",
    }
    return freeze(parameters, **{**given, **changes})


def test_later_points_do_not_move_the_limits() -> None:
    limits = frozen()
    calm, drifted = judge([8] * 20, limits, 100), judge([20] * 20, limits, 100)
    assert calm.chart.upper.tolist() == drifted.chart.upper.tolist()
    assert calm.signals == []
    assert len(drifted.signals) == 20 + 12
    assert drifted.limits.parameters.center == 0.08


def test_rolling_limits_would_have_learnt_the_fault() -> None:
    rolling = estimate([20] * 20, 100)
    assert rolling is not None
    assert judge([20] * 20, frozen(rolling), 100, rules=[NELSON[1]]).signals == []


def test_a_new_version_needs_an_event_and_counts_on() -> None:
    first = frozen()
    second = frozen(reason="product revision C", replaces=first)
    assert (first.version, second.version) == (1, 2)
    assert second.reason == "product revision C"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"frozen_by": " "}, "who freezes the limits"),
        ({"reason": ""}, "which recorded event"),
        ({"baseline": (JULY, JUNE)}, "must begin before it ends"),
        ({"baseline_count": 0}, "limits of no points"),
    ],
)
def test_limits_that_cannot_be_defended_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        frozen(**changes)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"frozen_by.*reason"):
        frozen(frozen_by="", reason="")


def test_limits_of_another_chart_are_not_replaced() -> None:
    with pytest.raises(ValueError, match="another chart than u"):
        frozen(Parameters(Kind.U, 1.0, 1, "pooled"), replaces=frozen())


def test_measures_are_judged_with_their_own_rules() -> None:
    limits = frozen(Parameters(Kind.XBAR, 10, 1, "range"))
    assert [each.code for each in judge([11.2, 11.2], limits, 4).signals] == []
    found = judge([10, 11.2, 11.2], limits, 4).signals
    assert [(each.code, each.index) for each in found] == [("nelson-5", 2)]


def test_exact_limits_decide_what_is_beyond() -> None:
    exact = frozen(Parameters(Kind.P, 0.02, 1, "pooled", limiting="exact"))
    assert judge([3], exact, 30).signals == []
    assert [each.code for each in judge([6], exact, 30).signals] == ["beyond"]


def test_nothing_to_judge_signals_nothing() -> None:
    assert judge([], frozen(), 100).signals == []
