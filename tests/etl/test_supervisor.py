"""Children are kept alive, started when due, and all ended at the end."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from db.clock import monotonic_seconds
from etl import supervisor
from etl.supervisor import Child, supervise

PATIENCE_SECONDS = 30
SLEEPER = (
    "import os, sys, time\n"
    "open(sys.argv[1], 'a').write(f'{os.getpid()}\\n')\n"
    "while True: time.sleep(1)\n"
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 0.02)


def child(folder: Path, program: str = SLEEPER, is_due: Callable[[], bool] = lambda: True) -> Child:
    command = [sys.executable, "-c", program, str(folder / "pids")]
    return Child("sleeper", command, {"WORD": "hello"}, folder / "log" / "sleeper.log", is_due)


def pids(folder: Path, count: int) -> list[int]:
    """The process ids of the starts so far, once there are `count`."""
    until = monotonic_seconds() + PATIENCE_SECONDS
    found: list[int] = []
    while len(found) < count and monotonic_seconds() < until:
        threading.Event().wait(0.02)
        file = folder / "pids"
        found = [int(line) for line in file.read_text().split()] if file.exists() else []
    assert len(found) >= count
    return found


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def supervised(*children: Child) -> Iterator[list[str]]:
    """A supervisor in a thread; yields what it tells. All children are gone afterwards."""
    stop, told = threading.Event(), list[str]()
    thread = threading.Thread(target=supervise, args=(children, stop), kwargs={"tell": told.append})
    thread.start()
    try:
        yield told
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def test_a_child_that_is_killed_is_started_again_and_said(tmp_path: Path) -> None:
    with supervised(child(tmp_path)) as told:
        (first,) = pids(tmp_path, 1)
        os.kill(first, signal.SIGKILL)
        _, second = pids(tmp_path, 2)
    assert told == [f"sleeper ended (SIGKILL), starting it again; see {tmp_path}/log/sleeper.log"]
    assert not is_alive(second)


def test_a_child_waits_until_it_is_due(tmp_path: Path) -> None:
    asked, due = threading.Event(), threading.Event()

    def is_due() -> bool:
        asked.set()
        return due.is_set()

    with supervised(child(tmp_path, is_due=is_due)):
        assert asked.wait(PATIENCE_SECONDS)
        assert not (tmp_path / "pids").exists()
        due.set()
        pids(tmp_path, 1)


def test_what_a_child_says_goes_to_its_log_with_its_environment(tmp_path: Path) -> None:
    program = "import os, sys; print(os.environ['WORD'], file=sys.stderr, flush=True);" + SLEEPER
    with supervised(child(tmp_path, program)):
        pids(tmp_path, 1)
    assert (tmp_path / "log" / "sleeper.log").read_text() == "hello\n"


def test_a_child_that_will_not_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.2)
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEPER
    with supervised(child(tmp_path, stubborn)):
        (pid,) = pids(tmp_path, 1)
    assert not is_alive(pid)


def test_children_do_not_outlive_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import threading, sys; from pathlib import Path; from etl.supervisor import *\n"
        f"folder = Path({str(tmp_path)!r})\n"
        f"command = [sys.executable, '-c', {SLEEPER!r}, str(folder / 'pids')]\n"
        "child = Child('sleeper', command, {}, folder / 'sleeper.log')\n"
        "supervise([child], threading.Event(), tell=print)\n"
    )
    outer = supervisor.subprocess.Popen([sys.executable, "-c", program])
    (inner,) = pids(tmp_path, 1)
    outer.kill()
    outer.wait()
    until = monotonic_seconds() + PATIENCE_SECONDS
    while is_alive(inner) and monotonic_seconds() < until:
        threading.Event().wait(0.05)
    assert not is_alive(inner)
