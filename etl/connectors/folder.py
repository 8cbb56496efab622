"""What is in a folder and what changed there, learnt with as few looks as possible."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from os import scandir, stat_result
from pathlib import Path

from db.clock import monotonic_seconds, utc_now
from etl.connectors.base import Window

EPOCH_AT = datetime(1970, 1, 1, tzinfo=UTC)
RECENT_FILES = 20
"""So many of the newest files are looked at in every poll, for they may still grow."""
RESCAN_SECONDS = 60
"""Files changed in place leave their folder's time alone; this often all of them are looked at."""


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A file as the folder shows it; two of these are equal only if nothing changed between."""

    modified_ns: int
    name: str
    size: int
    inode: int

    @property
    def modified_at(self) -> datetime:
        """The file's change time."""
        return EPOCH_AT + timedelta(microseconds=self.modified_ns // 1_000)


class Folder:
    """What is known of a folder's files, refreshed by as few looks as possible."""

    def __init__(self, path: Path, pattern: str, done_suffix: str | None) -> None:
        self._path, self._pattern, self._suffix = path, pattern, done_suffix
        self.forget()

    def forget(self) -> None:
        """Know nothing."""
        self._files: dict[str, Found] = {}
        self._done: dict[str, Found] = {}
        self._order: list[Found] = []
        self._folder_ns, self._scanned = -1, float("-inf")

    def within(self, window: Window) -> list[Found]:
        """Files changed within the window, oldest first."""
        self._refresh()
        since = _nanoseconds(window.since) if window.since else 0
        until = _nanoseconds(window.until) if window.until else 2**63
        first = bisect_left(self._order, since, key=lambda found: found.modified_ns)
        last = bisect_right(self._order, until, key=lambda found: found.modified_ns)
        return self._order[first:last]

    def is_done(self, name: str) -> bool:
        """Whether the done marker stands beside the file."""
        return f"{name}{self._suffix}" in self._done

    def look(self, name: str) -> Found | None:
        """The file as it is at this moment."""
        try:
            return _found(name, (self._path / name).stat())
        except FileNotFoundError:
            return None

    def _refresh(self) -> None:
        folder_ns = self._path.stat().st_mtime_ns
        is_due = monotonic_seconds() - self._scanned >= RESCAN_SECONDS
        if folder_ns != self._folder_ns or is_due:
            self._scan({} if is_due else self._files | self._done)
            is_fresh = _nanoseconds(utc_now()) - folder_ns < 1_000_000_000
            self._folder_ns = -1 if is_fresh else folder_ns
            self._scanned = monotonic_seconds() if is_due else self._scanned
        if self._suffix is None:
            for known in self._order[-RECENT_FILES:]:
                self._files[known.name] = self.look(known.name) or known
            self._order = sorted(self._files.values())

    def _scan(self, known: dict[str, Found]) -> None:
        files: dict[str, Found] = {}
        done: dict[str, Found] = {}
        with scandir(self._path) as entries:
            for entry in entries:
                is_file = fnmatchcase(entry.name, self._pattern)
                is_marker = self._suffix is not None and entry.name.endswith(self._suffix)
                if (is_file or is_marker) and entry.is_file():
                    held = known.get(entry.name)
                    if held is None or held.inode != entry.inode():
                        held = _found(entry.name, entry.stat())
                    (done if is_marker else files)[entry.name] = held
        self._files, self._done = files, done
        self._order = sorted(map(self._as_marked, files.values()))

    def _as_marked(self, file: Found) -> Found:
        marker = self._done.get(f"{file.name}{self._suffix}")
        if marker is None or marker.modified_ns <= file.modified_ns:
            return file
        return Found(marker.modified_ns, file.name, file.size, file.inode)


def _found(name: str, stat: stat_result) -> Found:
    return Found(stat.st_mtime_ns, name, stat.st_size, stat.st_ino)


def _nanoseconds(at: datetime) -> int:
    return (at - EPOCH_AT) // timedelta(microseconds=1) * 1_000
