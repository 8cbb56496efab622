"""Loads that a person asks for: what is new, or a window of change times."""

from collections.abc import Callable, Iterable, Sequence
from threading import Event

from sqlalchemy import Engine

from db.engine import check_schema, make_engine
from db.errors import ConfigError, Fault
from db.settings import Settings
from etl.connectors.base import Window
from etl.gate import gate_of
from etl.plant_file import PlantFile
from etl.publish import publish
from etl.runner import Context, LoadSummary, Mode, Pull, run_load
from etl.sync import load_now


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


def load_by_hand(context: Context, pull: Pull, window: Window) -> LoadSummary:
    """Load `window` of one source, or what is new when the window is open at both ends.

    A window leaves the watermark and the source's standing alone.
    """
    if window == Window():
        return load_now(context, pull)
    mode: Mode = "snapshot" if pull.entry.mode == "snapshot" else "window"
    return run_load(context, pull, mode, window)
