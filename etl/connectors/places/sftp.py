"""Files on an SFTP server, whose host key must be the declared one."""

import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from errno import EACCES
from typing import Any, cast

import asyncssh

from etl.connectors.file_options import SftpServer
from etl.connectors.places.place import Found

BLOCK = 1024 * 1024
KEEPALIVE_SECONDS, KEEPALIVE_COUNT = 3, 2
"""A line that was cut without a word is noticed after nine seconds at most."""


class SftpClient:
    """One connection, kept between calls."""

    shows_whole_files = False

    def __init__(self, folder: str, server: SftpServer) -> None:
        self._folder, self._server = folder.rstrip("/") or "/", server
        self._connection: asyncssh.SSHClientConnection | None = None
        self._sftp: asyncssh.SFTPClient | None = None

    async def listed(self) -> list[Found]:
        """All plain files of the folder; links are not followed."""
        with _trouble():
            sftp = await self._opened()
            return [_found(entry) for entry in await sftp.readdir(self._folder) if _is_file(entry)]

    async def blocks(self, found: Found) -> AsyncIterator[bytes]:
        """The file's content, a block at a time."""
        with _trouble():
            sftp = await self._opened()
            async with sftp.open(f"{self._folder}/{found.name}", "rb") as file:
                while block := await file.read(BLOCK):
                    yield cast(bytes, block)

    async def close(self) -> None:
        """End the connection, at once if the other side does not answer."""
        connection, self._connection, self._sftp = self._connection, None, None
        if connection is not None:
            connection.abort()
            await connection.wait_closed()

    async def _opened(self) -> asyncssh.SFTPClient:
        if self._sftp is None or self._connection is None or self._connection.is_closed():
            await self.close()
            self._connection = await asyncssh.connect(**_told(self._server))
            self._sftp = await self._connection.start_sftp_client()
        return self._sftp


def _told(server: SftpServer) -> dict[str, Any]:
    """The server's entry in the words of asyncssh; nothing of the machine's own SSH set-up."""
    trusted: Any = (
        ([asyncssh.import_public_key(server.host_key)], [], [])
        if server.host_key
        else server.known_hosts
    )
    keys = [] if server.key_file is None else [_key(server)]
    return {
        "host": server.host,
        "port": server.port,
        "username": server.user,
        "password": server.password.get_secret_value() if server.password else None,
        "client_keys": keys,
        "known_hosts": trusted,
        "config": [],
        "agent_path": None,
        "keepalive_interval": KEEPALIVE_SECONDS,
        "keepalive_count_max": KEEPALIVE_COUNT,
    }


def _key(server: SftpServer) -> asyncssh.SSHKey:
    phrase = server.key_passphrase
    return asyncssh.read_private_key(
        server.key_file or "", phrase.get_secret_value() if phrase else None
    )


@contextmanager
def _trouble() -> Iterator[None]:
    """What asyncssh says, as the errors of the operating system."""
    try:
        yield
    except asyncssh.HostKeyNotVerifiable as error:
        said = f"the server's host key is not the declared one ({error.reason})"
        raise PermissionError(EACCES, said) from error
    except (asyncssh.PermissionDenied, asyncssh.SFTPPermissionDenied) as error:
        raise PermissionError(EACCES, f"refused us: {error.reason}") from error
    except asyncssh.SFTPNoSuchFile as error:
        raise FileNotFoundError(error.reason) from error
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise OSError(f"the declared key cannot be used: {error}") from error
    except asyncssh.Error as error:
        raise OSError(error.reason or type(error).__name__) from error


def _is_file(entry: asyncssh.SFTPName) -> bool:
    mode, name = entry.attrs.permissions, str(entry.filename)
    return mode is not None and stat.S_ISREG(mode) and "/" not in name


def _found(entry: asyncssh.SFTPName) -> Found:
    seconds, rest = entry.attrs.mtime or 0, entry.attrs.mtime_ns or 0
    return Found(seconds * 1_000_000_000 + rest, str(entry.filename), entry.attrs.size or 0)
