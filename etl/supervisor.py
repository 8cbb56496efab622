"""Keeps a few child processes alive: starts them, starts them again when they die, stops them all.

Serves the demonstration on one machine; in production systemd or the container engine does this.
"""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from db.clock import monotonic_seconds

STOP_SECONDS = 20.0
LOOK_SECONDS = 0.2
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
STEADY_SECONDS = 30.0
"""A child that lived this long starts again without a growing pause."""
PR_SET_PDEATHSIG = 1

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep alive. It is first started once `is_due` says so."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log_file: Path
    is_due: Callable[[], bool] = lambda: True


@dataclass(slots=True)
class _Life:
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    next_start_at: float = 0.0
    pause: float = field(default=FIRST_PAUSE_SECONDS)


def supervise(
    children: Sequence[Child],
    stop: threading.Event,
    *,
    tell: Callable[[str], None],
    each_look: Callable[[], None] = lambda: None,
) -> None:
    """Keep `children` alive until `stop` is set, then end them within 20 s.

    `tell` is given a line whenever a child died; `each_look` is called about five times a second.
    """
    lives = {child.name: _Life() for child in children}
    try:
        while not stop.is_set():
            for child in children:
                _tend(child, lives[child.name], tell)
            each_look()
            stop.wait(LOOK_SECONDS)
    finally:
        _stop([life.process for life in lives.values() if life.process is not None])


def _tend(child: Child, life: _Life, tell: Callable[[str], None]) -> None:
    now = monotonic_seconds()
    if life.process is None:
        if now >= life.next_start_at and child.is_due():
            life.process, life.started_at = _start(child), now
        return
    code = life.process.poll()
    if code is None:
        return
    lived_long = now - life.started_at >= STEADY_SECONDS
    life.pause = FIRST_PAUSE_SECONDS if lived_long else life.pause
    tell(f"{child.name} ended ({_reason(code)}), starting it again; see {child.log_file}")
    life.process, life.next_start_at = None, now + life.pause
    life.pause = min(life.pause * 2, LONGEST_PAUSE_SECONDS)


def _reason(code: int) -> str:
    """
    >>> _reason(2), _reason(-9)
    ('exit code 2', 'SIGKILL')
    """
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _start(child: Child) -> subprocess.Popen[bytes]:
    child.log_file.parent.mkdir(parents=True, exist_ok=True)
    with child.log_file.open("ab") as output:
        return subprocess.Popen(
            child.command,
            env=os.environ | dict(child.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C reaches us alone; we end the children in order
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  (we run no threads)
        )


def _die_with_parent() -> None:
    """Ask Linux to end this child when the supervisor is killed, so that nothing is left over."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    until = monotonic_seconds() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, until - monotonic_seconds()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
