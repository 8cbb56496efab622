"""What reading a big table takes of memory, and how soon a bad line is noticed."""

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, make_url, text

from db.errors import SourceUnavailable
from etl.connectors.base import Connector, Window
from etl.connectors.http_json import HttpJsonConnector
from etl.connectors.http_options import HttpJsonOptions
from etl.connectors.sql import SqlConnector
from etl.connectors.sql_query import SqlOptions
from tests.bench.figures import Figure, Goal
from tests.bench.memory import peak_mb
from tests.bench.stores import stores
from tests.etl.connectors.contract import START
from tests.etl.connectors.proxy import Fault, Proxy, Target
from tests.etl.connectors.servers import mariadb
from tests.etl.connectors.service import TOKEN, Service

MEMORY = Goal("<=", 300)
NOTICED = Goal("<=", 10)
KEPT = Goal("<=", 2)
DEADLINE_SECONDS = 12.0
UTC_ZONE = ZoneInfo("UTC")
ROW = "x" * 400
DRIVERS = {"mariadb": "mariadb+pymysql"}
Opener = Callable[[int, float], Connector]


def measure(rows: int) -> Iterator[Figure]:
    """Peak memory of a process that reads `rows` rows, and the seconds until a line is given up."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = {
            "sqlite": f"sqlite:///{folder}/mes.sqlite3",
            "postgresql": _postgres(stack),
            "mariadb": _maria(stack, folder / "maria"),
        }
        for database, url in urls.items():
            _fill(url, rows)
            for many in (rows // 10, rows):
                yield _memory(database, url, many)
        service = stack.enter_context(Service().running())
        service.records = [(f"K{n}", START, "x" * 20_000) for n in range(50)]
        places: dict[str, tuple[Target, Opener]] = {
            "http_json": (("127.0.0.1", int(service.url.rpartition(":")[2])), _http),
            "postgresql": _behind(urls["postgresql"]),
            "mariadb": _behind(urls["mariadb"]),
        }
        for kind, (target, opener) in places.items():
            yield from _noticed(kind, target, opener)


def _noticed(kind: str, target: Target, opener: Opener) -> Iterator[Figure]:
    with Proxy(target).running() as proxy:
        for fault, after_bytes in (("hang", 0), ("hang", 200_000), ("reset", 200_000)):
            taken = _taken(proxy, fault, after_bytes, opener, 60)  # type: ignore[arg-type]
            yield Figure(kind, f"{fault} after {after_bytes} bytes, noticed", taken, NOTICED, "s")
        over = _taken(proxy, "drip", 200_000, opener, DEADLINE_SECONDS) - DEADLINE_SECONDS
        yield Figure(kind, "drip, beyond the deadline", over, KEPT, "s")


def _taken(proxy: Proxy, fault: Fault, after_bytes: int, opener: Opener, seconds: float) -> float:
    proxy.fault, proxy.after_bytes = fault, after_bytes
    connector = opener(proxy.port, seconds)
    started = time.monotonic()
    try:
        for _ in connector.fetch(Window()):
            pass
    except SourceUnavailable:
        return time.monotonic() - started
    raise AssertionError(f"{fault} was not noticed at all")


def _memory(database: str, url: str, many: int) -> Figure:
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        read, peak = pool.apply(_read, (url, many))
    assert read == many
    what = f"peak memory reading {many:,} rows"
    return Figure(database, what, peak, MEMORY, "MB")


def _read(url: str, many: int) -> tuple[int, float]:
    query = f"SELECT id, edited, value FROM big WHERE id < {many}"
    with closing(_sql(url, 3600, query=query, batch_rows=10_000)) as connector:
        read = sum(len(batch.rows) for batch in connector.fetch(Window()))
    return read, peak_mb()


def _sql(url: str, deadline_seconds: float, **given: object) -> SqlConnector:
    options = {"url": url, "key_column": "id", "query": "SELECT * FROM big"} | given
    return SqlConnector("mp.part", SqlOptions.model_validate(options), UTC_ZONE, deadline_seconds)


def _http(port: int, deadline_seconds: float) -> Connector:
    given = {
        "url": f"http://127.0.0.1:{port}/whole",
        "items": "data.items",
        "auth": {"kind": "bearer", "token": TOKEN},
    }
    options = HttpJsonOptions.model_validate(given)
    return HttpJsonConnector("mp.part", options, UTC_ZONE, deadline_seconds)


def _behind(url: str) -> tuple[Target, Opener]:
    """Where a database listens, and how to reach it through another port."""
    made = make_url(url)
    folder = made.query.get("host")
    target: Target = f"{folder}/.s.PGSQL.5432" if folder else ("127.0.0.1", made.port or 0)

    def opened(port: int, deadline_seconds: float) -> Connector:
        query = {"sslmode": "disable"} if folder else {}
        there = made.set(host="127.0.0.1", port=port, query=query)
        return _sql(there.render_as_string(hide_password=False), deadline_seconds, batch_rows=50)

    return target, opened


def _fill(url: str, rows: int) -> None:
    made = make_url(url)
    engine = create_engine(made.set(drivername=DRIVERS.get(made.drivername, made.drivername)))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE big (id INT PRIMARY KEY, edited INT, value TEXT)"))
        for start in range(0, rows, 5_000):
            some = range(start, min(start + 5_000, rows))
            values = [{"id": number, "edited": number, "value": ROW} for number in some]
            connection.execute(text("INSERT INTO big VALUES (:id, :edited, :value)"), values)
    engine.dispose()


def _postgres(stack: ExitStack) -> str:
    made = stack.enter_context(stores("postgresql"))
    return made.new().url.render_as_string(hide_password=False)


def _maria(stack: ExitStack, folder: Path) -> str:
    folder.mkdir()
    url = stack.enter_context(mariadb(folder))
    engine = create_engine(make_url(url).set(drivername="mariadb+pymysql"))
    with engine.begin() as connection:
        connection.execute(text("CREATE DATABASE big"))
    engine.dispose()
    return f"{url}/big"
