"""The scheduled loads of some plants, from configuration to slots: what `python -m etl` runs."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from db.clock import utc_now
from db.engine import check_schema, make_engine
from db.errors import RacklineError, SourceError
from db.ingest.retention import prune_loads
from db.ingest.serial_uses import recheck
from db.settings import Settings
from etl.alarms import AlarmWatch
from etl.clocks import refresh_clocks
from etl.connectors.base import Subscriber
from etl.gate import gate_of
from etl.outlook import refresh_when_old
from etl.plant_file import PlantFile
from etl.publish import publish
from etl.pulls import pulls_of, read_plants
from etl.reconcile.due import reconcile_due
from etl.requests import do_requests
from etl.runner import Context, Pull, Stopped
from etl.scheduler import LEASE_PREFIX, Lease, Slot, keep_scheduled
from etl.sync import History, poll

HISTORY_SECONDS = 5.0
REQUEST_SECONDS = 2.0
"""How often it is looked whether somebody asked for something on a page."""
RECONCILE_SECONDS = 60.0
"""How often it is looked which days are due to be compared with their sources."""
UPKEEP_SECONDS = 3600.0
OUTLOOK_SECONDS = 300.0
ALARM_SECONDS = 20.0
LISTEN_SECONDS = 3600.0
LISTEN_AGAIN_SECONDS = 5.0

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Desk:
    """What the slots of one plant share."""

    context: Context
    plant: PlantFile
    pulls: Sequence[Pull]
    history: History
    """Over pulls of its own, for a connector serves one thread at a time."""
    compared: Sequence[Pull]
    """The same sources once more, to be compared with what we hold."""
    plant_now: Callable[[], PlantFile]
    """The plant as its file describes it now."""
    alarm_watch: AlarmWatch
    troubles: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, context: Context, plant: PlantFile, settings: Settings) -> "Desk":
        """The desk of a plant, with its sources opened."""
        watch = AlarmWatch(context.engine, plant.plant.code)
        return cls(
            context,
            plant,
            pulls_of(plant),
            History(pulls_of(plant)),
            pulls_of(plant),
            lambda: read_plants(settings, [plant.plant.code])[0],
            watch,
        )

    @property
    def lease(self) -> str:
        """The lease whose holder loads this plant."""
        return f"{LEASE_PREFIX}{self.plant.plant.code}"

    def close(self) -> None:
        """Give back the connections to the plant's systems."""
        for pull in (*self.pulls, *self.history.pulls.values(), *self.compared):
            pull.connector.close()

    def slots(self) -> list[Slot]:
        """One slot per enabled source, and for older history, comparisons, upkeep, outlook and
        alarms."""
        code = self.plant.plant.code
        return [
            *(
                Slot(pull.code, pull.entry.interval_seconds, partial(self._poll, pull))
                for pull in self.pulls
            ),
            *(
                Slot(f"{pull.code}.inbox", LISTEN_SECONDS, partial(self._listen, pull.connector))
                for pull in self.pulls
                if isinstance(pull.connector, Subscriber)
            ),
            Slot(f"{code}.history", HISTORY_SECONDS, self._history),
            Slot(f"{code}.requests", REQUEST_SECONDS, self._requests),
            Slot(f"{code}.reconcile", RECONCILE_SECONDS, self._reconcile),
            Slot(f"{code}.upkeep", UPKEEP_SECONDS, self._upkeep),
            Slot(f"{code}.outlook", OUTLOOK_SECONDS, self._outlook),
            Slot(f"{code}.alarms", ALARM_SECONDS, self._alarms),
        ]

    def _poll(self, pull: Pull, check: Callable[[], None]) -> float | None:
        summary = self._try(pull.code, lambda: poll(replace(self.context, check=check), pull))
        return summary.retry_seconds if summary else None

    def _listen(self, subscriber: Subscriber, check: Callable[[], None]) -> float:
        """Hear what a source says of its own accord; after an end of the line, again in a while.

        What ended it is told by the source's own loads.
        """
        with suppress(Stopped, SourceError):
            subscriber.subscribe(check)
        return LISTEN_AGAIN_SECONDS

    def _history(self, check: Callable[[], None]) -> None:
        self._try("history", lambda: self.history.load(replace(self.context, check=check)))

    def _requests(self, check: Callable[[], None]) -> None:
        context, code = replace(self.context, check=check), self.plant.plant.code
        self._try("requests", lambda: do_requests(context, code, self.plant_now))

    def _reconcile(self, check: Callable[[], None]) -> None:
        context = replace(self.context, check=check)
        self._try("reconcile", lambda: reconcile_due(context, self.compared))

    def _upkeep(self, check: Callable[[], None]) -> None:
        """The calendar and the rules of re-used serials as the plant's file has them, no more
        records of loads than are of use, and the stations' clocks."""
        engine, code = self.context.engine, self.plant.plant.code
        check()
        self._try("calendar", lambda: publish(engine, [self.plant]))
        check()
        self._try("retention", lambda: prune_loads(engine, code, utc_now()))
        check()
        self._try("serials", lambda: recheck(engine, code, check))
        check()
        self._try("clocks", lambda: refresh_clocks(engine, self.plant))

    def _outlook(self, check: Callable[[], None]) -> None:
        check()
        self._try("outlook", lambda: refresh_when_old(self.context.engine, self.plant.plant.code))

    def _alarms(self, check: Callable[[], None]) -> None:
        check()
        self._try("alarms", self.alarm_watch.refresh)

    def _try(self, name: str, work: Callable[[], T]) -> T | None:
        """Work that the store itself may refuse; said once when it begins and once when it ends."""
        try:
            done = work()
        except Stopped:
            return None
        except (RacklineError, SQLAlchemyError) as error:
            if self.troubles.get(name) != type(error).__name__:
                log.warning("%s waits for the store: %s", name, error)
            self.troubles[name] = type(error).__name__
            return None
        if self.troubles.pop(name, None):
            log.info("%s goes on, the store answers again", name)
        return done


def serve(settings: Settings, codes: Sequence[str], stop: threading.Event) -> bool:
    """Load the plants `codes` (none = all) on schedule until `stop` is set.

    Raises ConfigError or SchemaOutOfDate before anything is started. Returns False when a load was
    still under way after the time a stop may take; the process then has to be ended from within.
    """
    plants = read_plants(settings, codes)
    engine = make_engine(settings.database_url.get_secret_value())
    try:
        check_schema(engine)
        publish(engine, plants)
        context = Context(engine, wait=stop.wait, gate=gate_of(engine, stop.wait))
        return _serve_all([Desk.of(context, plant, settings) for plant in plants], stop)
    finally:
        engine.dispose()


def _serve_all(desks: Sequence[Desk], stop: threading.Event) -> bool:
    holder = f"{socket.gethostname()}:{os.getpid()}"
    with ThreadPoolExecutor(len(desks), "plant") as threads:
        ends = [
            threads.submit(
                keep_scheduled, Lease(desk.context.engine, desk.lease, holder), desk.slots(), stop
            )
            for desk in desks
        ]
        wait(ends, return_when=FIRST_EXCEPTION)
        stop.set()
    is_clean = all(end.result() for end in ends)
    if is_clean:
        for desk in desks:
            desk.close()
    return is_clean


def stop_on_signals(stop: threading.Event) -> None:
    """The first SIGTERM or SIGINT lets loads end at their next batch; a second ends at once."""

    def on_signal(number: int, frame: object) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)


def run(settings: Settings, codes: Sequence[str]) -> None:
    """`serve` until a signal, then leave the process even if a source hangs."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(name)s %(message)s")
    for chatty in ("httpx", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    stop = threading.Event()
    stop_on_signals(stop)
    if not serve(settings, codes, stop):
        log.warning("a source did not answer in time and is left behind")
        logging.shutdown()
        os._exit(0)  # the interpreter would wait for its thread for ever
