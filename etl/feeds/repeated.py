"""The autumn hour that occurs twice: which pass a time without zone means."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from db.domain.vocabulary import TimeQuality
from etl.feeds.derive import EPOCH_AT, Table
from etl.feeds.times import Times

STEP_BACK = timedelta(minutes=5)
"""Records of a log may be this much out of order without the clock having been set back."""
REPEATED = timedelta(hours=1)


def resolve_repeated(table: Table, occurred: Sequence[str], rule: str, is_in_order: bool) -> None:
    """Decide which pass of the repeated autumn hour is meant: `first`, `second` or `by_order`.

    By order, best evidence first: a change time with its zone (or a file's own) within the hour
    after one of the two readings; else the order in which records were written: that of the file
    (`is_in_order`), or that of whole-number keys, by the time at which a record was begun. The
    first record that steps back within the hour, and all after it, are of the second pass. Without
    such evidence a time is of the first pass. A record's other times take the same pass, unless
    that puts its end before its start.
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
        late = _of_second_pass(table, occurred, is_in_order)
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


def _of_second_pass(table: Table, occurred: Sequence[str], is_in_order: bool) -> set[int]:
    told = dict(_told_by_change(table, occurred))
    late = {row for row, is_late in told.items() if is_late}
    highest: dict[date, datetime] = {}
    turned: set[date] = set()
    for row, first in _as_written(table, occurred, is_in_order):
        if row in told:
            continue
        day = first.date()
        highest[day] = max(first, highest.get(day, first))
        if first < highest[day] - STEP_BACK:
            turned.add(day)
        if day in turned:
            late.add(row)
    return late


def _told_by_change(table: Table, occurred: Sequence[str]) -> Iterable[tuple[int, bool]]:
    """Rows whose change time tells the pass, and whether it is the second."""
    for row in sorted({row for name in occurred for row in table.times[name].second}):
        name = next(name for name in occurred if table.values[name][row] is not None)
        first, second = table.values[name][row], table.times[name].second.get(row)
        written = _written_at(table, row)
        if written is None or second is None:
            continue
        if second - STEP_BACK <= written < second + REPEATED:
            yield row, True
        elif first - STEP_BACK <= written < first + REPEATED:
            yield row, False


def _as_written(
    table: Table, occurred: Sequence[str], is_in_order: bool
) -> Iterable[tuple[int, datetime]]:
    """Rows in the order they were written, each with the repeated time it was written at.

    A file's line is written when the record is done; a row with a running number when it begins.
    Records that do not happen (lots, receipts) have no such order.
    """
    if not occurred:
        return
    name = occurred[0] if is_in_order else occurred[-1]
    keys, times = table.values["source_key"], table.times[name]
    rows = sorted(times.second)
    if not is_in_order:
        if not all(keys[row].isdecimal() for row in rows):
            return
        rows.sort(key=lambda row: int(keys[row]))
    for row in rows:
        first = times.values[row]
        if first is not None:
            yield row, first


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
