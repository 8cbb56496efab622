"""Every connector on every kind of source it is meant for."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from etl.connectors.base import Window
from tests.etl.connectors.cases import (
    HTTP_KINDS,
    HttpCase,
    MariaCase,
    PostgresCase,
    SqliteCase,
)
from tests.etl.connectors.contract import START, Contract, CredentialContract, NetworkContract
from tests.etl.connectors.file_cases import FilesCase, S3Case, SftpCase, XmlCase
from tests.etl.connectors.file_servers import S3Server, s3_server, sftp_server
from tests.etl.connectors.service import Service


class TestSqlOnSqlite(Contract):
    @pytest.fixture
    def case(self, tmp_path: Path) -> Iterator[SqliteCase]:
        with closing(SqliteCase(tmp_path)) as case:
            yield case


class TestSqlOnPostgres(CredentialContract):
    @pytest.fixture
    def case(self, postgres_url: str) -> Iterator[PostgresCase]:
        with closing(PostgresCase(postgres_url)) as case:
            yield case


class TestSqlOnPostgresOnABadLine(NetworkContract):
    @pytest.fixture
    def case(self, postgres_url: str) -> Iterator[PostgresCase]:
        with closing(PostgresCase(postgres_url)) as case:
            yield case


class TestSqlOnMariaDB(CredentialContract, NetworkContract):
    @pytest.fixture
    def case(self, mariadb_url: str) -> Iterator[MariaCase]:
        with closing(MariaCase(mariadb_url)) as case:
            yield case


class TestFiles(Contract):
    @pytest.fixture(params=["csv", "gzip", "zstd", "zip", "json_lines", "parquet"])
    def case(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FilesCase]:
        with closing(FilesCase(tmp_path, request.param)) as case:
            yield case


class TestWorkbooks(Contract):
    @pytest.fixture
    def case(self, tmp_path: Path) -> Iterator[FilesCase]:
        with closing(FilesCase(tmp_path, "excel")) as case:
            yield case

    def test_a_huge_value_comes_whole(self, case: FilesCase) -> None:
        """A cell of Excel holds 32,767 characters and no more."""
        case.put([("K1", START, "x" * 32_767)])
        (batch,) = case.connector().fetch(Window())
        assert [len(row[-1]) for row in batch.rows] == [32_767]


class TestTesterFiles(Contract):
    @pytest.fixture
    def case(self, tmp_path: Path) -> Iterator[XmlCase]:
        with closing(XmlCase(tmp_path)) as case:
            yield case


@pytest.fixture(scope="module")
def store() -> Iterator[S3Server]:
    with s3_server() as store:
        yield store


class TestFilesOverSftp(CredentialContract, NetworkContract):
    @pytest.fixture
    def case(self, tmp_path: Path) -> Iterator[SftpCase]:
        with sftp_server(tmp_path) as address, closing(SftpCase(tmp_path, address)) as case:
            yield case


class TestFilesInS3(CredentialContract, NetworkContract):
    @pytest.fixture
    def case(self, tmp_path: Path, store: S3Server) -> Iterator[S3Case]:
        with closing(S3Case(tmp_path, store)) as case:
            yield case


class TestHttpJson(CredentialContract):
    @pytest.fixture(params=HTTP_KINDS)
    def case(self, request: pytest.FixtureRequest) -> Iterator[HttpCase]:
        with Service().running() as service, closing(HttpCase(service, request.param)) as case:
            yield case


class TestHttpJsonOnABadLine(NetworkContract):
    @pytest.fixture
    def case(self) -> Iterator[HttpCase]:
        with Service().running() as service, closing(HttpCase(service, "offset")) as case:
            yield case
