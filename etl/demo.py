"""The demonstration: three simulated plants, their scheduled loads and the dashboard, as children.

The dashboard starts at once. A plant's loads start as soon as its history is made; the newest days
come first, older ones follow. Whatever dies is started again; one Ctrl-C ends everything.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path

from db.engine import make_engine
from db.errors import ConfigError, Fault
from db.migrations.migrate import migrate
from db.settings import load_settings
from etl.publish import publish
from etl.pulls import read_plants
from etl.supervisor import Child, supervise


@dataclass(frozen=True, slots=True)
class Demo:
    """What to show, and where it lives."""

    port: int
    scale: float
    speed: float
    seed: int
    data_dir: Path

    @property
    def plant_data_dir(self) -> Path:
        """Where the simulated plants keep their systems."""
        return self.data_dir / "plants"

    def log_file(self, name: str) -> Path:
        """Where a child's messages go."""
        return self.data_dir / "log" / f"{name}.log"


def run_demo(demo: Demo, tell: Callable[[str], None]) -> None:
    """Show the demonstration until Ctrl-C. Raises ConfigError when it cannot start."""
    require_free_port("127.0.0.1", demo.port)
    if start_over_if_other(demo):
        tell("Other settings or another program than last time: the plants are made anew")
    environment = _environment(demo)
    os.environ.update(environment)
    settings = load_settings()
    plants = read_plants(settings)
    url = settings.database_url.get_secret_value()
    migrate(url)
    engine = make_engine(url)
    publish(engine, plants)
    engine.dispose()
    codes = [plant.plant.code for plant in plants if plant.plant.is_illustrative]
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    tell(
        f"Open http://localhost:{demo.port}  (Ctrl-C stops everything; logs in {demo.data_dir}/log)"
    )
    waiting = set(codes)
    supervise(
        children(demo, codes, environment),
        stop,
        tell=tell,
        each_look=partial(_tell_ready, demo, waiting, tell),
    )


def start_over_if_other(demo: Demo) -> bool:
    """Remove what an earlier demonstration with other settings or another program left.

    Its plants would be simulated anew, and the store would hold two pasts at once. Touches only a
    folder in which a demonstration left its mark.
    """
    mark = demo.data_dir / "demo.json"
    recipe = _recipe(demo)
    is_other = mark.exists() and mark.read_text() != recipe
    if is_other:
        shutil.rmtree(demo.plant_data_dir, ignore_errors=True)
        for file in demo.data_dir.glob("rackline.sqlite3*"):
            file.unlink()
    demo.data_dir.mkdir(parents=True, exist_ok=True)
    mark.write_text(recipe)
    return is_other


def _recipe(demo: Demo) -> str:
    """What the plants' past depends on: the settings, the simulator and the plant files."""
    digest = blake2b(digest_size=16)
    folder = Path(__file__).parent
    for file in sorted([*folder.glob("simulator/*.py"), *folder.glob("plants/*.toml")]):
        digest.update(file.read_bytes())
    said = {"seed": demo.seed, "scale": demo.scale, "speed": demo.speed}
    return json.dumps(said | {"program": digest.hexdigest()})


def children(demo: Demo, codes: Sequence[str], environment: dict[str, str]) -> list[Child]:
    """The processes of the demonstration: simulator, dashboard, and the loads of each plant."""
    python = sys.executable
    simulate = [
        *(python, "-m", "etl.simulator"),
        *("--data-dir", str(demo.plant_data_dir), "--plants", ",".join(codes)),
        *("--seed", str(demo.seed), "--scale", str(demo.scale), "--speed", str(demo.speed)),
    ]
    return [
        Child("simulator", simulate, environment, demo.log_file("simulator")),
        Child("dashboard", [python, "-m", "dashboard"], environment, demo.log_file("dashboard")),
        *(
            Child(
                f"loads of {code}",
                [python, "-m", "etl", code],
                environment,
                demo.log_file(f"etl-{code}"),
                partial(is_ready, demo.plant_data_dir / code),
            )
            for code in codes
        ),
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


def _environment(demo: Demo) -> dict[str, str]:
    return {
        "RACKLINE_DATABASE_URL": f"sqlite:///{demo.data_dir.resolve() / 'rackline.sqlite3'}",
        "RACKLINE_PLANT_DATA_DIR": str(demo.plant_data_dir.resolve()),
        "RACKLINE_PORT": str(demo.port),
        "RACKLINE_HOST": "127.0.0.1",
        "RACKLINE_TX_PORT": str(free_port()),
        "RACKLINE_TX_TOKEN": secrets.token_urlsafe(16),
    }


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def require_free_port(host: str, port: int) -> None:
    """Raise ConfigError when somebody already listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            allowed = f"a free port ({error.strerror}); for example: make demo PORT={port + 10}"
            raise ConfigError([Fault("command line", "port", port, allowed)]) from error
