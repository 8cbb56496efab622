"""Which days are compared when: by schedule, or because somebody asked.

The newest two business days are compared every `reconcile_seconds`, the others of the last
`reconcile_days` once a day, and every older day that was loaded once: whatever was missed while it
was loaded is found then.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, select

from db.clock import utc_now
from db.engine import reading
from db.ingest.dialect import storage_errors, table_of
from db.ingest.ledger import Finding, ledger
from db.models import Source, SourceDay, Watermark
from db.queries.source_days import OLDER
from etl.reconcile.days import compare_day
from etl.reconcile.sides import Summarises, day_span, floored
from etl.runner import Context, Pull

NEWEST_DAYS = 2
ONCE_A_DAY = timedelta(days=1)
QUIET = timedelta(minutes=15)
"""A source at rest is compared up to so long before its last good load."""
OLD_DAYS_AT_ONCE = 1
"""Older days compared in one run of the slot: history has time."""
SOURCE, WATERMARK = table_of(Source), table_of(Watermark)


@dataclass(frozen=True, slots=True)
class Reach:
    """The change times of a source that were loaded: what can be compared."""

    since: datetime | None
    until: datetime
    is_whole: bool
    """Nothing older is still on its way."""


def reach_of(engine: Engine, pull: Pull) -> Reach | None:
    """What was loaded of a source; None before its first load, of snapshots, which are compared
    whole with each load, and of tables read by a growing number, which have no days."""
    if pull.entry.mode == "snapshot" or "cursor_column" in pull.entry.options:
        return None
    question = (
        select(
            SOURCE.c.loaded_from_at,
            SOURCE.c.history_from_at,
            SOURCE.c.last_success_at,
            SOURCE.c.state,
            WATERMARK.c.changed_at,
        )
        .join(WATERMARK, WATERMARK.c.source == SOURCE.c.code)
        .where(SOURCE.c.code == pull.code)
    )
    with storage_errors(), reading(engine) as connection:
        found = connection.execute(question).one_or_none()
    if found is None or found.last_success_at is None or found.state != "ok":
        return None
    overlap = timedelta(seconds=pull.entry.overlap_seconds)
    until = max(found.changed_at, found.last_success_at - QUIET) - overlap
    since = found.loaded_from_at if pull.has_history else None
    is_whole = not pull.has_history or (since or until) <= (found.history_from_at or until)
    return Reach(since, floored(until), is_whole)


def days_of(pull: Pull, reach: Reach, first: date | None = None) -> list[date]:
    """Business days that were loaded whole or are being loaded, newest first.

    Of records that do not happen, such as parts, the last entry is `OLDER`: all that was changed
    before the days that are compared.
    """
    calendar, last = pull.feed.calendar, pull.feed.calendar.business_date(reach.until)
    oldest = last - timedelta(days=pull.entry.reconcile_days - 1)
    if reach.since is not None:
        oldest = calendar.business_date(reach.since) + timedelta(days=1)
    days = [last - timedelta(days=back) for back in range((last - oldest).days + 1)]
    days = [day for day in days if first is None or day >= first]
    return days if reach.since is not None or first is not None else [*days, OLDER]


def due_days(
    pull: Pull, reach: Reach, held: Mapping[date, SourceDay], now: datetime
) -> tuple[list[date], list[date]]:
    """Days to compare again, and days to compare once, each newest first."""
    again: list[date] = []
    once: list[date] = []
    often = timedelta(seconds=pull.entry.reconcile_seconds)
    for number, day in enumerate(days_of(pull, reach) if pull.entry.reconcile_days else ()):
        known = held.get(day)
        pause = often if number < NEWEST_DAYS else ONCE_A_DAY
        if number < pull.entry.reconcile_days or day == OLDER:
            if known is None or known.checked_at + pause <= now:
                again.append(day)
        elif known is None and reach.is_whole:
            once.append(day)
    return again, once


def reconcile_due(context: Context, pulls: Sequence[Pull]) -> None:
    """Compare what is due of a plant's sources; raises Stopped and what the store raises."""
    older: list[tuple[date, Pull, Reach]] = []
    for pull in pulls:
        reach = reach_of(context.engine, pull)
        if reach is None:
            continue
        again, once = due_days(pull, reach, ledger(context.engine, pull.code), utc_now())
        for day in again:
            _compared(context, pull, reach, day)
        older += [(day, pull, reach) for day in once[:OLD_DAYS_AT_ONCE]]
    for day, pull, reach in sorted(older, key=lambda one: one[0], reverse=True)[:OLD_DAYS_AT_ONCE]:
        _compared(context, pull, reach, day)


def reconcile_now(
    context: Context,
    pull: Pull,
    first: date | None = None,
    last: date | None = None,
    *,
    is_trusting: bool = False,
) -> Iterator[Finding]:
    """Compare a source's days, or those within [first, last], newest first, due or not."""
    reach = reach_of(context.engine, pull)
    if reach is None:
        return
    days = days_of(pull, reach, first)
    if first is None and last is None:
        days = [day for number, day in enumerate(days) if _is_recent(pull, number, day)]
    for day in days:
        if last is None or day <= last:
            found = _compared(context, pull, reach, day, is_trusting=is_trusting)
            if found is not None:
                yield found


def _is_recent(pull: Pull, number: int, day: date) -> bool:
    return number < max(pull.entry.reconcile_days, 1) or day == OLDER


def _compared(
    context: Context, pull: Pull, reach: Reach, day: date, *, is_trusting: bool = False
) -> Finding | None:
    """What a comparison finds; None for a day of which too little was loaded to be compared.

    A source that is not counted by stretches is compared when its day is over.
    """
    context.check()
    since, end = day_span(pull, day, _first_day(pull, reach))
    until = min(end, reach.until)
    if until <= since or (until < end and not isinstance(pull.connector, Summarises)):
        return None
    return compare_day(context, pull, day, (since, until), is_trusting=is_trusting)


def _first_day(pull: Pull, reach: Reach) -> date:
    return min(day for day in days_of(pull, reach) if day != OLDER)
