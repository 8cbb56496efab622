"""Tables and views by name, sources read by a growing number, and dialects without a server."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.dialects import mssql, mysql, oracle
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError

from db.errors import SourceChanged, SourceUnavailable
from db.ingest.watermark import read_watermark
from etl.connectors.base import Window
from etl.connectors.sql import SqlConnector
from etl.connectors.sql_query import SqlOptions, cursor_of, parameters, statement, subquery
from etl.feeds.compile import compile_feed
from etl.publish import publish
from etl.runner import Context
from etl.sync import load_now
from tests.etl.connectors.cases import MariaCase, sql_connector
from tests.etl.connectors.contract import START, keys, records
from tests.etl.plant import PART_COLUMNS, plant_file, pull_of

LOG = {"table": "log", "query": None, "change_column": None, "cursor_column": "id"}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "mes.sqlite3", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, part, name)")
        connection.execute('CREATE VIEW "Parts of Us" AS SELECT id, part FROM log')
        yield connection


def add(log: sqlite3.Connection, *numbers: int) -> None:
    rows = [(number, f"P{number}", "part") for number in numbers]
    log.executemany("INSERT INTO log VALUES (?, ?, ?)", rows)


def reader(tmp_path: Path, **options: object) -> SqlConnector:
    return sql_connector(f"sqlite:///{tmp_path}/mes.sqlite3", **(LOG | options))


def test_a_log_is_read_on_from_its_number_less_the_overlap(
    log: sqlite3.Connection, tmp_path: Path
) -> None:
    add(log, *range(1, 26))
    with closing(reader(tmp_path, overlap_count=3)) as connector:
        batches = list(connector.fetch(Window()))
        assert [batch.cursor for batch in batches] == ["10", "20", "25"]
        for batch in batches:
            (first, *_), *_ = [
                row for b in connector.fetch(Window(cursor=batch.cursor)) for row in b.rows
            ]
            assert first == int(batch.cursor) - 2


def test_a_row_that_is_committed_late_comes_within_the_overlap_and_is_lost_beyond(
    log: sqlite3.Connection, tmp_path: Path
) -> None:
    add(log, 1, 2, 4, 5)
    with closing(reader(tmp_path, overlap_count=2)) as connector:
        (batch,) = connector.fetch(Window())
        add(log, 3)
        assert keys(list(connector.fetch(Window(cursor=batch.cursor)))) == ["4", "5"]
    with closing(reader(tmp_path, overlap_count=3)) as connector:
        assert keys(list(connector.fetch(Window(cursor=batch.cursor)))) == ["3", "4", "5"]


def test_a_load_keeps_the_number_it_has_read_to_and_goes_on_from_there(
    log: sqlite3.Connection, tmp_path: Path, engine: Engine
) -> None:
    publish(engine, [plant_file()])
    columns = dict(zip(("source_key", "part", "name"), PART_COLUMNS, strict=False))
    connector = reader(tmp_path, overlap_count=0)
    options = connector._options.model_dump(exclude_defaults=True)
    asked: list[Window] = []
    fetch = connector.fetch
    connector.fetch = lambda window: asked.append(window) or fetch(window)  # type: ignore[method-assign, func-returns-value]
    pull = pull_of(connector, "part", options=options)  # type: ignore[arg-type]
    entry = pull.entry.model_copy(update={"columns": columns})
    pull = replace(pull, entry=entry, feed=compile_feed(plant_file(), entry))
    for numbers in (range(1, 24), range(24, 27), ()):
        add(log, *numbers)
        summary = load_now(Context(engine), pull)
        assert (summary.message, summary.totals.new) == ("", len(numbers))
    connector.close()
    assert [window.cursor for window in asked] == ["", "23", "26"]
    mark = read_watermark(engine, "mp.part")
    assert mark is not None
    assert mark.key == "26"


def test_a_view_is_read_by_its_name_and_a_missing_one_told_with_those_there_are(
    log: sqlite3.Connection, tmp_path: Path
) -> None:
    add(log, 1)
    with closing(reader(tmp_path, table="Parts of Us")) as connector:
        (batch,) = connector.fetch(Window())
        assert (batch.columns, batch.rows) == (("id", "part"), [(1, "P1")])
    with (
        closing(reader(tmp_path, table="parts")) as connector,
        pytest.raises(
            SourceUnavailable, match="no table or view parts; there are: Parts of Us, log"
        ),
    ):
        connector.probe()
    connector = reader(tmp_path, cursor_column="row_no", table="log")
    with closing(connector), pytest.raises(SourceChanged, match="row_no"):
        list(connector.fetch(Window()))


@pytest.mark.parametrize(
    ("dialect", "options", "window", "said"),
    [
        (
            mssql.dialect(),
            {"change_column": "Edited At"},
            Window(START, START + timedelta(hours=1)),
            "SELECT q.* FROM (SELECT 1 AS id) q WHERE q.[Edited At] >= :since AND"
            " q.[Edited At] <= :until ORDER BY q.[Edited At], q.id",
        ),
        (
            mssql.dialect(),
            {"cursor_column": "rv", "cursor_kind": "rowversion"},
            Window(cursor="00000000000007d1"),
            "SELECT q.* FROM (SELECT 1 AS id) q WHERE q.rv > :cursor AND"
            " q.rv < MIN_ACTIVE_ROWVERSION() ORDER BY q.rv, q.id",
        ),
        (
            oracle.dialect(),
            {"change_column": "edit_time"},
            Window(START),
            "SELECT q.* FROM (SELECT 1 AS id) q WHERE q.edit_time >= :since"
            " ORDER BY q.edit_time, q.id",
        ),
        (
            oracle.dialect(),
            {"cursor_column": "Log Id"},
            Window(),
            'SELECT q.* FROM (SELECT 1 AS id) q ORDER BY q."Log Id", q.id',
        ),
        (
            mysql.dialect(),
            {"change_column": "key"},
            Window(until=START),
            "SELECT q.* FROM (SELECT 1 AS id) q WHERE q.`key` <= %s ORDER BY q.`key`, q.id",
        ),
    ],
)
def test_each_dialect_is_asked_in_its_own_words(
    dialect: Dialect, options: dict[str, str], window: Window, said: str
) -> None:
    made = SqlOptions.model_validate(
        {"url": "x://", "query": "SELECT 1 AS id", "key_column": "id"} | options
    )
    asked = statement(made, dialect, window, subquery(made.query or ""))
    given = parameters(made, dialect, window, ZoneInfo("UTC"))
    compiled = asked.bindparams(**given).compile(dialect=dialect)
    shown = str(compiled).replace("%(", ":").replace(")s", "").replace("\n", " ")
    assert shown == said
    assert compiled.params == given


def test_a_row_version_goes_to_text_and_back() -> None:
    options = SqlOptions(url="mssql://", table="t", key_column="id", cursor_column="rv",
                         cursor_kind="rowversion")  # fmt: skip
    cursor = cursor_of(options, bytes.fromhex("00000000000007d1"))
    given = parameters(options, mssql.dialect(), Window(cursor=cursor), ZoneInfo("UTC"))
    assert given == {"cursor": b"\0\0\0\0\0\0\x07\xd1"}


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [("mariadb://r@db/mes", "pymysql", "mysql"), ("mssql://r@db/mes", "pymssql", "mssql"),
     ("oracle://r@db/mes", "oracledb", "oracle")],
)  # fmt: skip
def test_a_driver_that_is_not_installed_is_named_with_the_command(
    monkeypatch: pytest.MonkeyPatch, url: str, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    connector = sql_connector(url)
    with pytest.raises(SourceUnavailable) as raised:
        connector.probe()
    assert f"driver {module} is not installed. Run: pip install" in str(raised.value)
    assert f"'.[{extra}]'" in str(raised.value)


@pytest.fixture
def maria(mariadb_url: str) -> Iterator[MariaCase]:
    with closing(MariaCase(mariadb_url)) as case:
        yield case


def test_nothing_can_be_written_to_a_mariadb_source(maria: MariaCase) -> None:
    maria.put(records(3))
    with (
        closing(sql_connector(maria.url)) as connector,
        connector._opened().connect() as held,
        pytest.raises(DBAPIError, match="READ ONLY"),
    ):
        held.exec_driver_sql("DELETE FROM part_log")
    assert len(keys(list(maria.connector().fetch(Window())))) == 3


def test_a_mariadb_reader_that_stops_early_does_not_read_the_rest(maria: MariaCase) -> None:
    maria.put(records(30))
    slow = "SELECT id, edited, value, SLEEP(0.2) AS s FROM part_log"
    with closing(sql_connector(maria.url, query=slow, batch_rows=1)) as connector:
        assert len(connector.probe().sample) == 5
        batches = connector.fetch(Window())
        next(batches)
        batches.close()  # type: ignore[attr-defined]
        assert connector._driver is None
        assert len(next(iter(connector.fetch(Window()))).rows) == 1


def test_a_mariadb_view_and_its_auto_increment_are_a_log(maria: MariaCase) -> None:
    engine = create_engine(maria.url.replace("mariadb:", "mariadb+pymysql:"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE l (n INT AUTO_INCREMENT PRIMARY KEY, v TEXT)"))
        connection.execute(text("CREATE VIEW v AS SELECT n AS id, v FROM l"))
        values = [{"v": value} for value in ("a", "b", "50 % of :c")]
        connection.execute(text("INSERT INTO l (v) VALUES (:v)"), values)
    engine.dispose()
    options = LOG | {"table": "v", "overlap_count": 1}
    with closing(sql_connector(maria.url, **options)) as connector:
        (batch,) = connector.fetch(Window())
        assert batch.rows == [(1, "a"), (2, "b"), (3, "50 % of :c")]
        assert keys(list(connector.fetch(Window(cursor=batch.cursor)))) == ["3"]
    options |= {"table": None, "query": "SELECT id, v FROM v WHERE v LIKE '%of :_'"}
    with closing(sql_connector(maria.url, **options)) as connector:
        assert keys(list(connector.fetch(Window(cursor="2")))) == ["3"]
