"""What a record does not say itself but that follows from it: its instant, place, hash.

Works on a `Table`: typed columns of equal length. Every step may note rows that contradict
themselves; `Table.drop` takes them out before the next step.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as part
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from db.domain.vocabulary import RejectionReason
from etl.feeds.convert import exact_quantity
from etl.feeds.declare import NOWHERE, Field, Kind, Place
from etl.feeds.faults import Bad, Note
from etl.feeds.times import Times

MILLISECOND = timedelta(milliseconds=1)
STEP_BACK = timedelta(minutes=5)
"""Records of a log may be this much out of order without the clock having been set back."""
HASH_MASK = 2**63 - 1

Faults = dict[int, tuple[str, Bad]]
"""What is wrong with a batch, by position of the record in it: the field and the fault."""

Raw = dict[str, Sequence[Any]]
"""Values of a batch as the source gave them, by canonical field."""


@dataclass(frozen=True, slots=True)
class Dated:
    """Stations that one name stood for, each from a local date on, latest first."""

    choices: tuple[tuple[date, Place], ...]


@dataclass(slots=True)
class Table:
    """Columns of typed values by canonical field; `index` says which raw record a row is."""

    index: list[int]
    values: dict[str, list[Any]]
    times: dict[str, Times] = part(default_factory=dict)
    faults: Faults = part(default_factory=dict)

    def note(self, name: str) -> Note:
        """A recorder of faults in field `name`, called with the row's place in this table."""
        index, faults = self.index, self.faults

        def record(row: int, bad: Bad) -> None:
            faults.setdefault(index[row], (name, bad))

        return record

    def fill(self, name: str, values: list[Any]) -> None:
        """Replace a column of instants."""
        self.times[name].values = self.values[name] = values

    def drop(self) -> None:
        """Take out the rows that have a fault."""
        keep = [row for row, origin in enumerate(self.index) if origin not in self.faults]
        if len(keep) == len(self.index):
            return
        moved = {old: new for new, old in enumerate(keep)}
        self.index = [self.index[row] for row in keep]
        self.values = {name: [column[row] for row in keep] for name, column in self.values.items()}
        for name, times in self.times.items():
            times.values = self.values[name]
            times.quality = _moved(times.quality, moved)
            times.second = _moved(times.second, moved)


def _moved(noted: dict[int, Any], moved: dict[int, int]) -> dict[int, Any]:
    return {moved[row]: value for row, value in noted.items() if row in moved}


def resolve_repeated(table: Table, occurred: Sequence[str], rule: str) -> None:
    """Decide which pass of the repeated autumn hour is meant: `first`, `second` or `by_order`.

    By order: records stand in the order in which they were written, so the first that steps back
    within the repeated hour, and all after it, are of the second pass. A record's other times take
    the same pass, unless that would put its end before its start.
    """
    if not any(times.second for times in table.times.values()):
        return
    late: set[int] = set()
    if rule == "second":
        late = {row for times in table.times.values() for row in times.second}
    elif rule == "by_order":
        late = _stepped_back(table, occurred)
    for times in table.times.values():
        for row in late & times.second.keys():
            times.values[row] = times.second[row]
    _end_after_start(table)


def _stepped_back(table: Table, occurred: Sequence[str]) -> set[int]:
    late: set[int] = set()
    highest: dict[date, datetime] = {}
    turned: set[date] = set()
    rows = sorted({row for name in occurred for row in table.times[name].second})
    for row in rows:
        times = next(table.times[name] for name in occurred if table.values[name][row] is not None)
        if row not in times.second:
            continue
        first = times.values[row]
        assert first is not None
        day = first.date()
        highest[day] = max(first, highest.get(day, first))
        if first < highest[day] - STEP_BACK:
            turned.add(day)
        if day in turned:
            late.add(row)
    return late


def _end_after_start(table: Table) -> None:
    if "started_at" not in table.times or "ended_at" not in table.times:
        return
    starts, ends = table.times["started_at"], table.times["ended_at"]
    for row, second in ends.second.items():
        start, end = starts.values[row], ends.values[row]
        if start is not None and end is not None and end < start <= second:
            ends.values[row] = second
    for row, second in starts.second.items():
        start, end = starts.values[row], ends.values[row]
        first = second - timedelta(hours=1)
        if start is not None and end is not None and start > end >= first:
            starts.values[row] = first


def add_occurrence(table: Table, names: Sequence[str], said: Raw) -> None:
    """Instant each row counts at, the source's own text of it, and its time quality.

    `names` are tried in order; the first that is filled is the row's occurrence.
    """
    rows = range(len(table.index))
    values, times = table.values, table.times
    first, *others = names
    instants, chosen = values[first], [first] * len(table.index)
    for name in others:
        if None in instants:
            chosen = [chosen[row] if instants[row] is not None else name for row in rows]
            instants = [
                at if at is not None else other
                for at, other in zip(instants, values[name], strict=True)
            ]
    texts = {name: said.get(name, ()) for name in names}
    values["occurred_at"] = instants
    values["occurred_local"] = [
        _text(texts[name][origin]) for name, origin in zip(chosen, table.index, strict=True)
    ]
    values["time_quality"] = [
        times[name].quality.get(row, times[name].usual).value for row, name in enumerate(chosen)
    ]


def _text(value: Any) -> str:
    return value.strip()[:64] if isinstance(value, str) else str(value)[:64]


def add_station(table: Table, name: str, fields: Sequence[Field], zone: ZoneInfo) -> None:
    """Put the station's code in its place, and its line and operation where the record has none."""
    places = table.values[name]
    if any(isinstance(place, Dated) for place in places):
        places = _on_their_dates(table, name, zone)
    for position, kind in ((1, Kind.LINE), (2, Kind.OPERATION)):
        for field in fields:
            if field.kind is kind:
                _follow(table, field, [place[position] for place in places])
    table.values[name] = [place[0] for place in places]


def _follow(table: Table, field: Field, told: list[str]) -> None:
    said = table.values[field.name]
    filled = [own or other for own, other in zip(said, told, strict=True)]
    table.values[field.name] = filled
    if field.is_required and "" in filled:
        note = table.note(field.name)
        for row, value in enumerate(filled):
            if not value:
                detail = "a value, or a station that tells it; both are empty"
                note(row, Bad(RejectionReason.MISSING_VALUE, detail))


def _on_their_dates(table: Table, name: str, zone: ZoneInfo) -> list[Place]:
    note, found = table.note(name), []
    for row, held in enumerate(table.values[name]):
        place = held
        if isinstance(held, Dated):
            on = table.values["occurred_at"][row].astimezone(zone).date()
            place = next((there for from_on, there in held.choices if from_on <= on), NOWHERE)
            if place is NOWHERE:
                detail = f"a station of this plant's file; none had that name on {on}"
                note(row, Bad(RejectionReason.UNKNOWN_STATION, detail))
        found.append(place)
    return found


def scale(table: Table, unit: str, fields: Sequence[Field], factors: dict[str, Decimal]) -> None:
    """Bring quantities into our units: `PK10` with the factor 10 becomes `EA`, ten times as many.

    The unit column holds keys of `factors` where a factor applies, else our unit's own name.
    """
    held = table.values[unit]
    rows = [row for row, name in enumerate(held) if name in factors]
    for field in fields:
        if field.kind is Kind.QUANTITY and rows:
            note, column = table.note(field.name), table.values[field.name]
            for row in rows:
                try:
                    column[row] = exact_quantity(column[row] * factors[held[row]], field.minimum)
                except Bad as bad:
                    note(row, bad)
    table.values[unit] = [name.partition("*")[0] for name in held] if rows else held


def durations(starts: Sequence[datetime], ends: Sequence[datetime | None]) -> list[int | None]:
    """Milliseconds from start to end; None while unfinished."""
    return [
        None if end is None else (end - start) // MILLISECOND
        for start, end in zip(starts, ends, strict=True)
    ]


def check_order(table: Table) -> None:
    """Note records that ended before they started."""
    for start_name, end_name in (("started_at", "ended_at"), ("installed_at", "removed_at")):
        if start_name in table.values and end_name in table.values:
            note = table.note(end_name)
            pairs = zip(table.values[start_name], table.values[end_name], strict=True)
            for row, (start, end) in enumerate(pairs):
                if end is not None and end < start:
                    detail = f"an end after its start {start:%Y-%m-%dT%H:%M:%SZ}"
                    note(row, Bad(RejectionReason.CONTRADICTION, detail))


def months(instants: Iterable[datetime]) -> list[int]:
    """Year and month of each UTC instant as one number.

    >>> months([datetime(2026, 11, 1, 4, 59)])
    [202611]
    """
    return [instant.year * 100 + instant.month for instant in instants]


def content_hashes(columns: Sequence[Sequence[Any]]) -> list[int]:
    """A 63-bit number per row that changes when any business value does.

    Values are typed and canonical, so `4.5`, `4.50` and `+4.5` of a source make the same hash.

    >>> a, b = content_hashes([["SN1", "SN1"], [None, "B2"]])
    >>> a == b, a == content_hashes([["SN1"], [None]])[0], a < 2**63
    (False, True, True)
    """
    texts = [_texts(column) for column in columns]
    join, read = "\x1f".join, int.from_bytes
    return [
        read(blake2b(join(row).encode(), digest_size=8).digest(), "big") & HASH_MASK
        for row in zip(*texts, strict=True)
    ]


def _texts(column: Sequence[Any]) -> Sequence[str]:
    try:
        "".join(column)
    except TypeError:
        return ["" if value is None else str(value) for value in column]
    return column
