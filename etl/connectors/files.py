"""Reads CSV files that testers drop in a folder."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from db.clock import utc_now
from db.errors import SourceRefused, SourceUnavailable
from etl.connectors.base import Probe, RawBatch, Window
from etl.connectors.deadline import Deadline
from etl.connectors.folder import EPOCH_AT, Folder, Found
from etl.connectors.options import Options

SAMPLE_ROWS = 5
LARGEST_FILE = 256 * 1024 * 1024
SETTLED_KEPT = 10_000
csv.field_size_limit(LARGEST_FILE)
FILE_COLUMN, TIME_COLUMN = "_file", "_modified_at"
"""Columns added to every record: the file it stood in, and that file's change time."""


class FilesOptions(Options):
    """Where the files are and when one is ready to be read.

    With `done_suffix` a file is ready once `<name><done_suffix>` stands beside it; without, once
    its size and change time stayed the same for `settle_seconds`.
    """

    folder: Annotated[str, Field(min_length=1)]
    pattern: Annotated[str, Field(description="Glob on the file name", min_length=1)] = "*.csv"
    done_suffix: Annotated[str | None, Field(pattern=r"^\.\w+$")] = None
    settle_seconds: Annotated[float, Field(ge=0, le=3600)] = 2
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8-sig"
    needs_final_newline: Annotated[
        bool, Field(description="A file whose last line does not end was cut off")
    ] = True
    batch_rows: Annotated[int, Field(ge=1, le=100_000)] = 10_000


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


class FilesConnector:
    """One folder. What was seen of it is kept, so that a poll without news costs next to nothing.

    A file belongs to a window by its change time, or that of its done marker. Reading one again is
    harmless: records are known by what stands in them, never by the file's name.
    """

    caution = ""

    def __init__(
        self, source: str, options: FilesOptions, zone: ZoneInfo, deadline_seconds: float
    ) -> None:
        self._source, self._options, self._seconds = source, options, deadline_seconds
        self._folder = Folder(Path(options.folder), options.pattern, options.done_suffix)
        self._settled: dict[str, Found] = {}
        self._woken = Event()

    def probe(self) -> Probe:
        """Header and first records of the newest file that is whole; no columns without a file."""
        deadline = Deadline(self._seconds, self._woken.set)
        with self._reading(deadline):
            for found in reversed(self._ready(Window(), deadline)):
                batch = self._parsed(found)
                if not batch.fault:
                    return Probe(batch.columns, batch.rows[:SAMPLE_ROWS], utc_now())
        return Probe((), [], utc_now())

    def fetch(self, window: Window) -> Iterator[RawBatch]:
        """Records of the files changed within the window, oldest file first."""
        deadline, limit = Deadline(self._seconds, self._woken.set), self._options.batch_rows
        with self._reading(deadline):
            files = self._ready(window, deadline)
        gathered = Gathered()
        for found in files:
            with self._reading(deadline):
                whole = self._parsed(found)
            for batch in _pieces(whole, limit):
                if not gathered.takes(batch, limit):
                    yield gathered.batch()
                    gathered = Gathered()
                if batch.fault:
                    yield batch
                else:
                    gathered.add(batch)
        if gathered.rows:
            yield gathered.batch()

    def close(self) -> None:
        """Forget what was seen of the folder."""
        self._folder.forget()
        self._settled.clear()

    @contextmanager
    def _reading(self, deadline: Deadline) -> Iterator[None]:
        self._woken.clear()
        try:
            with deadline.running():
                yield
        except PermissionError as error:
            said = f"{error.filename or self._options.folder} may not be read by us"
            raise SourceRefused(self._source, said) from error
        except OSError as error:
            said = error.strerror or str(error)
            raise SourceUnavailable(self._source, f"{self._options.folder}: {said}") from error

    def _ready(self, window: Window, deadline: Deadline) -> list[Found]:
        found = self._folder.within(window)
        if self._options.done_suffix:
            return [file for file in found if self._folder.is_done(file.name)]
        if any(self._settled.get(file.name) != file for file in found):
            self._woken.wait(min(self._options.settle_seconds, max(deadline.left, 0)))
            deadline.check()
            found = [file for file in found if self._folder.look(file.name) == file]
            if len(self._settled) > SETTLED_KEPT:
                self._settled.clear()
            self._settled |= {file.name: file for file in found[-SETTLED_KEPT:]}
        return found

    def _parsed(self, found: Found) -> RawBatch:
        columns: tuple[str, ...] = ()
        rows: list[tuple[Any, ...]] = []
        fault = ""
        at = found.modified_at
        try:
            header, *records = self._records(found)
            columns = (FILE_COLUMN, TIME_COLUMN, *header)
            rows = [(found.name, at, *record) for record in records if record]
        except FaultyFile as faulty:
            fault = f"expected {faulty}"
        except FileNotFoundError:
            columns = ()
        return RawBatch(columns, rows, utc_now(), at, found.name, fault)

    def _records(self, found: Found) -> list[list[str]]:
        if found.size > LARGEST_FILE:
            raise FaultyFile(f"a file of at most {LARGEST_FILE >> 20} MB, not {found.size} bytes")
        options = self._options
        try:
            text = (Path(options.folder) / found.name).read_bytes().decode(options.encoding)
        except UnicodeDecodeError as error:
            raise FaultyFile(
                f"{options.encoding} text; {error.reason} at byte {error.start}"
            ) from error
        if not text.strip():
            raise FaultyFile("a header line; the file is empty")
        if options.needs_final_newline and not text.endswith(("\n", "\r")):
            raise FaultyFile(f"an end of line {text.count(chr(10)) + 1}; the file was cut off")
        try:
            records = list(
                csv.reader(io.StringIO(text, newline=""), delimiter=options.delimiter, strict=True)
            )
        except csv.Error as error:
            raise FaultyFile(f"whole CSV; {error}") from error
        header = [name.strip() for name in records[0]]
        if len(set(header)) < len(header) or "" in header:
            raise FaultyFile(f"a header of different names, not {','.join(header)[:200]}")
        return [header, *records[1:]]


class FaultyFile(ValueError):
    """What was expected of a file as a whole, and what is there."""


def _pieces(batch: RawBatch, limit: int) -> Iterator[RawBatch]:
    if batch.fault:
        yield batch
    for start in range(0, len(batch.rows), limit):
        yield replace(batch, rows=batch.rows[start : start + limit])
