"""Rows on their way into a plant's systems, and what goes wrong with them."""

from collections import Counter
from zlib import crc32

import pytest

from etl.simulator.journal import FLAW_RATIOS, Flaw, Journal, scatter

STEP = ("R1", "RK72-A", "W1", "L1-KIT", "", 1_000, 2_000, "completed")
COUNT = 40_000
LATEST = 10**9


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 5_000

    def __call__(self) -> int:
        return self.at


def recorded(**feeds: frozenset[str]) -> tuple[Journal, dict[object, object], dict[object, object]]:
    """Many rows recorded at one instant: what stands at once, and in the end."""
    journal = Journal(Clock(), **feeds)  # type: ignore[arg-type]
    for _ in range(COUNT):
        journal.record("unit_step", journal.next_key("unit_step"), STEP)
    return journal, dict(journal.take(5_000)["unit_step"]), dict(journal.take(LATEST)["unit_step"])


def test_flaws_come_at_their_stated_rates() -> None:
    _, now, later = recorded()
    late = COUNT - len(now)
    assert late == pytest.approx(FLAW_RATIOS["late"] * COUNT, rel=0.3)
    corrected = sum(entry.fact != STEP for entry in now.values())  # type: ignore[attr-defined]
    assert corrected == pytest.approx(FLAW_RATIOS["corrected"] * COUNT, rel=0.3)
    bad = Counter(entry.flaw for entry in now.values() if entry.flaw)  # type: ignore[attr-defined]
    assert sum(bad.values()) == pytest.approx(FLAW_RATIOS["bad"] * COUNT, rel=0.5)
    assert len(bad) == 4
    assert all(entry.flaw is None and entry.fact == STEP for entry in later.values())  # type: ignore[attr-defined]


def test_a_late_row_says_when_it_was_written() -> None:
    _, now, later = recorded()
    assert {entry.changed_at for entry in now.values()} == {5_000}  # type: ignore[attr-defined]
    waits = {entry.changed_at - 5_000 for entry in later.values()}  # type: ignore[attr-defined]
    assert min(waits) >= 300
    assert max(waits) > 3_600


def test_where_rows_are_voided_a_second_booking_is_marked_later() -> None:
    _, now, later = recorded(void_feeds=frozenset({"unit_step"}))
    voided = [key for key, entry in later.items() if entry.flaw is Flaw.VOIDED]  # type: ignore[attr-defined]
    assert len(voided) == pytest.approx(FLAW_RATIOS["voided"] * COUNT, rel=0.4)
    assert all(now[key].flaw is None for key in voided)  # type: ignore[attr-defined]


def test_test_results_are_now_and_then_sent_twice() -> None:
    _, now, _ = recorded(twice_feeds=frozenset({"unit_step"}))
    twice = sum(entry.flaw is Flaw.TWICE for entry in now.values())  # type: ignore[attr-defined]
    assert twice == pytest.approx(FLAW_RATIOS["twice"] * COUNT, rel=0.3)


def test_what_the_stores_hold_already_is_not_said_again() -> None:
    clock = Clock()
    journal = Journal(clock, muted_until=5_000)
    journal.say("part", "A", ("A",))
    clock.at = 5_001
    journal.say("part", "B", ("B",))
    assert set(journal.take(6_000)["part"]) == {"B"}


def test_a_row_amended_since_is_not_overtaken_by_its_own_late_version() -> None:
    journal = Journal(Clock())
    salt = crc32(b"/genealogy")
    key = next(k for k in range(1, 9_999) if scatter(salt, k) < FLAW_RATIOS["late"] * 2**32)
    link = ("R1", "U10", "C1", "CTRAY", "", "", "", 1000, 900, None)
    journal.record("genealogy", key, link)
    assert key not in journal.take(5_000)["genealogy"]
    journal.amend("genealogy", key, (*link[:-1], 5_500))
    entries = [journal.take(at)["genealogy"].get(key) for at in (6_000, LATEST)]
    assert [entry.fact[-1] if entry else None for entry in entries] == [5_500, None]
