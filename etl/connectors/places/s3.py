"""Objects in a bucket of an S3-compatible store, as files of a folder."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from errno import EACCES
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from aiohttp import ClientError as LineError
from botocore.exceptions import BotoCoreError, ClientError

from etl.connectors.file_options import S3Store
from etl.connectors.places.place import Found, nanoseconds

BLOCK = 1024 * 1024
REFUSED = frozenset(
    {
        "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
        "InvalidToken", "AccountProblem", "401", "403", "Forbidden",
    }
)  # fmt: skip
GONE = frozenset({"NoSuchKey", "404", "PreconditionFailed", "412"})


class S3Client:
    """A bucket and the prefix that stands for a folder. An object is only seen when it is whole."""

    shows_whole_files = True

    def __init__(self, folder: str, store: S3Store) -> None:
        prefix = folder.strip("/")
        self._prefix, self._store = f"{prefix}/" if prefix else "", store
        self._held = AsyncExitStack()
        self._client: Any = None

    async def listed(self) -> list[Found]:
        """All objects right below the prefix."""
        found = []
        with _trouble():
            pages = (await self._opened()).get_paginator("list_objects_v2")
            asked = {"Bucket": self._store.bucket, "Prefix": self._prefix, "Delimiter": "/"}
            async for page in pages.paginate(**asked):
                found += [_found(entry, self._prefix) for entry in page.get("Contents", ())]
        return [file for file in found if file.name]

    async def blocks(self, found: Found) -> AsyncIterator[bytes]:
        """The very object that was listed, a block at a time."""
        with _trouble():
            asked = {"Bucket": self._store.bucket, "Key": f"{self._prefix}{found.name}"}
            client = await self._opened()
            answer = await client.get_object(**asked, IfMatch=found.identity)
            async with answer["Body"] as body:
                while block := await body.read(BLOCK):
                    yield block

    async def close(self) -> None:
        """Close the connections."""
        self._client = None
        await self._held.aclose()

    async def _opened(self) -> Any:
        if self._client is None:
            store = self._store
            self._client = await self._held.enter_async_context(
                get_session().create_client(
                    "s3",
                    endpoint_url=store.endpoint_url,
                    region_name=store.region,
                    aws_access_key_id=store.key_id,
                    aws_secret_access_key=store.secret.get_secret_value(),
                    config=AioConfig(
                        retries={"total_max_attempts": 1},
                        s3={"addressing_style": "path" if store.endpoint_url else "auto"},
                        connect_timeout=5,
                        proxies={},
                    ),
                )
            )
        return self._client


@contextmanager
def _trouble() -> Iterator[None]:
    """What the store says, as the errors of the operating system."""
    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        code, said = str(told.get("Code", "")), f"{told.get('Code')}: {told.get('Message')}"
        if code in REFUSED:
            raise PermissionError(EACCES, f"refused us: {said}") from error
        if code in GONE:
            raise FileNotFoundError(said) from error
        raise OSError(said) from error
    except (BotoCoreError, LineError) as error:
        raise OSError(str(error) or type(error).__name__) from error


def _found(entry: dict[str, Any], prefix: str) -> Found:
    name = str(entry["Key"]).removeprefix(prefix)
    return Found(nanoseconds(entry["LastModified"]), name, int(entry["Size"]), str(entry["ETag"]))
