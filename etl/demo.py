"""The demonstration: three simulated plants, their scheduled loads and the dashboard, as children.

The dashboard starts at once. A simulated plant's loads start as soon as its history is made; the
newest days come first, older ones follow. Any other plant file is loaded like a real one, at once.
Whatever dies is started again; one Ctrl-C ends everything.

Everything lives in a folder of its own, so the store of real plants is never touched.
"""

import fcntl
import json
import os
import shlex
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path

from db.engine import make_engine
from db.errors import ConfigError, Fault
from db.migrations.migrate import migrate
from db.settings import Settings, load_settings
from etl.plant_file import PlantFile
from etl.publish import publish
from etl.pulls import read_plants
from etl.supervisor import Child, supervise

SIMULATED = ("mp", "oh", "tx")
"""The plants the simulator has a scenario for."""
TX_PORT, TX_TOKEN = 8061, "illustrative-token"
"""Where the simulated Texas plant answers, and to whom; its plant file has the same defaults."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What to show, and where it lives."""

    port: int
    scale: float
    speed: float
    seed: int
    data_dir: Path

    @property
    def store_file(self) -> Path:
        """The demonstration's own store."""
        return self.data_dir / "rackline.sqlite3"

    @property
    def mark(self) -> Path:
        """The file that makes a folder a demonstration's: what its plants were made from."""
        return self.data_dir / "demo.json"

    @property
    def plant_data_dir(self) -> Path:
        """Where the simulated plants keep their systems."""
        return self.data_dir / "plants"

    def log_file(self, name: str) -> Path:
        """Where a child's messages go."""
        return self.data_dir / "log" / f"{name}.log"


def run_demo(demo: Demo, tell: Callable[[str], None]) -> None:
    """Show the demonstration until Ctrl-C. Raises ConfigError when it cannot start."""
    require_free_port("127.0.0.1", demo.port, "command line", "port", "make demo PORT")
    require_own_folder(demo)
    with only_one(demo):
        environment = _environment(demo, tell)
        os.environ.update(environment)
        settings = load_settings()
        plants = read_plants(settings)
        simulated = simulated_of(plants)
        others = [one.plant.code for one in plants if one.plant.code not in simulated]
        start_over_if_other(demo, _recipe(demo, settings.plants_dir, simulated), tell)
        _prepare_store(settings, plants)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        tell(
            f"Open http://localhost:{demo.port}  "
            f"(Ctrl-C stops everything; logs in {demo.data_dir}/log)"
        )
        tell(f"To look at it from a second terminal, paste there: {export_line(environment)}")
        for code in others:
            tell(f"{code}: not simulated, loading it from its own sources")
        supervise(
            children(demo, simulated, others, environment),
            stop,
            tell=tell,
            each_look=partial(_tell_ready, demo, set(simulated), tell),
        )


def simulated_of(plants: Sequence[PlantFile]) -> list[str]:
    """Codes of the plants that are simulated; every other one has sources of its own."""
    heads = [plant.plant for plant in plants]
    return [head.code for head in heads if head.is_illustrative and head.code in SIMULATED]


def _prepare_store(settings: Settings, plants: Sequence[PlantFile]) -> None:
    url = settings.database_url.get_secret_value()
    migrate(url)
    engine = make_engine(url)
    publish(engine, plants)
    engine.dispose()


def require_own_folder(demo: Demo) -> None:
    """Raise ConfigError for a folder that may hold what is not a demonstration's."""
    usual = Settings.model_fields["database_url"].default.get_secret_value()
    is_usual = demo.store_file.resolve() == Path(usual.removeprefix("sqlite:///")).resolve()
    is_own = demo.mark.exists() or not demo.data_dir.exists() or not any(demo.data_dir.iterdir())
    if is_usual or not is_own:
        allowed = "a new or empty folder, or one that an earlier demonstration made"
        raise ConfigError([Fault("command line", "--data-dir", str(demo.data_dir), allowed)])


@contextmanager
def only_one(demo: Demo) -> Iterator[None]:
    """Hold the folder until the end of this process. Raises ConfigError when another one does."""
    demo.data_dir.mkdir(parents=True, exist_ok=True)
    if not demo.mark.exists():
        demo.mark.write_text("")
    with (demo.data_dir / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            allowed = (
                "a folder in which no demonstration runs; this one is shown at "
                f"{lock.read().strip()}: stop it with Ctrl-C, or name another folder"
            )
            fault = Fault("command line", "--data-dir", str(demo.data_dir), allowed)
            raise ConfigError([fault]) from error
        lock.truncate(0)
        lock.write(f"http://localhost:{demo.port}")
        lock.flush()
        yield


def start_over_if_other(demo: Demo, recipe: str, tell: Callable[[str], None]) -> None:
    """Remove the simulated plants and the store when they were made from another `recipe`.

    The plants would be simulated anew, and the store would hold two pasts at once. Says what is
    removed before it is; nothing else in the folder is touched.
    """
    made_from = demo.mark.read_text() if demo.mark.exists() else ""
    if made_from not in {"", recipe}:
        folders = [demo.plant_data_dir / code for code in SIMULATED]
        named = ", ".join(map(str, folders))
        tell(
            "The simulator, its plant files or its settings are not those of last time. Removing "
            f"its simulated plants ({named}) and the demonstration's store they filled "
            f"({demo.store_file}); all of it is made anew, and nothing else is touched"
        )
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        for suffix in ("", "-wal", "-shm"):
            demo.store_file.with_name(demo.store_file.name + suffix).unlink(missing_ok=True)
    demo.mark.write_text(recipe)


def _recipe(demo: Demo, plants_dir: Path, simulated: Sequence[str]) -> str:
    """What the plants' past depends on: settings, simulator, and the simulated plants' files."""
    digest = blake2b(digest_size=16)
    programs = sorted((Path(__file__).parent / "simulator").glob("*.py"))
    for file in [*programs, *(plants_dir / f"{code}.toml" for code in simulated)]:
        digest.update(file.read_bytes())
    said = {"seed": demo.seed, "scale": demo.scale, "speed": demo.speed}
    return json.dumps(said | {"program": digest.hexdigest()})


def children(
    demo: Demo, simulated: Sequence[str], others: Sequence[str], environment: dict[str, str]
) -> list[Child]:
    """The processes of the demonstration: simulator, dashboard, and the loads of each plant."""
    python = sys.executable
    simulate = [
        *(python, "-m", "etl.simulator"),
        *("--data-dir", str(demo.plant_data_dir), "--plants", ",".join(simulated)),
        *("--seed", str(demo.seed), "--scale", str(demo.scale), "--speed", str(demo.speed)),
    ]
    simulator = Child("simulator", simulate, environment, demo.log_file("simulator"))
    dashboard = [python, "-m", "dashboard"]
    loads = [
        Child(
            f"loads of {code}",
            [python, "-m", "etl", code],
            environment,
            demo.log_file(f"etl-{code}"),
            partial(is_ready, demo.plant_data_dir / code) if code in simulated else lambda: True,
        )
        for code in (*simulated, *others)
    ]
    return [
        *([simulator] if simulated else []),
        Child("dashboard", dashboard, environment, demo.log_file("dashboard")),
        *loads,
    ]


def is_ready(folder: Path) -> bool:
    """Whether a simulated plant's history is made."""
    try:
        return bool(json.loads((folder / "simulator.json").read_text())["is_ready"])
    except (OSError, ValueError, KeyError):
        return False


def _tell_ready(demo: Demo, waiting: set[str], tell: Callable[[str], None]) -> None:
    for code in sorted(waiting):
        if is_ready(demo.plant_data_dir / code):
            waiting.discard(code)
            tell(f"{code}: history is made, loading it newest first")


def _environment(demo: Demo, tell: Callable[[str], None]) -> dict[str, str]:
    return {
        "RACKLINE_DATABASE_URL": f"sqlite:///{demo.store_file.resolve()}",
        "RACKLINE_PLANTS_DIR": str(load_settings().plants_dir.resolve()),
        "RACKLINE_PLANT_DATA_DIR": str(demo.plant_data_dir.resolve()),
        "RACKLINE_PORT": str(demo.port),
        "RACKLINE_HOST": "127.0.0.1",
        "RACKLINE_TX_PORT": str(_tx_port(demo, tell)),
        "RACKLINE_TX_TOKEN": TX_TOKEN,
    }


def export_line(environment: dict[str, str]) -> str:
    """The shell command that points the command line at this store and these plants.

    >>> export_line({"RACKLINE_TX_PORT": "8061", "RACKLINE_PLANTS_DIR": "/my plants"})
    "export RACKLINE_TX_PORT=8061 RACKLINE_PLANTS_DIR='/my plants'"
    """
    own = ("RACKLINE_HOST", "RACKLINE_PORT")
    said = [f"{name}={shlex.quote(value)}" for name, value in environment.items()]
    return "export " + " ".join(one for one in said if one.split("=")[0] not in own)


def _tx_port(demo: Demo, tell: Callable[[str], None]) -> int:
    if demo.port != TX_PORT and _bind_error("127.0.0.1", TX_PORT) is None:
        return TX_PORT
    port = free_port()
    tell(f"Port {TX_PORT} is taken, the simulated Texas plant answers on port {port}")
    return port


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def require_free_port(host: str, port: int, place: str, key: str, example: str) -> None:
    """Raise ConfigError, naming where the port was given, when somebody already listens there."""
    error = _bind_error(host, port)
    if error is not None:
        allowed = f"a free port ({error.strerror}); for example: {example}={port + 10}"
        raise ConfigError([Fault(place, key, port, allowed)]) from error


def _bind_error(host: str, port: int) -> OSError | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None
