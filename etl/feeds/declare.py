"""How a feed is declared: its table, its canonical fields, their kinds, and when it happened."""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from sqlmodel import SQLModel


class Kind(Enum):
    """How the text of a field is to be read.

    CODE: an identifier, one line, NFC, trimmed. SERIAL: that of a unit. TEXT: a remark; line breaks
    become spaces.
    INSTANT: something that happened, so never in the future. PLANNED: an instant that may be ahead.
    DATE: a plant-local date. QUANTITY: a decimal of at most six places, in the row's unit.
    RATIO: the same without a unit, 0–1. COUNT: a whole number. WORD: one of a closed list. FLAG:
    yes or no. STATION, LINE, OPERATION: an entry of the plant's TOML. UNIT: a unit of measure; its
    default is for plants that do not map one: a mapped one that is empty says nothing.
    """

    CODE = "code"
    SERIAL = "serial"
    TEXT = "text"
    INSTANT = "instant"
    PLANNED = "planned"
    DATE = "date"
    QUANTITY = "quantity"
    RATIO = "ratio"
    COUNT = "count"
    WORD = "word"
    FLAG = "flag"
    STATION = "station"
    LINE = "line"
    OPERATION = "operation"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical field. `default` stands for a missing value unless `is_required`; for a missing
    instant it names the field whose instant does.

    `words` closes the list of a WORD. `minimum` bounds counts and quantities from below.
    `is_volatile` fields change without the record saying anything new: they are not hashed.
    """

    name: str
    kind: Kind
    is_required: bool = False
    default: Any = None
    words: type[StrEnum] | tuple[str, ...] = ()
    minimum: int | None = None
    is_volatile: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """One kind of record that plants send.

    `occurred` names the fields of which the first that is filled says when it happened; empty for
    records that have no instant. `fields` outside the table's columns only serve to compute some.
    """

    name: str
    model: type[SQLModel]
    fields: tuple[Field, ...]
    occurred: tuple[str, ...] = ()

    @property
    def has_happened(self) -> bool:
        """Whether records tell of something past, as steps do and plans do not."""
        kinds = {field.name: field.kind for field in self.fields}
        return any(kinds[name] is Kind.INSTANT for name in self.occurred)

    @property
    def follows_station(self) -> frozenset[str]:
        """Fields that may be left unmapped because the station tells them."""
        kinds = {field.kind for field in self.fields}
        if Kind.STATION not in kinds:
            return frozenset()
        return frozenset(f.name for f in self.fields if f.kind in {Kind.LINE, Kind.OPERATION})


Place = tuple[str, str, str]
"""A station's code, line and operation."""

NOWHERE: Place = ("", "", "")

SOURCED = (
    Field("source_key", Kind.CODE, is_required=True),
    Field("changed_at", Kind.INSTANT, is_volatile=True),
    Field("is_deleted", Kind.FLAG, default=False),
)
"""Fields that every feed has besides its own."""


def code(name: str, *, is_required: bool = False, default: str = "") -> Field:
    """An identifier; '' when missing."""
    return Field(name, Kind.CODE, is_required, default)


def required(name: str, kind: Kind = Kind.CODE, **more: Any) -> Field:
    """A field without which the record is not trusted."""
    return Field(name, kind, is_required=True, **more)
