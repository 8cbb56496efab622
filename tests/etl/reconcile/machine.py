"""A source that does everything sources do, and ways to follow it: ours, and five weaker ones.

Time goes in seconds. The source's clock may be set back, rows may be committed later than they were
stamped or stamped in the future, changed without notice, and deleted. After the last step the
source is left alone for two hours; then whoever follows it polls twice, compares once, and has to
hold exactly what the source holds.

The weaker ways stay here to prove that the machine would notice them.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, ClassVar, Protocol

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from sqlalchemy import Engine, text

from db.clock import frozen
from db.engine import reading
from etl.connectors.base import Probe, RawBatch, Window
from etl.publish import publish
from etl.reconcile.due import reconcile_now
from etl.runner import Context, Pull
from etl.sync import poll
from tests.etl.plant import NOW, STEP_COLUMNS, FakeConnector, plant_file, pull_of, step_record

OVERLAP = 5
LONGEST_OPEN = 4
"""Seconds between a row's stamp and its commit: less than the overlap, as the overlap assumes."""
Rows = dict[int, tuple[int, str]]
"""Key → second of the change, and what the row says."""
WORDS = ("completed", "failed", "aborted")


@dataclass
class Source:
    """The source's table, its clock, and transactions that are still open."""

    rows: Rows = field(default_factory=dict)
    now: int = 0
    behind: int = 0
    open: list[tuple[int, int, str, int]] = field(default_factory=list)

    @property
    def clock(self) -> int:
        """What the source's clock shows; `now` is true time."""
        return self.now - self.behind

    def tick(self, seconds: int) -> None:
        """Time goes by, and open transactions come to their end."""
        self.now += seconds
        for transaction in [one for one in self.open if one[3] <= self.now]:
            self.open.remove(transaction)
            key, stamp, word, _ = transaction
            self.rows[key] = (stamp, word)


class Follower(Protocol):
    """A way to follow a source."""

    def poll(self) -> None: ...
    def compare(self) -> None: ...
    def held(self) -> dict[int, str]: ...


class _Table:
    """The source as a connector: rows by change time, digests by stretch, rows by key."""

    caution = ""

    def __init__(self, source: Source) -> None:
        self._source = source

    def probe(self) -> Probe:
        return Probe(STEP_COLUMNS, self._records()[:3], at(self._source.clock))

    def fetch(self, window: Window) -> Iterator[RawBatch]:
        since, until = window.since or at(-(10**7)), window.until or at(10**7)
        rows = [one for one in self._records() if since <= _changed(one) <= until]
        if rows:
            clock = at(self._source.clock)
            yield RawBatch(STEP_COLUMNS, rows, clock, clock)

    def summarise(self, edges: Sequence[datetime]) -> list[tuple[int, str]]:
        stretches: dict[int, list[Any]] = {}
        for one in self._records():
            place = bisect_right(edges, _changed(one)) - 1
            if 0 <= place < len(edges) - 1:
                stretches.setdefault(place, []).append(one)
        found = [(0, "")] * (len(edges) - 1)
        for place, rows in stretches.items():
            found[place] = (len(rows), blake2b(repr(rows).encode()).hexdigest())
        return found

    def find(self, column: str, values: Sequence[Any]) -> Iterator[RawBatch]:
        rows = [one for one in self._records() if one[STEP_COLUMNS.index(column)] in values]
        clock = at(self._source.clock)
        yield RawBatch(STEP_COLUMNS, rows, clock, clock)

    def close(self) -> None:
        """Nothing is held."""

    def _records(self) -> list[tuple[Any, ...]]:
        return [
            step_record(key, NOW, result=word, edited=at(stamp).isoformat())
            for key, (stamp, word) in sorted(self._source.rows.items(), key=lambda it: it[1][0])
        ]


def at(second: int) -> datetime:
    """An instant of the machine's time, which begins at noon."""
    return NOW + timedelta(seconds=second)


def _changed(record: tuple[Any, ...]) -> datetime:
    return datetime.fromisoformat(record[-1])


class Ours:
    """The scheduled poll and the scheduled comparison, into a real store."""

    def __init__(self, source: Source, engine: Engine) -> None:
        self._source, self._engine = source, engine
        _empty(engine)
        made = pull_of(FakeConnector(), overlap_seconds=OVERLAP, zone="UTC")
        self._pull: Pull = replace(made, connector=_Table(source), history_days=0)
        self._context = Context(engine)

    def poll(self) -> None:
        """As the scheduler does it."""
        with frozen(at(self._source.now)):
            summary = poll(self._context, self._pull)
        assert summary is not None
        assert summary.error is None, summary.message

    def compare(self) -> None:
        """As the scheduler does it, by somebody who believes deletions."""
        with frozen(at(self._source.now)):
            for found in reconcile_now(self._context, self._pull, is_trusting=True):
                assert found.state == "agreed", found

    def held(self) -> dict[int, str]:
        """Live rows of the store."""
        question = "SELECT source_key, result FROM unit_step WHERE deleted_at IS NULL"
        with reading(self._engine) as connection:
            return {int(key): word for key, word in connection.execute(text(question))}


TABLES = (
    "unit_step", "unit_operation", "hour_output", "day_output", "quarantine", "watermark", "load",
    "change", "source_day", "source_column", "source", "plant_version",
)  # fmt: skip


def _empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"DELETE FROM {table}"))
    with frozen(NOW):
        publish(engine, [plant_file(overlap_seconds=OVERLAP)])


class Weak:
    """A plain watermark: `asks` picks the rows to read, `marks` says how far that was."""

    def __init__(
        self,
        source: Source,
        asks: Callable[[int, tuple[int, str], int], bool],
        marks: Callable[[Source, Rows], int],
    ) -> None:
        self._source, self._asks, self._marks = source, asks, marks
        self._mark = -(10**6)
        self._rows: Rows = {}

    def poll(self) -> None:
        """Read what the watermark lets through."""
        found = {k: row for k, row in self._source.rows.items() if self._asks(k, row, self._mark)}
        self._rows |= found
        if found:
            self._mark = max(self._mark, self._marks(self._source, found))

    def compare(self) -> None:
        """It never looks again."""

    def held(self) -> dict[int, str]:
        """What it believes the source holds."""
        return {key: word for key, (_, word) in self._rows.items()}


def _newest(source: Source, rows: Rows) -> int:
    return max(stamp for stamp, _ in rows.values())


def _clamped(source: Source, rows: Rows) -> int:
    return min(_newest(source, rows), source.clock)


WEAK: dict[str, tuple[Callable[[Source], Weak], frozenset[str]]] = {
    "key after the last": (
        lambda source: Weak(source, lambda key, row, mark: key > mark, lambda _, rows: max(rows)),
        frozenset({"insert", "update"}),
    ),
    "time after the last": (
        lambda source: Weak(source, lambda key, row, mark: row[0] > mark, _newest),
        frozenset({"insert"}),
    ),
    "time from the last": (
        lambda source: Weak(source, lambda key, row, mark: row[0] >= mark, _newest),
        frozenset({"insert", "update", "late"}),
    ),
    "overlap": (
        lambda source: Weak(source, lambda key, row, mark: row[0] >= mark - OVERLAP, _newest),
        frozenset({"insert", "update", "late", "future"}),
    ),
    "overlap, clamped": (
        lambda source: Weak(source, lambda key, row, mark: row[0] >= mark - OVERLAP, _clamped),
        frozenset({"insert", "update", "late", "future", "delete", "back"}),
    ),
}
"""Name → a weaker way, and what a source must do for it to be noticed."""
EVERYTHING = frozenset({"insert", "update", "late", "future", "delete", "back", "silent"})
keys, words, seconds = st.integers(1, 6), st.sampled_from(WORDS), st.integers(1, 30)


class Machine(RuleBasedStateMachine):
    """Does what `does` allows, polls and compares in between."""

    does: ClassVar[frozenset[str]] = EVERYTHING
    follow: ClassVar[Callable[[Source], Follower]]

    def __init__(self) -> None:
        super().__init__()
        self.source = Source(rows={0: (0, "completed")})
        self.follower = type(self).follow(self.source)
        self._next = 100

    @rule(passed=st.integers(1, 8))
    def tick(self, passed: int) -> None:
        """Time goes by."""
        self.source.tick(passed)

    @rule()
    def poll(self) -> None:
        """A scheduled poll."""
        self.follower.poll()

    @rule()
    def compare(self) -> None:
        """A scheduled comparison, a quarter of an hour later."""
        self.source.tick(900)
        self.follower.poll()
        self.follower.compare()

    @rule(word=words)
    def insert(self, word: str) -> None:
        """A new row; keys grow."""
        self._next += 1
        self.source.rows[self._next] = (self.source.clock, word)

    @precondition(lambda self: "update" in self.does)
    @rule(key=keys, word=words)
    def update(self, key: int, word: str) -> None:
        """A row that is there says something else from now on."""
        found = self._any(key)
        if found is not None:
            self.source.rows[found] = (self.source.clock, word)

    @precondition(lambda self: "silent" in self.does)
    @rule(key=keys, word=words)
    def change_silently(self, key: int, word: str) -> None:
        """A row says something else, and its change time does not tell."""
        found = self._any(key)
        if found is not None:
            self.source.rows[found] = (self.source.rows[found][0], word)

    @precondition(lambda self: "late" in self.does)
    @rule(word=words, lasts=st.integers(1, LONGEST_OPEN))
    def begin(self, word: str, lasts: int) -> None:
        """A transaction that stamps its row now and commits later."""
        self._next += 1
        source = self.source
        source.open.append((self._next, source.clock, word, source.now + lasts))

    @precondition(lambda self: "future" in self.does)
    @rule(word=words, ahead=st.one_of(seconds, st.just(400)))
    def stamp_ahead(self, word: str, ahead: int) -> None:
        """A row whose change time has not come yet."""
        self._next += 1
        self.source.rows[self._next] = (self.source.clock + ahead, word)

    @precondition(lambda self: "delete" in self.does)
    @rule(key=keys)
    def delete(self, key: int) -> None:
        """A row goes without a trace."""
        found = self._any(key)
        if found is not None:
            del self.source.rows[found]

    @precondition(lambda self: "back" in self.does)
    @rule(by=st.integers(1, 60))
    def set_clock_back(self, by: int) -> None:
        """The source's clock is corrected."""
        self.source.behind += by

    def _any(self, number: int) -> int | None:
        """A row that is there, chosen by a number; the first row is never touched."""
        there = sorted(set(self.source.rows) - {0})
        return there[number % len(there)] if there else None

    def teardown(self) -> None:
        """Nothing happens for two hours; then all must be known."""
        self.source.tick(7_200)
        self.follower.poll()
        self.follower.poll()
        self.follower.compare()
        there = {key: word for key, (_, word) in self.source.rows.items()}
        assert self.follower.held() == there


def machine(follow: Callable[[Source], Follower], does: frozenset[str] = EVERYTHING) -> Any:
    """The machine for one way to follow a source that does these things."""
    return type("SourceMachine", (Machine,), {"follow": staticmethod(follow), "does": does})
