"""`rackline serve`."""

import os
import sys

import typer

app = typer.Typer(add_completion=False)


@app.command()
def serve() -> None:
    os.execv(sys.executable, [sys.executable, "-m", "dashboard"])
