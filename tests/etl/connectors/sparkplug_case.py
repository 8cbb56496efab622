"""A tester behind a Sparkplug gateway as a source for the contract."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from db.errors import SourceError
from etl.connectors.base import Connector, Window
from etl.connectors.inbox import Inbox
from etl.connectors.sparkplug import SparkplugConnector, SparkplugOptions
from etl.runner import Stopped
from tests.etl.connectors.cases import SHORT, UTC_ZONE, Opened
from tests.etl.connectors.contract import ADDED, COLUMNS, START, Record
from tests.etl.connectors.service import closed_port, deaf_port
from tests.etl.connectors.sparkplug import GIVEN, gateway, payload, publish, until

PLACE = "spBv1.0/plant/{}/edge1"
BORN_AT = START - timedelta(hours=1)


class SparkplugCase(Opened):
    """Records are metrics `id`, `edited` and `value`; each is received when it was changed."""

    tells_all_columns = False

    def __init__(self, port: int, folder: Path) -> None:
        super().__init__()
        self.port, self._folder, self._at = port, folder, START
        self._columns: Sequence[str] = COLUMNS
        self._records: Sequence[Record] = ()
        self._puts = 0

    def put(self, records: Sequence[Record]) -> None:
        self._records, self._puts = records, self._puts + 1
        subscriber = self.sparkplug()
        inbox = subscriber._inbox
        with listening(subscriber), gateway(self.port) as client:
            until(lambda: self.file.exists() and inbox.state().get("line"))
            publish(
                client, PLACE.format("NBIRTH"), payload(0, [{"name": "bdSeq", "value": 1}], BORN_AT)
            )
            birth: list[GIVEN] = [{"name": name, "value": ""} for name in self._columns]
            publish(client, f"{PLACE.format('DBIRTH')}/tester", payload(1, birth, BORN_AT))
            until(lambda: inbox.state().get("nodes", {}).get("plant/edge1", {}).get("devices"))
            for number, record in enumerate(records):
                self._at = record[1]
                given = dict(zip(COLUMNS, record, strict=True))
                metrics = [
                    {"name": name, "value": given.get(name, ADDED)} for name in self._columns
                ]
                body = payload((number + 2) % 256, metrics, record[1])
                publish(client, f"{PLACE.format('DDATA')}/tester", body)
                until(lambda many=number + 1: self.count() == many)

    def count(self) -> int:
        inbox = Inbox(self.file)
        return sum(len(rows) for _, rows in inbox.read(Window(), (), 1_000))

    @property
    def file(self) -> Path:
        return self._folder / f"inbox{self._puts}.sqlite3"

    def sparkplug(self, deadline_seconds: float = 20, **given: object) -> SparkplugConnector:
        options = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": "reader",
            "password": "let-me-in",
            "client_id": f"rackline-{self._folder.name}-{self._puts}",
            "inbox": str(self.file),
            "on": "id",
            "metrics": COLUMNS,
        }
        made = SparkplugOptions.model_validate(options | given)
        connector = SparkplugConnector("mp.part", made, UTC_ZONE, deadline_seconds)
        connector._inbox = Inbox(Path(made.inbox), lambda: self._at)
        return connector

    def connector(self, *, batch_rows: int = 10, deadline_seconds: float = 20) -> Connector:
        return self.keep(self.sparkplug(deadline_seconds, batch_rows=batch_rows))

    def refused(self) -> Connector:
        return self._tried(password="once-good")

    def unreachable(self) -> tuple[Connector, str]:
        port = closed_port()
        return self._tried(port=port), f"127.0.0.1:{port}"

    def stuck(self) -> Iterator[AbstractContextManager[Connector]]:
        yield self._deaf()

    @contextmanager
    def _deaf(self) -> Iterator[Connector]:
        with deaf_port() as port:
            yield self._tried(SHORT, port=port)

    def drop_column(self, name: str) -> None:
        self._columns = [column for column in self._columns if column != name]
        self.put(self._records)

    def add_column(self, name: str) -> None:
        self._columns = [*self._columns, name]
        self.put(self._records)

    def _tried(self, deadline_seconds: float = 20, **given: object) -> Connector:
        """A connector whose subscriber has tried once."""
        made = self.sparkplug(deadline_seconds, **given)
        with suppress(SourceError):
            made.subscribe(lambda: None)
        return made


@contextmanager
def listening(subscriber: SparkplugConnector) -> Iterator[threading.Thread]:
    """A subscriber in a thread of its own."""
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise Stopped

    def listen() -> None:
        with suppress(Stopped, SourceError):
            subscriber.subscribe(check)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()
