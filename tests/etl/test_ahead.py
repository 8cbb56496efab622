"""One item ahead: same order, same errors, nothing left running."""

import threading
from collections.abc import Iterator

import pytest

from db.clock import frozen, utc_now
from etl.ahead import ahead
from tests.etl.plant import NOW


class Source:
    """Counts up, telling how far it was asked, and fails at `bad`."""

    def __init__(self, bad: int = -1) -> None:
        self.bad, self.threads, self.made = bad, set[str](), threading.Semaphore(0)

    def items(self) -> Iterator[int]:
        for number in range(4):
            if number == self.bad:
                raise ValueError(number)
            self.threads.add(threading.current_thread().name)
            self.made.release()
            yield number


def test_an_error_comes_after_the_items_made_before_it() -> None:
    items = ahead(Source(bad=2).items())
    assert (next(items), next(items)) == (0, 1)
    with pytest.raises(ValueError, match="2"):
        next(items)


def test_one_item_is_made_while_the_one_before_is_in_use_and_no_more() -> None:
    source = Source()
    items = ahead(source.items())
    assert next(items) == 0
    assert all(source.made.acquire(timeout=10) for _ in range(2))
    assert not source.made.acquire(timeout=0.05)
    assert list(items) == [1, 2, 3]
    assert threading.current_thread().name not in source.threads


def test_ending_early_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    items = ahead(Source().items())
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert set(threading.enumerate()) <= before


def test_the_clock_of_the_consumer_holds_in_the_thread() -> None:
    with frozen(NOW):
        assert list(ahead(utc_now() for _ in range(2))) == [NOW, NOW]
