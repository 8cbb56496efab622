"""Exactly one holder at a time, and the old one finds out."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.clock import frozen
from db.ingest.lease import LifeSign, release, renew, take_lease
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


def test_a_dead_holders_lease_goes_to_the_next_before_it_ran_out(engine: Engine) -> None:
    with frozen(NOON):
        assert take_lease(engine, "one", "host:1", 60) == 1
        assert take_lease(engine, "one", "host:2", 60, dead_token=None) is None
        assert take_lease(engine, "one", "host:2", 60, dead_token=1) == 2
        assert not renew(engine, "one", 1, 60)
        assert take_lease(engine, "one", "host:3", 60, dead_token=1) is None


class Process:
    """A scheduler's process as far as the file is concerned."""

    def __init__(self, engine: Engine) -> None:
        self.sign = LifeSign(engine, "etl.mp")

    def close(self) -> None:
        """Killed: the kernel closes its files, and what is written in them stays."""
        self.sign.end()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_living_holder_is_never_taken_for_dead(engine: Engine) -> None:
    with closing(Process(engine)) as leader, closing(Process(engine)) as standby:
        assert leader.sign.dead_token() is None
        leader.sign.give(7)
        assert standby.sign.dead_token() is None
        standby.sign.give(8)
        leader.close()
        assert standby.sign.dead_token() == 7


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_lease_taken_over_a_stalled_holder_is_not_given_away_when_that_one_dies(
    engine: Engine,
) -> None:
    stalled, second, third = Process(engine), Process(engine), Process(engine)
    with frozen(NOON), closing(third):
        first = take_lease(engine, "etl.mp", "host:1", 10)
        assert first == 1
        stalled.sign.give(first)
    with frozen(NOON + timedelta(seconds=11)):
        token = take_lease(engine, "etl.mp", "host:2", 10, second.sign.dead_token())
        assert token == 2
        second.sign.give(token)
        stalled.close()
        dead = third.sign.dead_token()
        assert dead == 1
        assert take_lease(engine, "etl.mp", "host:3", 10, dead) is None
        third.close()
        second.sign.give(token)
        assert third.sign.dead_token() is None
        second.close()
        dead = third.sign.dead_token()
        assert take_lease(engine, "etl.mp", "host:3", 10, dead) == 3
        third.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_its_file_a_lease_still_runs_out(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "rackline.sqlite3-etl.mp").mkdir()
    with closing(Process(engine)) as leader:
        leader.sign.give(1)
        assert leader.sign.dead_token() is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_has_no_file_to_tell_who_lives(engine: Engine) -> None:
    with closing(Process(engine)) as leader, closing(Process(engine)) as standby:
        leader.sign.give(1)
        leader.close()
        assert standby.sign.dead_token() is None
