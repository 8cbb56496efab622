"""Servers that live as long as the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.etl.connectors.servers import mariadb


@pytest.fixture(scope="session")
def mariadb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running MariaDB."""
    folder: Path = tmp_path_factory.mktemp("mariadb")
    with mariadb(folder) as url:
        yield url
