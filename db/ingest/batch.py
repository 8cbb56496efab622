"""What goes into the writer and what comes out of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress
from typing import Any, overload

from sqlmodel import SQLModel

from db.domain.vocabulary import RejectionReason

Values = tuple[Any, ...]
STAMPED = ("ingested_at", "load_id")
"""Columns the writer fills itself; all others come with the row."""


def row_columns(model: type[SQLModel]) -> tuple[str, ...]:
    """Names of the values a row tuple for `model` holds, in order.

    >>> from db.models import StockPosition
    >>> row_columns(StockPosition)[:4]
    ('source', 'source_key', 'plant', 'content_hash')
    """
    table = SQLModel.metadata.tables[str(model.__tablename__)]
    return tuple(column.name for column in table.columns if column.name not in STAMPED)


class Rows(Sequence[Values]):
    """Rows kept as columns; the tuple of a row is only made when somebody asks for it.

    Taking ten thousand tuples apart and putting them together costs as much as parsing them does.

    >>> rows = Rows([["SN1", "SN2"], [7, 8]])
    >>> rows[1], len(rows), rows == [("SN1", 7), ("SN2", 8)]
    (('SN2', 8), 2, True)
    """

    __slots__ = ("columns",)

    def __init__(self, columns: Iterable[Sequence[Any]]) -> None:
        self.columns = tuple(columns)

    @classmethod
    def of(cls, rows: Sequence[Values], width: int) -> "Rows":
        """The same rows by columns, of which there are `width` even without a row."""
        if isinstance(rows, Rows) and rows:
            return rows
        return cls(zip(*rows, strict=True) if rows else [()] * width)

    def where(self, is_wanted: Sequence[bool]) -> "Rows":
        """The rows that are wanted."""
        if all(is_wanted):
            return self
        return Rows(list(compress(column, is_wanted)) for column in self.columns)

    def __add__(self, other: "Rows") -> "Rows":
        if not (self and other):
            return self or other
        both = zip(self.columns, other.columns, strict=True)
        return Rows([*first, *second] for first, second in both)

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def __iter__(self) -> Iterator[Values]:
        return zip(*self.columns, strict=True)

    @overload
    def __getitem__(self, at: int) -> Values: ...
    @overload
    def __getitem__(self, at: slice) -> "Rows": ...
    def __getitem__(self, at: int | slice) -> "Values | Rows":
        if isinstance(at, slice):
            return Rows(column[at] for column in self.columns)
        return tuple(column[at] for column in self.columns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # its columns may be lists


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that cannot be trusted: why, which field, and the whole of what the source said.

    `record_key` is its natural key, or a hash of the payload when it has none; `payload` is JSON.
    `received_at` is the change time of a record that has none of its own, `happened_at` the instant
    it would count at, where that can be read.
    """

    record_key: str
    reason: RejectionReason
    field: str
    detail: str
    payload: str
    received_at: datetime | None = None
    happened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a source has been read: change time and key, never past the source's own clock."""

    changed_at: datetime
    key: str
    source_clock_at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one source for one table, validated, in the order of `row_columns(model)`.

    Values are Python values (aware UTC datetimes, dates, Decimals); the writer converts them.
    `is_snapshot`: the rows are all the source holds, so what is missing was deleted there.
    `mark` None leaves the watermark alone (backfills of older windows).
    `whole`: quarantine keys of what was read whole besides the rows, such as files once cut off.
    `asked_at` makes the batch a repair: what the source said at that instant stands, also against
    newer change times, unless the held row was written since. `gone`: keys it then had no more.
    """

    source: str
    plant: str
    model: type[SQLModel]
    rows: Sequence[Values]
    load_id: int
    rejections: list[Rejection] = field(default_factory=list)
    mark: Mark | None = None
    is_snapshot: bool = False
    whole: frozenset[str] = frozenset()
    asked_at: datetime | None = None
    gone: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch's records; all but `kept` add up to what was read.

    `superseded`: older than what is already held; not written. `quarantined`: could not be trusted.
    `kept`: rows missing from a snapshot too thin to be believed, and so not deleted.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    superseded: int = 0
    quarantined: int = 0
    kept: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.deleted + other.deleted,
            self.superseded + other.superseded,
            self.quarantined + other.quarantined,
            self.kept + other.kept,
        )
