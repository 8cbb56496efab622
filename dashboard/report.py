"""The rows behind a page as tables with typed columns: what exports write out."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from dashboard.address import State
from dashboard.read import Read
from db.queries.scope import Scope
from db.queries.shapes import PlantShape

Kind = Literal["text", "count", "number", "ratio", "date", "instant"]
"""count: a whole number. ratio: 0–1, shown as a percentage. instant: ISO, UTC."""


class Asked(NamedTuple):
    """What a page is asked for: the named parts of its address, its filters, and by whom."""

    read: Read
    scope: Scope
    plants: list[PlantShape]
    names: Mapping[str, str]
    state: State
    theme: Literal["dark", "light"]
    now: datetime
    is_opening: bool = False
    """The page opens with the answer: one that takes long may come after it instead."""


class Column(NamedTuple):
    """A column; `label` carries the unit."""

    label: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Table:
    """Rows as they are, one value per column; None is not known."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Report:
    """What is exported of a page, with what one must know to read it."""

    title: str
    as_of_at: str | None
    zone: str
    zone_label: str
    filters: Sequence[tuple[str, str]]
    definitions: Sequence[tuple[str, str]]
    tables: Sequence[Table]
    plant: str = "all"
    span: Sequence[str] = field(default_factory=tuple)
    """First and last business date covered, for the file's name."""


Tables = Callable[[Asked], Awaitable[Report]]
"""What a desk page exports for what it is asked."""
Export = Callable[[Read, Scope, Mapping[str, str], str], Awaitable[Report]]
"""(store, viewer's scope, named parts of the address, query) → what is exported."""
