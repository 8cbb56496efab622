"""Exactly one holder at a time, and the old one finds out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import Engine

from db.clock import frozen
from db.ingest.lease import release, renew, take_lease
from tests.builders import NOON


def test_a_held_lease_is_refused_to_others(engine: Engine) -> None:
    with frozen(NOON):
        assert take_lease(engine, "scheduler", "host:1", 10) == 1
        assert take_lease(engine, "scheduler", "host:2", 10) is None


def test_a_lease_that_ran_out_goes_to_the_next_with_a_greater_token(engine: Engine) -> None:
    with frozen(NOON):
        first = take_lease(engine, "scheduler", "host:1", 10)
    with frozen(NOON + timedelta(seconds=10)):
        second = take_lease(engine, "scheduler", "host:2", 10)
        assert first == 1
        assert second == 2
        assert not renew(engine, "scheduler", first, 10)
        assert renew(engine, "scheduler", second, 10)


def test_a_renewed_lease_outlives_its_first_term(engine: Engine) -> None:
    with frozen(NOON):
        token = take_lease(engine, "scheduler", "host:1", 10)
    with frozen(NOON + timedelta(seconds=8)):
        assert token
        assert renew(engine, "scheduler", token, 10)
    with frozen(NOON + timedelta(seconds=15)):
        assert take_lease(engine, "scheduler", "host:2", 10) is None


def test_a_holder_that_slept_past_its_lease_cannot_renew_it(engine: Engine) -> None:
    with frozen(NOON):
        token = take_lease(engine, "scheduler", "host:1", 10)
    with frozen(NOON + timedelta(seconds=11)):
        assert token
        assert not renew(engine, "scheduler", token, 10)


def test_a_released_lease_is_free_at_once(engine: Engine) -> None:
    with frozen(NOON):
        token = take_lease(engine, "scheduler", "host:1", 10)
        assert token
        assert release(engine, "scheduler", token)
        assert take_lease(engine, "scheduler", "host:2", 10) == 2
        assert not release(engine, "scheduler", token)


def test_of_many_that_ask_at_once_one_is_given_the_lease(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(take_lease, engine, "one", f"host:{i}", 60) for i in range(8)]
    assert [token for ask in asked if (token := ask.result())] == [1]
