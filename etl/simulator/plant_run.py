"""One simulated plant from its first day of history to the running present.

History is written into a hidden folder beside the plant's own and moved into place, file by file,
when it is complete: a reader sees all of it or none. A restart simulates the same days again from
the same seed without writing, up to where the stores stand, and goes on from there.
"""

import gc
import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

from etl.plant_file import PlantFile, SourceEntry
from etl.simulator.dialect import FeedDialect, Renaming, Style, style
from etl.simulator.factory import Factory, Run
from etl.simulator.scenario import SCENARIOS
from etl.simulator.stores import DocumentStore, SqlStore, Store, TesterFolder
from etl.simulator.worktime import DAY

log = logging.getLogger(__name__)
BUILDING = ".building"
STATE_FILE = "simulator.json"
CHUNK_SECONDS = DAY // 2
SERVICE_FILE = "service.sqlite3"
OBJECTS_A_SEARCH = 100_000
"""Facts come by the ten thousand and hold no cycles; Python by itself looks every 700 objects."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a plant has come; `present` is the instant its first run began at.

    `recipe` stands for the simulator and the plant file: only the same ones replay the same days.
    """

    recipe: int
    seed: int
    scale: float
    speed: float
    days: int
    present: int
    written_to: int
    simulated_to: str
    is_ready: bool


def read_state(folder: Path) -> State | None:
    """What an earlier run left, or None when there is nothing to go on from."""
    try:
        held = State(**json.loads((folder / STATE_FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return held if held.is_ready else None


def recipe_of(plant: PlantFile) -> int:
    """A number that changes with the simulator's code and the plant's layout, not its sources."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    layout = {"lines", "operations", "stations", "shifts", "plant"}
    mixed = crc32(plant.model_dump_json(include=layout).encode())
    for file in sources:
        mixed = crc32(file.read_bytes(), mixed)
    return mixed


def manner_of(plant: PlantFile, source: SourceEntry) -> Style:
    """The time format and yes/no words of the system behind a source."""
    if source.connector == "http_json":
        return style("UTC", "%Y-%m-%dT%H:%M", "Z", (True, False))
    yes_no: tuple[int, int] | tuple[str, str] = (1, 0) if source.zone == "UTC" else ("Y", "N")
    return style(source.zone, "%Y-%m-%d %H:%M", "", yes_no)


def open_stores(
    plant: PlantFile, folder: Path, renaming: Renaming, *, is_new: bool = False
) -> dict[str, Store]:
    """The plant's systems, by feed; feeds of one database share one store."""
    files: dict[tuple[str, str], dict[str, tuple[str, FeedDialect]]] = {}
    for source in plant.sources:
        dialect = FeedDialect(plant, source, manner_of(plant, source), renaming)
        if source.connector == "http_json":
            place, table = SERVICE_FILE, str(source.options["url"]).rpartition("/")[2]
        elif source.connector == "files":
            place = table = str(source.options["folder"]).rpartition("/")[2]
        else:
            place = str(source.options["url"]).rpartition("/")[2]
            table = str(source.options["query"]).rpartition(" ")[2]
        files.setdefault((source.connector, place), {})[source.feed] = (table, dialect)
    stores: dict[str, Store] = {}
    for (connector, place), tables in files.items():
        store = _open(connector, folder / place, tables, is_new)
        stores |= dict.fromkeys(tables, store)
    return stores


def _open(
    connector: str, place: Path, tables: dict[str, tuple[str, FeedDialect]], is_new: bool
) -> Store:
    if connector == "files":
        ((_, dialect),) = tables.values()
        return TesterFolder(place, dialect)
    kind = DocumentStore if connector == "http_json" else SqlStore
    return kind(place, tables, is_new=is_new)


class PlantRun:
    """A plant's factory and its systems, moving forward together."""

    def __init__(self, plant: PlantFile, folder: Path, run: Run) -> None:
        self.plant, self.folder = plant, folder
        self.code = plant.plant.code
        self._state = read_state(folder)
        self._recipe = recipe_of(plant)
        if self._state and self._is_same(self._state, run):
            self.run = replace(run, present=self._state.present)
        else:
            if self._state:
                log.warning(
                    "%s: another recipe or other settings than before, history is made anew",
                    self.code,
                )
            self._state, self.run = None, run
        self.is_new = self._state is None
        muted = self._state.written_to if self._state else 0
        self.factory = Factory(plant, self.run, muted)
        self._stores: dict[str, Store] = {}

    def _is_same(self, held: State, run: Run) -> bool:
        return (held.recipe, held.seed, held.scale, held.speed, held.days) == (
            self._recipe, run.seed, run.scale, run.speed, run.days,
        )  # fmt: skip

    def _renaming(self) -> Renaming:
        at = self.run.present - int(SCENARIOS[self.code].renamed_days * DAY)
        names = {s.code: s.aliases[0].name for s in self.plant.stations if s.aliases}
        return Renaming(at, names)

    def catch_up(self, now: Callable[[], int], is_wanted: Callable[[], bool]) -> None:
        """Simulate up to the present, writing what the stores do not hold yet."""
        gc.set_threshold(OBJECTS_A_SEARCH)
        home = self.folder / BUILDING if self.is_new else self.folder
        if self.is_new:
            self._clear()
        self._stores = open_stores(self.plant, home, self._renaming(), is_new=self.is_new)
        self.factory.run(self._state.written_to if self._state else 0)
        while is_wanted():
            present = now()
            until = min(int(self.factory.env.now) + CHUNK_SECONDS, present)
            self._forward(until, is_live=until >= present)
            self._save(until, is_ready=not self.is_new)
            if until >= present:
                break
        if self.is_new:
            self._move_in()
        self._save(int(self.factory.env.now), is_ready=True)

    def step(self, until: int) -> None:
        """Go on to an instant; what happened is then visible in the plant's systems."""
        self._forward(until, is_live=True)
        self._save(until, is_ready=True)

    def _forward(self, until: int, *, is_live: bool) -> None:
        self.factory.run(until)
        for feed, entries in self.factory.journal.take(until).items():
            if entries:
                self._stores[feed].write(feed, entries)
        stock = self._stores["stock"]
        if is_live and isinstance(stock, SqlStore) and self.factory.material.has_moved():
            stock.replace("stock", self.factory.material.positions())
        for store in self._each_store():
            store.commit(until, is_live=is_live)

    def _each_store(self) -> list[Store]:
        return list({id(store): store for store in self._stores.values()}.values())

    def _move_in(self) -> None:
        home = self.folder / BUILDING
        for store in self._each_store():
            store.close()
        for item in sorted(home.iterdir(), reverse=True):  # folders of files before the databases
            item.rename(self.folder / item.name)
        home.rmdir()
        self._stores = open_stores(self.plant, self.folder, self._renaming())
        for store in self._each_store():
            store.commit(int(self.factory.env.now), is_live=True)

    def _clear(self) -> None:
        """Remove what an earlier run of other settings, or one cut short, left in our folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for item in self.folder.iterdir():
            if item.is_dir():
                shutil.rmtree(item)
            else:
                item.unlink()

    def _save(self, until: int, *, is_ready: bool) -> None:
        before = self._state.written_to if self._state else 0
        safe = max(before, min(store.safe_to() for store in self._each_store()))
        run = self.run
        state = State(
            recipe=self._recipe, seed=run.seed, scale=run.scale, speed=run.speed, days=run.days,
            present=run.present, written_to=safe,
            simulated_to=datetime.fromtimestamp(until, UTC).isoformat(), is_ready=is_ready,
        )  # fmt: skip
        fresh = self.folder / (STATE_FILE + ".new")
        fresh.write_text(json.dumps(asdict(state)))
        fresh.replace(self.folder / STATE_FILE)

    def close(self) -> None:
        """Leave the stores in order."""
        for store in self._each_store():
            store.close()
