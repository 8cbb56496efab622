"""Schema drift: a source's columns and the kinds of their values, against what they were.

A new column is loaded past and told. A mapped one that is gone stops its feed (the feed says so by
itself); so does one that holds values of another kind that the feed cannot read. Everything is
noted, so that the difference can be shown.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import Engine

from db.clock import utc_now
from db.errors import SourceChanged
from db.ingest.columns import held_kinds, note_kinds
from etl.connectors.base import RawBatch
from etl.feeds.parse import CompiledFeed, Parsed
from etl.plant_file import SourceEntry

LOOKED_AT = 100
"""Rows of a batch whose values are looked at for their kinds."""
KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "flag"),
    ((int, float, Decimal), "number"),
    (str, "text"),
    (date, "time"),
    ((bytes, bytearray, memoryview), "bytes"),
)
"""Type of a value → its kind; anything else is a list."""
TELLS_ALL = frozenset({"sql"})
"""Connectors that show all columns each time. JSON records leave out what is empty, and files of
one folder differ: a column that these do not show is not gone."""


class Watched(Protocol):
    """What is asked of a source; `etl.runner.Pull` is one."""

    @property
    def code(self) -> str: ...
    @property
    def plant(self) -> str: ...
    @property
    def entry(self) -> SourceEntry: ...


class Fingerprints:
    """What sources looked like, kept in memory between loads and in the store for good."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {}

    @contextmanager
    def watched(self, engine: Engine, pull: Watched, raw: RawBatch) -> Iterator[None]:
        """Note what a batch looks like, also when the feed cannot read it because of that; a kind
        that stopped the feed is not taken on, so that it stays stopped."""
        known = self._known_of(engine, pull.code)
        kinds = kinds_of(raw) if raw.columns and not raw.fault else {}
        merged = {name: _merged(known.get(name, ""), kind) for name, kind in kinds.items()}
        try:
            yield
        except SourceChanged:
            merged |= {name: known[name] for name in merged if known.get(name)}
            raise
        finally:
            if pull.entry.connector not in TELLS_ALL:
                merged = known | merged
            if kinds and merged != known:
                note_kinds(engine, pull.plant, pull.code, merged, utc_now())
                self._known[pull.code] = merged

    def check(self, engine: Engine, feed: CompiledFeed, raw: RawBatch, parsed: Parsed) -> None:
        """Raise SourceChanged when mapped columns hold another kind of values that is unreadable:
        not one of the records that has a value there could be read because of it."""
        if not parsed.rejections:
            return
        known = self._known_of(engine, feed.source)
        retyped = [
            f"{column} ({known[column]}, now {kind})"
            for column, kind in kinds_of(raw).items()
            if is_other(known.get(column, ""), kind) and _is_unreadable(feed, raw, parsed, column)
        ]
        if retyped:
            raise SourceChanged(feed.source, [], [], retyped)

    def _known_of(self, engine: Engine, source: str) -> dict[str, str]:
        if source not in self._known:
            self._known[source] = held_kinds(engine, source)
        return self._known[source]


def kinds_of(raw: RawBatch) -> dict[str, str]:
    """Column → the kinds of its values, '' where all are empty.

    >>> from datetime import datetime, UTC
    >>> now = datetime(2026, 11, 10, tzinfo=UTC)
    >>> kinds_of(RawBatch(("a", "b", "c"), [(1, "x", None), ("2", "y", None)], now, now))
    {'a': 'number+text', 'b': 'text', 'c': ''}
    """
    rows = [row for row in raw.rows[:LOOKED_AT] if len(row) == len(raw.columns)]
    columns = zip(*rows, strict=True) if rows else [()] * len(raw.columns)
    return {
        name: "+".join(sorted(set(map(_kind, values)) - {""}))
        for name, values in zip(raw.columns, columns, strict=True)
        if not name.startswith("_")
    }


def is_other(known: str, kind: str) -> bool:
    """Whether two fingerprints of a column have nothing in common; '' is unknown.

    >>> is_other("text", "number"), is_other("number+text", "number"), is_other("", "number")
    (True, False, False)
    """
    return bool(known and kind) and not set(known.split("+")) & set(kind.split("+"))


def _is_unreadable(feed: CompiledFeed, raw: RawBatch, parsed: Parsed, column: str) -> bool:
    fields, place = feed.fields_of(column), raw.columns.index(column)
    failed = sum(rejection.field in fields for rejection in parsed.rejections)
    filled = sum(len(row) > place and row[place] not in (None, "") for row in raw.rows)
    return 0 < filled <= failed


def _kind(value: Any) -> str:
    if value is None or value == "":
        return ""
    return next((kind for types, kind in KINDS if isinstance(value, types)), "list")


def _merged(known: str, kind: str) -> str:
    """A column's kinds, as long as old and new ones have some in common; else the new ones.

    >>> _merged("number", "number+text"), _merged("text", ""), _merged("text", "number")
    ('number+text', 'text', 'number')
    """
    if is_other(known, kind):
        return kind
    return "+".join(sorted(set(filter(None, [*known.split("+"), *kind.split("+")]))))


def difference(held: Mapping[str, str], found: Mapping[str, str]) -> str:
    """What differs between two fingerprints, in words; '' when nothing does or none was held.

    >>> difference({"a": "text", "b": "text"}, {"a": "number", "c": ""})
    'new: c; gone: b; of another kind: a (text, now number)'
    """
    if not held:
        return ""
    other = [
        f"{name} ({held[name]}, now {kind})"
        for name, kind in found.items()
        if is_other(held.get(name, ""), kind)
    ]
    parts = {
        "new": sorted(set(found) - set(held)),
        "gone": sorted(set(held) - set(found)),
        "of another kind": sorted(other),
    }
    return "; ".join(f"{what}: {', '.join(names)}" for what, names in parts.items() if names)
