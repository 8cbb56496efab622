"""One frame per key per change for all viewers; no viewer has a queue.

A viewer's connection knows only the ids it has sent. When it wakes it compares them with the
newest frames: one step behind gets the delta, anything else the snapshot. So a slow reader costs
no memory and is never shown old states one by one.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from dashboard.live.snapshot import Blocks, Frame, Key, event, make_frame
from db.clock import monotonic_seconds, utc_now

INTERVAL_SECONDS = 10.0
"""Screens move with the clock too (plan so far, shift ends, age): read again this often."""
BEAT_SECONDS = 2.0
REST_RATIO = 3.0
"""After a reading that took t, rest at least 3 t: reading never takes over a quarter of a core."""

Build = Callable[[Key], Awaitable[Blocks]]

log = logging.getLogger(__name__)


@dataclass
class Entry:
    """What the hub holds of one key."""

    frame: Frame | None = None
    is_changed: bool = True
    is_broken: bool = False
    read_at_seconds: float = 0.0
    cost_seconds: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Hub:
    """The newest frames, and a pulse that wakes the viewers when one is replaced."""

    def __init__(
        self, build: Build, build_id: str, *, interval_seconds: float = INTERVAL_SECONDS
    ) -> None:
        self.build_id = build_id
        self.is_closed = False
        self._build = build
        self._interval_seconds = interval_seconds
        self._entries: dict[Key, Entry] = {}
        self._watched: Counter[Key] = Counter()
        self._pulse = asyncio.Event()
        self._wake = asyncio.Event()

    def changed(self, plants: Iterable[str]) -> None:
        """The store holds something new for `plants`; call on the event loop's own thread."""
        names = set(plants)
        for key, entry in self._entries.items():
            entry.is_changed |= key.plant in names
        self._wake.set()

    def follow(self, keys: Iterable[Key]) -> None:
        """A viewer begins to watch `keys`; each needs one `leave`."""
        self._watched.update(keys)
        self._wake.set()

    def leave(self, keys: Iterable[Key]) -> None:
        """The viewer is gone."""
        self._watched.subtract(keys)
        self._watched = +self._watched

    async def fresh(self, key: Key) -> Frame:
        """The newest frame of `key`, read now if nobody keeps it up to date.

        A store that cannot be read leaves the last frame; LookupError if there never was one.
        """
        entry = self._entries.setdefault(key, Entry())
        await self._read_if_due(key, entry)
        if entry.frame is None:
            raise LookupError(f"{key} cannot be read; look in the log, then at /health")
        return entry.frame

    def beat(self) -> bytes:
        """The message that tells quiet from dead: build id and server time."""
        return event("beat", self._envelope())

    def newest(self, key: Key) -> Frame | None:
        """The newest frame read of `key`, without waiting."""
        entry = self._entries.get(key)
        return entry.frame if entry else None

    @property
    def pulse(self) -> asyncio.Event:
        """Set when a frame was replaced or a heartbeat is due; take it before looking at frames."""
        return self._pulse

    def close(self) -> None:
        """Let every viewer go, so that the server can stop."""
        self.is_closed = True
        self._wake.set()
        self._beat_all()

    async def run(self) -> None:
        """Keep the watched keys up to date, and the viewers' hearts beating, until closed."""
        beating = asyncio.create_task(self._keep_beating())
        try:
            while not self.is_closed:
                for key in list(self._watched):
                    await self._read_if_due(key, self._entries.setdefault(key, Entry()))
                await self._sleep()
        finally:
            beating.cancel()

    async def _keep_beating(self) -> None:
        """A task of its own, so that a slow reading silences nobody. Twice as often as a beat is
        due: a viewer that was sent news in between waits for half a beat more, never a whole one.
        """
        while True:
            await asyncio.sleep(BEAT_SECONDS / 2)
            self._beat_all()

    async def _read_if_due(self, key: Key, entry: Entry) -> None:
        async with entry.lock:
            if self._wait_seconds(entry) <= 0:
                await asyncio.gather(self._read(key, entry), return_exceptions=True)

    async def _read(self, key: Key, entry: Entry) -> None:
        started = monotonic_seconds()
        entry.is_changed = False
        try:
            blocks = await self._build(key)
            frame = make_frame(key, blocks, entry.frame, self._envelope())
            if frame is not entry.frame:
                entry.frame = frame
                self._beat_all()
        except Exception as error:
            if not entry.is_broken:
                log.warning("%s cannot be read, its screens keep what they show: %s", key, error)
            entry.is_broken = True
            raise
        else:
            if entry.is_broken:
                log.info("%s is read again", key)
            entry.is_broken = False
        finally:
            entry.read_at_seconds = monotonic_seconds()
            entry.cost_seconds = entry.read_at_seconds - started

    def _wait_seconds(self, entry: Entry) -> float:
        """Seconds until `entry` should be read; a change makes it due after a short rest."""
        if entry.frame is None and not entry.is_broken:
            return 0.0
        age = monotonic_seconds() - entry.read_at_seconds
        if entry.is_broken:
            return 1.0 - age
        due = REST_RATIO * entry.cost_seconds if entry.is_changed else self._interval_seconds
        return due - age

    async def _sleep(self) -> None:
        waits = [self._wait_seconds(self._entries.get(key, Entry())) for key in self._watched]
        seconds = max(0.0, min([self._interval_seconds, *waits]))
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._wake.clear()

    def _beat_all(self) -> None:
        pulse, self._pulse = self._pulse, asyncio.Event()
        pulse.set()

    def _envelope(self) -> Mapping[str, str]:
        return {"build": self.build_id, "at": utc_now().isoformat(timespec="milliseconds")}
