"""Files of every format in every place, as sources under test."""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from etl.connectors.base import Connector
from etl.connectors.file_options import FilesOptions
from etl.connectors.files import FilesConnector
from etl.connectors.tester_files import TesterFilesConnector, TesterFilesOptions
from tests.etl.connectors.cases import SHORT, UTC_ZONE, Opened
from tests.etl.connectors.contract import Record
from tests.etl.connectors.file_servers import PASSWORD, USER, S3Server, SftpAddress
from tests.etl.connectors.forms import FORMS, written
from tests.etl.connectors.service import closed_port, deaf_port


class FilesCase(Opened):
    """A folder with one small file for every two records, and markers of what is done."""

    def __init__(self, folder: Path, form: str = "csv") -> None:
        super().__init__()
        self._folder, self._form = folder, FORMS[form]
        self._columns = ("id", "edited", "value")
        self._records: Sequence[Record] = ()
        self._per_file = 2

    def put(self, records: Sequence[Record]) -> None:
        self._records = records
        for old in self._folder.iterdir():
            old.unlink()
        for start in range(0, len(records), self._per_file):
            name = f"run{start:03}{self._form.suffix}"
            self._write(name, records[start : start + self._per_file])

    def connector(self, *, batch_rows: int = 10, deadline_seconds: float = 20) -> Connector:
        return self._files(deadline_seconds, batch_rows=batch_rows, done_suffix=".done")

    def unreachable(self) -> tuple[Connector, str]:
        return self._files(20, folder="/nowhere/testers"), "/nowhere/testers"

    def stuck(self) -> Iterator[AbstractContextManager[Connector]]:
        yield nullcontext(self._files(SHORT, settle_seconds=60))

    def drop_column(self, name: str) -> None:
        self._columns = tuple(column for column in self._columns if column != name)
        self.put(self._records)

    def add_column(self, name: str) -> None:
        self._columns = (*self._columns, name)
        self.put(self._records)

    def _files(self, deadline_seconds: float, **options: object) -> Connector:
        told = {"folder": str(self._folder), "pattern": f"*{self._form.suffix}"}
        given = FilesOptions.model_validate(told | {"format": self._form.format} | options)
        return self.keep(FilesConnector("mp.part", given, UTC_ZONE, deadline_seconds))

    def _write(self, name: str, records: Sequence[Record]) -> None:
        path = self._folder / name
        path.write_bytes(written(self._form, self._columns, records))
        done = path.with_name(f"{name}.done")
        done.touch()
        for file in (path, done):
            os.utime(file, (records[0][1].timestamp(),) * 2)


class XmlCase(FilesCase):
    """XML reports in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "xml")

    def _files(self, deadline_seconds: float, **options: object) -> Connector:
        told = {"folder": str(self._folder), "pattern": "*.xml", "record": "entry"}
        given = TesterFilesOptions.model_validate(told | {"format": "xml"} | options)
        return self.keep(TesterFilesConnector("mp.part", given, UTC_ZONE, deadline_seconds))


class SftpCase(FilesCase):
    """The same folder behind an SFTP server."""

    def __init__(self, folder: Path, address: SftpAddress) -> None:
        super().__init__(folder)
        self._address = address

    @property
    def target(self) -> tuple[str, int]:
        return "127.0.0.1", self._address.port

    def refused(self) -> Connector:
        return self._sftp(password="once-good")

    def unreachable(self) -> tuple[Connector, str]:
        port = closed_port()
        return self._sftp(port=port), f"127.0.0.1:{port}"

    def stuck(self) -> Iterator[AbstractContextManager[Connector]]:
        yield nullcontext(self._files(SHORT, settle_seconds=60))
        yield self._deaf()

    def through(self, port: int, deadline_seconds: float, silence_seconds: float) -> Connector:
        silence = {"silence_seconds": silence_seconds, "done_suffix": ".done"}
        return self._sftp(deadline_seconds, port=port, **silence)

    @contextmanager
    def _deaf(self) -> Iterator[Connector]:
        with deaf_port() as port:
            yield self._sftp(SHORT, port=port)

    def _sftp(
        self, deadline_seconds: float = 20, port: int = 0, password: str = PASSWORD, **more: object
    ) -> Connector:
        server = self._server() | {"port": port or self._address.port, "password": password}
        return self._files(deadline_seconds, server=server, **more)

    def _server(self) -> dict[str, object]:
        return {
            "kind": "sftp",
            "host": "127.0.0.1",
            "port": self._address.port,
            "user": USER,
            "password": PASSWORD,
            "host_key": self._address.host_key,
        }

    def _files(self, deadline_seconds: float, **options: object) -> Connector:
        return super()._files(
            deadline_seconds, **({"folder": "/", "server": self._server()} | options)
        )


class S3Case(FilesCase):
    """The same files as objects of a bucket, below a prefix."""

    def __init__(self, folder: Path, store: S3Server) -> None:
        super().__init__(folder)
        self._store = store
        store.clear()

    @property
    def target(self) -> tuple[str, int]:
        return "127.0.0.1", self._store.port

    def put(self, records: Sequence[Record]) -> None:
        is_heavy = any(len(value) > 10_000 for _, _, value in records)
        self._per_file = 30 if is_heavy else 2  # each object comes on a connection of its own
        super().put(records)
        for old in self._store.names():
            self._store.remove(old)
        for path in self._folder.iterdir():
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            self._store.put(f"drop/{path.name}", path.read_bytes(), at)

    def refused(self) -> Connector:
        self._store.ask_for_credentials(is_on=True)
        return self._files(20)

    def unreachable(self) -> tuple[Connector, str]:
        place = f"127.0.0.1:{closed_port()}"
        return self._files(20, server=self._server(f"http://{place}")), place

    def stuck(self) -> Iterator[AbstractContextManager[Connector]]:
        yield self._deaf()

    def through(self, port: int, deadline_seconds: float, silence_seconds: float) -> Connector:
        return self._files(
            deadline_seconds,
            server=self._server(f"http://127.0.0.1:{port}"),
            silence_seconds=silence_seconds,
        )

    @contextmanager
    def _deaf(self) -> Iterator[Connector]:
        with deaf_port() as port:
            yield self._files(SHORT, server=self._server(f"http://127.0.0.1:{port}"))

    def _server(self, url: str) -> dict[str, object]:
        return {
            "kind": "s3",
            "bucket": self._store.bucket,
            "endpoint_url": url,
            "key_id": USER,
            "secret": PASSWORD,
        }

    def _files(self, deadline_seconds: float, **options: object) -> Connector:
        mine = {"folder": "drop", "server": self._server(self._store.url)}
        return super()._files(deadline_seconds, **(mine | options))

    def close(self) -> None:
        super().close()
        self._store.ask_for_credentials(is_on=False)
