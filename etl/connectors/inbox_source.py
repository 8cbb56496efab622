"""What all connectors share whose sources speak of their own accord: loads read their inbox."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from db.clock import utc_now
from db.errors import SourceRefused, SourceUnavailable
from etl.connectors.base import RawBatch, Window
from etl.connectors.inbox import Inbox

SILENT_AFTER = timedelta(seconds=30)
"""A subscriber that gave no sign for so long listens no more."""


class InboxSource(ABC):
    """Reads the inbox of one source; `subscribe` fills it. A subclass says how to listen."""

    def __init__(self, source: str, file: str, batch_rows: int) -> None:
        self._source, self._batch_rows = source, batch_rows
        self._inbox = Inbox(Path(file))
        self.caution = ""

    def fetch(self, window: Window) -> Iterator[RawBatch]:
        """What was received within the window; after it, why nothing more comes, if so."""
        with self._keeping():
            state, now = self._inbox.state(), utc_now()
            self.caution = "; ".join(state.get("cautions", []))
            for columns, rows in self._inbox.read(window, self._columns(), self._batch_rows):
                yield RawBatch(columns, rows, now, now)
        self._check_line(state.get("line", {}))

    def close(self) -> None:  # noqa: B027 - a subclass may hold something, and need not
        """Nothing is held open."""

    def subscribe(self, check: Callable[[], None]) -> None:
        """Fill the inbox until `check` raises; a message is acknowledged once it is on disk.

        Raises SourceUnavailable or SourceRefused, which loads then tell too.
        """
        try:
            with self._keeping():
                self._listen(check)
        except (SourceUnavailable, SourceRefused) as error:
            kind = "refused" if isinstance(error, SourceRefused) else "unavailable"
            said = str(error).removeprefix(f"{self._source}: ")
            line = {"state": kind, "at": utc_now().isoformat(), "said": said}
            with suppress(sqlite3.Error):
                self._inbox.put([], {"line": line})
            raise

    @abstractmethod
    def _columns(self) -> tuple[str, ...]:
        """Columns that are there even when no record has them."""

    @abstractmethod
    def _listen(self, check: Callable[[], None]) -> None:
        """Hear the source until `check` raises."""

    @abstractmethod
    def _where(self) -> str:
        """The place that is listened to, for messages."""

    def _check_line(self, line: dict[str, str]) -> None:
        if line.get("state") == "refused":
            raise SourceRefused(self._source, line["said"])
        if line.get("state") == "unavailable":
            raise SourceUnavailable(self._source, line["said"])
        at = datetime.fromisoformat(line["at"]) if line else None
        if at is None or utc_now() - at > SILENT_AFTER:
            since = f"since {at:%Y-%m-%d %H:%M:%SZ}" if at else "so far"
            said = f"nobody listened to {self._where()} {since}. Start: rackline run"
            raise SourceUnavailable(self._source, said)

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            said = f"the inbox {self._inbox.file} cannot be used: {error}"
            raise SourceUnavailable(self._source, said) from error
