"""When people work: a plant's breaks as instants, and work that pauses for them."""

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from etl.plant_file import PlantFile

DAY = 86_400
HOUR = 3_600
CHUNK_DAYS = 90


class WorkClock:
    """Breaks of one plant from `start` (epoch seconds) on, extended as time goes by."""

    def __init__(self, plant: PlantFile, start: int) -> None:
        self.zone = ZoneInfo(plant.plant.zone)
        self._breaks = [(stop.start, stop.minutes) for s in plant.shifts for stop in s.breaks]
        self._next_on = self.local_date(start) - timedelta(days=1)
        self.starts: list[int] = []
        self.ends: list[int] = []
        self._extend()

    def local_date(self, at: int) -> date:
        """The plant's calendar date at an instant."""
        return datetime.fromtimestamp(at, self.zone).date()

    def instant(self, on: date, clock: str) -> int:
        """Epoch seconds of a local clock time; the first pass where the hour repeats."""
        local = datetime.combine(on, time.fromisoformat(clock), self.zone)
        return int(local.astimezone(UTC).timestamp())

    def _extend(self) -> None:
        for _ in range(CHUNK_DAYS):
            stops = sorted((self.instant(self._next_on, at), m * 60) for at, m in self._breaks)
            self.starts += [start for start, _ in stops]
            self.ends += [start + seconds for start, seconds in stops]
            self._next_on += timedelta(days=1)

    def _index(self, at: int) -> int:
        while at + 2 * DAY > self.starts[-1]:
            self._extend()
        return bisect_right(self.ends, at)

    def work_end(self, start: int, seconds: int) -> int:
        """The instant at which `seconds` of work begun at `start` are done, breaks not counted."""
        at, index = start, self._index(start + seconds)
        index = bisect_right(self.ends, start)
        while self.starts[index] < at + seconds:
            seconds -= max(0, self.starts[index] - at)
            at = self.ends[index]
            index += 1
        return at + seconds

    def next_break(self, after: int) -> tuple[int, int]:
        """Start and end of the first break that is not over at `after`."""
        index = self._index(after)
        return self.starts[index], self.ends[index]

    def break_seconds(self, start: int, end: int) -> int:
        """Seconds of break within [start, end)."""
        index, total = self._index(start), 0
        while self.starts[index] < end:
            total += min(end, self.ends[index]) - max(start, self.starts[index])
            index += 1
        return total
