"""How often a cause is named, and how often an innocent: 93 factor values, 15,120 trays, two weeks.

Fewer runs than the benchmark's 400, and bounds that a method which just meets the goal would pass.
"""

import pytest

from tests.db.domain.attribution import rates, trays
from tests.db.domain.attribution.told import tell

RUNS = 60

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("make", [trays.healthy, trays.clustered])
def test_innocents_are_seldom_named(make: rates.Make) -> None:
    named, _ = rates.shares_of_standings(make, RUNS)
    tell(f"{make.__name__}: a value is likely in {named:.1%} of {RUNS} runs")
    assert named <= 0.10


def test_a_tester_fault_is_time_wide_and_blames_no_lot() -> None:
    named, wide = rates.shares_of_standings(trays.tester_fault, RUNS)
    tell(f"two-day tester fault: likely in {named:.1%}, time-wide in {wide:.1%} of {RUNS} runs")
    assert named <= 0.10
    assert wide >= 0.5


def test_the_bad_lot_is_found() -> None:
    top, likely = rates.shares_of_bad_lot(RUNS)
    tell(f"lot from 2 % to 5 %: top three in {top:.1%}, likely in {likely:.1%} of {RUNS} runs")
    assert top >= 0.93
    assert likely >= 0.75


@pytest.mark.parametrize("hidden", [False, True])
def test_a_pair_is_found_even_when_neither_value_shows_alone(hidden: bool) -> None:
    found = rates.share_of_pairs(RUNS // 2, hidden=hidden)
    tell(f"firmware with station, margins hidden: {hidden}: named in {found:.1%} of {RUNS // 2}")
    assert found >= 0.70
