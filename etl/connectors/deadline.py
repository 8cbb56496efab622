"""The total time one fetch may take inside its connector, whatever the other side does."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from db.clock import monotonic_seconds


class Deadline:
    """Allows `seconds` in all; time that the consumer of a batch takes does not count.

    When they are used up, `abort` is called from another thread to wake a call that hangs, and
    `is_over` says why it failed.
    """

    def __init__(self, seconds: float, abort: Callable[[], None]) -> None:
        self.seconds, self.left, self.is_over = seconds, seconds, False
        self._abort = abort

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time spent within; raises TimeoutError when none is left."""
        started = monotonic_seconds()
        timer = threading.Timer(max(self.left, 0), self._pass)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self.left -= monotonic_seconds() - started
        self.check()

    def check(self) -> None:
        """Raise TimeoutError when the time is used up; for loops that make progress slowly."""
        if self.is_over or self.left <= 0:
            self.is_over = True
            raise TimeoutError(f"no complete answer within {self.seconds:g} s")

    def _pass(self) -> None:
        self.is_over = True
        self._abort()
