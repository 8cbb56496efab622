"""The command line of Rackline, and nothing else. The only file that knows all three rooms.

Data go to stdout, progress and messages to stderr. Exit codes: 0 done, 1 failed (a load failed, a
source could not be reached), 2 wrong configuration or command line, 3 schema out of date.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from typer.core import TyperGroup

from db.clock import utc_now
from db.errors import ConfigError, Fault, RacklineError
from db.migrations.migrate import migrate as migrate_store
from db.queries import reports
from db.queries.quarantine import held_record, held_records
from db.queries.store import Store, open_store
from db.settings import Settings, load_settings
from etl.check import check_sources
from etl.connectors.base import Window
from etl.demo import Demo, run_demo
from etl.manual import chosen, context_by_hand, load_by_hand, open_for_loads
from etl.pulls import pulls_of, read_plants
from etl.service import run as run_service


class Commands(TyperGroup):
    """Turns errors raised on purpose into their message on stderr and their exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except RacklineError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(error.exit_code) from error
        except (InterfaceError, OperationalError) as error:
            typer.echo(_store_trouble(error), err=True)
            raise typer.Exit(1) from error


def _store_trouble(error: DBAPIError) -> str:
    """One sentence about a store that cannot be used; its password is never told."""
    url = make_url(load_settings().database_url.get_secret_value())
    said = str(error.orig).strip().partition("\n")[0]
    return (
        f"the store {url.render_as_string(hide_password=True)} cannot be used: {said}. "
        "Start it, or mend RACKLINE_DATABASE_URL (rackline settings shows it)"
    )


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False)
quarantine = typer.Typer(no_args_is_help=True, help="Records that could not be trusted.")
app.add_typer(quarantine, name="quarantine")

WIDEST = 2_000
"""Columns a table may take: a terminal wraps long lines, but a key cut short is of no use."""

PlantOption = Annotated[str | None, typer.Option("--plant", help="Code of one plant")]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="One reason")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV")]


class Reported(StrEnum):
    """The reports there are."""

    THROUGHPUT = "throughput"
    YIELD = "yield"
    SHORTAGES = "shortages"
    SOURCES = "sources"


@app.callback()
def rackline() -> None:
    """See what your rack plants build, what stops them next, and how old each number is."""


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the dashboard")] = 8050,
    scale: Annotated[float, typer.Option(min=0.1, max=50, help="Racks, as a multiple")] = 1.0,
    speed: Annotated[float, typer.Option(min=0.1, max=600, help="Pace after now")] = 1.0,
    seed: Annotated[int, typer.Option(help="Same seed and clock, same plants")] = 7,
    data_dir: Annotated[Path, typer.Option(help="Its own folder")] = Path("var/demo"),
) -> None:
    """Show three illustrative plants: simulator, scheduled loads and dashboard, until Ctrl-C."""
    run_demo(Demo(port, scale, speed, seed, data_dir), partial(typer.echo, err=True))


@app.command()
def check(as_json: JsonOption = False) -> None:
    """Validate the plant files, reach every source, show its columns, list every fault."""
    pulls = [pull for plant in read_plants(load_settings()) for pull in pulls_of(plant)]
    findings = []
    for finding in check_sources(pulls):
        findings.append(finding)
        typer.echo(finding.problem or f"{finding.source}: reached", err=True)
    rows = [asdict(one) | {"columns": ", ".join(one.columns)} for one in findings]
    _print_frame(pd.DataFrame(rows), as_json=as_json)
    raise typer.Exit(int(any(finding.problem for finding in findings)))


@app.command()
def migrate() -> None:
    """Bring the store to the newest schema; does nothing when it is up to date."""
    migrate_store(load_settings().database_url.get_secret_value())


@app.command()
def load(
    sources: Annotated[list[str] | None, typer.Argument(help="Sources, as plant.feed")] = None,
    plant: PlantOption = None,
    since: Annotated[str | None, typer.Option(help="Changed from (ISO; zoneless is UTC)")] = None,
    until: Annotated[str | None, typer.Option(help="Changed until (ISO; zoneless is UTC)")] = None,
    as_json: JsonOption = False,
) -> None:
    """Load now: what is new, or the window of change times from --since to --until."""
    held = load_settings()
    plants = read_plants(held)
    pulls = chosen((pull for one in plants for pull in pulls_of(one)), sources or [], plant)
    window = Window(_instant("--since", since), _instant("--until", until))
    engine = open_for_loads(held, plants)
    summaries = []
    with _bar(len(pulls)) as told:
        for pull in pulls:
            told(pull.code, 0, False)
            context = context_by_hand(engine, partial(told, pull.code, is_done=False))
            summaries.append(load_by_hand(context, pull, window))
            pull.connector.close()
            told(pull.code, 0, True)
    engine.dispose()
    rows = [summary.row() for summary in summaries]
    _print_frame(pd.DataFrame(rows) if as_json else _without_zeros(rows), as_json=as_json)
    raise typer.Exit(int(any(summary.outcome == "failed" for summary in summaries)))


@app.command()
def run(
    plants: Annotated[list[str] | None, typer.Argument(help="Codes; none = all plants")] = None,
) -> None:
    """Load all sources on schedule until stopped; waits while another scheduler is live."""
    run_service(load_settings(), plants or [])


@app.command()
def serve() -> None:
    """Serve the dashboard until stopped."""
    os.execv(sys.executable, [sys.executable, "-m", "dashboard"])


@app.command()
def report(
    what: Annotated[Reported, typer.Argument(help="What to report")],
    *,
    plant: Annotated[str, typer.Option(help="Code of the plant")],
    start: Annotated[str | None, typer.Option("--from", help="First business date")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last business date")] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Print the numbers behind the pages by business date of the plant; default: the last week."""
    now = utc_now()
    last = _day("--to", end) or now.date()
    first = _day("--from", start) or last - timedelta(days=6)
    with _store() as store:
        if what is Reported.SHORTAGES:
            found = store.read(reports.shortages, plant, at=now)
        else:
            windowed = {
                Reported.THROUGHPUT: reports.throughput,
                Reported.YIELD: reports.yields,
                Reported.SOURCES: reports.sources,
            }
            found = store.read(windowed[what], plant, first, last, at=now)
    for line in found.header():
        typer.echo(line, err=True)
    _print_frame(found.frame, as_json=as_json, as_csv=as_csv)


@quarantine.command("list")
def quarantine_list(
    plant: PlantOption = None, reason: ReasonOption = None, as_json: JsonOption = False
) -> None:
    """List the records that wait, the last seen first."""
    with _store() as store:
        frame = store.read(held_records, plant=plant, reason=reason)
    _print_frame(frame, as_json=as_json)


@quarantine.command("show")
def quarantine_show(
    source: Annotated[str, typer.Argument(help="Source, as plant.feed")],
    record_key: Annotated[str, typer.Argument(help="Key of the record, from the list")],
) -> None:
    """Print one record whole, as JSON, with what its source said."""
    with _store() as store:
        record = store.read(held_record, source, record_key)
    if record is None:
        raise RacklineError(
            f"no record {record_key!r} of {source} in quarantine. Run: rackline quarantine list"
        )
    said = record.model_dump(mode="json") | {"payload": json.loads(record.payload)}
    typer.echo(json.dumps(said, indent=2, ensure_ascii=False))


@quarantine.command("export")
def quarantine_export(
    plant: PlantOption = None,
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the records that wait with all that their sources said, as CSV or JSON."""
    with _store() as store:
        frame = store.read(held_records, plant=plant, reason=reason, has_payload=True)
    _print_frame(frame, as_json=as_json, as_csv=not as_json)


@app.command()
def settings(as_json: JsonOption = False) -> None:
    """List every setting: its value now (secrets hidden), its default and what it is for."""
    held = load_settings()
    rows = [
        {
            "setting": f"RACKLINE_{name.upper()}",
            "value": str(getattr(held, name)),
            "default": str(entry.default),
            "meaning": entry.description,
        }
        for name, entry in Settings.model_fields.items()
    ]
    _print_frame(pd.DataFrame(rows), as_json=as_json)


@contextmanager
def _store() -> Iterator[Store]:
    store = open_store(load_settings().database_url.get_secret_value())
    try:
        store.check_schema()
        yield store
    finally:
        store.close()


@contextmanager
def _bar(total: int) -> Iterator[Callable[..., None]]:
    """A bar on stderr over the sources; call it with the source and its records read so far."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total)
        read_count = 0

        def told(source: str, rows: int, is_done: bool) -> None:
            nonlocal read_count
            read_count = read_count + rows
            progress.update(task, description=f"{source} · {read_count} records")
            progress.advance(task, int(is_done))

        yield told


def _print_frame(frame: pd.DataFrame, *, as_json: bool = False, as_csv: bool = False) -> None:
    """A frame on stdout: as a table for people unless asked otherwise."""
    if as_json:
        typer.echo(frame.to_json(orient="records", date_format="iso", indent=2))
    elif as_csv:
        typer.echo(frame.to_csv(index=False), nl=False)
    else:
        table = Table(*map(str, frame.columns))
        for row in frame.itertuples(index=False):
            table.add_row(*map(_said, row))
        Console(width=WIDEST).print(table)


def _said(value: Any) -> str:
    """A value in a table for people: no microseconds, nothing for what is not known.

    >>> _said(pd.Timestamp("2026-11-01")), _said({"bad_time": 2}), _said(float("nan"))
    ('2026-11-01', 'bad_time 2', '')
    """
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    if not isinstance(value, Sequence) and pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value.tz is None else f"{value:%Y-%m-%d %H:%M:%SZ}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _without_zeros(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows without the columns in which every one says 0 or nothing."""
    frame = pd.DataFrame(rows)
    return frame[[name for name in frame if any(frame[name])]]


def _instant(option: str, text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        allowed = "an ISO instant such as 2026-11-01T06:00Z"
        raise ConfigError([Fault("command line", option, text, allowed)]) from error
    return at.replace(tzinfo=at.tzinfo or UTC) if at else None


def _day(option: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        allowed = "a date such as 2026-11-01"
        raise ConfigError([Fault("command line", option, text, allowed)]) from error


def main() -> None:
    """Entry point of the `rackline` command."""
    app()


if __name__ == "__main__":
    main()
