"""Files at the other end of a network: listed there, fetched to a temporary file, read here."""

import asyncio
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from tempfile import TemporaryFile
from typing import IO, Protocol

from etl.connectors.base import Window
from etl.connectors.deadline import Deadline
from etl.connectors.places.folder import as_marked
from etl.connectors.places.line import Line
from etl.connectors.places.place import Found, nanoseconds

SMALL_BYTES = 1024 * 1024
TOGETHER = 16
"""So many of the files that come next are fetched at once while all are small together."""
KEPT_BYTES = 256 * 1024 * 1024
KEPT_FILES = 100
"""So much of what was fetched stays on disk: polls overlap, and nothing is fetched twice."""


class Client(Protocol):
    """A server's files. Raises PermissionError when we are refused, OSError for other trouble."""

    shows_whole_files: bool

    async def listed(self) -> list[Found]:
        """All files of the folder, connecting first if need be."""
        ...

    def blocks(self, found: Found) -> AsyncIterator[bytes]:
        """The file's content; FileNotFoundError when it is gone or another."""
        ...

    async def close(self) -> None:
        """Let go of the connection; the next call connects anew."""
        ...


class Remote:
    """A folder of files on a server, as `Place` asks for it."""

    def __init__(
        self, client: Client, pattern: str, done_suffix: str | None, silence_seconds: float
    ) -> None:
        self._client, self._pattern, self._suffix = client, pattern, done_suffix
        self._silence, self._line = silence_seconds, Line()
        self.shows_whole_files = client.shows_whole_files
        self._names: set[str] = set()
        self._order: list[Found] = []
        self._kept: OrderedDict[Found, IO[bytes]] = OrderedDict()

    def within(self, window: Window, deadline: Deadline) -> list[Found]:
        """Files changed within the window, oldest first."""
        since = nanoseconds(window.since) if window.since else 0
        until = nanoseconds(window.until) if window.until else 2**63
        return [file for file in self._files(deadline) if since <= file.modified_ns <= until]

    def unchanged(self, files: Sequence[Found], deadline: Deadline) -> list[Found]:
        """Those of the files that are still as they were found."""
        now = set(self._files(deadline))
        return [file for file in files if file in now]

    def is_done(self, name: str) -> bool:
        """Whether the done marker stood beside the file when files were last looked at."""
        return f"{name}{self._suffix}" in self._names

    @contextmanager
    def opened(self, found: Found, deadline: Deadline) -> Iterator[IO[bytes]]:
        """A copy of the file on our own disk, under no name."""
        if found not in self._kept:
            several = self._next_small(found)
            if len(several) > 1:
                self._fetch_together(several, deadline)
        file = self._kept.pop(found, None) or self._fetched(found, deadline)
        self._kept[found] = file
        file.seek(0)
        try:
            yield file
        finally:
            self._make_room()

    def forget(self) -> None:
        """End the connection and let go of what was fetched."""
        self._line.close(self._client.close)
        self._names.clear()
        while self._kept:
            self._kept.popitem()[1].close()

    def abort(self) -> None:
        """End the call that is under way."""
        self._line.abort()

    def _files(self, deadline: Deadline) -> list[Found]:
        there = {
            file.name: file for file in self._line.run(self._client.listed, deadline, self._silence)
        }
        self._names = set(there)
        files = [file for file in there.values() if fnmatchcase(file.name, self._pattern)]
        if self._suffix is not None:
            markers = [there.get(f"{file.name}{self._suffix}") for file in files]
            files = [
                as_marked(file, marker)
                for file, marker in zip(files, markers, strict=True)
                if marker is not None
            ]
        self._order = sorted(files)
        return self._order

    def _fetched(self, found: Found, deadline: Deadline) -> IO[bytes]:
        blocks = self._client.blocks(found)
        file = TemporaryFile()  # noqa: SIM115  (kept for the next poll)
        try:
            while block := self._line.run(lambda: _next(blocks), deadline, self._silence):
                file.write(block)
                if file.tell() > found.size:
                    break
            if file.tell() != found.size:
                raise FileNotFoundError(found.name)  # another file by now: it is listed anew
        except BaseException:
            file.close()
            raise
        return file

    def _next_small(self, found: Found) -> list[Found]:
        """The file and those after it that it pays to fetch at once: each costs several answers."""
        start, several, size = bisect_left(self._order, found), [], 0
        for file in self._order[start : start + TOGETHER]:
            size += file.size
            if size > SMALL_BYTES or file in self._kept:
                break
            several.append(file)
        return several

    def _fetch_together(self, several: Sequence[Found], deadline: Deadline) -> None:
        """Keep the files; one that is gone meanwhile is asked for again in its turn."""

        async def all_of_them() -> list[bytes | BaseException]:
            calls = (_whole(self._client.blocks(found)) for found in several)
            return await asyncio.gather(*calls, return_exceptions=True)

        contents = self._line.run(all_of_them, deadline, self._silence)
        for found, content in zip(several, contents, strict=True):
            if isinstance(content, BaseException) and not isinstance(content, FileNotFoundError):
                raise content
            if isinstance(content, bytes) and len(content) == found.size:
                file = self._kept[found] = TemporaryFile()  # noqa: SIM115  (kept for its turn)
                file.write(content)

    def _make_room(self) -> None:
        while self._kept and (
            len(self._kept) > KEPT_FILES or sum(found.size for found in self._kept) > KEPT_BYTES
        ):
            self._kept.popitem(last=False)[1].close()


async def _whole(blocks: AsyncIterator[bytes]) -> bytes:
    return b"".join([block async for block in blocks])


async def _next(blocks: AsyncIterator[bytes]) -> bytes:
    return await anext(blocks, b"")
