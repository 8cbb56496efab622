"""`rackline serve`."""

import os
import sys

import typer

from rackline.opened import opened_store

app = typer.Typer(add_completion=False)


@app.command()
def serve() -> None:
    with opened_store():
        pass  # what is wrong with the store is said as by every other command
    os.execv(sys.executable, [sys.executable, "-m", "dashboard"])
