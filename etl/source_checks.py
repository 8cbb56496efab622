"""The rules of one `[[sources]]` entry: known feed, mapped fields, words and units of ours."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from db.errors import Fault
from etl.feeds.declare import SOURCED, Feed, Field, Kind
from etl.feeds.registry import FEEDS
from etl.feeds.times import EPOCH
from etl.plant_file import ColumnMap, PlantFile, SourceEntry

_UNIT = re.compile(r"[A-Za-z0-9%]{1,8}(\*[0-9]{1,9}(\.[0-9]{1,6})?)?")
YES_OR_NO = ("true", "false")


def source_faults(file: str, where: str, plant: PlantFile, entry: SourceEntry) -> Iterator[Fault]:
    """Every fault of one source, with its key path from `where`."""
    feed = FEEDS.get(entry.feed)
    if feed is None:
        yield Fault(file, f"{where}.feed", entry.feed, "one of " + ", ".join(FEEDS))
        return
    for rule in RULES:
        for key, value, allowed in rule(plant, entry, feed):
            yield Fault(file, f"{where}.{key}", value, allowed)


Found = Iterator[tuple[str, object, str]]


def _columns(plant: PlantFile, entry: SourceEntry, feed: Feed) -> Found:
    fields = _fields(feed)
    for name, source in entry.columns.items():
        if name not in fields:
            yield f"columns.{name}", _shown(source), "one of " + ", ".join(fields)
        if isinstance(source, ColumnMap):
            given = [source.column, source.constant, source.columns]
            if sum(value is not None for value in given) != 1:
                yield f"columns.{name}", _shown(source), "exactly one of column, constant, columns"
            if source.columns and name in fields and fields[name].kind is not Kind.CODE:
                yield f"columns.{name}", source.columns, "one column; only codes can be joined"


def _required(plant: PlantFile, entry: SourceEntry, feed: Feed) -> Found:
    followed = feed.follows_station if "station" in entry.columns else frozenset()
    for field in _fields(feed).values():
        if field.is_required and field.name not in entry.columns and field.name not in followed:
            yield f"columns.{field.name}", None, "a source column; the feed needs this field"
    if entry.change_time is not None and entry.change_time not in entry.columns:
        yield "change_time", entry.change_time, "one of " + ", ".join(entry.columns)


def _words(plant: PlantFile, entry: SourceEntry, feed: Feed) -> Found:
    fields = _fields(feed)
    for name, words in entry.words.items():
        field = fields.get(name)
        if field is None or name not in entry.columns:
            yield f"words.{name}", name, "a field that `columns` maps"
            continue
        allowed = _targets(field, plant)
        for word, ours in words.items():
            if allowed is not None and ours not in allowed:
                yield f"words.{name}.{word}", ours, "one of " + ", ".join(allowed)


def _targets(field: Field, plant: PlantFile) -> list[str] | None:
    """Our words for a field; None where any code will do."""
    if field.kind is Kind.WORD:
        return [str(word) for word in field.words]
    if field.kind is Kind.LINE:
        return [line.code for line in plant.lines]
    if field.kind is Kind.OPERATION:
        return [operation.code for operation in plant.operations]
    if field.kind is Kind.FLAG:
        return list(YES_OR_NO)
    return None if field.kind in {Kind.CODE, Kind.TEXT} else []


def _units(plant: PlantFile, entry: SourceEntry, feed: Feed) -> Found:
    for unit, target in entry.units.items():
        factor = target.partition("*")[2]
        if not _UNIT.fullmatch(target) or (factor and float(factor) == 0):
            yield f"units.{unit}", target, 'our unit, or our unit and a factor, as in "EA*10"'


def _times(plant: PlantFile, entry: SourceEntry, feed: Feed) -> Found:
    form, midsummer = entry.time_format, datetime(2026, 7, 1, 12, 30, 15)  # noqa: DTZ001
    if form != "iso" and form not in EPOCH:
        try:
            if datetime.strptime(midsummer.strftime(form), form).hour != 12:  # noqa: DTZ007
                raise ValueError(form)
        except ValueError:
            yield "time_format", form, f"iso, {', '.join(EPOCH)}, or a strptime pattern with hours"
    if entry.allowed_lag_seconds < entry.interval_seconds:
        allowed = f"at least the interval of {entry.interval_seconds} s"
        yield "allowed_lag_seconds", entry.allowed_lag_seconds, allowed


def _changes(plant: PlantFile, entry: SourceEntry, feed: Feed) -> Found:
    options, is_snapshot = entry.options, entry.mode == "snapshot"
    given = [key for key in ("change_column", "cursor_column") if key in options]
    if entry.connector == "sql" and not is_snapshot and not given:
        allowed = 'the column of the change time, or mode = "snapshot" to read all each time'
        yield "options.change_column", None, allowed
    for key in given if is_snapshot else ():
        allowed = 'nothing: mode = "snapshot" reads all each time, what is missing was deleted'
        yield f"options.{key}", options[key], allowed


def _fields(feed: Feed) -> dict[str, Field]:
    return {field.name: field for field in (*SOURCED, *feed.fields)}


def _shown(source: str | ColumnMap) -> object:
    return source if isinstance(source, str) else source.model_dump(exclude_none=True)


RULES: tuple[Callable[[PlantFile, SourceEntry, Feed], Found], ...] = (
    _columns,
    _required,
    _words,
    _units,
    _times,
    _changes,
)
