"""Capability against published indices; none without a specification."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.spc.capability import Capability, Specification, capability
from tests.db.domain.spc.published import agrees, all_agree, cases

ASKED = Specification(8, 20, "drawing 12-4 rev B")


def found(specification: Specification | None = ASKED, **changes: Any) -> Capability | str:
    given_: dict[str, Any] = {
        "mean": 16,
        "within_sigma": 2,
        "overall_sigma": 2.5,
        "count": 100,
        "estimator": "range",
    }
    return capability(specification=specification, **{**given_, **changes})


@pytest.mark.parametrize("case", cases("capability"))
def test_capability_has_the_published_indices(case: dict[str, Any]) -> None:
    low, high = case["specification"]
    got = found(
        Specification(low, high, "published"),
        mean=case["mean"],
        within_sigma=case["sigma"],
        overall_sigma=case["sigma"],
        count=case["count"],
    )
    assert isinstance(got, Capability)
    assert got.cp is not None
    assert got.cp_interval is not None
    assert agrees(got.cpk, case["cpk"] if "cpk" in case else str(got.cpk))
    assert agrees(got.cp, case.get("cp", str(got.cp)))
    assert all_agree(got.cp_interval, case.get("cp_interval", []))
    assert all_agree(got.cpk_interval, case.get("cpk_interval", []))
    assert (got.pp, got.ppk) == (got.cp, got.cpk)


@given(
    mean=st.floats(-10, 40),
    within=st.floats(0.1, 5),
    ratio=st.floats(1, 3),
    count=st.integers(2, 500),
)
def test_indices_stand_in_their_order(mean: float, within: float, ratio: float, count: int) -> None:
    got = found(mean=mean, within_sigma=within, overall_sigma=within * ratio, count=count)
    assert isinstance(got, Capability)
    assert got.cp is not None
    assert got.pp is not None
    assert got.cpk <= got.cp + 1e-12
    assert got.pp <= got.cp + 1e-12
    assert got.cpk_interval[0] < got.cpk < got.cpk_interval[1]


def test_a_one_sided_specification_has_no_spread_to_fill() -> None:
    got = found(Specification(None, 20, "drawing"))
    assert isinstance(got, Capability)
    assert (got.cp, got.pp, got.cp_interval, got.pp_interval) == (None, None, None, None)
    assert got.cpk == pytest.approx(4 / 6)


@pytest.mark.parametrize(
    ("specification", "changes", "sentence"),
    [
        (None, {}, "no specification limits from engineering"),
        (Specification(None, None, "drawing"), {}, "no specification limits from engineering"),
        (Specification(8, 20, " "), {}, "without their document"),
        (Specification(20, 8, "drawing 7"), {}, "is empty: see drawing 7"),
        (ASKED, {"count": 1}, "too few values"),
        (ASKED, {"within_sigma": 0.0}, "all alike"),
        (ASKED, {"overall_sigma": float("nan")}, "all alike"),
    ],
)
def test_capability_is_refused_in_a_sentence(
    specification: Specification | None, changes: dict[str, Any], sentence: str
) -> None:
    got = found(specification, **changes)
    assert isinstance(got, str)
    assert sentence in got
