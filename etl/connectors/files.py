"""Reads tables in files that plants drop: CSV and its kin, JSON lines, Parquet, workbooks."""

from functools import partial
from zoneinfo import ZoneInfo

from etl.connectors.extra import needed
from etl.connectors.file_options import FilesOptions
from etl.connectors.file_source import FileSource, Reading

FORMATS = {
    "csv": "etl.connectors.formats.delimited:read",
    "json_lines": "etl.connectors.formats.json_lines:read",
    "parquet": "etl.connectors.formats.parquet:read",
    "excel": "etl.connectors.formats.excel:read",
}
"""Who reads which format; imported when the first file of it is met."""


class FilesConnector(FileSource):
    """One folder of files of one format."""

    def __init__(
        self, source: str, options: FilesOptions, zone: ZoneInfo, deadline_seconds: float
    ) -> None:
        super().__init__(source, options, partial(_reading, options), deadline_seconds)


def _reading(options: FilesOptions) -> Reading:
    read = needed(FORMATS[options.format], "files")
    return Reading(
        lambda file: read(file, options), options.format == "excel", options.has_totals_row
    )
