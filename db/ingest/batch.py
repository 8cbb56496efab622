"""What goes into the writer and what comes out of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import SQLModel

from db.domain.vocabulary import RejectionReason

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


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that cannot be trusted: why, which field, and the whole of what the source said.

    `record_key` is its natural key, or a hash of the payload when it has none; `payload` is JSON.
    """

    record_key: str
    reason: RejectionReason
    field: str
    detail: str
    payload: str


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a source has been read: change time and key, never past the source's own clock."""

    changed_at: datetime
    key: str
    source_clock_at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one source for one table, validated, as tuples in the order of `row_columns(model)`.

    Values are Python values (aware UTC datetimes, dates, Decimals); the writer converts them.
    `is_snapshot`: the rows are all the source holds, so what is missing was deleted there.
    `mark` None leaves the watermark alone (backfills of older windows).
    `whole`: quarantine keys of what was read whole besides the rows, such as files once cut off.
    """

    source: str
    plant: str
    model: type[SQLModel]
    rows: list[tuple[Any, ...]]
    load_id: int
    rejections: list[Rejection] = field(default_factory=list)
    mark: Mark | None = None
    is_snapshot: bool = False
    whole: frozenset[str] = frozenset()


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
