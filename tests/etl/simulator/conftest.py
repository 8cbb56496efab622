"""One small simulated plant of each kind, made once for all tests that only look at it."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from etl.plant_file import PlantFile
from etl.simulator.factory import Factory, Run
from etl.simulator.facts import FIELDS, Key
from etl.simulator.journal import Entry
from etl.simulator.worktime import DAY

PLANTS = Path(__file__).parents[3] / "etl" / "plants"
CODES = ("mp", "oh", "tx")
PRESENT = int(datetime(2026, 11, 3, 18, tzinfo=UTC).timestamp())
"""Two days after the autumn change, so that every history holds the repeated hour."""


def read_plant(code: str) -> PlantFile:
    """A plant as its TOML describes it."""
    return PlantFile.model_validate(tomllib.loads((PLANTS / f"{code}.toml").read_text()))


@dataclass
class Told:
    """Everything a factory said up to an instant: the last entry of each row, and each version."""

    plant: PlantFile
    factory: Factory
    rows: dict[str, dict[Key, Entry]] = field(default_factory=dict)
    versions: list[tuple[str, Key, Entry]] = field(default_factory=list)

    def facts(self, feed: str) -> list[dict[str, object]]:
        """Rows of a feed as they stand at the end, by field name."""
        names = FIELDS[feed]
        return [
            dict(zip(names, entry.fact, strict=True)) for entry in self.rows.get(feed, {}).values()
        ]


def tell(code: str, *, days: int = 4, scale: float = 0.5, seed: int = 7) -> Told:
    """Run a factory up to the present, listening every quarter of a day."""
    plant = read_plant(code)
    told = Told(plant, Factory(plant, Run(seed, PRESENT, days, scale)))
    at = int(told.factory.env.now)
    while at < PRESENT:
        at = min(at + DAY // 4, PRESENT)
        told.factory.run(at)
        for feed, entries in told.factory.journal.take(at).items():
            told.rows.setdefault(feed, {}).update(entries)
            told.versions += [(feed, key, entry) for key, entry in entries.items()]
    return told


@pytest.fixture(scope="session")
def told() -> Callable[[str], Told]:
    """The small history of a plant, by code."""
    made: dict[str, Told] = {}

    def get(code: str) -> Told:
        if code not in made:
            made[code] = tell(code)
        return made[code]

    return get
