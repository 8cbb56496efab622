"""What databases need beyond the contract: windows in local time, reading only, the horizon."""

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from db.errors import SourceChanged, SourceUnavailable
from etl.connectors.base import Window
from etl.connectors.sql import SqlConnector
from etl.connectors.sql_query import SqlOptions
from etl.connectors.sql_session import PREPARE_SPAN, Horizon, local_bound
from tests.etl.connectors.cases import PostgresCase, sql_connector
from tests.etl.connectors.commit_order import CASES, HELD_BACK_SECONDS, Source, run_case
from tests.etl.connectors.contract import START, keys, records

CHICAGO = ZoneInfo("America/Chicago")
Opener = Callable[..., Source]
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC)
) | st.integers(0, 8 * 3600).map(
    lambda second: datetime(2026, 11, 1, 4, tzinfo=UTC) + timedelta(seconds=second)
)


@settings(max_examples=400, deadline=None)
@given(instants, st.timedeltas(timedelta(0), timedelta(hours=6)))
def test_a_local_bound_leaves_nothing_out_when_clocks_change(at: datetime, away: timedelta) -> None:
    later, earlier = (
        (at + step).astimezone(CHICAGO).replace(tzinfo=None) for step in (away, -away)
    )
    assert local_bound(at, CHICAGO, is_until=False) <= later
    assert local_bound(at, CHICAGO, is_until=True) >= earlier


def local(database: Path, **options: object) -> SqlConnector:
    given = {
        "url": f"sqlite:///{database}",
        "query": "SELECT * FROM part_log",
        "key_column": "id",
        "change_column": "edited",
        "change_format": "text",
    } | options
    return SqlConnector("mp.part", SqlOptions.model_validate(given), CHICAGO, 10)


def test_the_repeated_hour_is_read_whole_around_the_change_of_clocks(tmp_path: Path) -> None:
    path = tmp_path / "mes.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE part_log (id INTEGER, edited TEXT, value TEXT)")
        connection.execute("INSERT INTO part_log VALUES (2, '2026-11-01 01:10:00', 'second pass')")
        connection.commit()
    with closing(local(path)) as connector:
        since = datetime(2026, 11, 1, 6, 50, tzinfo=UTC)  # 01:50, first pass
        assert keys(list(connector.fetch(Window(since=since)))) == ["2"]


def test_a_query_may_hold_colons_and_a_semicolon(tmp_path: Path) -> None:
    path = tmp_path / "mes.sqlite3"
    sqlite3.connect(path).close()
    query = "SELECT 1 AS id, '2026-07-01 12:00:00' AS edited, 'a:b :c' AS value;"
    with closing(local(path, query=query)) as connector:
        (batch,) = connector.fetch(Window())
    assert batch.rows == [(1, "2026-07-01 12:00:00", "a:b :c")]


def test_a_source_without_change_times_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "mes.sqlite3"
    sqlite3.connect(path).close()
    query = "SELECT 1 AS id UNION SELECT 2"
    with closing(local(path, query=query, change_column=None)) as connector:
        assert keys(list(connector.fetch(Window(since=START)))) == ["1", "2"]


def test_nothing_can_be_written_to_a_sqlite_source(tmp_path: Path) -> None:
    path = tmp_path / "mes.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE part_log (id, edited, value)")
    with closing(local(path, query="DELETE FROM part_log RETURNING *")) as connector:
        with pytest.raises(SourceUnavailable):
            list(connector.fetch(Window()))
        with connector._opened().connect() as held, pytest.raises(DBAPIError, match="readonly"):
            held.exec_driver_sql("INSERT INTO part_log VALUES (1, 2, 3)")


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[PostgresCase]:
    with closing(PostgresCase(postgres_url)) as case:
        yield case


def test_nothing_can_be_written_to_a_postgres_source(postgres: PostgresCase) -> None:
    with (
        closing(sql_connector(postgres.url)) as connector,
        connector._opened().connect() as held,
        pytest.raises(DBAPIError, match="read-only"),
    ):
        held.exec_driver_sql("DELETE FROM part_log")


def test_the_horizon_stays_before_the_oldest_open_transaction(postgres: PostgresCase) -> None:
    postgres.put(records(2))
    connector = postgres.connector()
    writer = create_engine(postgres.url)
    with writer.connect() as connection:
        began = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        (batch,) = connector.fetch(Window())
        assert batch.source_clock_at <= began < batch.received_at
    writer.dispose()
    (batch,) = connector.fetch(Window())
    assert batch.source_clock_at == batch.received_at


def test_a_column_that_the_query_names_is_named_when_it_is_gone(postgres: PostgresCase) -> None:
    postgres.drop_column("value")
    query = "SELECT id, edited, value FROM part_log"
    connector = sql_connector(postgres.url, query=query)
    with closing(connector), pytest.raises(SourceChanged) as raised:
        list(connector.fetch(Window()))
    assert raised.value.missing == ("value",)


def test_passwords_never_stand_in_a_message() -> None:
    connector = sql_connector("postgresql://reader:secret@127.0.0.1:1/mes", 5)
    with closing(connector), pytest.raises(SourceUnavailable) as raised:
        list(connector.fetch(Window()))
    assert "secret" not in str(raised.value)
    assert "reader:***@127.0.0.1" in str(raised.value)


def test_a_table_that_is_not_there_yet_is_an_outage_for_it_may_be_made(tmp_path: Path) -> None:
    path = tmp_path / "mes.sqlite3"
    sqlite3.connect(path).close()
    with closing(local(path)) as connector:
        with pytest.raises(SourceUnavailable, match="no such table: part_log"):
            list(connector.fetch(Window()))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE part_log (id, edited, value)")
        assert list(connector.fetch(Window())) == []


@pytest.fixture
def open_source(postgres_url: str, engine: Engine) -> Iterator[Opener]:
    """Call with the seconds that an open transaction may hold the watermark back."""
    with ExitStack() as stack:
        case = stack.enter_context(closing(PostgresCase(postgres_url)))
        yield lambda seconds, **given: stack.enter_context(
            closing(Source(case.url, engine, seconds, **given))
        )


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_lost_whatever_the_order_of_commits(open_source: Opener, name: str) -> None:
    source = open_source(HELD_BACK_SECONDS)
    run_case(source, name, rounds=2)
    lost, of = source.lost()
    assert lost == 0
    assert of >= 10


@pytest.mark.parametrize("name", CASES)
def test_a_watermark_blind_to_open_transactions_is_caught(open_source: Opener, name: str) -> None:
    source = open_source(0)
    run_case(source, name, rounds=2)
    lost, _ = source.lost()
    assert lost == 2


@pytest.fixture
def blind_role(postgres_url: str) -> Iterator[str]:
    """A role that may log in and see nothing of other sessions."""
    role = f"r_{uuid.uuid4().hex[:12]}"
    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN"))
    yield role
    server.dispose()


@pytest.mark.parametrize("name", CASES)
def test_the_overlap_covers_what_a_role_without_the_grant_cannot_see(
    open_source: Opener, blind_role: str, name: str
) -> None:
    source = open_source(HELD_BACK_SECONDS, overlap_seconds=120, reader=blind_role)
    run_case(source, name, rounds=2)
    assert source.lost()[0] == 0


def test_without_overlap_a_role_without_the_grant_loses_late_commits_and_says_so(
    open_source: Opener, blind_role: str, engine: Engine
) -> None:
    source = open_source(HELD_BACK_SECONDS, reader=blind_role)
    run_case(source, "late commit", rounds=2)
    assert source.lost()[0] == 2
    question = text("SELECT state, message FROM source WHERE code = 'mp.part'")
    with engine.connect() as connection:
        state, message = connection.execute(question).one()
    assert state == "ok"
    assert "rows that are committed late may be missed beyond the overlap" in message
    assert f"GRANT pg_read_all_stats TO {blind_role}" in message
    source.finish(f"GRANT pg_read_all_stats TO {blind_role}")
    source.add_committed()
    source.poll()
    with engine.connect() as connection:
        assert connection.execute(question).one() == ("ok", "")


def test_the_caution_is_told_by_a_probe_and_not_for_a_source_read_whole(
    open_source: Opener, blind_role: str
) -> None:
    source = open_source(HELD_BACK_SECONDS, reader=blind_role)
    for change_column, is_told in (("edited", True), (None, False)):
        options = {"query": "SELECT id, edited FROM part", "change_column": change_column}
        with closing(sql_connector(source.reading_url, **options)) as connector:
            connector.probe()
            assert ("GRANT" in connector.caution) is is_told


def test_a_prepared_transaction_that_nobody_saw_open_holds_the_horizon_before_it() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    horizon = Horizon(timedelta(hours=1))
    assert horizon.at(noon, prepared=noon) == noon - PREPARE_SPAN
    assert horizon.at(noon + timedelta(hours=3), prepared=noon) == noon + timedelta(hours=2)


def test_a_deletion_is_not_guessed_from_a_row_that_a_poll_misses(open_source: Opener) -> None:
    source = open_source(HELD_BACK_SECONDS)
    source.add_committed()
    source.poll()
    source.delete_one()
    source.poll()
    assert source.lost() == (0, 3)
    assert source.left_over() == 1
