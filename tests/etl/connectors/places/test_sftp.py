"""What is special about files on an SFTP server."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncssh
import pytest
from pydantic import ValidationError

from db.errors import SourceRefused, SourceUnavailable
from etl.connectors.base import RawBatch, Window
from etl.connectors.file_options import FilesOptions
from etl.connectors.files import FilesConnector
from tests.etl.connectors.file_servers import PASSWORD, USER, SftpAddress, sftp_server
from tests.etl.connectors.proxy import Proxy

OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "drop"
    made.mkdir()
    (made / "a.csv").write_bytes(b"id,value\n1,x\n")
    return made


@pytest.fixture
def address(folder: Path) -> Iterator[SftpAddress]:
    with sftp_server(folder) as address:
        yield address


def fetched(address: SftpAddress, folder: str = "/", **server: Any) -> list[RawBatch]:
    connector = made(address, folder, **server)
    try:
        return list(connector.fetch(Window()))
    finally:
        connector.close()


def made(
    address: SftpAddress, folder: str = "/", *, silence: float = 8, **server: Any
) -> FilesConnector:
    told = {"kind": "sftp", "host": "127.0.0.1", "port": address.port, "user": USER}
    told |= {"password": PASSWORD, "host_key": address.host_key} | server
    options = {"folder": folder, "settle_seconds": 0, "server": told, "silence_seconds": silence}
    return FilesConnector("mp.part", FilesOptions.model_validate(options), ZoneInfo("UTC"), 60)


def said(batches: list[RawBatch]) -> list[Any]:
    return [row[4:] for batch in batches for row in batch.rows]


def test_a_server_with_another_host_key_is_refused(address: SftpAddress) -> None:
    with pytest.raises(SourceRefused, match="host key is not the declared one"):
        fetched(address, host_key=OTHER_KEY)


def test_known_hosts_may_say_which_key_it_is(address: SftpAddress, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{address.port} {address.host_key}\n")
    assert said(fetched(address, host_key=None, known_hosts=str(known))) == [("1", "x")]
    known.write_text(f"[127.0.0.1]:{address.port} {OTHER_KEY}\n")
    with pytest.raises(SourceRefused):
        fetched(address, host_key=None, known_hosts=str(known))


def test_a_server_is_never_trusted_unseen(address: SftpAddress) -> None:
    with pytest.raises(ValidationError, match="exactly one of host_key and known_hosts"):
        made(address, host_key=None)
    with pytest.raises(ValidationError, match="a password or a key_file"):
        made(address, password=None)


def test_a_key_that_is_none_is_named(address: SftpAddress) -> None:
    with pytest.raises(SourceUnavailable, match="the declared key cannot be used"):
        fetched(address, host_key="ssh-ed25519 AAAA")


def test_a_missing_folder_is_an_outage(address: SftpAddress) -> None:
    where = rf"sftp://{USER}@127\.0\.0\.1:{address.port}/gone: No such file"
    with pytest.raises(SourceUnavailable, match=where):
        fetched(address, "/gone")


def test_links_are_not_followed(address: SftpAddress, folder: Path) -> None:
    (folder / "b.csv").symlink_to(folder / "a.csv")
    assert said(fetched(address)) == [("1", "x")]


def test_a_file_is_fetched_once_however_often_it_is_read(
    address: SftpAddress, folder: Path
) -> None:
    (folder / "a.csv").write_bytes(b"id,value\n" + b"1,x\n" * 500_000)
    with Proxy(("127.0.0.1", address.port)).running() as proxy:
        connector = made(SftpAddress(proxy.port, address.host_key))
        first = said(list(connector.fetch(Window())))
        proxy.fault, proxy.after_bytes = "reset", 3_000_000
        assert said(list(connector.fetch(Window()))) == first
        connector.close()


def test_a_file_replaced_while_nothing_else_changed_is_read_anew(
    address: SftpAddress, folder: Path
) -> None:
    connector = made(address)
    assert said(list(connector.fetch(Window()))) == [("1", "x")]
    (folder / "a.csv").write_bytes(b"id,value\n2,y\n3,z\n")
    os.utime(folder / "a.csv", (1_782_900_000,) * 2)
    assert said(list(connector.fetch(Window()))) == [("2", "y"), ("3", "z")]
    connector.close()


def test_a_line_that_is_given_up_leaves_nothing_in_the_log(
    address: SftpAddress, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told once, as the source's outage; not once more by each task that stood in it."""
    for number in range(30):
        (folder / f"b{number}.csv").write_bytes(b"id,value\n" + b"1,x\n" * 5_000)
    with Proxy(("127.0.0.1", address.port)).running() as proxy:
        connector = made(SftpAddress(proxy.port, address.host_key), silence=0.5)
        proxy.fault, proxy.after_bytes = "hang", 100_000
        with pytest.raises(SourceUnavailable, match=r"no word for 0\.5 s"):
            list(connector.fetch(Window()))
        connector.close()
    del connector
    gc.collect()
    assert [record.name for record in caplog.records if record.name == "asyncio"] == []
