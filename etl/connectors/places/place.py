"""What every place of files can do, and what a file looks like from outside."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Protocol

from etl.connectors.base import Window
from etl.connectors.deadline import Deadline

EPOCH_AT = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A file as its place shows it; two of these are equal only if nothing changed between.

    `identity` is what the place itself knows it by: an inode, an entity tag.
    """

    modified_ns: int
    name: str
    size: int
    identity: str = ""

    @property
    def modified_at(self) -> datetime:
        """The file's change time, or that of its done marker."""
        return EPOCH_AT + timedelta(microseconds=self.modified_ns // 1_000)


class Place(Protocol):
    """Files of one folder. Everything but `forget` and `abort` raises OSError or TimeoutError."""

    shows_whole_files: bool
    """Whether a file can only be seen when all of it is there."""

    def within(self, window: Window, deadline: Deadline) -> list[Found]:
        """Files changed within the window, oldest first."""
        ...

    def unchanged(self, files: Sequence[Found], deadline: Deadline) -> list[Found]:
        """Those of the files that are still as they were found."""
        ...

    def is_done(self, name: str) -> bool:
        """Whether the done marker stood beside the file when files were last looked at."""
        ...

    def opened(self, found: Found, deadline: Deadline) -> AbstractContextManager[IO[bytes]]:
        """The file's content, to be read from any position; FileNotFoundError when it is gone."""
        ...

    def forget(self) -> None:
        """Know nothing of the place, and let go of it."""
        ...

    def abort(self) -> None:
        """Called from another thread: end the call that is under way."""
        ...


def nanoseconds(at: datetime) -> int:
    """Nanoseconds since 1970, as file systems count.

    >>> nanoseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000000
    """
    return (at - EPOCH_AT) // timedelta(microseconds=1) * 1_000
