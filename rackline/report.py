"""`rackline report`."""

import csv
import io
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from db.clock import utc_now
from db.errors import COMMAND_LINE, ConfigError, Fault
from db.queries import reports, reports_of_units
from db.queries.material import HORIZON_DAYS
from db.queries.material_frames import material_report
from db.queries.plants import business_date
from db.queries.reports import Report
from rackline.opened import opened_store, print_frame, require_plant
from rackline.options import CsvOption, JsonOption, day, refused, require_in_order

app = typer.Typer(add_completion=False)


class Reported(StrEnum):
    """The reports there are."""

    THROUGHPUT = "throughput"
    YIELD = "yield"
    SHORTAGES = "shortages"
    CLEAR_TO_BUILD = "clear-to-build"
    LINE_STOPS = "line-stops"
    SOURCES = "sources"
    ALARMS = "alarms"
    GENEALOGY = "genealogy"


WINDOWED = {
    Reported.THROUGHPUT: reports.throughput,
    Reported.YIELD: reports.yields,
    Reported.SOURCES: reports.sources,
}
WINDOW, SUBJECT = ("--from", "--to"), ("--serial", "--lot")
TAKES: Mapping[Reported, tuple[str, ...]] = {
    **dict.fromkeys(WINDOWED, WINDOW),
    Reported.SHORTAGES: ("--case", "--horizon"),
    Reported.LINE_STOPS: ("--case", "--horizon"),
    Reported.CLEAR_TO_BUILD: ("--horizon",),
    Reported.ALARMS: (),
    Reported.GENEALOGY: SUBJECT,
}
"""Which options of its own each report takes; any other is refused, not passed over."""
OF_OUTLOOK = {Reported.SHORTAGES, Reported.CLEAR_TO_BUILD, Reported.LINE_STOPS}


class CaseOfReceipts(StrEnum):
    """What becomes of receipts: promises hold, suppliers are as late as ever, nothing arrives."""

    PROMISED = "promised"
    LATE = "late"
    NONE = "none"


@app.command()
def report(
    what: Annotated[Reported, typer.Argument(help="What to report")],
    *,
    plant: Annotated[str, typer.Option(help="Code of the plant")],
    start: Annotated[str | None, typer.Option("--from", help="First business date")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last business date")] = None,
    case: Annotated[
        CaseOfReceipts | None,
        typer.Option(help="Shortages, line stops: promises hold, are late as ever, or fail"),
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(min=1, max=HORIZON_DAYS, help="Material: days from the as-of")
    ] = None,
    serial: Annotated[str, typer.Option(help="Genealogy: what is in this rack or tray")] = "",
    lot: Annotated[str, typer.Option(help='Genealogy: where "PART LOT" went')] = "",
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    if as_json and as_csv:
        raise refused("--csv", "together with --json", "one of --json, --csv")
    _require_taken(
        what,
        {"--from": start, "--to": end, "--case": case, "--horizon": horizon, "--serial": serial,
         "--lot": lot},
    )  # fmt: skip
    first, last = day("--from", start), day("--to", end)
    require_in_order("--from", first, "--to", last)
    if what is Reported.GENEALOGY and bool(serial) == bool(lot):
        raise refused("--serial", serial or "missing", "a serial, or --lot with a part and its lot")
    now = utc_now()
    with opened_store() as store:
        name = require_plant(store, plant)
        if what in OF_OUTLOOK:
            found = store.read(
                material_report,
                plant,
                what.value,
                at=now,
                case=(case or CaseOfReceipts.PROMISED).value,
                horizon_days=horizon,
            )
        elif what is Reported.ALARMS:
            found = store.read(reports_of_units.alarms_report, plant, now)
        elif what is Reported.GENEALOGY:
            found = store.read(reports_of_units.genealogy_report, plant, serial, lot, now)
        else:
            last = last or max(store.read(business_date, plant, now), first or date.min)
            first = first or last - timedelta(days=6)
            found = store.read(WINDOWED[what], plant, first, last, at=now)
    _print(found, name, as_json=as_json, as_csv=as_csv)


def _require_taken(what: Reported, given: Mapping[str, str | int | None]) -> None:
    """Raise ConfigError for options that say nothing to the report, all in one go."""
    takes = TAKES[what]
    allowed = f"nothing with {what.value}, which takes {', '.join(takes) or 'no such option'}"
    faults = [
        Fault(COMMAND_LINE, option, str(value), allowed)
        for option, value in given.items()
        if value and option not in takes
    ]
    if faults:
        raise ConfigError(faults)


def _print(found: Report, plant: str, *, as_json: bool, as_csv: bool) -> None:
    """The report with its head: in the file itself where it is one, as exports of pages have it."""
    head = found.about(plant)
    if as_csv:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([*head, ()])
        typer.echo(text.getvalue(), nl=False)
    for name, told in () if as_csv else head:
        typer.echo(f"{name}: {told}", err=True)
    print_frame(found.frame, as_json=as_json, as_csv=as_csv)
