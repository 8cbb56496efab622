"""Reads IPC-CFX messages that a plant's broker bridge or recorder writes as JSON lines."""

import fnmatch
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from db.clock import monotonic_seconds, utc_now
from db.errors import SourceRefused, SourceUnavailable
from etl.connectors.base import Probe, Window
from etl.connectors.cfx_messages import COLUMNS, HEAD, Decoder, RecordKind
from etl.connectors.inbox import KEY_COLUMN, TIME_COLUMN, Received
from etl.connectors.inbox_source import InboxSource
from etl.connectors.options import Options

SAMPLE_ROWS = 5
LOOK_SECONDS = 0.5
SIGN_SECONDS = 5.0
PRUNE_SECONDS = 600.0
PIECE = 4 * 1024 * 1024
LONGEST_LINE = 64 * 1024 * 1024


class CfxOptions(Options):
    """The folder of message files, one message a line, and which records to make of them."""

    folder: Annotated[str, Field(min_length=1)]
    pattern: Annotated[str, Field(description="Glob on the file name", min_length=1)] = "*.jsonl"
    inbox: Annotated[str, Field(description="File that keeps what was received", min_length=1)]
    record: Annotated[RecordKind, Field(description="work, tests, materials or states")]
    batch_rows: Annotated[int, Field(ge=1, le=100_000)] = 10_000


class CfxConnector(InboxSource):
    """Follows files that grow. A message read twice is kept once, by its UniqueID."""

    def __init__(
        self, source: str, options: CfxOptions, zone: ZoneInfo, deadline_seconds: float
    ) -> None:
        super().__init__(source, options.inbox, options.batch_rows)
        self._options, self._folder = options, Path(options.folder)

    def probe(self) -> Probe:
        """See whether the folder can be read, and show what has been received so far."""
        self._files()
        with self._keeping():
            found = self._inbox.read(Window(), self._columns(), SAMPLE_ROWS)
            columns, rows = next(found, (self._columns(), []))
        return Probe(columns, rows, utc_now())

    def _columns(self) -> tuple[str, ...]:
        return (KEY_COLUMN, TIME_COLUMN, *HEAD, *COLUMNS[self._options.record])

    def _where(self) -> str:
        return self._options.folder

    def _listen(self, check: Callable[[], None]) -> None:
        state = self._inbox.state()
        decoder = Decoder(self._options.record, state.get("begun", {}))
        places: dict[str, int] = state.get("places", {})
        next_sign = next_prune = 0.0
        while True:
            check()
            has_news = False
            for file in self._files():
                while self._take(file, places, decoder):
                    has_news = True
                    check()
            now = monotonic_seconds()
            if now >= next_sign:
                self._keep([], places, decoder)
                next_sign = now + SIGN_SECONDS
            if now >= next_prune:
                self._inbox.prune()
                next_prune = now + PRUNE_SECONDS
            if not has_news:
                Event().wait(LOOK_SECONDS)

    def _take(self, file: Path, places: dict[str, int], decoder: Decoder) -> bool:
        """Keep the next whole lines of a file; False when there is none."""
        try:
            with file.open("rb") as opened:
                size = opened.seek(0, 2)
                start = places.get(file.name, 0)
                start = 0 if start > size else start  # begun anew
                opened.seek(start)
                piece = opened.read(PIECE)
                if piece and b"\n" not in piece:
                    piece += opened.readline(LONGEST_LINE)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise SourceUnavailable(self._source, f"{file}: {error.strerror}") from error
        whole = piece[: piece.rfind(b"\n") + 1]
        if not whole:
            return False
        received = [
            one for line in whole.splitlines() if line.strip() for one in decoder.take(line)
        ]
        places[file.name] = start + len(whole)
        self._keep(received, places, decoder)
        return True

    def _keep(self, received: list[Received], places: dict[str, int], decoder: Decoder) -> None:
        line = {"state": "ok", "at": utc_now().isoformat()}
        self._inbox.put(received, {"places": places, "begun": decoder.begun, "line": line})

    def _files(self) -> list[Path]:
        try:
            names = [entry.name for entry in os.scandir(self._folder)]
        except PermissionError as error:
            said = f"{self._folder} may not be read by us"
            raise SourceRefused(self._source, said) from error
        except OSError as error:
            said = f"{self._folder}: {error.strerror}"
            raise SourceUnavailable(self._source, said) from error
        return [
            self._folder / name for name in sorted(fnmatch.filter(names, self._options.pattern))
        ]
