"""Rows that are committed in another order than they were stamped; PostgreSQL sources only."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import Engine

from tests.etl.connectors.cases import PostgresCase
from tests.etl.connectors.commit_order import CASES, HELD_BACK_SECONDS, Source, run_case

Opener = Callable[[int], Source]


@pytest.fixture
def open_source(postgres_url: str, engine: Engine) -> Iterator[Opener]:
    """Call with the seconds that an open transaction may hold the watermark back."""
    with ExitStack() as stack:
        case = stack.enter_context(closing(PostgresCase(postgres_url)))
        yield lambda seconds: stack.enter_context(closing(Source(case.url, engine, seconds)))


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_lost_whatever_the_order_of_commits(open_source: Opener, name: str) -> None:
    source = open_source(HELD_BACK_SECONDS)
    run_case(source, name, rounds=2)
    lost, of = source.lost()
    assert lost == 0
    assert of >= 10


@pytest.mark.parametrize("name", CASES)
def test_a_watermark_blind_to_open_transactions_is_caught(open_source: Opener, name: str) -> None:
    source = open_source(0)
    run_case(source, name, rounds=2)
    lost, _ = source.lost()
    assert lost == 2


def test_a_deletion_is_not_guessed_from_a_row_that_a_poll_misses(open_source: Opener) -> None:
    source = open_source(HELD_BACK_SECONDS)
    source.add_committed()
    source.poll()
    source.delete_one()
    source.poll()
    assert source.lost() == (0, 3)
    assert source.left_over() == 1
