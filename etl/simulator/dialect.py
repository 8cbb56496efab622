"""How one plant's systems say things, read from the very TOML that tells Rackline how to read them.

The column maps, words and units of the plant's sources are turned round: a fact becomes a row in
the plant's own columns, words, units and time format.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from etl.plant_file import ColumnMap, PlantFile, SourceEntry
from etl.simulator.facts import FIELDS, FLAGS, INSTANTS, QUANTITIES, Fact, Key, text_of
from etl.simulator.journal import Entry, Flaw

Value = str | int | bool | None
Row = tuple[Value, ...]
PIECES = {"PK10": 10, "PK": 100}
PACKED = {"PK10": ("WASH-M6", "CAGE-NUT"), "PK": ("SCREW-M6", "CBL-TIE")}
"""Parts kept in packs by systems that know the unit, and how many pieces a pack holds."""
NO_INDEX = -1
REMEMBERED = 100_000
"""Instants whose text is kept: rows of one time tell the same ones again and again."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a plant's systems write an instant (None if there is none), and their yes and no."""

    text: Callable[[Any], str | None]
    yes_no: tuple[Value, Value]


def style(zone: str, form: str, suffix: str, yes_no: tuple[Value, Value]) -> Style:
    """Times of `zone` in the strftime `form` of their minute, then seconds and a suffix.

    >>> style("UTC", "%Y-%m-%dT%H:%M", "Z", (True, False)).text(61)
    '1970-01-01T00:01:01Z'
    """
    area = UTC if zone == "UTC" else ZoneInfo(zone)

    @lru_cache(maxsize=REMEMBERED)
    def minute(at: int) -> str:
        return datetime.fromtimestamp(at * 60, area).strftime(form)

    @lru_cache(maxsize=REMEMBERED)
    def text(at: Any) -> str | None:
        return f"{minute(at // 60)}:{at % 60:02d}{suffix}" if isinstance(at, int) else None

    return Style(text, yes_no)


@dataclass(frozen=True, slots=True)
class Renaming:
    """When stations with an alias got their present name, and what each was called before."""

    at: int
    earlier: dict[str, str]


class FeedDialect:
    """One feed of one plant: its columns, and how a fact is written in them."""

    def __init__(
        self, plant: PlantFile, source: SourceEntry, manner: Style, renaming: Renaming
    ) -> None:
        self.feed, self._manner, self._renaming = source.feed, manner, renaming
        self._present = {station.code: station.name for station in plant.stations}
        self.key_columns = columns_of(source.columns["source_key"])
        mapped = {field: columns_of(column)[:1] for field, column in source.columns.items()}
        self._fields = [
            (index, field, mapped[field][0])
            for index, field in enumerate(FIELDS[source.feed])
            if mapped.get(field)
        ]
        self.has_row_number = self.key_columns[0] not in [name for _, _, name in self._fields]
        self.changed_column = "".join(mapped.get("changed_at", ()))
        self.deleted_column = "".join(mapped.get("is_deleted", ()))
        self._words = {
            field: {ours: theirs for theirs, ours in reversed(words.items())}
            for field, words in source.words.items()
        }
        self._units = {o: t for t, o in source.units.items() if "*" not in o}
        self._packs = {
            part: pack for pack in PIECES if pack in source.units for part in PACKED[pack]
        }
        self._cells = itemgetter(*(index for index, _, _ in self._fields))
        writers = [self._writer(field) for _, field, _ in self._fields]
        self._writers = [(place, write) for place, write in enumerate(writers) if write]
        self._station_at = self._place("station")
        self._unit_at = self._place("unit")

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names of a row, in order: row number, fields, change time, deletion mark."""
        number = self.key_columns[:1] if self.has_row_number else ()
        names = tuple(column for _, _, column in self._fields)
        return number + names + tuple(c for c in (self.changed_column, self.deleted_column) if c)

    def _place(self, field: str) -> int:
        names = [name for _, name, _ in self._fields]
        return names.index(field) if field in names else NO_INDEX

    def _writer(self, field: str) -> Callable[[Any], Value] | None:
        yes, no = self._manner.yes_no
        words = self._words.get(field)
        if field in INSTANTS:
            return self._manner.text
        if field in QUANTITIES:
            return _quantity_text
        if field in FLAGS:
            return lambda flag: yes if flag else no
        if words:
            return words.__getitem__
        return None

    def row(self, key: Key, entry: Entry) -> Row:
        """The row as the plant's system holds it, flaw included."""
        fact = entry.fact if self._unit_at == NO_INDEX else self._in_own_unit(entry.fact)
        cells: list[Any] = [*self._cells(fact)]
        for place, write in self._writers:
            cells[place] = write(cells[place])
        if self._station_at != NO_INDEX:
            cells[self._station_at] = self.station_name(str(cells[self._station_at]), entry)
        if entry.flaw is not None:
            self._spoil(cells, entry.flaw)
        if self.changed_column:
            cells.append(self._manner.text(entry.changed_at))
        if self.deleted_column:
            cells.append(1 if entry.flaw is Flaw.VOIDED else 0)
        return (
            (key if isinstance(key, int) else str(key), *cells)
            if self.has_row_number
            else (*cells,)
        )

    def station_name(self, code: str, entry: Entry) -> str:
        """What the station was called when the row was written."""
        if entry.changed_at < self._renaming.at and code in self._renaming.earlier:
            return self._renaming.earlier[code]
        return self._present[code]

    def _in_own_unit(self, fact: Fact) -> Fact:
        fields = FIELDS[self.feed]
        named = dict(zip(fields, fact, strict=True))
        pack = self._packs.get(str(named["part"]))
        if pack:
            for field in QUANTITIES & named.keys():
                named[field] = _packed(named[field], PIECES[pack])
            named["unit"] = pack
        else:
            named["unit"] = self._units.get(str(named["unit"]), str(named["unit"]))
        return tuple(named.values())

    def _spoil(self, cells: list[Any], flaw: Flaw) -> None:
        is_link = self.feed == "genealogy"
        serial, time = ("parent_serial", "installed_at") if is_link else ("serial", "started_at")
        word = {"unit_step": "result", "test_run": "verdict"}.get(self.feed, "qty")
        field, value = {
            Flaw.UNKNOWN_WORD: (word, "OK*"),
            Flaw.NO_SERIAL: (serial, ""),
            Flaw.BAD_TIME: (time, "0000-00-00 00:00:00"),
            Flaw.TEXT_NUMBER: ("qty" if is_link else time, "N/A"),
        }.get(flaw, ("", ""))
        if field:
            cells[self._place(field)] = value


def _quantity_text(qty: object) -> Value:
    return text_of(qty) if isinstance(qty, int) else None if qty is None else str(qty)


def _packed(thousandths: object, pieces: int) -> Value:
    """Pieces as packs, in decimal text.

    >>> _packed(25_000, 10)
    '2.5'
    """
    if not isinstance(thousandths, int):
        return None
    return format((Decimal(thousandths) / (1000 * pieces)).normalize(), "f")


def columns_of(mapped: str | ColumnMap) -> tuple[str, ...]:
    """The source columns a canonical field is made of."""
    if isinstance(mapped, str):
        return (mapped,)
    return tuple(mapped.columns or ()) or ((mapped.column,) if mapped.column else ())
