"""The total time one fetch may take inside its connector, whatever the other side does."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from db.clock import monotonic_seconds


class Deadline:
    """Allows `seconds` in all; time that the consumer of a batch takes does not count.

    When they are used up, `abort` is called from another thread to wake a call that hangs, and
    `is_over` says why it failed; `said` puts it in words.
    """

    def __init__(self, seconds: float, abort: Callable[[], None]) -> None:
        self.seconds, self.left, self.is_over = seconds, seconds, False
        self.said = f"no complete answer within {seconds:g} s"
        self._abort, self._is_counted = abort, False

    @contextmanager
    def running(self, at_most: float | None = None) -> Iterator[None]:
        """Count the time spent within, once where stretches nest; TimeoutError when none is left.

        `at_most` bounds this stretch alone: a step that is quick unless the other side is gone.
        """
        is_whole = at_most is None or at_most >= self.left
        limit = self.left if at_most is None or is_whole else at_most
        started, is_nested, self._is_counted = monotonic_seconds(), self._is_counted, True
        silence = self.said if is_whole else f"no word for {limit:g} s"
        timer = threading.Timer(max(limit, 0), self._pass, [silence])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._is_counted = is_nested
            if not is_nested:
                self.left -= monotonic_seconds() - started
        self.check()

    def check(self) -> None:
        """Raise TimeoutError when the time is used up; for loops that make progress slowly."""
        if self.is_over or self.left <= 0:
            self.is_over = True
            raise TimeoutError(self.said)

    def _pass(self, said: str) -> None:
        self.is_over, self.said = True, said
        self._abort()
