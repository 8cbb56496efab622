"""From plant files to sources that are ready to be loaded."""

import os
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from db.errors import ConfigError, Fault
from db.settings import Settings
from etl.connectors.base import Connector
from etl.connectors.registry import CONNECTORS
from etl.connectors.unreachable import Unreachable
from etl.feeds.compile import compile_feed
from etl.feeds.declare import Feed, Kind
from etl.plant_file import PlantFile, SourceEntry, has_cursor
from etl.registry import load_plants, unset_names
from etl.runner import Pull


def read_plants(
    settings: Settings, codes: Sequence[str] = (), *, may_lack_names: bool = True
) -> list[PlantFile]:
    """The plants `codes` (none = all), in display order. Raises ConfigError with every fault.

    A source whose options need a name that is not set in the environment is itself out of reach,
    and no reason not to load the others; `may_lack_names` False makes it a fault.
    """
    environ = os.environ | {"PLANT_DATA": str(settings.plant_data_dir)}
    plants = load_plants(settings.plants_dir, environ, may_lack_names=may_lack_names)
    known = [plant.plant.code for plant in plants]
    faults = [
        Fault("command line", "plant", code, "one of " + ", ".join(known))
        for code in codes
        if code not in known
    ]
    if faults:
        raise ConfigError(faults)
    return [plant for plant in plants if not codes or plant.plant.code in codes]


def pulls_of(plant: PlantFile) -> list[Pull]:
    """The plant's enabled sources, each with a connector of its own."""
    return [_pull(plant, entry) for entry in plant.sources if entry.is_enabled]


def _pull(plant: PlantFile, entry: SourceEntry) -> Pull:
    code, feed = f"{plant.plant.code}.{entry.feed}", compile_feed(plant, entry)
    return Pull(
        code=code,
        plant=plant.plant.code,
        entry=entry,
        history_days=plant.plant.history_days,
        has_history=has_history(feed.feed)
        and entry.mode == "incremental"
        and not has_cursor(entry),
        connector=_connector(code, entry),
        feed=feed,
    )


def _connector(code: str, entry: SourceEntry) -> Connector:
    lacking = unset_names(entry)
    if lacking:
        return Unreachable(code, lacking)
    kind = CONNECTORS[entry.connector]
    options = kind.options.model_validate(entry.options)
    return kind.build(code, options, ZoneInfo(entry.zone), float(entry.deadline_seconds))


def has_history(feed: Feed) -> bool:
    """Whether a feed's records happened, so that its newest days are worth having before the rest.

    >>> from etl.feeds.registry import FEEDS
    >>> has_history(FEEDS["unit_step"]), has_history(FEEDS["part"]), has_history(FEEDS["plan_hour"])
    (True, False, False)
    """
    kinds = {field.name: field.kind for field in feed.fields}
    return any(kinds[name] is Kind.INSTANT for name in feed.occurred)
