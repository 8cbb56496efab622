"""Real servers of files on loopback: SFTP by asyncssh, S3 by moto."""

import asyncio
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncssh
import boto3
import httpx
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

USER, PASSWORD = "reader", "let-me-in"


@dataclass(frozen=True)
class SftpAddress:
    """Where the server listens, and the public key it shows."""

    port: int
    host_key: str


class _Doorman(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


@contextmanager
def sftp_server(folder: Path) -> Iterator[SftpAddress]:
    """An SFTP server that shows `folder` as its root."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    key = asyncssh.generate_private_key("ssh-ed25519")

    def files(channel: Any) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(folder).encode())

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[key], server_factory=_Doorman, sftp_factory=files
        )

    async def stop() -> None:
        acceptor.close()
        await acceptor.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    acceptor = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
    public = key.export_public_key("openssh").decode().strip()
    try:
        yield SftpAddress(acceptor.get_port(), public)
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class S3Server:
    """An S3 store with one bucket; the times of its objects can be set."""

    bucket = "testers"

    def __init__(self, port: int) -> None:
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        keys = {"aws_access_key_id": USER, "aws_secret_access_key": PASSWORD}
        self._client = boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", **keys)

    def clear(self) -> None:
        """Be as on the first day."""
        httpx.post(f"{self.url}/moto-api/reset").raise_for_status()
        self._client.create_bucket(Bucket=self.bucket)

    def put(self, key: str, content: bytes, at: datetime) -> None:
        """An object that was last modified at `at`."""
        self._client.put_object(Bucket=self.bucket, Key=key, Body=content)
        (backend,) = (region["aws"] for region in s3_backends.values() if "aws" in region)
        backend.buckets[self.bucket].keys[key].last_modified = at.replace(tzinfo=None)

    def names(self) -> Sequence[str]:
        """All keys."""
        listed = self._client.list_objects_v2(Bucket=self.bucket)
        return [entry["Key"] for entry in listed.get("Contents", ())]

    def remove(self, key: str) -> None:
        """Delete an object."""
        self._client.delete_object(Bucket=self.bucket, Key=key)

    def ask_for_credentials(self, *, is_on: bool) -> None:
        """From now on refuse keys that nobody was given."""
        count = b"0" if is_on else b"inf"
        httpx.post(f"{self.url}/moto-api/reset-auth", content=count).raise_for_status()

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """A store on a port of its own."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    store = S3Server(server.get_host_and_port()[1])
    try:
        yield store
    finally:
        store.close()
        server.stop()
