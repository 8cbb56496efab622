"""A rejection: the reason, and the whole of what the source said."""

import json
from hashlib import blake2b
from typing import Any

from db.domain.vocabulary import RejectionReason
from db.errors import SourceChanged
from db.ingest.batch import Rejection
from etl.connectors.base import RawBatch
from etl.connectors.file_source import FILE_COLUMN, TIME_COLUMN
from etl.feeds.faults import Bad

LONGEST_KEY = 200
LONGEST_VALUE = 100_000
"""A value longer than this is kept by its beginning and its length."""


def rejection(raw: RawBatch, index: int, name: str, bad: Bad, key: str | None) -> Rejection:
    """The rejection of record `index`, known by its natural key or, without one, by its payload."""
    origin = "" if FILE_COLUMN in raw.columns else raw.origin
    payload = payload_of(raw.columns, raw.rows[index], origin)
    if not key or len(key) > LONGEST_KEY:
        key = "#" + blake2b(payload.encode(), digest_size=16).hexdigest()
    return Rejection(key, bad.reason, name, f"expected {bad.detail}", payload)


def whole_file(raw: RawBatch) -> Rejection:
    """The rejection of a file that cannot be read as a whole, known by its name.

    Its payload tells the content apart, not the time: sent again unchanged, it is nothing new.
    """
    payload = payload_of(raw.columns, raw.rows[0] if raw.rows else (), raw.origin)
    return Rejection(
        file_key(raw.origin), RejectionReason.BAD_TEXT, "", f"{raw.origin}: {raw.fault}", payload
    )


def other_files(raw: RawBatch, changed: SourceChanged) -> list[Rejection]:
    """The rejections of files that are tables of something else, each with its first record."""
    place, time = raw.columns.index(FILE_COLUMN), raw.columns.index(TIME_COLUMN)
    names = (*raw.columns[:time], *raw.columns[time + 1 :])
    firsts = {row[place]: (*row[:time], *row[time + 1 :]) for row in reversed(raw.rows)}
    lacking = f"expected columns are gone: {', '.join(changed.missing)}"
    there = f"; not mapped: {', '.join(changed.unexpected)}" if changed.unexpected else ""
    return [
        Rejection(
            file_key(name),
            RejectionReason.BAD_TEXT,
            "",
            f"{name}: {lacking}{there}",
            payload_of(names, row, name),
        )
        for name, row in firsts.items()
    ]


def file_key(name: str) -> str:
    """What a file is known by in quarantine.

    >>> file_key("run7.csv")
    'file run7.csv'
    """
    return f"file {name}"[:LONGEST_KEY]


def payload_of(columns: tuple[str, ...], row: tuple[Any, ...], origin: str = "") -> str:
    """A record as JSON by source column; what has no column is numbered, `_origin` is its file.

    >>> payload_of(("a", "b"), (1, "x", "too much"))
    '{"a": 1, "b": "x", "_3": "too much"}'
    """
    names = [*columns, *(f"_{number}" for number in range(len(columns) + 1, len(row) + 1))]
    record = {name: _plain(value) for name, value in zip(names, row, strict=False)}
    return json.dumps(record | ({"_origin": origin} if origin else {}), allow_nan=False)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and value.bit_length() <= 256:
        return value
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, bytes):
        value = value.hex()
    text = value if isinstance(value, str) else str(value)
    if len(text) > LONGEST_VALUE:
        return f"{text[:LONGEST_VALUE]}… ({len(text)} characters)"
    return text
