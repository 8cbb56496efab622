"""Every connector on every kind of source it is meant for."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.etl.connectors.cases import FilesCase, HttpCase, PostgresCase, SqliteCase
from tests.etl.connectors.contract import Contract, CredentialContract
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


class TestFiles(Contract):
    @pytest.fixture
    def case(self, tmp_path: Path) -> Iterator[FilesCase]:
        with closing(FilesCase(tmp_path)) as case:
            yield case


class TestHttpJson(CredentialContract):
    @pytest.fixture(params=["offset", "page", "link"])
    def case(self, request: pytest.FixtureRequest) -> Iterator[HttpCase]:
        with Service().running() as service, closing(HttpCase(service, request.param)) as case:
            yield case
