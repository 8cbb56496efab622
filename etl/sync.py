"""What to load next of a source, and what follows from how it went.

    poll          the scheduled load: since the watermark minus the overlap, or the whole snapshot;
                  a source never loaded before starts with its newest days
    load_history  one slice of older days, going back until the plant's `history_days`

The store alone remembers how each source is doing, so whatever was killed resumes where it stood,
and a source whose credentials were refused is not asked again because a process was restarted.
"""

import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select, update

from db.clock import monotonic_seconds, utc_now
from db.engine import reading
from db.ingest.dialect import storage_errors, table_of
from db.ingest.loads import note_failure, note_history, note_success
from db.models import Load, Source, Watermark
from etl.connectors.base import Window
from etl.plant_file import has_cursor
from etl.recovery import asked_seconds, pause_seconds, recovery_from
from etl.runner import STOPPED, Context, LoadSummary, Mode, Pull, Stopped, run_load

FIRST_SPAN = timedelta(days=2)
SLICE_SPAN = timedelta(days=1)
SHORTEST_SPAN = timedelta(hours=1)
SLICE_PAUSE_SECONDS = 60.0
FIRST_LOAD_SECONDS = 300.0
"""A first load that runs longer holds up history no more."""
LOAD, SOURCE, WATERMARK = table_of(Load), table_of(Source), table_of(Watermark)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a source is doing, from one reading of the store."""

    state: str
    failure_count: int
    next_attempt_at: datetime | None
    loaded_from_at: datetime | None
    history_from_at: datetime | None
    marked_at: datetime | None
    cursor: str = ""

    @property
    def is_behind(self) -> bool:
        """Whether older history is wanted and its newest part is there."""
        return (
            self.loaded_from_at is not None
            and self.history_from_at is not None
            and self.loaded_from_at > self.history_from_at
        )


def standings(engine: Engine, codes: Sequence[str]) -> dict[str, Standing]:
    """How sources are doing, by code; a source whose plant was never published is left out."""
    question = (
        select(
            SOURCE.c.code,
            SOURCE.c.state,
            SOURCE.c.failure_count,
            SOURCE.c.next_attempt_at,
            SOURCE.c.loaded_from_at,
            SOURCE.c.history_from_at,
            WATERMARK.c.changed_at,
            func.coalesce(WATERMARK.c.key, ""),
        )
        .join(WATERMARK, WATERMARK.c.source == SOURCE.c.code, isouter=True)
        .where(SOURCE.c.code.in_(codes))
    )
    with storage_errors(), reading(engine) as connection:
        return {code: Standing(*row) for code, *row in connection.execute(question)}


def poll(context: Context, pull: Pull) -> LoadSummary | None:
    """Load what is new; None while the source's pause after a failure lasts."""
    held = standings(context.engine, [pull.code])[pull.code]
    if held.next_attempt_at is not None and utc_now() < held.next_attempt_at:
        return None
    return _load_new(context, pull, held)


def load_now(context: Context, pull: Pull) -> LoadSummary:
    """Load what is new, pause or not: somebody asked."""
    return _load_new(context, pull, standings(context.engine, [pull.code])[pull.code])


def _load_new(context: Context, pull: Pull, held: Standing) -> LoadSummary:
    now = utc_now()
    if pull.has_history:
        _want_history(context.engine, pull, held, now)
    mode, window = next_window(pull, held, now)
    summary = run_load(context, pull, mode, window)
    loaded_from_at = now - FIRST_SPAN if pull.has_history and not held.loaded_from_at else None
    pause = note(context.engine, pull, held, summary, loaded_from_at)
    return replace(summary, retry_seconds=pause)


def next_window(pull: Pull, held: Standing, now: datetime) -> tuple[Mode, Window]:
    """What a poll asks for."""
    if pull.entry.mode == "snapshot":
        return "snapshot", Window()
    if held.marked_at is not None:
        since = held.marked_at - timedelta(seconds=pull.entry.overlap_seconds)
        return "poll", Window(since, cursor=held.cursor if has_cursor(pull.entry) else "")
    return "first", Window(since=now - FIRST_SPAN if pull.has_history else None)


def note(
    engine: Engine,
    pull: Pull,
    held: Standing,
    summary: LoadSummary,
    loaded_from_at: datetime | None = None,
) -> float | None:
    """Record what a load says about its source, and log it when that is news.

    Returns the seconds until the next attempt after a failure.
    """
    if summary.outcome == STOPPED:
        return None
    if summary.error is None:
        is_recovered = note_success(
            engine,
            pull.code,
            last_event_at=summary.last_event_at,
            loaded_from_at=loaded_from_at,
            message=pull.connector.caution,
        )
        if is_recovered:
            log.info("%s: recovered after %d failures", pull.code, held.failure_count)
        return None
    pull.connector.close()
    recovery = recovery_from(summary.error)
    pause = pause_seconds(recovery, held.failure_count + 1, random.random())
    pause = max(pause, asked_seconds(summary.error))
    next_at = utc_now() + timedelta(seconds=pause)
    note_failure(engine, pull.code, recovery.state, summary.message, next_attempt_at=next_at)
    if held.state != recovery.state:
        log.warning("%s is %s: %s", pull.code, recovery.state, summary.message)
    return pause


def _want_history(engine: Engine, pull: Pull, held: Standing, now: datetime) -> None:
    """Say how far back history is wanted: at first, and again when the TOML asks for more."""
    wanted_from_at = now - timedelta(days=pull.history_days)
    if held.history_from_at is None or wanted_from_at < held.history_from_at - SLICE_SPAN:
        note_history(engine, pull.code, wanted_from_at)


class History:
    """The older days of one plant's sources, loaded backwards in slices, newest missing day first.

    A slice that fails is tried again after a pause, at half its length, down to an hour: a day of
    some source may take longer than its deadline allows.
    """

    def __init__(self, pulls: Sequence[Pull]) -> None:
        self.pulls = {pull.code: pull for pull in pulls if pull.has_history}
        self._all_codes = [pull.code for pull in pulls]
        self._spans = dict.fromkeys(self.pulls, SLICE_SPAN)
        self._not_before: dict[str, float] = {}

    def load(self, context: Context) -> None:
        """Load slices until no source is behind; raises Stopped."""
        while not _is_loading_newest(context.engine):
            code = self._next(standings(context.engine, self._all_codes))
            if code is None:
                return
            context.check()
            self._load_slice(context, self.pulls[code])

    def _next(self, held: Mapping[str, Standing]) -> str | None:
        """The source whose history ends newest, once the plant's newest days are there."""
        if any(standing.state == "new" for standing in held.values()):
            return None
        now = monotonic_seconds()
        return max(
            (
                code
                for code in self.pulls.keys() & held.keys()
                if held[code].is_behind
                and held[code].state == "ok"
                and self._not_before.get(code, now) <= now
            ),
            key=lambda code: (held[code].loaded_from_at, code),
            default=None,
        )

    def _load_slice(self, context: Context, pull: Pull) -> None:
        held = standings(context.engine, [pull.code])[pull.code]
        if held.loaded_from_at is None or held.history_from_at is None:
            return
        since = max(held.history_from_at, held.loaded_from_at - self._spans[pull.code])
        summary = run_load(context, pull, "history", Window(since, held.loaded_from_at))
        if summary.outcome == STOPPED:
            raise Stopped
        if summary.error is None:
            note_loaded_from(context.engine, pull.code, since)
            return
        pull.connector.close()
        self._spans[pull.code] = max(self._spans[pull.code] / 2, SHORTEST_SPAN)
        self._not_before[pull.code] = monotonic_seconds() + SLICE_PAUSE_SECONDS


def _is_loading_newest(engine: Engine) -> bool:
    """Whether any process loads the newest days of some source: all history gives way to that."""
    since = utc_now() - timedelta(seconds=FIRST_LOAD_SECONDS)
    question = (
        select(LOAD.c.id)
        .where(LOAD.c.mode == "first", LOAD.c.outcome == "running", LOAD.c.started_at > since)
        .limit(1)
    )
    with storage_errors(), reading(engine) as connection:
        return connection.execute(question).first() is not None


def note_loaded_from(engine: Engine, code: str, loaded_from_at: datetime) -> None:
    """A slice of history is there; says nothing about how the source is doing now."""
    with storage_errors(), engine.begin() as connection:
        connection.execute(
            update(SOURCE).where(SOURCE.c.code == code).values(loaded_from_at=loaded_from_at)
        )
