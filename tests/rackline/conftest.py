"""The small plant of the queries' tests, for what is asked on the command line."""

from collections.abc import Iterator

import pytest

from dashboard.read import StoreRead
from db.queries.store import open_store
from tests.db.queries.conftest import world

__all__ = ["world"]


@pytest.fixture
def door(database_url: str) -> Iterator[StoreRead]:
    """What the dashboard asks the same store by; its connections end with the test."""
    store = open_store(database_url)
    read = StoreRead(store, database_url)
    yield read
    store.close()
    read._desk.close()
