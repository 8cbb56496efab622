"""Making the next item while the one before is being used."""

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Final, TypeVar, cast

T = TypeVar("T")
_END: Final = object()
OBJECTS_A_SEARCH = 50_000
"""Rows come by the ten thousand and hold no cycles: to look for cycles every 700 objects, as Python
does by itself, makes reading and parsing a fifth dearer."""


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items and the same error, in order; one is made ahead, in a thread of its own.

    The database works on a batch in another process, or without holding up Python's threads, so
    that reading and parsing the next one costs nearly no time of its own. Ending the iteration
    early waits for the item being made, and drops it.

    >>> list(ahead(iter("abc")))
    ['a', 'b', 'c']
    """
    gc.set_threshold(max(OBJECTS_A_SEARCH, gc.get_threshold()[0]))
    make: Callable[[], T | object] = partial(copy_context().run, next, items, _END)
    with ThreadPoolExecutor(1, "ahead") as thread:
        coming = thread.submit(make)
        while (item := coming.result()) is not _END:
            coming = thread.submit(make)
            yield cast("T", item)
