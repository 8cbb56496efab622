"""`rackline report`."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from db.clock import utc_now
from db.queries import reports, reports_of_units
from db.queries.material import HORIZON_DAYS
from db.queries.material_frames import material_report
from db.queries.plants import business_date
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
        CaseOfReceipts, typer.Option(help="Material: promises hold, are late as ever, or fail")
    ] = CaseOfReceipts.PROMISED,
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
    first, last = day("--from", start), day("--to", end)
    require_in_order("--from", first, "--to", last)
    if what is Reported.GENEALOGY and bool(serial) == bool(lot):
        raise refused("--serial", serial or "missing", "a serial, or --lot with a part and its lot")
    now = utc_now()
    with opened_store() as store:
        require_plant(store, plant)
        if what in OF_OUTLOOK:
            found = store.read(
                material_report, plant, what.value, at=now, case=case.value, horizon_days=horizon
            )
        elif what is Reported.ALARMS:
            found = store.read(reports_of_units.alarms_report, plant, now)
        elif what is Reported.GENEALOGY:
            found = store.read(reports_of_units.genealogy_report, plant, serial, lot, now)
        else:
            last = last or max(store.read(business_date, plant, now), first or date.min)
            first = first or last - timedelta(days=6)
            found = store.read(WINDOWED[what], plant, first, last, at=now)
    for line in found.header():
        typer.echo(line, err=True)
    print_frame(found.frame, as_json=as_json, as_csv=as_csv)
