"""The one protocol every connector speaks, and the values it speaks in.

A connector fetches raw records with a change time inside [since, until], ordered by (change time,
key), in batches of bounded size, and knows nothing of what they mean. It raises SourceUnavailable,
SourceRefused or SourceChanged (db.errors) and nothing else of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Window:
    """What to fetch: rows whose change time lies in [since, until]; None is open.

    `cursor` is that of the last batch that was written, for sources read by a growing number.
    """

    since: datetime | None = None
    until: datetime | None = None
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Records as the source gave them: column names and one tuple per record.

    `origin` names where they came from when that matters (a file name), else ''.
    `received_at` is the file's own change time or the source's clock at the fetch: the change time
    of records that carry none. `cursor` is where a source goes on that is read by a growing number
    instead of a change time. `fault` says what is wrong with a whole file, which goes to
    quarantine under its name; its one row then holds what is known of it.
    """

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    source_clock_at: datetime
    received_at: datetime
    origin: str = ""
    fault: str = ""
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """Answer to a check: the columns found, a few sample rows, and the source's own clock.

    `told` says how the source was read where that was found out and not declared.
    """

    columns: tuple[str, ...]
    sample: Sequence[tuple[Any, ...]]
    source_clock_at: datetime
    told: str = ""


class Connector(Protocol):
    """Reads one source, never writes to it."""

    caution: str
    """What weakens what the last probe or fetch read, and what helps; '' when nothing does."""

    def probe(self) -> Probe:
        """Reach the source, read at most a few rows, and say what is there."""
        ...

    def fetch(self, window: Window) -> Iterator[RawBatch]:
        """Yield the window's records in batches; an empty window yields nothing."""
        ...

    def close(self) -> None:
        """Give back connections; the connector may be used again afterwards."""
        ...


@runtime_checkable
class Subscriber(Protocol):
    """A connector whose source speaks of its own accord: somebody has to listen all the time."""

    def subscribe(self, check: Callable[[], None]) -> None:
        """Keep what the source says until `check` raises, and acknowledge it once it is kept."""
        ...
