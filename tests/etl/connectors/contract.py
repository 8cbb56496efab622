"""What every connector must do, whatever it speaks to. Each case in `cases.py` is put through it.

A case owns a real source: a database, a folder, a service. Records are (key, changed_at, value);
every source calls the three columns `id`, `edited` and `value`.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from db.errors import SourceChanged, SourceRefused, SourceUnavailable
from etl.connectors.base import Connector, RawBatch, Window
from etl.feeds.compile import compile_feed
from etl.feeds.parse import CompiledFeed
from tests.etl.connectors.proxy import Fault, Proxy, Target
from tests.etl.plant import plant_file

Record = tuple[str, datetime, str]
START = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
COLUMNS = ("id", "edited", "value")
ADDED = "x"
"""What an added column says."""


class Case(Protocol):
    """A source under test. `tells_all_columns`: also those that nobody asked for."""

    tells_all_columns: bool

    def put(self, records: Sequence[Record]) -> None:
        """Make these the records of the source."""

    def connector(self, *, batch_rows: int = 10, deadline_seconds: float = 20) -> Connector:
        """A connector to the source."""

    def unreachable(self) -> tuple[Connector, str]:
        """A connector to a place where nothing is, and the name of that place."""

    def stuck(self) -> Iterator[AbstractContextManager[Connector]]:
        """Connectors with a deadline of 0.5 s to sources that hang or drip, one after another."""

    def drop_column(self, name: str) -> None:
        """Take a column out of the source."""

    def add_column(self, name: str) -> None:
        """Give the source a column more, which says ADDED in each record."""


class CaseWithCredentials(Case, Protocol):
    """A source that asks who we are."""

    def refused(self) -> Connector:
        """A connector with credentials that are no longer good."""


class CaseOnTheNetwork(Case, Protocol):
    """A source at the other end of a connection."""

    @property
    def target(self) -> Target:
        """Where its server listens."""

    def through(self, port: int, deadline_seconds: float, silence_seconds: float) -> Connector:
        """A connector that reaches the source through this port of our own machine."""


def records(count: int, *, size: int = 1) -> list[Record]:
    """Records a minute apart, two at a time."""
    return [
        (f"K{number:03}", START + timedelta(minutes=number // 2), "x" * size)
        for number in range(count)
    ]


def keys(batches: Sequence[RawBatch]) -> list[str]:
    whole = [batch for batch in batches if not batch.fault]
    return [str(dict(zip(b.columns, row, strict=True))["id"]) for b in whole for row in b.rows]


def part_feed() -> CompiledFeed:
    """Parts, of which the contract's three columns say everything."""
    columns = {"source_key": "id", "part": "value", "name": "value", "changed_at": "edited"}
    plant = plant_file()
    return compile_feed(plant, plant.sources[1].model_copy(update={"columns": columns}))


def look(case: Case, feed: CompiledFeed) -> None:
    for batch in case.connector().fetch(Window()):
        feed.check_columns(batch.columns)


class Contract:
    """The tests; a subclass gives the fixture `case`."""

    def test_probe_names_the_columns_and_shows_a_few_rows(self, case: Case) -> None:
        case.put(records(30))
        probe = case.connector().probe()
        assert set(COLUMNS) <= set(probe.columns)
        assert 1 <= len(probe.sample) <= 10
        assert probe.source_clock_at.utcoffset() == timedelta(0)

    def test_everything_comes_once_in_the_order_of_change(self, case: Case) -> None:
        given = records(35)
        case.put(given)
        batches = list(case.connector().fetch(Window()))
        assert keys(batches) == [key for key, _, _ in given]
        assert len(batches) > 1
        assert all(len(batch.rows) <= 10 for batch in batches)

    def test_only_the_window_comes(self, case: Case) -> None:
        given = records(30)
        case.put(given)
        since, until = START + timedelta(minutes=5), START + timedelta(minutes=9)
        found = set(keys(list(case.connector().fetch(Window(since, until)))))
        inside = {key for key, at, _ in given if since <= at <= until}
        margin = timedelta(seconds=2)
        near = {key for key, at, _ in given if since - margin <= at <= until + margin}
        assert inside <= found <= near

    def test_an_empty_source_gives_nothing(self, case: Case) -> None:
        case.put([])
        assert list(case.connector().fetch(Window())) == []

    def test_a_watermark_in_the_future_gives_nothing(self, case: Case) -> None:
        case.put(records(5))
        ahead = datetime(2099, 1, 1, tzinfo=UTC)
        assert list(case.connector().fetch(Window(since=ahead))) == []

    def test_reading_twice_gives_the_same(self, case: Case) -> None:
        case.put(records(25))
        connector = case.connector()
        first, second = (list(connector.fetch(Window())) for _ in range(2))
        assert keys(first) == keys(second)
        connector.close()
        assert keys(list(connector.fetch(Window()))) == keys(first)

    def test_resuming_at_any_batch_loses_nothing(self, case: Case) -> None:
        given = records(33)
        case.put(given)
        changed = {key: at for key, at, _ in given}
        batches = list(case.connector(batch_rows=4).fetch(Window()))
        for stop in range(1, len(batches)):
            seen = keys(batches[:stop])
            mark = max(changed[key] for key in seen)
            rest = keys(list(case.connector().fetch(Window(since=mark))))
            assert set(seen) | set(rest) == set(changed), f"killed after batch {stop}"

    def test_a_reader_that_stops_half_way_leaves_the_source_free(self, case: Case) -> None:
        case.put(records(30))
        connector = case.connector()
        next(iter(connector.fetch(Window())))
        assert len(keys(list(connector.fetch(Window())))) == 30

    def test_a_huge_value_comes_whole(self, case: Case) -> None:
        case.put(records(1, size=3_000_000))
        (batch,) = case.connector().fetch(Window())
        (row,) = batch.rows
        assert len(dict(zip(batch.columns, row, strict=True))["value"]) == 3_000_000

    def test_an_unreachable_source_is_named(self, case: Case) -> None:
        connector, place = case.unreachable()
        with pytest.raises(SourceUnavailable, match=place):
            list(connector.fetch(Window()))
        with pytest.raises(SourceUnavailable, match=place):
            connector.probe()

    @pytest.mark.timeout(30)
    def test_a_source_that_hangs_or_drips_is_left_at_the_deadline(self, case: Case) -> None:
        case.put(records(30))
        for stuck in case.stuck():
            with stuck as connector, pytest.raises(SourceUnavailable, match=r"within 0\.5 s"):
                list(connector.fetch(Window()))

    @pytest.mark.parametrize("is_renamed", [False, True], ids=["vanished", "renamed"])
    def test_a_vanished_or_renamed_column_is_named(self, case: Case, is_renamed: bool) -> None:
        feed = part_feed()
        case.put(records(3))
        look(case, feed)
        case.drop_column("value")
        if is_renamed:
            case.add_column("worth")
        with pytest.raises(SourceChanged, match="expected columns are gone: value") as told:
            look(case, feed)
        assert ("worth" in told.value.unexpected) == (is_renamed and case.tells_all_columns)

    def test_an_added_column_comes_with_its_values_and_disturbs_nothing(self, case: Case) -> None:
        case.put(records(5))
        case.add_column("operator")
        batches = list(case.connector().fetch(Window()))
        assert keys(batches) == [key for key, _, _ in records(5)]
        said = [dict(zip(b.columns, row, strict=True)) for b in batches for row in b.rows]
        expected = ADDED if case.tells_all_columns else None
        assert [record.get("operator") for record in said] == [expected] * 5
        look(case, part_feed())


class CredentialContract(Contract):
    """What holds besides for sources that ask who we are."""

    def test_refused_credentials_are_told_apart_from_an_outage(
        self, case: CaseWithCredentials
    ) -> None:
        case.put(records(3))
        with pytest.raises(SourceRefused):
            list(case.refused().fetch(Window()))
        with pytest.raises(SourceRefused):
            case.refused().probe()


@dataclass(frozen=True, slots=True)
class BadLine:
    """What befalls a connection after some bytes of an answer, and what is to be said of it."""

    fault: Fault
    after_bytes: int
    deadline_seconds: float = 20
    silence_seconds: float = 20
    said: str = "mp.part: "

    def __str__(self) -> str:
        return f"{self.fault} after {self.after_bytes}, {self.deadline_seconds:g} s in all"


BAD_LINES = (
    BadLine("hang", 0, silence_seconds=0.5, said=r"no word for 0\.5 s|time"),
    BadLine("hang", 100_000, silence_seconds=0.5, said=r"no word for 0\.5 s"),
    BadLine("hang", 100_000, deadline_seconds=0.5, said=r"no complete answer within 0\.5 s"),
    BadLine("drip", 100_000, deadline_seconds=1, said="no complete answer within 1 s"),
    BadLine("reset", 0),
    BadLine("reset", 100_000),
)


class NetworkContract:
    """What holds besides for sources at the other end of a connection."""

    @pytest.fixture
    def proxy(self, case: CaseOnTheNetwork) -> Iterator[Proxy]:
        case.put(records(30, size=20_000))
        with Proxy(case.target).running() as proxy:
            yield proxy

    @pytest.mark.parametrize("bad", BAD_LINES, ids=str)
    def test_a_failing_line_is_noticed_and_the_next_load_heals(
        self, case: CaseOnTheNetwork, proxy: Proxy, bad: BadLine
    ) -> None:
        connector = case.through(proxy.port, bad.deadline_seconds, bad.silence_seconds)
        proxy.fault, proxy.after_bytes = bad.fault, bad.after_bytes
        with pytest.raises(SourceUnavailable, match=bad.said):
            list(connector.fetch(Window()))
        proxy.fault = "none"
        assert len(keys(list(case.through(proxy.port, 20, 20).fetch(Window())))) == 30

    def test_a_connection_that_died_between_two_loads_is_replaced(
        self, case: CaseOnTheNetwork, proxy: Proxy
    ) -> None:
        connector = case.through(proxy.port, 20, 20)
        assert len(keys(list(connector.fetch(Window())))) == 30
        proxy.cut()
        with suppress(SourceUnavailable):
            list(connector.fetch(Window()))
        assert len(keys(list(connector.fetch(Window())))) == 30
