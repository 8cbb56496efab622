"""What is special about files in an S3-compatible store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from db.errors import SourceUnavailable
from etl.connectors.base import Window
from etl.connectors.file_options import FilesOptions, S3Store
from etl.connectors.files import FilesConnector
from etl.connectors.places.s3 import S3Client
from tests.etl.connectors.file_servers import PASSWORD, USER, S3Server, s3_server

AT = datetime(2026, 7, 1, 12, tzinfo=UTC)
TABLE = b"id,value\n1,x\n"


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def store(server: S3Server) -> S3Server:
    server.clear()
    return server


def told(store: S3Server, **more: Any) -> dict[str, Any]:
    own = {"bucket": store.bucket, "endpoint_url": store.url, "key_id": USER, "secret": PASSWORD}
    return {"kind": "s3"} | own | more


def fetched(store: S3Server, folder: str, **more: Any) -> list[Any]:
    options = {"folder": folder, "server": told(store, **more)}
    given = FilesOptions.model_validate(options)
    connector = FilesConnector("mp.part", given, ZoneInfo("UTC"), 60)
    try:
        return [row[4:] for batch in connector.fetch(Window()) for row in batch.rows]
    finally:
        connector.close()


def test_only_objects_right_below_the_prefix_count(store: S3Server) -> None:
    for key in ("drop/a.csv", "drop/old/b.csv", "dropped/c.csv", "d.csv"):
        store.put(key, TABLE, AT)
    store.put("drop/", b"", AT)
    assert fetched(store, "drop") == fetched(store, "/drop/") == [("1", "x")]


async def test_more_objects_than_one_answer_lists_all_come(store: S3Server) -> None:
    for number in range(1_003):
        store.put(f"drop/{number}.csv", b"id\n", AT)
    client = S3Client("drop", S3Store.model_validate(told(store)))
    assert len(await client.listed()) == 1_003
    await client.close()


def test_many_small_objects_come_together_in_their_order(store: S3Server) -> None:
    for number in range(40):
        at = AT + timedelta(seconds=number)
        store.put(f"drop/{39 - number}.csv", b"id,value\n%d,x\n" % number, at)
    assert [int(key) for key, _ in fetched(store, "drop")] == list(range(40))


def test_a_missing_bucket_is_an_outage(store: S3Server) -> None:
    with pytest.raises(SourceUnavailable, match="NoSuchBucket"):
        fetched(store, "drop", bucket="elsewhere")


async def test_an_object_that_was_replaced_since_it_was_listed_is_not_taken_for_it(
    store: S3Server,
) -> None:
    store.put("drop/a.csv", TABLE, AT)
    client = S3Client("drop", S3Store.model_validate(told(store)))
    (listed,) = await client.listed()
    store.put("drop/a.csv", TABLE + b"2,y\n", AT)
    with pytest.raises(FileNotFoundError):
        _ = [block async for block in client.blocks(listed)]
    await client.close()
