"""`rackline serve`."""

import os
import sys

import typer

from db.settings import load_settings
from etl.demo import require_free_port
from rackline.opened import opened_store

app = typer.Typer(add_completion=False)


@app.command()
def serve() -> None:
    with opened_store():
        pass  # what is wrong with the store is said as by every other command
    held = load_settings()
    require_free_port(held.host, held.port, "environment", "RACKLINE_PORT", "RACKLINE_PORT")
    os.execv(sys.executable, [sys.executable, "-m", "dashboard"])
