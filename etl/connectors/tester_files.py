"""Reads the files that testers write for themselves: STDF V4, and XML such as ATML."""

from functools import partial
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from etl.connectors.extra import needed
from etl.connectors.file_options import PlacedFiles
from etl.connectors.file_source import FileSource, Reading

FORMATS = {
    "stdf": "etl.connectors.formats.stdf:read",
    "xml": "etl.connectors.formats.xml:read",
}


class TesterFilesOptions(PlacedFiles):
    """Which records of a tester's file are wanted.

    Of STDF: its parts, or the tests that parts failed. Of XML: the elements called `record`, or
    each of the elements `each` in them, of which `only` keeps those with these values.
    """

    pattern: Annotated[str, Field(min_length=1)] = "*.stdf"
    format: Literal["stdf", "xml"] = "stdf"
    records: Literal["parts", "fails"] = "parts"
    record: Annotated[str, Field(min_length=1)] = "TestResults"
    each: str | None = None
    only: Annotated[dict[str, str], Field(default_factory=dict)]


class TesterFilesConnector(FileSource):
    """One place of tester files."""

    def __init__(
        self, source: str, options: TesterFilesOptions, zone: ZoneInfo, deadline_seconds: float
    ) -> None:
        super().__init__(source, options, partial(_reading, options), deadline_seconds)


def _reading(options: TesterFilesOptions) -> Reading:
    read = needed(FORMATS[options.format], "testers")
    return Reading(lambda file: read(file, options))
