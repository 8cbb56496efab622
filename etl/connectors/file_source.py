"""Reads files of any format from any place: which are ready, what is in them, in batches.

A file belongs to a window by its change time, or that of its done marker. Reading one again is
harmless: records are known by what stands in them, never by the file's name; `_content` names a
file by what is in it, so that records without a key of their own stay the same when it is sent
again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from threading import Event
from typing import IO, Any

from db.clock import utc_now
from db.errors import SourceRefused, SourceUnavailable
from etl.connectors.base import Probe, RawBatch, Window
from etl.connectors.deadline import Deadline
from etl.connectors.extra import Absent
from etl.connectors.file_options import PlacedFiles
from etl.connectors.formats.table import FaultyFile, Table, checked
from etl.connectors.formats.unpack import BLOCK, Part, parts
from etl.connectors.places.place import EPOCH_AT, Found, Place
from etl.connectors.places.registry import place_of, where_of

SAMPLE_ROWS = 5
SETTLED_KEPT = 10_000
EVIDENCE_BYTES = 2_000
"""So much of a faulty file's beginning is kept in quarantine."""
FILE_COLUMN, TIME_COLUMN = "_file", "_modified_at"
CONTENT_COLUMN, ROW_COLUMN = "_content", "_row"
FILE_CONNECTORS = frozenset({"files", "tester_files"})
"""Connectors whose records carry these columns and stand in the order they were written in."""
ADDED = (FILE_COLUMN, TIME_COLUMN, CONTENT_COLUMN, ROW_COLUMN)
"""Columns added to every record: the file it stood in, that file's change time, a digest of what
is in it, and the record's number there."""
FAULTY = ("_content", "_bytes", "_beginning")
"""What is told of a file that cannot be read as a whole."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How one kind of source reads a file: the format's `read`, bound to its options."""

    read: Callable[[IO[bytes]], Table]
    is_workbook: bool = False
    has_totals_row: bool = False


@dataclass(slots=True)
class Gathered:
    """Records of several small files with one header, on their way to one batch."""

    columns: tuple[str, ...] = ()
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    received_at: datetime = EPOCH_AT

    def takes(self, batch: RawBatch, limit: int) -> bool:
        """Whether the records of `batch` may stand in the same batch as those held."""
        fits = len(self.rows) + len(batch.rows) <= limit and batch.columns == self.columns
        return not self.rows or (fits and not batch.fault)

    def add(self, batch: RawBatch) -> None:
        """Take in the records of one file, or a part of it."""
        self.columns, self.received_at = batch.columns, batch.received_at
        self.rows.extend(batch.rows)
        self.origins.append(batch.origin)

    def batch(self) -> RawBatch:
        """The batch, known by its first and last file."""
        ends = dict.fromkeys((self.origins[0], self.origins[-1]))
        return RawBatch(self.columns, self.rows, utc_now(), self.received_at, " … ".join(ends))


class FileSource:
    """One place of files. What was seen of it is kept: a poll without news costs next to nothing.

    `reading` is called when a file is to be read; it raises Absent for want of a package.
    """

    caution = ""

    def __init__(
        self,
        source: str,
        options: PlacedFiles,
        reading: Callable[[], Reading],
        deadline_seconds: float,
    ) -> None:
        self._source, self._options, self._seconds = source, options, deadline_seconds
        self._reading = reading
        self._held: Place | None = None
        self._settled: dict[str, Found] = {}
        self._woken = Event()

    def probe(self) -> Probe:
        """Header and first records of the newest file that is whole; no columns without a file."""
        deadline = Deadline(self._seconds, self._wake)
        with self._asking(deadline), deadline.running():
            ready = self._ready(Window(), deadline)
        for found in reversed(ready):
            for batch, told in self._batches(found, deadline):
                if not batch.fault:
                    return Probe(batch.columns, batch.rows[:SAMPLE_ROWS], utc_now(), told)
        return Probe((), [], utc_now())

    def fetch(self, window: Window) -> Iterator[RawBatch]:
        """Records of the files changed within the window, oldest file first."""
        deadline, limit = Deadline(self._seconds, self._wake), self._options.batch_rows
        with self._asking(deadline), deadline.running():
            files = self._ready(window, deadline)
        gathered = Gathered()
        for found in files:
            for batch, _ in self._batches(found, deadline):
                if not gathered.takes(batch, limit):
                    yield gathered.batch()
                    gathered = Gathered()
                if batch.fault:
                    yield batch
                elif batch.rows:
                    gathered.add(batch)
        if gathered.rows:
            yield gathered.batch()

    def close(self) -> None:
        """Forget what was seen of the place, and let go of it."""
        if self._held is not None:
            self._held.forget()
        self._settled.clear()

    @property
    def _place(self) -> Place:
        if self._held is None:
            self._held = place_of(self._options)
        return self._held

    def _wake(self) -> None:
        self._woken.set()
        if self._held is not None:
            self._held.abort()

    @contextmanager
    def _asking(self, deadline: Deadline) -> Iterator[None]:
        self._woken.clear()
        try:
            yield
        except Absent as absent:
            raise SourceUnavailable(self._source, str(absent)) from absent
        except PermissionError as error:
            where = where_of(self._options)
            is_local = self._options.server is None
            said = (
                f"{error.filename or where} may not be read by us"
                if is_local
                else f"{where}: {error.strerror}"
            )
            self.close()
            raise SourceRefused(self._source, said) from error
        except OSError as error:
            said = error.strerror or str(error)
            self.close()
            raise SourceUnavailable(self._source, f"{where_of(self._options)}: {said}") from error

    def _ready(self, window: Window, deadline: Deadline) -> list[Found]:
        found = self._place.within(window, deadline)
        if self._options.done_suffix:
            return [file for file in found if self._place.is_done(file.name)]
        if self._place.shows_whole_files:
            return found
        if any(self._settled.get(file.name) != file for file in found):
            self._woken.wait(min(self._options.settle_seconds, max(deadline.left, 0)))
            deadline.check()
            found = self._place.unchanged(found, deadline)
            if len(self._settled) > SETTLED_KEPT:
                self._settled.clear()
            self._settled |= {file.name: file for file in found[-SETTLED_KEPT:]}
        return found

    def _batches(self, found: Found, deadline: Deadline) -> Iterator[tuple[RawBatch, str]]:
        """A file's batches, and how each was read. Reading what has come is not on the clock."""
        most = self._options.largest_megabytes << 20
        with self._asking(deadline):
            if found.size > most:
                fault = f"a file of at most {most >> 20} MB, not of {found.size >> 20} MB"
                yield _refused(found, "", [("", found.size, "")], fault), ""
                return
            reading = self._reading()
            with ExitStack() as stack:
                try:
                    with deadline.running():
                        file = stack.enter_context(self._place.opened(found, deadline))
                except FileNotFoundError:
                    return
                content = _digest(file)
                for part in parts(file, found.name, most, is_workbook=reading.is_workbook):
                    yield from self._of_part(part, found, content, reading)

    def _of_part(
        self, part: Part, found: Found, content: str, reading: Reading
    ) -> Iterator[tuple[RawBatch, str]]:
        at, number = found.modified_at, 0
        try:
            if part.fault:
                raise FaultyFile(part.fault)
            table = reading.read(part.file)
            columns = (*ADDED, *table.columns)
            most = self._options.batch_rows
            for piece in checked(table, most, has_totals_row=reading.has_totals_row):
                rows = [
                    (part.name, at, content, number + place, *row)
                    for place, row in enumerate(piece, 1)
                ]
                number += len(piece)
                yield RawBatch(columns, rows, utc_now(), at, part.name), table.told
        except FaultyFile as faulty:
            evidence = [(content, found.size, _beginning(part.file))]
            yield _refused(found, part.name, evidence, str(faulty)), ""


def _refused(found: Found, name: str, evidence: Sequence[tuple[Any, ...]], fault: str) -> RawBatch:
    at = found.modified_at
    return RawBatch(FAULTY, evidence, utc_now(), at, name or found.name, f"expected {fault}")


def _digest(file: IO[bytes]) -> str:
    digest = sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()[:32]


def _beginning(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(EVIDENCE_BYTES).decode("utf-8", "backslashreplace")
