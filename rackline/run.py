"""`rackline run`."""

from typing import Annotated

import typer

from db.settings import load_settings
from etl.service import run as run_service
from rackline.opened import store_trouble

app = typer.Typer(add_completion=False)


@app.command()
def run(
    plants: Annotated[list[str] | None, typer.Argument(help="Codes; none = all plants")] = None,
) -> None:
    with store_trouble():
        run_service(load_settings(), plants or [])
