"""Loads that a person asks for: what is new, or a window of change times."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from threading import Event

from sqlalchemy import Engine

from db.clock import utc_now
from db.engine import check_schema, make_engine
from db.errors import ConfigError, Fault
from db.settings import Settings
from etl.connectors.base import Window
from etl.gate import gate_of
from etl.plant_file import PlantFile
from etl.publish import publish
from etl.runner import STOPPED, Context, LoadSummary, Pull, run_load
from etl.sync import SLICE_SPAN, load_now


def _tell_nobody(share: float) -> None:
    """Nobody follows how far a window is."""


def open_for_loads(settings: Settings, plants: Sequence[PlantFile]) -> Engine:
    """The store, with the plants published. Raises SchemaOutOfDate."""
    engine = make_engine(settings.database_url.get_secret_value())
    check_schema(engine)
    publish(engine, plants)
    return engine


def context_by_hand(engine: Engine, progress: Callable[[int], None]) -> Context:
    """What a load needs that nobody stops but Ctrl-C."""
    return Context(engine, progress=progress, gate=gate_of(engine, Event().wait))


def chosen(pulls: Iterable[Pull], sources: Sequence[str], plant: str | None) -> list[Pull]:
    """The pulls of the named sources and plant; none named = all. Raises ConfigError."""
    pulls = list(pulls)
    known, plants = {pull.code for pull in pulls}, {pull.plant for pull in pulls}
    faults = [
        Fault("command line", "source", code, "one of " + ", ".join(sorted(known)))
        for code in sources
        if code not in known
    ]
    if plant is not None and plant not in plants:
        faults.append(
            Fault("command line", "--plant", plant, "one of " + ", ".join(sorted(plants)))
        )
    if faults:
        raise ConfigError(faults)
    return [
        pull
        for pull in pulls
        if (not sources or pull.code in sources) and plant in {None, pull.plant}
    ]


def load_by_hand(
    context: Context, pull: Pull, window: Window, told: Callable[[float], None] = _tell_nobody
) -> LoadSummary:
    """Load `window` of one source, or what is new when the window is open at both ends.

    A window leaves the watermark, the source's standing and newer versions of its records alone.
    One that is bounded below is loaded a day at a time, newest first, for a month may well take
    longer than the source's deadline; `told` hears which share of it is done. The first day that
    fails ends it, and says so; to load the same window again is always safe.
    """
    if window == Window():
        return load_now(context, pull)
    if pull.entry.mode == "snapshot":
        return run_load(context, pull, "snapshot", window)
    parts = day_slices(window, utc_now())
    summary = run_load(context, pull, "window", parts[0])
    for number, part in enumerate(parts[1:], 1):
        told(number / len(parts))
        if summary.error is not None or summary.outcome == STOPPED:
            return summary
        summary = summary.followed_by(run_load(context, pull, "window", part))
    return summary


def day_slices(window: Window, now: datetime) -> list[Window]:
    """The window in parts of a day, newest first; whole if it has no beginning.

    >>> from datetime import UTC
    >>> first, last = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 3, 12, tzinfo=UTC)
    >>> [part.since.day for part in day_slices(Window(first, last), last)]
    [2, 1, 1]
    >>> day_slices(Window(until=last), last) == [Window(until=last)]
    True
    """
    if window.since is None:
        return [window]
    parts: list[Window] = []
    until, end = window.until, window.until or now
    while not parts or end > window.since:
        since = max(window.since, end - SLICE_SPAN)
        parts.append(Window(since, until))
        until = end = since
    return parts
