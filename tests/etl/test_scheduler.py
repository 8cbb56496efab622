"""Slots that starve nobody, and one live scheduler among many. Waits on events, never on time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from db.clock import frozen, utc_now
from db.ingest.lease import take_lease
from etl import scheduler
from etl.publish import publish
from etl.runner import Stopped
from etl.scheduler import Lease, Slot, Slots, Term, keep_scheduled
from tests.etl.plant import plant_file

PATIENCE_SECONDS = 30


def never() -> None:
    """A check that never stops."""


class Counted:
    """A slot's work that counts its runs and lets a test wait for a number of them."""

    def __init__(self, hold: threading.Event | None = None) -> None:
        self.count, self._changed, self._hold = 0, threading.Condition(), hold

    def __call__(self, check: Callable[[], None]) -> None:
        with self._changed:
            self.count += 1
            self._changed.notify_all()
        if self._hold:
            self._hold.wait(PATIENCE_SECONDS)

    def wait_for(self, count: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.count >= count, PATIENCE_SECONDS)


@contextmanager
def running(slots: list[Slot]) -> Iterator[Slots]:
    started = Slots(slots, never)
    started.start()
    try:
        yield started
    finally:
        started.stop(PATIENCE_SECONDS)


def test_ten_hung_sources_starve_nobody_and_their_skips_are_counted() -> None:
    hold = threading.Event()
    hung = [Counted(hold) for _ in range(10)]
    healthy = Counted()
    slots = [Slot(f"hung{number}", 0.05, work) for number, work in enumerate(hung)]
    with running([*slots, Slot("healthy", 0.05, healthy)]) as started:
        try:
            assert all(work.wait_for(1) for work in hung)
            assert healthy.wait_for(20)
            assert [work.count for work in hung] == [1] * 10
            skipped = started.take_skipped()
            assert set(skipped) == {slot.code for slot in slots}
        finally:
            hold.set()


def test_a_slot_that_was_held_up_catches_up_once_not_run_by_run() -> None:
    hold = threading.Event()
    work = Counted(hold)
    with running([Slot("slow", 0.05, work)]) as started:
        assert work.wait_for(1)
        skipped: list[str] = []
        while len(skipped) < 3:
            skipped += started.take_skipped()
            threading.Event().wait(0.05)
        assert work.count == 1
        hold.set()
        assert work.wait_for(3)


def test_jobs_run_on_utc_beats_coalesced_and_never_late_enough_to_be_dropped() -> None:
    started = Slots([Slot("mp.unit_step", 15, Counted())], never)
    (job,) = started._scheduler.get_jobs()
    assert isinstance(job.trigger, IntervalTrigger)
    assert str(job.trigger.timezone) == "UTC"
    assert job.trigger.interval == timedelta(seconds=15)
    assert job.trigger.jitter is None
    started.start()
    (job,) = started._scheduler.get_jobs()
    assert (job.coalesce, job.max_instances, job.misfire_grace_time) == (True, 1, None)
    started.stop(PATIENCE_SECONDS)


def test_sources_with_one_interval_ask_at_different_moments_within_it() -> None:
    with frozen(utc_now()) as now:
        shifts = [
            scheduler._trigger(Slot(f"mp.{name}", 10, Counted())).start_date - now
            for name in ("unit_step", "test_run", "stock", "genealogy")
        ]
    assert len(set(shifts)) == 4
    assert all(timedelta() <= shift < timedelta(seconds=10) for shift in shifts)


def test_after_the_clock_was_set_back_every_slot_runs_at_once() -> None:
    work = Counted()
    with running([Slot("slow", 3600, work)]) as started:
        assert work.wait_for(1)
        started.run_all_now()
        assert work.wait_for(2)


def test_a_slot_may_ask_to_run_again_before_its_next_beat() -> None:
    work = Counted()

    def run(check: Callable[[], None]) -> float | None:
        work(check)
        return 0.01 if work.count == 1 else None

    with running([Slot("slow", 3600, run)]):
        assert work.wait_for(2)


def test_a_stop_waits_for_what_runs_and_says_when_something_still_does() -> None:
    hold = threading.Event()
    work = Counted(hold)
    started = Slots([Slot("hung", 3600, work)], never)
    started.start()
    assert work.wait_for(1)
    assert not started.stop(0)
    hold.set()


def test_a_term_ends_with_its_lease_even_if_nobody_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(scheduler, "monotonic_seconds", lambda: now[0])
    term = Term(10, threading.Event())
    now[0] = 109.9
    term.check()
    term.extend(105)
    now[0] = 114.9
    term.check()
    now[0] = 115.0
    with pytest.raises(Stopped):
        term.check()


def test_on_a_server_a_dead_scheduler_leaves_a_gap_of_less_than_five_seconds() -> None:
    seconds = scheduler.LEASE_SECONDS["postgresql"]
    assert seconds + scheduler.TAKE_SECONDS < 5
    assert seconds / scheduler.RENEW_SECONDS >= 4


@pytest.fixture
def store(engine: Engine) -> Engine:
    publish(engine, [plant_file()])
    return engine


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask often; hold the lease through any pause of a busy machine."""
    monkeypatch.setattr(scheduler, "LEASE_SECONDS", {"postgresql": 60.0, "sqlite": 60.0})
    monkeypatch.setattr(scheduler, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(scheduler, "TAKE_SECONDS", 0.05)


@contextmanager
def scheduled(engine: Engine, holder: str, slots: list[Slot]) -> Iterator[threading.Event]:
    """A scheduler in a thread; yields the event that stops it."""
    stop = threading.Event()
    thread = threading.Thread(
        target=keep_scheduled, args=(Lease(engine, "etl.mp", holder), slots, stop)
    )
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


@pytest.mark.usefixtures("quick")
def test_of_two_schedulers_one_is_live_and_the_other_takes_over(store: Engine) -> None:
    first, second = Counted(), Counted()
    with scheduled(store, "a", [Slot("mp.unit_step", 0.05, first)]) as stop_first:
        assert first.wait_for(3)
        with scheduled(store, "b", [Slot("mp.unit_step", 0.05, second)]):
            assert first.wait_for(first.count + 5)
            assert second.count == 0
            stop_first.set()
            assert second.wait_for(3)


@pytest.mark.usefixtures("quick")
def test_a_holder_that_lost_its_lease_stands_back_and_waits_its_turn(store: Engine) -> None:
    work = Counted()
    with scheduled(store, "a", [Slot("mp.unit_step", 0.05, work)]):
        assert work.wait_for(1)
        with store.begin() as connection:
            connection.execute(text("UPDATE lease SET expires_at = '2000-01-01'"))
        token = None
        while token is None:
            token = take_lease(store, "etl.mp", "b", 3600)
        stands_back = threading.Event()
        while not stands_back.wait(0.2):
            count = work.count
            stands_back.wait(0.3)
            if work.count == count:
                stands_back.set()
        assert work.count == count


@pytest.mark.usefixtures("quick")
def test_skips_become_a_figure_of_the_source(store: Engine) -> None:
    hold = threading.Event()
    with scheduled(store, "a", [Slot("mp.unit_step", 0.05, Counted(hold))]):
        try:
            while not skipped_count(store):
                threading.Event().wait(0.05)
        finally:
            hold.set()


def skipped_count(engine: Engine) -> Any:
    with engine.connect() as connection:
        question = text("SELECT skipped_count FROM source WHERE code = 'mp.unit_step'")
        return connection.execute(question).scalar_one()


def test_a_store_that_is_away_is_waited_for_and_said_once(
    store: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    lease = Lease(store, "etl.mp", "a")
    away = [OperationalError("SELECT 1", {}, Exception("gone"))] * 3

    def question(engine: Engine) -> bool:
        if away:
            raise away.pop()
        return True

    caplog.set_level("INFO", "etl.scheduler")
    assert [lease.ask(question) for _ in range(4)] == [None, None, None, True]
    assert len(caplog.records) == 2
