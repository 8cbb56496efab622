"""`rackline demo`."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from etl.demo import Demo, run_demo

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the dashboard")] = 8050,
    scale: Annotated[float, typer.Option(min=0.1, max=50, help="Racks, as a multiple")] = 1.0,
    speed: Annotated[float, typer.Option(min=0.1, max=600, help="Pace after now")] = 1.0,
    seed: Annotated[int, typer.Option(help="Same seed and clock, same plants")] = 7,
    data_dir: Annotated[Path, typer.Option(help="Its own folder")] = Path("var/demo"),
) -> None:
    run_demo(Demo(port, scale, speed, seed, data_dir), partial(typer.echo, err=True))
