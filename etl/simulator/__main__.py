"""`python -m etl.simulator`: make history up to now for the illustrative plants, then run on.

Each plant is a process of its own, so that two cores make three histories in the time of two.
Progress stands in `<data-dir>/<plant>/simulator.json`, messages go to stderr.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from db.clock import monotonic_seconds, utc_now
from db.settings import load_settings
from etl.plant_file import PlantFile
from etl.simulator.factory import Run
from etl.simulator.plant_run import SERVICE_FILE, PlantRun
from etl.simulator.tx_service import DEFAULT_PORT, DEFAULT_TOKEN, PREFIX, Service, outages

log = logging.getLogger("etl.simulator")
TICK_SECONDS = 1.0
RESTART_SECONDS = 2.0
NICE_STEP = 2


def simulate(
    *,
    data_dir: Annotated[Path | None, typer.Option(help="Where the plants' systems live")] = None,
    plants_dir: Annotated[Path | None, typer.Option(help="Folder of the plant TOML files")] = None,
    seed: Annotated[int, typer.Option(help="Same seed and clock, same bytes")] = 7,
    scale: Annotated[float, typer.Option(min=0.1, max=50, help="Racks, as a multiple")] = 1.0,
    speed: Annotated[float, typer.Option(min=0.1, max=600, help="Pace after now")] = 1.0,
    days: Annotated[int, typer.Option(min=1, max=400, help="Days of history")] = 30,
    plants: Annotated[str, typer.Option(help="Codes, separated by commas")] = "mp,oh,tx",
    history_only: Annotated[bool, typer.Option(help="Stop when the history is made")] = False,
    now: Annotated[str, typer.Option(help="ISO instant taken as now")] = "",
) -> None:
    """Make history up to the present, then run in real time."""
    logging.basicConfig(
        stream=sys.stderr, level="INFO", format="%(asctime)s %(levelname)s %(message)s"
    )
    codes = [code.strip() for code in plants.split(",") if code.strip()]
    if len(codes) > 1:
        raise typer.Exit(_supervise(codes, history_only))
    settings = load_settings()
    file = (plants_dir or settings.plants_dir) / f"{codes[0]}.toml"
    plant = PlantFile.model_validate(tomllib.loads(file.read_text()))
    clock = _clock(now, is_still=history_only)
    run = Run(seed, clock(), days, scale, speed)
    folder = (data_dir or settings.plant_data_dir) / codes[0]
    _run_plant(PlantRun(plant, folder, run), clock, history_only)


def _clock(now: str, *, is_still: bool) -> Callable[[], int]:
    """The present in whole epoch seconds: the real one, or one that starts (or stays) at `now`."""
    if not now:
        return lambda: int(utc_now().timestamp())
    at, started = int(datetime.fromisoformat(now).timestamp()), monotonic_seconds()
    return lambda: at if is_still else at + int(monotonic_seconds() - started)


def _run_plant(plant: PlantRun, clock: Callable[[], int], history_only: bool) -> None:
    parent = os.getppid()
    started = monotonic_seconds()
    service = None if plant.is_new else _serve(plant)
    plant.catch_up(clock, lambda: os.getppid() == parent)
    log.info("%s: history is ready after %.1f s", plant.code, monotonic_seconds() - started)
    service = service or (None if history_only else _serve(plant))
    while not history_only and os.getppid() == parent:
        time.sleep(TICK_SECONDS)
        plant.step(clock())
    plant.close()
    if service:
        service.shutdown()


def _serve(plant: PlantRun) -> Service | None:
    """Start the plant's JSON service when that is how its data are reached."""
    if not any(source.connector == "http_json" for source in plant.plant.sources):
        return None
    port = int(os.environ.get("RACKLINE_TX_PORT", DEFAULT_PORT))
    token = os.environ.get("RACKLINE_TX_TOKEN", DEFAULT_TOKEN)
    service = Service(port, plant.folder / SERVICE_FILE, token, outages(plant.run.seed))
    threading.Thread(target=service.serve_forever, daemon=True).start()
    log.info("%s: service at http://127.0.0.1:%d%s", plant.code, port, PREFIX)
    return service


def _supervise(codes: list[str], history_only: bool) -> int:
    """One process per plant; one that dies is started again, unless only history is wanted.

    Earlier plants go first where cores are few: one wall that moves early beats three late ones.
    """
    arguments = [sys.executable, "-m", "etl.simulator", *sys.argv[1:]]
    children = {code: subprocess.Popen([*arguments, "--plants", code]) for code in codes}
    for place, child in enumerate(children.values()):
        os.setpriority(os.PRIO_PROCESS, child.pid, NICE_STEP * place)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if history_only:
            return max(child.wait() for child in children.values())
        while True:
            time.sleep(RESTART_SECONDS)
            for code, child in children.items():
                if child.poll() is not None:
                    log.warning("%s: ended with %s, starting it again", code, child.returncode)
                    children[code] = subprocess.Popen([*arguments, "--plants", code])
    except KeyboardInterrupt:
        return 0
    finally:
        for child in children.values():
            child.terminate()
        for child in children.values():
            child.wait()


if __name__ == "__main__":
    typer.run(simulate)
