"""Stands in for a source that cannot be reached for want of what the environment should give."""

from collections.abc import Iterator, Sequence

from db.errors import SourceUnavailable
from etl.connectors.base import Probe, RawBatch, Window


class Unreachable:
    """Answers every question with the names that have to be set."""

    caution = ""

    def __init__(self, source: str, names: Sequence[str]) -> None:
        self._source, self._names = source, names

    def probe(self) -> Probe:
        """Say what is missing."""
        raise self._why()

    def fetch(self, window: Window) -> Iterator[RawBatch]:
        """Say what is missing."""
        raise self._why()

    def close(self) -> None:
        """Nothing is held."""

    def _why(self) -> SourceUnavailable:
        named = ", ".join(self._names)
        return SourceUnavailable(
            self._source,
            f"not set in the environment: {named}. Set it where the loads are started, start them "
            "again, and see: rackline check",
        )
