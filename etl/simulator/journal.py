"""What the plant's systems come to hold, and when: facts on their way to a writer, with flaws.

A fact is known by feed and key; saying it again replaces it, as an MES updates its row. Each entry
carries the instant at which the plant's system writes it: now, or later for late and corrected
rows. Flaws are drawn from salt, feed and key alone, so a replay makes the same ones.
"""

import heapq
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple
from zlib import crc32

from etl.simulator.facts import FIELDS, Fact, Key

HOUR = 3_600


class Flaw(StrEnum):
    """What is wrong with a row as it was written."""

    UNKNOWN_WORD = "unknown_word"
    NO_SERIAL = "no_serial"
    BAD_TIME = "bad_time"
    TEXT_NUMBER = "text_number"
    TWICE = "twice"
    VOIDED = "voided"


FLAW_RATIOS: dict[str, float] = {
    "late": 0.004,
    "corrected": 0.003,
    "bad": 0.0008,
    "twice": 0.003,
    "voided": 0.0015,
}
"""Illustrative share of rows with each flaw."""

FLAWED_FEEDS = frozenset({"unit_step", "test_run", "genealogy"})
BAD = (Flaw.UNKNOWN_WORD, Flaw.NO_SERIAL, Flaw.BAD_TIME, Flaw.TEXT_NUMBER)
LATE_SECONDS = (300, 900, 2400, 2 * HOUR, 5 * HOUR)
CORRECTION_SECONDS = (600, HOUR, 6 * HOUR, 30 * HOUR)
VOID_SECONDS = 600
MASK = 0xFFFFFFFF


class Entry(NamedTuple):
    """A fact as it stands in a system since `changed_at`; `flaw` says how it was spoilt."""

    changed_at: int
    fact: Fact
    flaw: Flaw | None = None


def scatter(salt: int, key: int) -> int:
    """A number below 2**32 that depends on salt and key only, evenly spread.

    >>> scatter(7, 1) == scatter(7, 1) != scatter(7, 2)
    True
    """
    mixed = (key * 0x9E3779B1 ^ salt) & MASK
    mixed = ((mixed ^ mixed >> 15) * 0x85EBCA6B) & MASK
    return mixed ^ mixed >> 13


class Journal:
    """Collects facts and hands them out by the time they are written.

    Facts written at or before `muted_until` are dropped: the stores hold them already. Rows of
    `void_feeds` are now and then booked twice and one of them voided; rows of `twice_feeds` are
    sent twice.
    """

    def __init__(
        self,
        clock: Callable[[], int],
        salt: str = "",
        muted_until: int = 0,
        void_feeds: frozenset[str] = frozenset(),
        twice_feeds: frozenset[str] = frozenset(),
    ) -> None:
        self._clock, self._void_feeds, self._twice_feeds = clock, void_feeds, twice_feeds
        self.muted_until = muted_until
        self._ready: dict[str, dict[Key, Entry]] = {feed: {} for feed in FIELDS}
        self._later: list[tuple[int, int, str, Key, Entry]] = []
        self._salts = {feed: crc32(f"{salt}/{feed}".encode()) for feed in FIELDS}
        self._dropped: set[tuple[str, Key]] = set()
        self._count = 0
        self._keys = dict.fromkeys(FIELDS, 0)
        self._steps = [
            (int(sum(list(FLAW_RATIOS.values())[: i + 1]) * MASK), kind)
            for i, kind in enumerate(FLAW_RATIOS)
        ]
        self._limit = self._steps[-1][0]

    def next_key(self, feed: str) -> int:
        """The next row number of a feed."""
        self._keys[feed] += 1
        return self._keys[feed]

    def say(self, feed: str, key: Key, fact: Fact) -> None:
        """The plant's system writes this row now."""
        now = self._clock()
        if now > self.muted_until:
            self._ready[feed][key] = Entry(now, fact)

    def amend(self, feed: str, key: Key, fact: Fact) -> None:
        """As `say`, for a row recorded before: its late or corrected version comes no more."""
        self._dropped.add((feed, key))
        self.say(feed, key, fact)

    def record(self, feed: str, key: int, fact: Fact) -> None:
        """As `say`, for finished rows, some of which go wrong on the way."""
        if (draw := scatter(self._salts[feed], key)) < self._limit:
            self._spoil(feed, key, fact, draw)
        else:
            self.say(feed, key, fact)

    def _spoil(self, feed: str, key: int, fact: Fact, draw: int) -> None:
        now = self._clock()
        kind = next(kind for limit, kind in self._steps if draw < limit)
        if kind == "late":
            self._say_later(now + LATE_SECONDS[draw % 5], feed, key, fact)
        elif kind == "corrected":
            self.say(feed, key, _misread(feed, fact))
            self._say_later(now + CORRECTION_SECONDS[draw % 4], feed, key, fact)
        elif kind == "bad":
            self._say_flawed(feed, key, fact, BAD[draw % 4])
            if draw % 3:
                self._say_later(now + CORRECTION_SECONDS[draw % 3], feed, key, fact)
        elif kind == "twice" and feed in self._twice_feeds:
            self._say_flawed(feed, key, fact, Flaw.TWICE)
        else:
            self.say(feed, key, fact)
            if kind == "voided" and feed in self._void_feeds:
                again = self.next_key(feed)
                self.say(feed, again, fact)
                self._say_later(now + VOID_SECONDS, feed, again, fact, Flaw.VOIDED)

    def _say_flawed(self, feed: str, key: Key, fact: Fact, flaw: Flaw) -> None:
        now = self._clock()
        if now > self.muted_until:
            self._ready[feed][key] = Entry(now, fact, flaw)

    def _say_later(
        self, at: int, feed: str, key: Key, fact: Fact, flaw: Flaw | None = None
    ) -> None:
        if at > self.muted_until:
            self._count += 1
            heapq.heappush(self._later, (at, self._count, feed, key, Entry(at, fact, flaw)))

    def take(self, until: int) -> dict[str, dict[Key, Entry]]:
        """All entries written up to `until`, by feed and key; they are then no longer held."""
        while self._later and self._later[0][0] <= until:
            _, _, feed, key, entry = heapq.heappop(self._later)
            if (feed, key) not in self._dropped:
                self._ready[feed][key] = entry
        taken, self._ready = self._ready, {feed: {} for feed in FIELDS}
        return taken


def _misread(feed: str, fact: Fact) -> Fact:
    """The row as it was first written by mistake: ended a minute early, or one piece too many."""
    field = "qty" if feed == "genealogy" else "ended_at"
    index = FIELDS[feed].index(field)
    value = fact[index]
    wrong = (value + 1000 if feed == "genealogy" else value - 60) if isinstance(value, int) else 0
    return (*fact[:index], wrong, *fact[index + 1 :])
