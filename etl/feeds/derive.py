"""What a record does not say itself but that follows from it: its instant, place, measures.

Works on a `Table`: typed columns of equal length. Every step may note rows that contradict
themselves; `Table.drop` takes them out before the next step.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as part
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate, compress
from typing import Any
from zoneinfo import ZoneInfo

from db.domain.calendar import PlantCalendar
from db.domain.clocks import Corrections, skew_at
from db.domain.vocabulary import RejectionReason, TimeQuality
from etl.feeds.convert import exact_quantity
from etl.feeds.declare import NOWHERE, Field, Kind, Place
from etl.feeds.faults import Bad, Note
from etl.feeds.times import Times

MILLISECOND = timedelta(milliseconds=1)
DAY_MS = 86_400_000
LONGEST_LOCAL = 64
LONGEST_SPAN = timedelta(days=400)
EPOCH_AT = datetime(1970, 1, 1, tzinfo=UTC)

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

    def raw(self, said: Sequence[Any]) -> Sequence[Any]:
        """The raw values that belong to the rows still held."""
        held = self.index
        return said if len(held) == len(said) else [said[origin] for origin in held]

    def drop(self) -> None:
        """Take out the rows that have a fault."""
        if self.faults.keys().isdisjoint(self.index):
            return
        keep = [origin not in self.faults for origin in self.index]
        place = list(accumulate(keep, initial=0))
        self.index = list(compress(self.index, keep))
        self.values = {name: list(compress(held, keep)) for name, held in self.values.items()}
        for name, times in self.times.items():
            times.values = self.values[name]
            times.quality = {place[row]: at for row, at in times.quality.items() if keep[row]}
            times.second = {place[row]: at for row, at in times.second.items() if keep[row]}


def add_occurrence(table: Table, names: Sequence[str], said: Raw) -> None:
    """Instant each row counts at, the source's own text of it, and its time quality.

    `names` are tried in order; the first that is filled is the row's occurrence.
    """
    values, times = table.values, table.times
    first, *others = names
    instants, chosen = values[first], [first] * len(table.index)
    texts = table.raw(said[first]) if first in said else [None] * len(table.index)
    for name in others:
        if not all(instants):
            own = zip(chosen, instants, values[name], strict=True)
            chosen = [old if at or not other else name for old, at, other in own]
            both = zip(instants, texts, table.raw(said[name]), strict=True)
            texts = [text if at else other for at, text, other in both]
            instants = [at or other for at, other in zip(instants, values[name], strict=True)]
    values["occurred_at"], values["occurred_local"] = instants, _local(texts)
    usual = times[first].usual.value
    values["time_quality"] = [usual] * len(instants)
    if any(times[name].quality or times[name].usual.value != usual for name in names):
        values["time_quality"] = [
            times[name].quality.get(row, times[name].usual).value for row, name in enumerate(chosen)
        ]


def _local(texts: Sequence[Any]) -> list[str]:
    try:
        "".join(texts)
    except TypeError:
        texts = [str(text) for text in texts]
    is_short = max(map(len, texts), default=0) <= LONGEST_LOCAL
    return list(texts) if is_short else [text.strip()[:LONGEST_LOCAL] for text in texts]


def correct_clocks(table: Table, names: Sequence[str], clocks: Corrections) -> None:
    """Take off what each station's clock is off: of the row's own time and those in `names`.

    The time it was sent with stays beside it as text, and its time quality says so.
    """
    values, sent = table.values, table.values["occurred_at"]
    off = [
        timedelta(milliseconds=skew_at(clocks.get(station, ()), at))
        for station, at in zip(values["station"], sent, strict=True)
    ]
    if not any(off):
        return
    for name in ("occurred_at", *names):
        values[name] = [at and at - skew for at, skew in zip(values[name], off, strict=True)]
    values["time_quality"] = [
        TimeQuality.SKEW_CORRECTED.value if skew else quality
        for quality, skew in zip(values["time_quality"], off, strict=True)
    ]


def add_places(table: Table, calendar: PlantCalendar) -> None:
    """Business date, shift and month of each row's occurrence."""
    instants = table.values["occurred_at"]
    edges = _edges(calendar, min(instants), max(instants)) if instants else []
    since = until = EPOCH_AT
    places = []
    for at in instants:
        if not since <= at < until:
            since, until, place = *_stretch(edges, at), calendar.place(at)
        places.append(place)
    table.values["business_on"] = [place[0] for place in places]
    table.values["shift"] = [place[1] for place in places]
    table.values["month"] = [at.year * 100 + at.month for at in instants]


def _stretch(edges: Sequence[datetime], at: datetime) -> tuple[datetime, datetime]:
    """The edges around an instant; an empty stretch where there are none."""
    after = bisect_right(edges, at)
    return (edges[after - 1], edges[after]) if 0 < after < len(edges) else (at, at)


def _edges(calendar: PlantCalendar, first: datetime, last: datetime) -> list[datetime]:
    """Instants between which the place in the calendar cannot change; none for a long span."""
    if last - first > LONGEST_SPAN:
        return []
    shifts = calendar.shifts_between(first, last + MILLISECOND)
    start = calendar.business_date(first)
    days = (start + timedelta(days=n) for n in range((last - first).days + 3))
    return sorted(
        {edge for shift in shifts for edge in (shift.start_at, shift.end_at)}
        | {calendar.day_starts_at(day) for day in days}
    )


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
    filled = [own or other for own, other in zip(said, told, strict=True)] if any(said) else told
    table.values[field.name] = filled
    if field.is_required and not all(filled):
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
    spans = [None if end is None else end - start for start, end in zip(starts, ends, strict=True)]
    return [
        None
        if span is None
        else span.days * DAY_MS + span.seconds * 1_000 + span.microseconds // 1_000
        for span in spans
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
