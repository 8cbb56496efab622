"""`rackline load`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from db.settings import Settings, load_settings
from etl.alarms import AlarmWatch
from etl.connectors.base import Window
from etl.manual import chosen, context_by_hand, load_by_hand, open_for_loads
from etl.plant_file import PlantFile
from etl.pulls import pulls_of, read_plants
from etl.runner import LoadSummary, Pull
from rackline.opened import store_trouble
from rackline.options import JsonOption, PlantOption, instant, require_in_order
from rackline.printing import print_rows

app = typer.Typer(add_completion=False)


@app.command()
def load(
    sources: Annotated[list[str] | None, typer.Argument(help="Sources, as plant.feed")] = None,
    plant: PlantOption = None,
    since: Annotated[str | None, typer.Option(help="Changed from (ISO; zoneless is UTC)")] = None,
    until: Annotated[str | None, typer.Option(help="Changed until (ISO; zoneless is UTC)")] = None,
    as_json: JsonOption = False,
) -> None:
    window = Window(instant("--since", since), instant("--until", until))
    require_in_order("--since", window.since, "--until", window.until)
    held = load_settings()
    plants = read_plants(held)
    pulls = chosen((pull for one in plants for pull in pulls_of(one)), sources or [], plant)
    with store_trouble():
        summaries = _loaded(held, plants, pulls, window)
    rows = [summary.row() for summary in summaries]
    print_rows(rows if as_json else _without_zeros(rows), as_json=as_json)
    raise typer.Exit(int(any(summary.outcome == "failed" for summary in summaries)))


def _loaded(
    held: Settings, plants: Sequence[PlantFile], pulls: Sequence[Pull], window: Window
) -> list[LoadSummary]:
    """One source after the other; then drops are looked for once, as `rackline run` does."""
    engine = open_for_loads(held, plants)
    summaries = []
    with _bar(len(pulls)) as told:
        for pull in pulls:
            context = context_by_hand(engine, partial(told, pull.code))
            share = partial(told, pull.code, 0)
            share(0.0)
            summaries.append(load_by_hand(context, pull, window, share))
            pull.connector.close()
            share(1.0)
    for plant in sorted({pull.plant for pull in pulls}):
        AlarmWatch(engine, plant).refresh()
    engine.dispose()
    return summaries


@contextmanager
def _bar(total: int) -> Iterator[Callable[..., None]]:
    """A bar on stderr over the sources; call it with the source, its records read since the last
    call, and which share of it is done if that has moved."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total)
        read_count = done_count = 0

        def told(source: str, rows: int, share: float | None = None) -> None:
            nonlocal read_count, done_count
            read_count += rows
            progress.update(task, description=f"{source} · {read_count} records")
            if share is not None:
                progress.update(task, completed=done_count + share)
                done_count += int(share)

        yield told


def _without_zeros(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without the columns in which every one says 0 or nothing."""
    told = {name for row in rows for name, value in row.items() if value}
    return [{name: value for name, value in row.items() if name in told} for row in rows]
