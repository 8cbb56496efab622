"""From raw batches to rows of a table, or named rejections. Pure: no clock, no store, no network.

`etl.feeds.compile.compile_feed` turns a source's entry in the plant's TOML into readers, once;
`CompiledFeed.parse` then goes through a batch column by column, and a strict adapter made from the
table's own columns has the last word on every row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

from pydantic import TypeAdapter, ValidationError

from db.domain.calendar import PlantCalendar
from db.domain.clocks import Corrections
from db.domain.vocabulary import RejectionReason
from db.errors import SourceChanged
from db.ingest.batch import Mark, Rejection, Rows
from etl.connectors.base import RawBatch
from etl.connectors.file_source import FILE_COLUMN
from etl.feeds import derive
from etl.feeds.convert import Converter
from etl.feeds.declare import Feed, Field, Kind
from etl.feeds.derive import Raw, Table
from etl.feeds.faults import Bad
from etl.feeds.hashing import content_hashes
from etl.feeds.reject import file_key, other_files, rejection, whole_file
from etl.feeds.repeated import hold_changes, resolve_repeated
from etl.feeds.times import (
    CLOCK_TOLERANCE,
    EARLIEST,
    PLANNING_REACH,
    TimeReader,
    Times,
    check_span,
)

UNCORRECTED: Corrections = {}
INSTANTS = frozenset({Kind.INSTANT, Kind.PLANNED})


@dataclass(frozen=True, slots=True)
class Parsed:
    """A batch, understood: rows in the order of `row_columns(model)`, and what was set aside.

    `mark` says how far the batch reads; None when no record had a change time.
    `last_event_at` is the newest instant among the rows. `whole`: quarantine keys of the files that
    the records came from, which are no longer cut off if they ever were. `changed`: the records
    stood in files that lack columns; these are set aside, and it says what they lack. `index`:
    which record of the batch each row is.
    """

    rows: Rows
    rejections: list[Rejection]
    mark: Mark | None
    last_event_at: datetime | None
    whole: frozenset[str] = frozenset()
    changed: SourceChanged | None = None
    index: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Pick:
    """Where a canonical field comes from: source columns, or a constant."""

    columns: tuple[str, ...] = ()
    constant: str | None = None


@dataclass(frozen=True, slots=True)
class CompiledFeed:
    """One source's records, ready to be parsed."""

    feed: Feed
    plant: str
    source: str
    fields: tuple[Field, ...]
    picks: dict[str, Pick]
    converters: dict[str, Converter]
    reader: TimeReader
    calendar: PlantCalendar
    repeated_hour: str
    is_in_order: bool
    """Records stand in the order in which they were written, as in a file."""
    factors: dict[str, Decimal]
    """Units with a factor other than one come out of the UNIT converter as keys of this."""
    columns: tuple[str, ...]
    hashed: tuple[str, ...]
    adapter: TypeAdapter[tuple[list[Any], ...]]

    def parse(self, raw: RawBatch, *, now: datetime, clocks: Corrections = UNCORRECTED) -> Parsed:
        """Rows and rejections of a batch. Raises SourceChanged when a mapped column is gone.

        Files that lack a column are set aside instead: the next one may have it. `clocks` are taken
        off the times of stations.
        """
        if raw.fault:
            return Parsed(Rows(()), [whole_file(raw)], None, None)
        try:
            self.check_columns(raw.columns or ("",))
        except SourceChanged as lost:
            if FILE_COLUMN not in raw.columns:
                raise
            return Parsed(Rows(()), other_files(raw, lost), None, None, changed=lost)
        table = Table(list(range(len(raw.rows))), {})
        said = self._said(raw, table)
        for field in self.fields:
            self._type(field, said, table, now)
        told_at = [table.values[name] for name in self.feed.occurred]
        changed = table.values["changed_at"]
        if not all(changed):
            table.fill("changed_at", [at or raw.received_at for at in changed])
        for field in self.fields:
            if field.kind in INSTANTS and field.default:
                others = zip(table.values[field.name], table.values[field.default], strict=True)
                table.fill(field.name, [at or other for at, other in others])
        hold_changes(table.times["changed_at"])
        mark = self._mark(table, raw)
        table.drop()
        self._place(table, said)
        table.drop()
        if clocks and self.feed.occurred:
            derive.correct_clocks(table, self.feed.occurred, clocks)
        rows = self._finish(table)
        events = table.values["occurred_at" if self.feed.has_happened else "changed_at"]
        rejections = [
            rejection(
                raw,
                index,
                name,
                bad,
                self._key(said, index),
                happened_at=self._happened_at([column[index] for column in told_at], now),
            )
            for index, (name, bad) in sorted(table.faults.items())
        ]
        newest = max(events, default=None)
        return Parsed(rows, rejections, mark, newest, _files(raw), index=table.index)

    def fields_of(self, column: str) -> set[str]:
        """Our fields that a column of the source is mapped to."""
        return {name for name, pick in self.picks.items() if column in pick.columns}

    def keys(self, raw: RawBatch) -> list[str | None]:
        """Natural keys of a batch's records; None where one cannot be read."""
        said = self._said(raw, Table(list(range(len(raw.rows))), {}))
        found: list[str | None] = self.converters["source_key"](said["source_key"], _ignore)
        return found

    def check_columns(self, found: Sequence[str]) -> None:
        """Raise SourceChanged, naming what is missing and what is new, unless all are there.

        No columns at all tell nothing: a folder without files, a service without records.
        """
        if not found:
            return
        wanted = {column for pick in self.picks.values() for column in pick.columns}
        missing = wanted.difference(found)
        if missing:
            news = [name for name in set(found) - wanted if not name.startswith("_")]
            raise SourceChanged(self.source, sorted(missing), sorted(news))

    def _said(self, raw: RawBatch, table: Table) -> Raw:
        width, rows = len(raw.columns), raw.rows
        if set(map(len, rows)) - {width}:
            note = table.note("")
            for index, row in enumerate(rows):
                if len(row) != width:
                    detail = f"{width} fields as in the header, not {len(row)}"
                    note(index, Bad(RejectionReason.BAD_TEXT, detail))
            rows = [(*row, *[None] * width)[:width] for row in rows]
        place = {name: position for position, name in enumerate(raw.columns)}
        columns = list(zip(*rows, strict=True)) or [()] * width
        by_name = {
            column: columns[place[column]]
            for pick in self.picks.values()
            for column in pick.columns
        }
        return {name: _picked(pick, by_name, len(rows)) for name, pick in self.picks.items()}

    def _type(self, field: Field, said: Raw, table: Table, now: datetime) -> None:
        many, note = len(table.index), table.note(field.name)
        values = said.get(field.name)
        if field.kind not in INSTANTS:
            table.values[field.name] = (
                [field.default] * many
                if values is None
                else self.converters[field.name](values, note)
            )
            return
        times = Times([None] * many) if values is None else self.reader.column(values, note)
        is_plan = field.kind is Kind.PLANNED
        check_span(times, now + (PLANNING_REACH if is_plan else CLOCK_TOLERANCE), note, is_plan)
        table.times[field.name], table.values[field.name] = times, times.values
        if field.is_required and not all(times.values):
            for index, at in enumerate(times.values):
                if at is None:
                    note(index, Bad(RejectionReason.MISSING_VALUE, "a time, but it is empty"))

    def _mark(self, table: Table, raw: RawBatch) -> Mark | None:
        if raw.cursor:
            return Mark(raw.source_clock_at, raw.cursor, raw.source_clock_at)
        changed = table.values["changed_at"]
        if not changed:
            return None
        newest = max(changed)
        if newest > raw.source_clock_at:
            return Mark(raw.source_clock_at, "", raw.source_clock_at)
        pairs = zip(changed, table.values["source_key"], strict=True)
        key = max((key or "" for at, key in pairs if at == newest), default="")
        return Mark(newest, key[:200], raw.source_clock_at)

    def _place(self, table: Table, said: Raw) -> None:
        resolve_repeated(table, self.feed.occurred, self.repeated_hour, self.is_in_order)
        derive.check_order(table)
        if self.feed.occurred:
            derive.add_occurrence(table, self.feed.occurred, said)
        for field in self.fields:
            if field.kind is Kind.STATION:
                derive.add_station(table, field.name, self.feed.fields, self.calendar.zone)
            if field.kind is Kind.UNIT and field.name in said:
                derive.scale(table, field.name, self.feed.fields, self.factors)

    def _finish(self, table: Table) -> Rows:
        values, many = table.values, len(table.index)
        values["source"], values["plant"] = [self.source] * many, [self.plant] * many
        values["deleted_at"] = [
            at if is_deleted else None
            for at, is_deleted in zip(values["changed_at"], values["is_deleted"], strict=True)
        ]
        if self.feed.occurred:
            derive.add_places(table, self.calendar)
        if "duration_ms" in self.columns:
            values["duration_ms"] = derive.durations(values["started_at"], values["ended_at"])
        values["content_hash"] = content_hashes([values[name] for name in self.hashed])
        self._check(table)
        return Rows(table.values[name] for name in self.columns)

    def _check(self, table: Table) -> None:
        try:
            self.adapter.validate_python(
                tuple(table.values[name] for name in self.columns), strict=True
            )
        except ValidationError as error:
            for fault in error.errors(include_url=False, include_context=False):
                column, row = int(fault["loc"][0]), int(fault["loc"][1])
                is_long = fault["type"] in {"string_too_long", "less_than"}
                reason = RejectionReason.OUT_OF_RANGE if is_long else RejectionReason.WRONG_TYPE
                table.note(self.columns[column])(row, Bad(reason, fault["msg"]))
            table.drop()

    def _happened_at(self, told: Sequence[datetime | None], now: datetime) -> datetime | None:
        """When a rejected record would count; None where it tells no time that can be."""
        latest = now + (CLOCK_TOLERANCE if self.feed.has_happened else PLANNING_REACH)
        at = next(filter(None, told), None)
        return at if at is not None and EARLIEST <= at <= latest else None

    def _key(self, said: Raw, index: int) -> str | None:
        keys: list[str | None] = self.converters["source_key"](
            said["source_key"][index : index + 1], _ignore
        )
        return keys[0]


def _files(raw: RawBatch) -> frozenset[str]:
    if FILE_COLUMN not in raw.columns:
        return frozenset()
    names = map(itemgetter(raw.columns.index(FILE_COLUMN)), raw.rows)
    return frozenset(map(file_key, {name for name in names if isinstance(name, str)}))


def _picked(pick: Pick, by_name: Mapping[str, Sequence[Any]], many: int) -> Sequence[Any]:
    if not pick.columns:
        return [pick.constant] * many
    if len(pick.columns) == 1:
        return by_name[pick.columns[0]]
    return list(zip(*(by_name[column] for column in pick.columns), strict=True))


def _ignore(index: int, bad: Bad) -> None:
    """A key that cannot be read is replaced by a hash of the payload."""
