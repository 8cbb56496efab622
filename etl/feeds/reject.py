"""A rejection: the reason, and the whole of what the source said, so that it can be read again."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from uuid import UUID

from db.domain.vocabulary import RejectionReason
from db.errors import SourceChanged
from db.ingest.batch import Rejection
from etl.connectors.base import RawBatch
from etl.connectors.file_source import FILE_COLUMN, TIME_COLUMN
from etl.feeds.faults import Bad

LONGEST_KEY = 200
LONGEST_VALUE = 100_000
"""A value longer than this is kept by its beginning and its length."""
LONGEST_PLAIN_INT = 256
CUT = "cut"
"""Kind of a value of which not all is kept, or that no text can bring back."""
KINDS: tuple[tuple[type, str, Callable[[Any], str], Callable[[str], Any]], ...] = (
    (int, "int", hex, lambda text: int(text, 16)),
    (float, "float", str, float),
    (Decimal, "decimal", str, Decimal),
    (datetime, "datetime", str, datetime.fromisoformat),
    (date, "date", str, date.fromisoformat),
    (UUID, "uuid", str, UUID),
    (bytes, "bytes", bytes.hex, bytes.fromhex),
    (bytearray, "bytes", bytearray.hex, bytes.fromhex),
    (memoryview, "bytes", memoryview.hex, bytes.fromhex),
    (dict, "json", lambda value: json.dumps(value, default=str), json.loads),
    (list, "json", lambda value: json.dumps(value, default=str), json.loads),
)
"""Type of a value that JSON does not have, what it is called, and the way to text and back."""
READ_BACK = {name: back for _, name, _, back in KINDS}


def rejection(
    raw: RawBatch,
    index: int,
    name: str,
    bad: Bad,
    key: str | None,
    *,
    happened_at: datetime | None = None,
) -> Rejection:
    """The rejection of record `index`, known by its natural key or, without one, by its payload."""
    origin = "" if FILE_COLUMN in raw.columns else raw.origin
    payload = payload_of(raw.columns, raw.rows[index], origin)
    if not key or len(key) > LONGEST_KEY:
        key = "#" + blake2b(payload.encode(), digest_size=16).hexdigest()
    detail = f"expected {bad.detail}"
    return Rejection(key, bad.reason, name, detail, payload, raw.received_at, happened_at)


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

    `_types` names the kinds of values that JSON does not have, and `_columns` the header of a
    record that has more or fewer fields.

    >>> payload_of(("a", "b"), (1, "x", "too much"))
    '{"a": 1, "b": "x", "_3": "too much", "_columns": ["a", "b"]}'
    >>> payload_of(("a",), (Decimal("4.50"),))
    '{"a": "4.50", "_types": {"a": "decimal"}}'
    """
    names = [*columns, *(f"_{number}" for number in range(len(columns) + 1, len(row) + 1))]
    record: dict[str, Any] = {}
    types: dict[str, str] = {}
    for name, value in zip(names, row, strict=False):
        record[name], kind = _plain(value)
        if kind:
            types[name] = kind
    more: dict[str, Any] = {"_origin": origin} if origin else {}
    more |= {"_types": types} if types else {}
    more |= {"_columns": list(columns)} if len(row) != len(columns) else {}
    return json.dumps(record | more, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Told:
    """A record as its source told it. `row` is None when not all of it was kept."""

    columns: tuple[str, ...]
    row: tuple[Any, ...] | None
    origin: str = ""


def told_by(payload: str) -> Told:
    """What `payload_of` was made from.

    >>> told_by(payload_of(("a", "b"), (Decimal("4.50"), None), "f.csv"))
    Told(columns=('a', 'b'), row=(Decimal('4.50'), None), origin='f.csv')
    """
    record: dict[str, Any] = json.loads(payload)
    types, origin = record.pop("_types", {}), record.pop("_origin", "")
    columns = tuple(record.pop("_columns", record))
    if CUT in types.values() or not record:
        return Told(columns, None, origin)
    row = tuple(
        READ_BACK[types[name]](value) if name in types else value for name, value in record.items()
    )
    return Told(columns, row, origin)


def _plain(value: Any) -> tuple[Any, str]:
    """A value as JSON has it, and the kind it was if JSON has not."""
    if value is None or isinstance(value, bool):
        return value, ""
    if isinstance(value, int) and value.bit_length() <= LONGEST_PLAIN_INT:
        return value, ""
    if isinstance(value, str):
        text, kind = value, ""
    else:
        known = next((entry for entry in KINDS if isinstance(value, entry[0])), None)
        text, kind = (known[2](value), known[1]) if known else (str(value), CUT)
    if len(text) > LONGEST_VALUE:
        return f"{text[:LONGEST_VALUE]}… ({len(text)} characters)", CUT
    return text, kind
