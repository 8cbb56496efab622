"""Real servers from Debian's packages, each started on a free port in a folder of its own."""

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

from db.clock import monotonic_seconds

START_SECONDS = 60.0
PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def program(name: str) -> str:
    """Where a server's program is; its absence fails the tests, for they prove what we promise."""
    found = shutil.which(name, path=PLACES)
    assert found, f"{name} is not installed. Run: sh tests/install_servers.sh"
    return found


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def running(command: Sequence[str], log: Path, is_up: Callable[[], bool]) -> Iterator[None]:
    """A server process from when `is_up` until the end of the block."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        until = monotonic_seconds() + START_SECONDS
        while not is_up():
            is_late = monotonic_seconds() > until or process.poll() is not None
            assert not is_late, f"{command[0]} did not start:\n{log.read_text()[-2000:]}"
            Event().wait(0.05)
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    """Whether somebody listens on the port."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextmanager
def mariadb(folder: Path) -> Iterator[str]:
    """The URL of an empty MariaDB, of which `root` without a password may do anything."""
    data, user, port = folder / "data", getpass.getuser(), free_port()
    common = ["--no-defaults", f"--datadir={data}", f"--user={user}"]
    made = [program("mariadb-install-db"), *common, "--skip-test-db"]
    subprocess.run(
        [*made, "--auth-root-authentication-method=normal"], check=True, capture_output=True
    )
    serve = [
        *(program("mariadbd"), *common, f"--port={port}", "--bind-address=127.0.0.1"),
        *(f"--socket={folder}/db.sock", f"--pid-file={folder}/db.pid", "--skip-name-resolve"),
        *("--innodb-buffer-pool-size=16M", "--max-allowed-packet=64M"),
    ]
    with running(serve, folder / "log", lambda: answers(port)):
        yield f"mariadb://root@127.0.0.1:{port}"
