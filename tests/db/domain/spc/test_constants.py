"""Constants of control charts against printed tables and closed forms."""

from math import atan, pi, sqrt
from typing import Any

import pytest

from db.domain.spc.constants import constants
from tests.db.domain.spc.published import agrees, cases


@pytest.mark.parametrize("case", cases("constants"))
def test_constants_are_the_printed_ones(case: dict[str, Any]) -> None:
    wrong = {
        size: getattr(constants(size), case["name"])
        for size, printed in enumerate(case["printed"], case["first_size"])
        if not agrees(getattr(constants(size), case["name"]), printed)
    }
    assert wrong == {}, case["source"]


def test_ranges_of_two_to_five_have_closed_forms() -> None:
    means = [2 / sqrt(pi), 3 / sqrt(pi), 12 / pi**1.5 * atan(sqrt(2))]
    means.append(30 / pi**1.5 * atan(sqrt(2)) - 5 / sqrt(pi))
    assert [constants(size).d2 for size in (2, 3, 4, 5)] == pytest.approx(means, abs=1e-11)
    spreads = [sqrt(2 - 4 / pi), sqrt((2 * pi + 3 * sqrt(3) - 9) / pi)]
    assert [constants(size).d3 for size in (2, 3)] == pytest.approx(spreads, abs=1e-10)


def test_table_constants_are_rounded_exact_ones() -> None:
    table = constants(5, rounding="table")
    assert (table.d2, table.d3, table.c4, table.A2, table.D4) == (2.326, 0.864, 0.94, 0.577, 2.114)


@pytest.mark.parametrize("size", [1, 0, -3])
def test_a_subgroup_of_one_has_no_spread(size: int) -> None:
    with pytest.raises(ValueError, match="chart single values as individuals"):
        constants(size)


def test_large_subgroups_keep_their_precision() -> None:
    assert constants(1000).c4 == pytest.approx(1 - 1 / (4 * 999), abs=1e-6)
    assert 6.4 < constants(1000).d2 < 6.6
