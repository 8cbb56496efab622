"""What is in a folder and what changed there, learnt with as few looks as possible."""

import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from os import scandir, stat_result
from pathlib import Path
from typing import IO

from db.clock import monotonic_seconds, utc_now
from etl.connectors.base import Window
from etl.connectors.deadline import Deadline
from etl.connectors.places.place import Found, nanoseconds

RECENT_FILES = 20
"""So many of the newest files are looked at in every poll, for they may still grow."""
RESCAN_SECONDS = 60
"""Files changed in place leave their folder's time alone; this often all of them are looked at."""


class Folder:
    """What is known of a folder's files, refreshed by as few looks as possible.

    Only plain files count: links, pipes and devices might lead or hang anywhere.
    """

    shows_whole_files = False

    def __init__(self, path: Path, pattern: str, done_suffix: str | None) -> None:
        self._path, self._pattern, self._suffix = path, pattern, done_suffix
        self.forget()

    def forget(self) -> None:
        """Know nothing."""
        self._files: dict[str, Found] = {}
        self._done: dict[str, Found] = {}
        self._order: list[Found] = []
        self._folder_ns, self._scanned = -1, float("-inf")

    def abort(self) -> None:
        """A call to a file system cannot be ended from outside."""

    def within(self, window: Window, deadline: Deadline) -> list[Found]:
        """Files changed within the window, oldest first."""
        self._refresh()
        since = nanoseconds(window.since) if window.since else 0
        until = nanoseconds(window.until) if window.until else 2**63
        first = bisect_left(self._order, since, key=lambda found: found.modified_ns)
        last = bisect_right(self._order, until, key=lambda found: found.modified_ns)
        return self._order[first:last]

    def unchanged(self, files: Sequence[Found], deadline: Deadline) -> list[Found]:
        """Those of the files that are still as they were found."""
        return [found for found in files if self._look(found.name) == found]

    def is_done(self, name: str) -> bool:
        """Whether the done marker stands beside the file."""
        return f"{name}{self._suffix}" in self._done

    @contextmanager
    def opened(self, found: Found, deadline: Deadline) -> Iterator[IO[bytes]]:
        """The file itself; one that has become a link since it was found is not followed."""
        opener = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(self._path / found.name, opener), "rb") as file:
            yield file

    def _look(self, name: str) -> Found | None:
        try:
            return _found(name, (self._path / name).lstat())
        except FileNotFoundError:
            return None

    def _refresh(self) -> None:
        folder_ns = self._path.stat().st_mtime_ns
        is_due = monotonic_seconds() - self._scanned >= RESCAN_SECONDS
        if folder_ns != self._folder_ns or is_due:
            self._scan({} if is_due else self._files | self._done)
            is_fresh = nanoseconds(utc_now()) - folder_ns < 1_000_000_000
            self._folder_ns = -1 if is_fresh else folder_ns
            self._scanned = monotonic_seconds() if is_due else self._scanned
        if self._suffix is None:
            for known in self._order[-RECENT_FILES:]:
                self._files[known.name] = self._look(known.name) or known
            self._order = sorted(self._files.values())

    def _scan(self, known: dict[str, Found]) -> None:
        files: dict[str, Found] = {}
        done: dict[str, Found] = {}
        with scandir(self._path) as entries:
            for entry in entries:
                is_file = fnmatchcase(entry.name, self._pattern)
                is_marker = self._suffix is not None and entry.name.endswith(self._suffix)
                if (is_file or is_marker) and entry.is_file(follow_symlinks=False):
                    held = known.get(entry.name)
                    if held is None or held.identity != str(entry.inode()):
                        held = _found(entry.name, entry.stat(follow_symlinks=False))
                    (done if is_marker else files)[entry.name] = held
        self._files, self._done = files, done
        self._order = sorted(map(self._as_marked, files.values()))

    def _as_marked(self, file: Found) -> Found:
        marker = self._done.get(f"{file.name}{self._suffix}")
        return file if marker is None else as_marked(file, marker)


def as_marked(file: Found, marker: Found) -> Found:
    """The file as changed when its marker was, if that was later.

    >>> as_marked(Found(1, "a.csv", 10, "i"), Found(2, "a.csv.done", 0, "j"))
    Found(modified_ns=2, name='a.csv', size=10, identity='i')
    """
    if marker.modified_ns <= file.modified_ns:
        return file
    return Found(marker.modified_ns, file.name, file.size, file.identity)


def _found(name: str, stat: stat_result) -> Found:
    return Found(stat.st_mtime_ns, name, stat.st_size, str(stat.st_ino))
