"""When sources are loaded, and by whom: the only file that knows apscheduler.

Every source has a slot (a thread) of its own, so that one that hangs holds up nobody else. Of
several schedulers exactly one is live: the one that holds the lease in the store. A holder that
stalled past its lease finds that out before its next batch (`Term.check`) and writes nothing more.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TypeVar
from zlib import crc32

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobSubmissionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from db.clock import monotonic_seconds, utc_now
from db.errors import RacklineError
from db.ingest.lease import LifeSign, release, renew, take_lease
from db.ingest.loads import abandon_loads, note_skip
from etl.runner import Stopped

LEASE_SECONDS = {"postgresql": 4.0, "sqlite": 10.0}
"""By kind of store. On SQLite a renewal queues behind all writers, for seconds in a first load."""
LEASE_PREFIX = "etl."
RENEW_SECONDS = 1.0
TAKE_SECONDS = 0.5
CLOCK_JUMP_SECONDS = 5.0
STOP_SECONDS = 15.0
"""How long a stop waits for loads under way; they end at their next batch."""

T = TypeVar("T")

log = logging.getLogger(__name__)
logging.getLogger("apscheduler").setLevel(logging.ERROR)  # its skips are a shown figure instead


@dataclass(frozen=True, slots=True)
class Slot:
    """Something to run every `interval_seconds`, never twice at once.

    `run` is given a check to call before each batch it writes; the check raises `Stopped`. It may
    return the seconds after which to run again, when that is sooner than the next beat.
    """

    code: str
    interval_seconds: float
    run: Callable[[Callable[[], None]], float | None]


class Term:
    """A stretch of time in which this process holds the lease."""

    def __init__(self, seconds: float, stop: threading.Event) -> None:
        self._stop, self._seconds = stop, seconds
        self._is_ended = False
        self.extend(monotonic_seconds())

    def extend(self, asked_at: float) -> None:
        """The lease was renewed by a question asked at this monotonic second."""
        self._good_until = asked_at + self._seconds

    def end(self) -> None:
        """The lease is lost or given up."""
        self._is_ended = True

    def check(self) -> None:
        """Raise `Stopped` unless this process may still write."""
        if self._is_ended or self._stop.is_set() or monotonic_seconds() >= self._good_until:
            raise Stopped

    def is_over(self) -> bool:
        """Whether `check` would raise."""
        try:
            self.check()
        except Stopped:
            return True
        return False


class Slots:
    """The running slots of one term."""

    def __init__(self, slots: Sequence[Slot], check: Callable[[], None]) -> None:
        self._skipped: list[str] = []
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={slot.code: ThreadPoolExecutor(1) for slot in slots},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(self._note_skip, EVENT_JOB_MAX_INSTANCES)
        for slot in slots:
            self._scheduler.add_job(
                self._run,
                trigger=_trigger(slot),
                args=(slot, check),
                id=slot.code,
                executor=slot.code,
                next_run_time=utc_now(),
            )

    def start(self) -> None:
        """Run every slot at once, then each on its own beat."""
        self._scheduler.start()

    def run_all_now(self) -> None:
        """Start every slot's beat anew; needed when the machine's clock was set."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=utc_now())

    def take_skipped(self) -> list[str]:
        """Slots of the runs left out since the last call because the one before had not ended."""
        with self._lock:
            skipped, self._skipped = self._skipped, []
        return skipped

    def stop(self, seconds: float) -> bool:
        """Start nothing more and wait for what runs; False when something still does."""
        self._scheduler.shutdown(wait=False)
        until = monotonic_seconds() + seconds
        pause = threading.Event()
        while self._busy and monotonic_seconds() < until:
            pause.wait(0.05)
        return not self._busy

    def _run(self, slot: Slot, check: Callable[[], None]) -> None:
        with self._lock:
            self._busy.add(slot.code)
        try:
            again_seconds = slot.run(check)
        finally:
            with self._lock:
                self._busy.discard(slot.code)
        if again_seconds is not None:
            self._run_again(slot, again_seconds)

    def _run_again(self, slot: Slot, seconds: float) -> None:
        again_at = utc_now() + timedelta(seconds=seconds)
        with suppress(JobLookupError):  # the term ended meanwhile
            job = self._scheduler.get_job(slot.code)
            if job is not None and again_at < job.next_run_time:
                job.modify(next_run_time=again_at)

    def _note_skip(self, event: JobSubmissionEvent) -> None:
        with self._lock:
            self._skipped.append(event.job_id)


def _trigger(slot: Slot) -> IntervalTrigger:
    """A beat in UTC, shifted by a share of the interval that is the slot's own, so that sources
    with one interval do not all ask at the same moment and none waits longer than its interval."""
    shift = crc32(slot.code.encode()) % 1000 / 1000 * slot.interval_seconds
    return IntervalTrigger(
        seconds=slot.interval_seconds, start_date=utc_now() + timedelta(seconds=shift), timezone=UTC
    )


@dataclass(slots=True)
class Lease:
    """The right to run one plant's slots: a row of the store, held by one process at a time."""

    engine: Engine
    name: str
    holder: str
    token: int = 0
    is_answered: bool = True
    sign: LifeSign = field(init=False)

    def __post_init__(self) -> None:
        self.sign = LifeSign(self.engine, self.name)

    @property
    def plant(self) -> str:
        """Code of the plant; the lease is named after it."""
        return self.name.removeprefix(LEASE_PREFIX)

    @property
    def seconds(self) -> float:
        """How long it is good without being renewed."""
        return LEASE_SECONDS[self.engine.dialect.name]

    def take(self) -> bool:
        """Whether this process may now run the slots."""
        details = (self.name, self.holder, self.seconds, self.sign.dead_token())
        token = self.ask(take_lease, *details)
        self.token = token or 0
        if token is None:
            self.sign.end()
            return False
        self.sign.give(token)
        return True

    def renew(self) -> bool | None:
        """Whether it still may; None when the store gave no answer."""
        is_held = self.ask(renew, self.name, self.token, self.seconds)
        if is_held:
            self.sign.give(self.token)
        return is_held

    def release(self) -> None:
        """Give it back, so that the next holder need not wait."""
        self.ask(release, self.name, self.token)
        self.sign.end()

    def ask(self, question: Callable[..., T], *details: object) -> T | None:
        """What the store answers, or None; says once when it begins and ends to be silent."""
        try:
            answer = question(self.engine, *details)
        except (RacklineError, SQLAlchemyError) as error:
            if self.is_answered:
                log.warning("%s: the store gives no answer, loads wait: %s", self.name, error)
            self.is_answered = False
            return None
        if not self.is_answered:
            log.info("%s: the store answers again", self.name)
        self.is_answered = True
        return answer


def keep_scheduled(lease: Lease, slots: Sequence[Slot], stop: threading.Event) -> bool:
    """Run `slots` whenever this process holds `lease`, until `stop` is set.

    Returns False when a run was still under way after `STOP_SECONDS`.
    """
    is_clean, is_told = True, False
    while not stop.is_set():
        if lease.take():
            log.info("%s: live with %d slots, lease token %d", lease.name, len(slots), lease.token)
            lease.ask(abandon_loads, lease.plant)
            is_clean, is_told = _lead(lease, slots, stop), False
            continue
        if lease.is_answered and not is_told:
            log.info("%s: another scheduler is live, waiting for its lease to end", lease.name)
            is_told = True
        stop.wait(TAKE_SECONDS)
    return is_clean


def _lead(lease: Lease, slots: Sequence[Slot], stop: threading.Event) -> bool:
    term = Term(lease.seconds, stop)
    running = Slots(slots, term.check)
    running.start()
    offset = _clock_offset()
    while not term.is_over():
        stop.wait(RENEW_SECONDS)
        _keep_term(lease, term)
        if abs(_clock_offset() - offset) > CLOCK_JUMP_SECONDS:
            log.warning("%s: the machine's clock was set, all slots start anew", lease.name)
            offset = _clock_offset()
            running.run_all_now()
        for code in running.take_skipped():
            lease.ask(note_skip, code)
    term.end()
    is_clean = running.stop(STOP_SECONDS)
    lease.release()
    return is_clean


def _keep_term(lease: Lease, term: Term) -> None:
    asked_at = monotonic_seconds()
    is_held = lease.renew()
    if is_held:
        term.extend(asked_at)
    elif is_held is False:
        term.end()
        log.warning("%s: the lease ran out or another holds it, this one stands back", lease.name)


def _clock_offset() -> float:
    """Changes only when the machine's clock is set, not as time passes."""
    return utc_now().timestamp() - monotonic_seconds()
