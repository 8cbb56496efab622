"""Asynchronous calls from code that is not, each of which can be ended at any time."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from etl.connectors.deadline import Deadline

T = TypeVar("T")


class Line:
    """One event loop in a thread of its own, started with the first call."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._call: Future[Any] | None = None

    def run(
        self, call: Callable[[], Coroutine[Any, Any, T]], deadline: Deadline, silence: float
    ) -> T:
        """What the call returns; TimeoutError when the deadline or `silence` seconds are over."""
        with deadline.running(silence):
            running = asyncio.run_coroutine_threadsafe(call(), self._started())
            self._call = running
            try:
                return running.result()
            except CancelledError as error:
                raise TimeoutError(deadline.said) from error
            finally:
                self._call = None

    def abort(self) -> None:
        """End the call that is under way."""
        call = self._call
        if call is not None:
            call.cancel()

    def close(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a last call, for two seconds at most, and end the thread."""
        if self._loop is None or self._thread is None:
            return
        closing = asyncio.run_coroutine_threadsafe(_quietly(last), self._loop)
        closing.exception()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._loop.set_exception_handler(_told_already)
            self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
            self._thread.start()
        return self._loop


def _told_already(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What a task came to that was given up: the call it stood in has told why."""


async def _quietly(last: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Close what is to be closed, and end what still runs in the loop."""
    try:
        await asyncio.wait_for(last(), 2)
    except (TimeoutError, OSError):
        pass
    finally:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
