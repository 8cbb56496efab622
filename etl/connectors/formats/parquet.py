"""Parquet, a batch of rows at a time, with the numbers and instants as they were stored."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import pyarrow
from pyarrow import parquet, types

from etl.connectors.formats.table import FaultyFile, Row, Table

LARGEST_ROW_GROUP = 1024 * 1024 * 1024
"""Bytes of a row group unpacked; more is held to be a bomb."""
BATCH_ROWS = 2_000
BUFFER_BYTES = 1024 * 1024


def read(file: IO[bytes], dialect: object) -> Table:
    """The table in a Parquet file; nested structures become dotted columns, lists JSON text."""
    with _damage():
        reader = parquet.ParquetFile(file, buffer_size=BUFFER_BYTES, pre_buffer=False)
        groups = [reader.metadata.row_group(at) for at in range(reader.num_row_groups)]
        largest = max((group.total_byte_size for group in groups), default=0)
        columns = tuple(_flattened(reader.schema_arrow.empty_table()).column_names)
    if largest > LARGEST_ROW_GROUP:
        most = f"row groups of at most {LARGEST_ROW_GROUP >> 20} MB"
        raise FaultyFile(f"{most}, not of {largest >> 20} MB")
    rows = _Rows(reader)
    return Table(columns, rows.__iter__, lambda: rows.weight, "Parquet")


class _Rows:
    """The rows from the beginning each time; `weight` counts the bytes of their batches."""

    def __init__(self, reader: Any) -> None:
        self._reader, self.weight = reader, 0

    def __iter__(self) -> Iterator[Row]:
        with _damage():
            for batch in self._reader.iter_batches(batch_size=BATCH_ROWS):
                table = _flattened(pyarrow.Table.from_batches([batch]))
                values = [_plain(column) for column in table.columns]
                share = batch.nbytes // max(batch.num_rows, 1)
                for row in zip(*values, strict=True):
                    self.weight += share
                    yield row


@contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except (pyarrow.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        said = " ".join(str(error).split())[:200]
        raise FaultyFile(f"a whole Parquet file; it was cut off or is damaged: {said}") from error


def _flattened(table: Any) -> Any:
    while any(types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return table


def _plain(column: Any) -> list[Any]:
    """Values as Python has them. A 32-bit number is what it was written as, 0.1 and no more."""
    kind = column.type
    if types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pyarrow.timestamp("us", kind.tz), safe=False)
    elif types.is_float32(kind) or types.is_duration(kind):
        column = column.cast(pyarrow.string())
    values: list[Any] = column.to_pylist()
    if types.is_nested(kind):
        return [None if value is None else json.dumps(value, default=str) for value in values]
    return values
