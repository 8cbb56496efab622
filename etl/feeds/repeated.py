"""The autumn hour that occurs twice: which pass a time without zone means."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from db.domain.vocabulary import TimeQuality
from etl.feeds.derive import EPOCH_AT, Table
from etl.feeds.times import Times

STEP_BACK = timedelta(minutes=5)
"""Records of a log may be this much out of order without the clock having been set back."""
REPEATED = timedelta(hours=1)


def resolve_repeated(table: Table, occurred: Sequence[str], rule: str) -> None:
    """Decide which pass of the repeated autumn hour is meant: `first`, `second` or `by_order`.

    By order, best evidence first: a change time with its zone (or a file's own) within the hour
    after one of the two readings; else the order of the records: the first that steps back within
    the repeated hour, and all after it, are of the second pass. A record's other times take the
    same pass, unless that puts its end before its start.
    """
    repeated = {
        name: times for name, times in table.times.items() if times.second and name != "changed_at"
    }
    if not repeated:
        return
    late: set[int] = set()
    if rule == "second":
        late = {row for times in repeated.values() for row in times.second}
    elif rule == "by_order":
        late = _stepped_back(table, occurred)
    for times in repeated.values():
        for row in late & times.second.keys():
            times.values[row] = times.second[row]
    _end_after_start(table)


def hold_changes(changed: Times) -> None:
    """Give all changes within a repeated hour its beginning as their time.

    Their true order is unknown; with one time for all none of them passes for older than another,
    and the watermark stays before the hour until it is over.
    """
    for row, second in changed.second.items():
        first = changed.values[row]
        if first is not None:
            hour = second - first
            changed.values[row] = EPOCH_AT + hour * ((first - EPOCH_AT) // hour)


def _stepped_back(table: Table, occurred: Sequence[str]) -> set[int]:
    late: set[int] = set()
    highest: dict[date, datetime] = {}
    for row, first, second in _repeated_rows(table, occurred):
        written = _written_at(table, row)
        if written and second - STEP_BACK <= written < second + REPEATED:
            late.add(row)
        elif not (written and first - STEP_BACK <= written < first + REPEATED):
            day = first.date()
            highest[day] = max(first, highest.get(day, first))
            if first < highest[day] - STEP_BACK:
                highest[day] = datetime.max.replace(tzinfo=first.tzinfo)
                late.add(row)
    return late


def _repeated_rows(
    table: Table, occurred: Sequence[str]
) -> Iterable[tuple[int, datetime, datetime]]:
    """Rows whose occurrence lies in a repeated hour, as first written, with both readings."""
    keys = table.values["source_key"]
    rows = list({row for name in occurred for row in table.times[name].second})
    is_log = len(occurred) == 1 and all(keys[row].isdecimal() for row in rows)
    for row in sorted(rows, key=(lambda row: int(keys[row])) if is_log else None):
        name = next(name for name in occurred if table.values[name][row] is not None)
        times = table.times[name]
        first = times.values[row]
        if row in times.second and first is not None:
            yield row, first, times.second[row]


def _written_at(table: Table, row: int) -> datetime | None:
    changed = table.times["changed_at"]
    if not changed.values or changed.quality.get(row, changed.usual) is not TimeQuality.EXACT:
        return None
    return changed.values[row]


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
