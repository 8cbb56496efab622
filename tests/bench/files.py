"""What reading big files takes of memory, by format and size."""

import csv
import gzip
import json
import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import xlsxwriter
from pyarrow import parquet

from etl.connectors.base import Window
from etl.connectors.file_options import FilesOptions
from etl.connectors.files import FilesConnector
from tests.bench.figures import Figure, Goal
from tests.bench.memory import peak_mb

MEMORY = Goal("<=", 300)
COLUMNS = ("id", "edited", "value")
MOST_CELLS = 120_000
"""Rows of a workbook: it is held as a whole, and refused above 96 MB unpacked."""
GROUP = 10_000
Rows = Iterator[tuple[str, str, str]]


def measure(rows: int) -> Iterator[Figure]:
    """Peak memory of a process that reads a file of each format, at a tenth of the rows and all."""
    for name, write in WRITERS.items():
        most = min(rows, MOST_CELLS) if name == "xlsx" else rows
        for many in (most // 10, most):
            with tempfile.TemporaryDirectory() as folder:
                write(Path(folder) / f"big.{name}", _rows(many))
                size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
                peak = _peak(folder, name, many)
            what = f"peak memory reading {many:,} rows, {size:,.0f} MB"
            yield Figure(name, what, peak, MEMORY, "MB")


def _rows(many: int) -> Rows:
    for number in range(many):
        text = f"{number:09}"
        yield text, "2026-07-01T12:00:00Z", text * 44


def _peak(folder: str, suffix: str, many: int) -> float:
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        read, peak = pool.apply(_read, (folder, suffix))
    assert read == many
    return peak


def _read(folder: str, suffix: str) -> tuple[int, float]:
    options = FilesOptions.model_validate(
        {"folder": folder, "pattern": f"*.{suffix}", "format": FORMATS[suffix],
         "largest_megabytes": 10_000, "batch_rows": 10_000, "settle_seconds": 0.01}
    )  # fmt: skip
    with closing(FilesConnector("mp.part", options, ZoneInfo("UTC"), 3600)) as connector:
        batches = connector.fetch(Window())
        read = sum(len(batch.rows) for batch in batches if not _fault(batch.fault))
    return read, peak_mb()


def _fault(said: str) -> str:
    assert not said, said
    return said


def _csv(file: Path, rows: Rows) -> None:
    with file.open("w", newline="") as opened:
        _write_csv(opened, rows)


def _gzip(file: Path, rows: Rows) -> None:
    with gzip.open(file, "wt", compresslevel=1, newline="") as opened:
        _write_csv(opened, rows)


def _write_csv(opened: IO[Any], rows: Rows) -> None:
    writer = csv.writer(opened)
    writer.writerow(COLUMNS)
    writer.writerows(rows)


def _json_lines(file: Path, rows: Rows) -> None:
    with file.open("w") as opened:
        for row in rows:
            opened.write(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n")


def _parquet(file: Path, rows: Rows) -> None:
    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    with parquet.ParquetWriter(file, schema) as writer:
        while group := list(islice(rows, GROUP)):
            values = dict(zip(COLUMNS, map(list, zip(*group, strict=True)), strict=True))
            writer.write_table(pa.table(values, schema=schema))


def _workbook(file: Path, rows: Rows) -> None:
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Results")
        sheet.write_row(0, 0, COLUMNS)
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row)


WRITERS: dict[str, Callable[[Path, Rows], None]] = {
    "csv": _csv,
    "csv.gz": _gzip,
    "jsonl": _json_lines,
    "parquet": _parquet,
    "xlsx": _workbook,
}
FORMATS = {"csv": "csv", "csv.gz": "csv", "jsonl": "json_lines", "parquet": "parquet",
           "xlsx": "excel"}  # fmt: skip
