"""From a source's entry in the plant's TOML to a feed that can parse its batches."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache, partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, TypeAdapter
from sqlalchemy import BigInteger, Boolean, Column, Date, Integer
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from db.domain.calendar import BreakRule, HolidayRule, PlantCalendar, ShiftRule
from db.domain.vocabulary import RejectionReason
from db.ingest.batch import row_columns
from db.models.types import QuantityType
from etl.connectors.file_source import FILE_CONNECTORS, TIME_COLUMN
from etl.feeds import convert
from etl.feeds.convert import Converter, by_value, text_column
from etl.feeds.declare import SOURCED, Feed, Kind, Place
from etl.feeds.declare import Field as FeedField
from etl.feeds.derive import Dated
from etl.feeds.faults import Bad, Note, shown
from etl.feeds.parse import INSTANTS, CompiledFeed, Pick
from etl.feeds.registry import FEEDS
from etl.feeds.times import TimeReader, read_date
from etl.plant_file import ColumnMap, PlantFile, SourceEntry

PYTHON_TYPES: dict[type[TypeEngine[Any]], Any] = {
    AutoString: str,
    UTCDateTime: AwareDatetime,
    QuantityType: Annotated[Decimal, Field(allow_inf_nan=False)],
    Boolean: bool,
    Date: date,
    Integer: Annotated[int, Field(ge=-(2**31), lt=2**31)],
    BigInteger: Annotated[int, Field(ge=-(2**63), lt=2**63)],
}
"""What a value must be, strictly, to enter a column of each type."""
CLEANERS: dict[Kind, Callable[[Any], str]] = {
    Kind.CODE: convert.clean_code,
    Kind.SERIAL: convert.clean_serial,
    Kind.TEXT: convert.clean_text,
}


def compile_feed(plant: PlantFile, entry: SourceEntry) -> CompiledFeed:
    """Readers for the records of one source. The plant file has passed `etl.registry`'s checks."""
    feed = FEEDS[entry.feed]
    fields = (*SOURCED, *feed.fields)
    factors = {
        unit: Decimal(unit.partition("*")[2]) for unit in entry.units.values() if "*" in unit
    }
    picks = {name: _pick(source) for name, source in entry.columns.items()}
    if entry.connector in FILE_CONNECTORS:
        picks.setdefault("changed_at", Pick((TIME_COLUMN,)))
    if entry.change_time and "changed_at" not in picks:
        picks["changed_at"] = picks[entry.change_time]
    if "verdict" in picks and "verdict_raw" not in picks and feed.name == "test_run":
        picks["verdict_raw"] = picks["verdict"]
    return CompiledFeed(
        feed=feed,
        plant=plant.plant.code,
        source=f"{plant.plant.code}.{feed.name}",
        fields=fields,
        picks=picks,
        converters={
            field.name: _converter(field, plant, entry, feed, len(picks[field.name].columns))
            for field in fields
            if field.name in picks and field.kind not in INSTANTS
        },
        reader=TimeReader(ZoneInfo(entry.zone), entry.time_format),
        calendar=plant_calendar(plant),
        repeated_hour=entry.repeated_hour,
        is_in_order=entry.connector in FILE_CONNECTORS,
        factors=factors,
        columns=row_columns(feed.model),
        hashed=_hashed(feed),
        adapter=column_adapter(feed.model),
    )


def plant_calendar(plant: PlantFile) -> PlantCalendar:
    """The calendar that a plant's shifts, breaks and holidays make."""
    return PlantCalendar.from_definition(
        plant.plant.zone,
        plant.plant.day_start,
        [
            ShiftRule(
                shift.code,
                shift.name,
                shift.start,
                shift.end,
                tuple(shift.weekdays),
                tuple(BreakRule(pause.start, pause.minutes) for pause in shift.breaks),
                tuple(shift.crews),
                shift.crews_from,
            )
            for shift in plant.shifts
        ],
        [HolidayRule(day.on, day.name, tuple(day.shifts)) for day in plant.holidays],
    )


@cache
def column_adapter(model: type[SQLModel]) -> TypeAdapter[tuple[list[Any], ...]]:
    """A strict validator of a table's columns of values, in the order of `row_columns(model)`."""
    columns = SQLModel.metadata.tables[str(model.__tablename__)].columns
    kinds = tuple(list[_column_type(columns[name])] for name in row_columns(model))  # type: ignore[misc]
    return TypeAdapter(tuple[kinds])  # type: ignore[valid-type]


def _column_type(column: Column[Any]) -> Any:
    kind = PYTHON_TYPES[type(column.type)]
    length = getattr(column.type, "length", None)
    if length:
        kind = Annotated[kind, Field(max_length=length)]
    return kind | None if column.nullable else kind


def _hashed(feed: Feed) -> tuple[str, ...]:
    held = set(row_columns(feed.model))
    names = [f.name for f in feed.fields if f.name in held and not f.is_volatile]
    event = ["occurred_at"] if feed.occurred and not held.intersection(feed.occurred) else []
    return (*names, *event, "is_deleted")


def _pick(source: str | ColumnMap) -> Pick:
    if isinstance(source, str):
        return Pick((source,))
    if source.columns:
        return Pick(tuple(source.columns))
    return Pick((source.column,) if source.column else (), source.constant)


def _converter(
    field: FeedField, plant: PlantFile, entry: SourceEntry, feed: Feed, parts: int
) -> Converter:
    words = _folded(entry.words.get(field.name, {}))
    is_followed = field.name in feed.follows_station
    default = "" if is_followed else field.default
    is_required = (field.is_required and not is_followed) or field.kind is Kind.UNIT
    if field.kind in {Kind.CODE, Kind.SERIAL} and parts > 1:
        return partial(_joined, text_column(convert.clean_code, is_required=False, default=""))
    if field.kind in CLEANERS:
        clean = CLEANERS[field.kind]
        if not words:
            return text_column(clean, is_required=is_required, default=default or "")
        return by_value(
            partial(convert.renamed, words=words), is_required=is_required, default=default
        )
    read = _value_reader(field, plant, entry, words)
    return by_value(read, is_required=is_required, default=default)


def _value_reader(
    field: FeedField, plant: PlantFile, entry: SourceEntry, words: dict[str, str]
) -> Callable[[Any], Any]:
    comma, unknown = entry.has_decimal_comma, RejectionReason.UNKNOWN_WORD
    read: Callable[[Any], Any] = partial(_flag, words)
    match field.kind:
        case Kind.WORD:
            words = words or {str(word): str(word) for word in field.words}
            read = partial(convert.word, words=words, reason=unknown)
        case Kind.LINE:
            read = partial(convert.word, words=named(plant.lines) | words, reason=unknown)
        case Kind.OPERATION:
            read = partial(convert.word, words=named(plant.operations) | words, reason=unknown)
        case Kind.UNIT:
            unknown = RejectionReason.UNKNOWN_UNIT
            read = partial(convert.word, words=unit_names(entry.units), reason=unknown)
        case Kind.STATION:
            read = partial(_station, station_names(plant))
        case Kind.QUANTITY:
            read = partial(convert.quantity, minimum=field.minimum, has_comma=comma)
        case Kind.RATIO:
            read = partial(convert.ratio, has_comma=comma)
        case Kind.COUNT:
            read = partial(convert.count, minimum=field.minimum)
        case Kind.DATE:
            read = partial(read_date, form=entry.time_format)
    return read


def unit_names(units: Mapping[str, str]) -> dict[str, str]:
    """Casefolded source unit → our unit with its factor; ours are always known by themselves.

    >>> unit_names({"PK10": "EA*10"})
    {'ea': 'EA', 'pk10': 'EA*10'}
    """
    own = {"EA"} | {target.partition("*")[0] for target in units.values()}
    return {name.casefold(): name for name in sorted(own)} | _folded(units)


def _flag(words: Mapping[str, str], value: Any) -> bool:
    """Yes or no in the source's own words; a true boolean, as JSON has them, needs none."""
    if isinstance(value, bool):
        return value
    return convert.flag(words.get(convert.clean_code(value).casefold(), value))


def _folded(words: Mapping[str, str]) -> dict[str, str]:
    return {source.strip().casefold(): ours for source, ours in words.items()}


def named(entries: Sequence[Any]) -> dict[str, str]:
    """Codes of lines or operations by casefolded name and code."""
    return {e.name.casefold(): e.code for e in entries} | {
        e.code.casefold(): e.code for e in entries
    }


def station_names(plant: PlantFile) -> dict[str, Place | Dated]:
    """Every name a station goes by in source systems, casefolded; names that moved are dated."""
    held: dict[str, dict[date, Place]] = {}
    for station in plant.stations:
        place = (station.code, station.line, station.operation)
        for name in (station.name, station.code):
            held.setdefault(name.strip().casefold(), {})[date.min] = place
        for alias in station.aliases:
            held.setdefault(alias.name.strip().casefold(), {})[alias.from_on or date.min] = place
    return {
        name: choices[date.min]
        if choices.keys() == {date.min}
        else Dated(tuple(sorted(choices.items(), reverse=True)))
        for name, choices in held.items()
    }


def _station(names: Mapping[str, Place | Dated], value: Any) -> Place | Dated:
    text = convert.clean_code(value)
    found = names.get(text.casefold())
    if found is None:
        detail = f"a station of this plant's file (name, code or alias), not {shown(text)}"
        raise Bad(RejectionReason.UNKNOWN_STATION, detail)
    return found


def _joined(part: Converter, values: Sequence[tuple[Any, ...]], note: Note) -> list[str | None]:
    """Keys of several columns: the parts joined by '|', which a part itself may not hold.

    A record with a part that cannot be read has no key: others like it are not the same record.
    """
    columns = [part(column, note) for column in zip(*values, strict=True)]
    keys: list[str | None] = []
    for index, parts in enumerate(zip(*columns, strict=True)):
        if None in parts:
            keys.append(None)
            continue
        key = "|".join(part.replace("|", "%7C") for part in parts)
        if not key.strip("|"):
            note(index, Bad(RejectionReason.MISSING_VALUE, "a key, but all its parts are empty"))
        keys.append(key)
    return keys
