"""The sources every connector is tried on: real databases, a folder, a real HTTP service."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import NullPool, create_engine, make_url, text

from etl.connectors.base import Connector
from etl.connectors.http_json import HttpJsonConnector
from etl.connectors.http_options import HttpJsonOptions
from etl.connectors.sql import SqlConnector
from etl.connectors.sql_query import SqlOptions
from tests.etl.connectors.contract import ADDED, Record
from tests.etl.connectors.service import TOKEN, Service, closed_port, deaf_port

UTC_ZONE = ZoneInfo("UTC")
SHORT = 0.5


class Opened:
    """Connectors that a test used, closed with its case."""

    tells_all_columns = True

    def __init__(self) -> None:
        self._opened: list[Connector] = []

    def keep(self, connector: Connector) -> Connector:
        self._opened.append(connector)
        return connector

    def close(self) -> None:
        for connector in self._opened:
            connector.close()


def sql_connector(url: object, deadline_seconds: float = 20, **options: object) -> SqlConnector:
    given = {
        "url": url,
        "query": "SELECT * FROM part_log",
        "key_column": "id",
        "change_column": "edited",
        "batch_rows": 10,
    } | options
    return SqlConnector("mp.part", SqlOptions.model_validate(given), UTC_ZONE, deadline_seconds)


class DatabaseCase(Opened):
    """A table `part_log`, with change times as text or as the database's own instants."""

    text_type, driver = "TEXT", ""

    def __init__(self, url: str, change_type: str, change_format: str) -> None:
        super().__init__()
        self.url, self._type, self._format = url, change_type, change_format
        full = make_url(url)
        if self.driver:
            full = full.set(drivername=f"{full.drivername}+{self.driver}")
        self._engine = create_engine(full, poolclass=NullPool)
        self._run(f"CREATE TABLE part_log (id TEXT, edited {change_type}, value {self.text_type})")

    def put(self, records: Sequence[Record]) -> None:
        self._run("DELETE FROM part_log")
        with self._engine.begin() as connection:
            for key, at, value in records:
                said = f"{at:%Y-%m-%d %H:%M:%S}" if self._type == "TEXT" else at
                connection.execute(
                    text("INSERT INTO part_log VALUES (:key, :at, :value)"),
                    {"key": key, "at": said, "value": value},
                )

    def connector(self, *, batch_rows: int = 10, deadline_seconds: float = 20) -> Connector:
        return self._sql(deadline_seconds, batch_rows=batch_rows)

    def drop_column(self, name: str) -> None:
        self._run(f"ALTER TABLE part_log DROP COLUMN {name}")

    def add_column(self, name: str) -> None:
        self._run(f"ALTER TABLE part_log ADD COLUMN {name} VARCHAR(8) DEFAULT '{ADDED}'")

    def _sql(self, deadline_seconds: float = 20, **options: object) -> Connector:
        given = {"url": self.url, "change_format": self._format} | options
        return self.keep(sql_connector(deadline_seconds=deadline_seconds, **given))

    def _run(self, statement: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(text(statement))


class SqliteCase(DatabaseCase):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"sqlite:///{folder}/mes.sqlite3", "TEXT", "text")

    def unreachable(self) -> tuple[Connector, str]:
        return sql_connector("sqlite:////nowhere/mes.sqlite3"), "/nowhere/mes.sqlite3"

    def stuck(self) -> Iterator[AbstractContextManager[Connector]]:
        endless = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)"
        query = f"{endless} SELECT id, '2026' AS edited, '' AS value FROM n"
        yield nullcontext(self._sql(SHORT, query=query))


class PostgresCase(DatabaseCase):
    def __init__(self, server_url: str) -> None:
        self._server, self._name = server_url, f"p_{uuid.uuid4().hex[:12]}"
        self._administer(f"CREATE DATABASE {self._name}")
        url = make_url(server_url).set(database=self._name)
        super().__init__(url.render_as_string(hide_password=False), "TIMESTAMPTZ", "native")

    def close(self) -> None:
        super().close()
        self._administer(f"DROP DATABASE {self._name} WITH (FORCE)")

    def unreachable(self) -> tuple[Connector, str]:
        place = f"127.0.0.1:{closed_port()}"
        return sql_connector(f"postgresql://reader:secret@{place}/mes"), place

    @property
    def target(self) -> str:
        return f"{make_url(self.url).query['host']}/.s.PGSQL.5432"

    def through(self, port: int, deadline_seconds: float, silence_seconds: float) -> Connector:
        url = make_url(self.url).set(host="127.0.0.1", port=port, query={"sslmode": "disable"})
        given = {"url": url.render_as_string(hide_password=False)}
        return self._sql(deadline_seconds, silence_seconds=silence_seconds, batch_rows=2, **given)

    def refused(self) -> Connector:
        role = f"r_{uuid.uuid4().hex[:12]}"
        self._administer(f"CREATE ROLE {role} NOLOGIN")
        url = make_url(self.url).set(username=role)
        return sql_connector(url.render_as_string(hide_password=False))

    def stuck(self) -> Iterator[AbstractContextManager[Connector]]:
        slow = "SELECT id, edited, value, pg_sleep(60)::text AS s FROM part_log"
        yield nullcontext(self._sql(SHORT, query=slow))
        yield nullcontext(self._sql(SHORT, query=slow.replace("60", "0.2"), batch_rows=1))
        yield self._deaf()

    @contextmanager
    def _deaf(self) -> Iterator[Connector]:
        with deaf_port() as port:
            yield sql_connector(f"postgresql://reader@127.0.0.1:{port}/mes", SHORT)

    def _administer(self, statement: str) -> None:
        engine = create_engine(self._server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))


class MariaCase(DatabaseCase):
    """A database of its own on a running MariaDB."""

    text_type, driver = "LONGTEXT", "pymysql"

    def __init__(self, server_url: str) -> None:
        self._server, self._name = server_url, f"p_{uuid.uuid4().hex[:12]}"
        self._administer(f"CREATE DATABASE {self._name}")
        super().__init__(f"{server_url}/{self._name}", "DATETIME(6)", "native")

    @property
    def target(self) -> tuple[str, int]:
        return "127.0.0.1", make_url(self.url).port or 0

    def through(self, port: int, deadline_seconds: float, silence_seconds: float) -> Connector:
        url = make_url(self.url).set(port=port).render_as_string(hide_password=False)
        return self._sql(deadline_seconds, url=url, silence_seconds=silence_seconds, batch_rows=2)

    def close(self) -> None:
        super().close()
        self._administer(f"DROP DATABASE {self._name}")

    def unreachable(self) -> tuple[Connector, str]:
        place = f"127.0.0.1:{closed_port()}"
        return sql_connector(f"mariadb://reader:secret@{place}/mes"), place

    def refused(self) -> Connector:
        url = make_url(self.url).set(username="nobody", password="wrong")
        return sql_connector(url.render_as_string(hide_password=False))

    def stuck(self) -> Iterator[AbstractContextManager[Connector]]:
        slow = "SELECT id, edited, value, SLEEP(60) AS s FROM part_log"
        yield nullcontext(self._sql(SHORT, query=slow))
        yield nullcontext(self._sql(SHORT, query=slow.replace("60", "0.2"), batch_rows=1))
        yield self._deaf()

    @contextmanager
    def _deaf(self) -> Iterator[Connector]:
        with deaf_port() as port:
            yield sql_connector(f"mariadb://reader@127.0.0.1:{port}/mes", SHORT)

    def _administer(self, statement: str) -> None:
        url = make_url(self._server).set(drivername="mariadb+pymysql")
        engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))


WINDOW = {"since": "{since}", "until": "{until}"}
FILTER = "edited ge {since} and edited le {until}"
DOMAIN = [["active", "=", True], ["edited", ">=", "{since}"], ["edited", "<=", "{until}"]]
HTTP_KINDS: dict[str, dict[str, Any]] = {
    "offset": {"page": {"kind": "offset"}, "params": WINDOW},
    "capped": {"page": {"kind": "offset"}, "params": WINDOW},
    "page": {"page": {"kind": "page", "size_param": "limit"}, "params": WINDOW},
    "capped-page": {"page": {"kind": "page", "size_param": "limit"}, "params": WINDOW},
    "token-pages": {
        "page": {"kind": "token", "token": "data.next_page_token", "size_param": "limit"},
        "params": WINDOW,
    },
    "link": {"page": {"kind": "link"}, "params": WINDOW},
    "link_header": {"page": {"kind": "link_header"}, "params": WINDOW},
    "odata2": {
        "page": {"kind": "odata"},
        "params": {"$filter": FILTER.replace("{", "datetimeoffset'{").replace("}", "}'")},
        "items": "",
    },
    "odata4": {"page": {"kind": "odata"}, "params": {"$filter": FILTER}, "items": ""},
    "rpc": {
        "page": {"kind": "offset"},
        "body": {
            "jsonrpc": "2.0",
            "method": "call",
            "id": 1,
            "params": {"domain": DOMAIN, "offset": "{offset}", "limit": "{limit}"},
        },
        "items": "result",
        "time_format": "%Y-%m-%d %H:%M:%S",
    },
}
"""By path of the service: what a plant file says about it."""
CREDENTIALS: dict[str, dict[str, object]] = {
    "bearer": {"kind": "bearer", "token": TOKEN},
    "basic": {"kind": "basic", "user": "reader", "password": TOKEN},
    "api_key": {"kind": "api_key", "key": TOKEN},
    "api_key in the query": {"kind": "api_key", "param": "api_key", "key": TOKEN},
    "oauth2": {"kind": "oauth2", "client_id": "rackline", "client_secret": TOKEN},
    "oauth2 in the body": {
        "kind": "oauth2",
        "client_id": "rackline",
        "client_secret": TOKEN,
        "secret_in": "body",
    },
}


class HttpCase(Opened):
    """A service that asks who we are and gives its records in pages of one kind."""

    def __init__(self, service: Service, kind: str, auth: str = "bearer") -> None:
        super().__init__()
        self._service, self._kind = service, kind
        self._auth = dict(CREDENTIALS[auth])
        if self._auth["kind"] == "oauth2":
            self._auth["token_url"] = f"{service.url}/token"

    @property
    def target(self) -> tuple[str, int]:
        return "127.0.0.1", int(self._service.url.rpartition(":")[2])

    def put(self, records: Sequence[Record]) -> None:
        self._service.records = list(records)

    def connector(self, *, batch_rows: int = 10, deadline_seconds: float = 20) -> Connector:
        return self._http(f"/{self._kind}", deadline_seconds, size=batch_rows)

    def through(self, port: int, deadline_seconds: float, silence_seconds: float) -> Connector:
        url = f"http://127.0.0.1:{port}/{self._kind}"
        return self._http("", deadline_seconds, url=url, silence_seconds=silence_seconds)

    def refused(self) -> Connector:
        secret = {"token", "password", "key", "client_secret"} & self._auth.keys()
        return self._http("/whole", auth=self._auth | dict.fromkeys(secret, "once-good"))

    def unreachable(self) -> tuple[Connector, str]:
        place = f"127.0.0.1:{closed_port()}"
        return self._http("/whole", url=f"http://{place}/whole"), place

    def stuck(self) -> Iterator[AbstractContextManager[Connector]]:
        for path in ("/hang", "/drip", "/drip-head"):
            yield nullcontext(self._http(path, SHORT))

    def drop_column(self, name: str) -> None:
        self._service.columns.remove(name)

    def add_column(self, name: str) -> None:
        self._service.columns.append(name)

    def _http(
        self, path: str, deadline_seconds: float = 20, *, size: int = 10, **given: object
    ) -> Connector:
        kind = HTTP_KINDS[self._kind]
        options = {"items": "data.items", "auth": self._auth} | kind
        options["url"] = self._service.url + path
        if "link" in self._kind:
            options["params"] = kind["params"] | {"limit": str(size)}
        else:
            options["page"] = kind["page"] | {"size": size}
        made = HttpJsonOptions.model_validate(options | given)
        return self.keep(HttpJsonConnector("mp.part", made, UTC_ZONE, deadline_seconds))
