"""The fast calculation is equal to the slow one, on small factories made by chance."""

from datetime import datetime, timedelta
from functools import partial
from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.domain.material.facts import Facts, Promise
from db.domain.material.outlook import outlook
from db.domain.material.results import CASES, Again, CaseName, Outlook
from db.domain.material.supply import later
from tests.db.domain.material import reference, reference_builds
from tests.db.domain.material.factories import Size, factory

WITHIN = timedelta(minutes=6)
"""The reference knows instants to its tick of five minutes, the outlook to the minute."""

QUANTILE = 0.8

SIZES = st.builds(
    Size,
    days=st.integers(1, 2),
    products=st.integers(1, 2),
    made=st.integers(1, 3),
    bought=st.integers(1, 4),
    builds=st.integers(0, 4),
    promises=st.integers(0, 5),
)


def arrives(facts: Facts, case: CaseName, promise: Promise) -> datetime | None:
    if case == "none" or not reference.counts(promise, facts.today) or not promise.usable_at:
        return None
    if case == "promised":
        return promise.usable_at
    days = reference.late_days(facts, promise.supplier, promise.promise_count, QUANTILE)
    return later(promise.usable_at, days, facts.day_edges)


def is_near(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= WITHIN


def assert_case(facts: Facts, told: Outlook, case: CaseName) -> None:
    answer = reference.answer(facts, lambda promise: arrives(facts, case, promise))
    used = reference.used_since(facts)
    parts = {one.part: one for one in told.parts}
    for part, stop in answer.stops.items():
        if part not in parts:
            assert stop is None
            continue
        found = parts[part].cases[case]
        assert is_near(found.stops_at, stop.at if stop else None), (case, part, found, stop)
        whole = answer.whole[part]
        assert is_near(found.line_stops_at, whole.at if whole else None), (case, part)
        last = whole or stop
        assert is_near(found.covered_at, last.covered_at if last else None), (case, part)
        assert isclose(found.racks_at_risk, answer.at_risk[part], abs_tol=0.5), (case, part)
        assert_again(found.again, answer.again[part])
        gone = min(parts[part].available_qty, used.get(part, 0.0))
        assert isclose(parts[part].used_qty, gone, abs_tol=1e-6), part
        ends = [edge - facts.at for edge in facts.day_edges[1:]]
        path = [answer.run.path[part][int(end / reference.TICK) - 1] for end in ends]
        assert all(isclose(a, b, abs_tol=1e-6) for a, b in zip(found.balances, path, strict=True))
        if case == "promised" and stop:
            lasting = [one.lasts_until_at for one in parts[part].alternates]
            expected = [until for _, until in answer.lasting.get(part, [])]
            for one, other in zip(lasting, expected, strict=False):
                assert is_near(one, other), (part, lasting, expected)
    for line in (one for one in told.line_stops if one.case == case):
        blockers = [one for one in (line.first, line.second) if one]
        expected_at = [at for at, _ in answer.lines[line.line][:2]]
        assert len(blockers) == len(expected_at), (case, line, answer.lines)
        for blocker, at in zip(blockers, expected_at, strict=True):
            assert is_near(blocker.stops_at, at), (case, line, answer.lines)


def assert_again(told: tuple[Again, ...], expected: list[tuple[reference.Stop, float]]) -> None:
    assert len(told) == len(expected), (told, expected)
    for one, (stop, racks) in zip(told, expected, strict=True):
        assert is_near(one.stops_at, stop.at), (told, expected)
        assert is_near(one.covered_at, stop.covered_at), (told, expected)
        assert isclose(one.racks_at_risk, racks, abs_tol=0.5), (told, expected)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=2000, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), size=SIZES)
def test_stops_are_those_of_the_slow_calculation(seed: int, size: Size) -> None:
    facts = factory(seed, size)
    told = outlook(facts, late_quantile=QUANTILE)
    for case in CASES:
        assert_case(facts, told, case)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=2000, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), size=SIZES)
def test_builds_are_those_of_the_slow_calculation(seed: int, size: Size) -> None:
    facts = factory(seed, size)
    told = outlook(facts)
    for case in CASES:
        now, growth = reference_builds.clear_to_build(facts, partial(arrives, facts, case))
        assert {b.build: b.buildable_now for b in told.builds} == now
        found = {b.build: list(b.cases[case].buildable_by) for b in told.builds}
        assert found == {build: growth.get(build, []) for build in now}, case
    fair = reference_builds.fair_share(facts)
    assert {b.build: b.fair_share_now for b in told.builds} == fair
    screws = {screw.part: screw.racks_unlocked for screw in told.golden_screws}
    assert screws == reference_builds.golden_screws(facts)
