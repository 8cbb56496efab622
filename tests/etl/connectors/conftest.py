"""Servers that live as long as the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.etl.connectors.servers import mariadb
from tests.etl.connectors.sparkplug import mosquitto


@pytest.fixture(scope="session")
def mariadb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running MariaDB."""
    folder: Path = tmp_path_factory.mktemp("mariadb")
    with mariadb(folder) as url:
        yield url


@pytest.fixture(scope="session")
def mqtt_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a running MQTT broker."""
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as port:
        yield port
