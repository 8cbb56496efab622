"""Making the next item while the one before is being used."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Final, TypeVar, cast

T = TypeVar("T")
_END: Final = object()


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items and the same error, in order; one is made ahead, in a thread of its own.

    The database works on a batch in another process, or without holding up Python's threads, so
    that reading and parsing the next one costs nearly no time of its own. Ending the iteration
    early waits for the item being made, and drops it.

    >>> list(ahead(iter("abc")))
    ['a', 'b', 'c']
    """
    make: Callable[[], T | object] = partial(copy_context().run, next, items, _END)
    with ThreadPoolExecutor(1, "ahead") as thread:
        coming = thread.submit(make)
        while (item := coming.result()) is not _END:
            coming = thread.submit(make)
            yield cast("T", item)
