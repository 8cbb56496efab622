"""From what a source calls a time to an instant in UTC, and how far that can be trusted.

A time without zone is in the source's declared zone. In the autumn hour that occurs twice it has
two readings; which one is meant is decided for whole records in `etl.feeds.derive`. A time in the
spring hour that does not occur is moved forward by the size of the gap, and marked.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from db.domain.vocabulary import RejectionReason, TimeQuality
from etl.feeds.faults import Bad, Note, shown

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a plant's clock may be ahead of ours before its records are set aside."""
PLANNING_REACH = timedelta(days=3_660)
HOURS_KEPT = 50_000
EPOCH = {"epoch_seconds": 1_000_000, "epoch_ms": 1_000}
_WITHIN_HOUR = {
    f":{minute:02}:{second:02}": timedelta(minutes=minute, seconds=second)
    for minute in range(60)
    for second in range(60)
}
"""What nearly every time says after its hour."""
_FRACTION = re.compile(r"([.,][0-9]{1,6})?", re.ASCII)
_ISO = re.compile(
    r"[0-9W-]{8,10}[T ][0-9]{2}(:?[0-9]{2}(:?[0-9]{2}([.,][0-9]{1,9})?)?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.ASCII,
)


@dataclass(slots=True)
class Times:
    """A column of instants. `second` holds the later reading of repeated local times, by row."""

    values: list[datetime | None]
    quality: dict[int, TimeQuality] = field(default_factory=dict)
    second: dict[int, datetime] = field(default_factory=dict)
    usual: TimeQuality = TimeQuality.ZONE_ASSUMED
    """Quality of the rows that `quality` does not name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One local or absolute time, understood."""

    at: datetime
    quality: TimeQuality
    second: datetime | None = None


@dataclass(slots=True)
class TimeReader:
    """Reads the times of one source. `form`: iso, epoch_seconds, epoch_ms or a strptime pattern.

    >>> reader = TimeReader(ZoneInfo("America/Chicago"))
    >>> reader.read("2026-07-01 06:00:00").at.isoformat()
    '2026-07-01T11:00:00+00:00'
    >>> fall = reader.read("2026-11-01 01:30:00")
    >>> fall.at.hour, fall.second.hour, fall.quality.value
    (6, 7, 'ambiguous_resolved')
    >>> spring = reader.read("2026-03-08 02:30:00")
    >>> spring.at.astimezone(ZoneInfo("America/Chicago")).hour, spring.quality.value
    (3, 'nonexistent_shifted')
    """

    zone: ZoneInfo
    form: str = "iso"
    _hours: dict[str, datetime] = field(default_factory=dict)
    """When local hours ('2026-07-01 06') begin, of those in which no clock is changed."""

    def column(self, values: Sequence[Any], note: Note) -> Times:
        """All values of a column; missing ones stand as None."""
        first = next((value for value in values if value is not None and value != ""), None)
        if isinstance(first, str) and self.form == "iso":
            return self._zulu(values, note) if first[-1] == "Z" else self._local(values, note)
        times = Times([])
        for index, value in enumerate(values):
            self._slow(index, value, times, note)
        return times

    def _local(self, values: Sequence[Any], note: Note) -> Times:
        hours, rest = self._hours, _WITHIN_HOUR
        self._learn(values)
        with suppress(KeyError, TypeError):
            return Times([hours[v[:13]] + rest[v[13:]] if v else None for v in values])
        times = Times([])
        keep = times.values.append
        for index, value in enumerate(values):
            try:
                keep(hours[value[:13]] + _fraction(value[13:]))
            except (KeyError, TypeError, ValueError):
                self._slow(index, value, times, note)
        return times

    def _learn(self, values: Sequence[Any]) -> None:
        """Get to know the hours among the values."""
        with suppress(TypeError):
            unknown = {value[:13]: value for value in values if value}
            for hour in unknown.keys() - self._hours.keys():
                with suppress(Bad):
                    self.read(unknown[hour])

    def _zulu(self, values: Sequence[Any], note: Note) -> Times:
        times = Times([], usual=TimeQuality.EXACT)
        keep, read = times.values.append, datetime.fromisoformat
        for index, value in enumerate(values):
            try:
                at = read(value)
                is_plain = at.tzinfo is UTC and value[10] in "T "
            except (TypeError, ValueError):
                is_plain = False
            if is_plain:
                keep(at)
            else:
                self._slow(index, value, times, note)
        return times

    def _slow(self, index: int, value: Any, times: Times, note: Note) -> None:
        if value is None or value == "":
            times.values.append(None)
            return
        try:
            reading = self.read(value)
        except Bad as bad:
            note(index, bad)
            times.values.append(None)
            return
        times.values.append(reading.at)
        if reading.quality is not times.usual:
            times.quality[index] = reading.quality
        if reading.second is not None:
            times.second[index] = reading.second

    def read(self, value: Any) -> Reading:
        """One time; raises Bad when it cannot be understood."""
        try:
            said = value if isinstance(value, datetime) else self._said(value)
            if said.tzinfo is not None:
                return Reading(said.astimezone(UTC), TimeQuality.EXACT)
            reading = self._in_zone(said)
        except (ValueError, TypeError, OverflowError) as error:
            expected = "ISO 8601 with date and time" if self.form == "iso" else self.form
            raise Bad(RejectionReason.BAD_TIME, f"{expected}, not {shown(value)}") from error
        self._remember(value, said, reading)
        return reading

    def _said(self, value: Any) -> datetime:
        if self.form in EPOCH:
            return _from_epoch(value, EPOCH[self.form])
        text = value.strip() if isinstance(value, str) else ""
        if self.form != "iso":
            return datetime.strptime(text, self.form)  # noqa: DTZ007  (the zone follows)
        if not _ISO.fullmatch(text):
            raise ValueError(text)
        return datetime.fromisoformat(text)

    def _in_zone(self, said: datetime) -> Reading:
        early, late = (said.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        at = early.astimezone(UTC)
        before, after = early.utcoffset(), late.utcoffset()
        if before is None or after is None or before == after:
            return Reading(at, TimeQuality.ZONE_ASSUMED)
        if before > after:
            return Reading(at, TimeQuality.AMBIGUOUS_RESOLVED, late.astimezone(UTC))
        return Reading(at, TimeQuality.NONEXISTENT_SHIFTED)

    def _remember(self, value: Any, said: datetime, reading: Reading) -> None:
        if not isinstance(value, str) or len(value) < 16 or self.form != "iso":
            return
        start = said.replace(minute=0, second=0, microsecond=0)
        ends = [self._in_zone(start + timedelta(minutes=minute)) for minute in (0, 59)]
        if (
            all(end.quality is TimeQuality.ZONE_ASSUMED for end in ends)
            and ends[1].at - ends[0].at == timedelta(minutes=59)
            and value[:11] == f"{said:%Y-%m-%d}{value[10]}"
        ):
            if len(self._hours) >= HOURS_KEPT:
                self._hours.clear()
            self._hours[value[:13]] = ends[0].at


def _fraction(rest: str) -> timedelta:
    """Minutes and seconds, perhaps with a fraction (':30:07.25'); ValueError for anything else.

    >>> _fraction(":30:07.25").total_seconds()
    1807.25
    """
    whole = _WITHIN_HOUR.get(rest[:6])
    if whole is None or not _FRACTION.fullmatch(rest, 6):
        raise ValueError(rest)
    return whole + timedelta(microseconds=int(rest[7:].ljust(6, "0")))


def _from_epoch(value: Any, per_unit: int) -> datetime:
    if isinstance(value, bool):
        raise TypeError(value)
    if isinstance(value, str) and len(value) > 20:
        raise ValueError(value)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(value) * per_unit)


def check_span(times: Times, latest: datetime, note: Note, is_plan: bool) -> None:
    """Note instants before 1990 or after `latest`: no plant's record is from there."""
    known = [at for at in times.values if at is not None]
    if not known or (min(known) >= EARLIEST and max(known) <= latest):
        return
    reason = RejectionReason.BAD_TIME if is_plan else RejectionReason.FUTURE_TIME
    for index, at in enumerate(times.values):
        if at is not None and at > latest:
            note(index, Bad(reason, f"not after {latest:%Y-%m-%dT%H:%M:%SZ}, but {_utc(at)}"))
        elif at is not None and at < EARLIEST:
            note(index, Bad(RejectionReason.BAD_TIME, f"1990 or later, not {_utc(at)}"))


def _utc(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _iso_date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def read_date(value: Any, form: str = "iso") -> date | None:
    """A plant-local date: a date, ISO text, or a midnight of either. Year 9999 means no end.

    >>> read_date("2026-11-01"), read_date("2026-11-01T00:00:00"), read_date("9999-12-31")
    (datetime.date(2026, 11, 1), datetime.date(2026, 11, 1), None)
    """
    try:
        said = value
        if isinstance(value, str):
            text = value.strip()
            said = _iso_date(text) or datetime.strptime(text, form.partition(" ")[0])  # noqa: DTZ007
        if isinstance(said, datetime):
            if said.time() != datetime.min.time():
                raise ValueError(value)
            said = said.date()
        if not isinstance(said, date):
            raise TypeError(value)
    except (ValueError, TypeError) as error:
        raise Bad(
            RejectionReason.BAD_TIME, f"a date like 2026-11-01, not {shown(value)}"
        ) from error
    if said.year == 9999:
        return None
    if not 1990 <= said.year <= 2100:
        raise Bad(RejectionReason.BAD_TIME, f"a date within 1990–2100, not {said}")
    return said
