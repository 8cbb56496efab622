"""`rackline report`."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from db.clock import utc_now
from db.queries import reports
from db.queries.plants import business_date
from rackline.opened import opened_store, print_frame, require_plant
from rackline.options import CsvOption, JsonOption, day, refused, require_in_order

app = typer.Typer(add_completion=False)


class Reported(StrEnum):
    """The reports there are."""

    THROUGHPUT = "throughput"
    YIELD = "yield"
    SHORTAGES = "shortages"
    SOURCES = "sources"


WINDOWED = {
    Reported.THROUGHPUT: reports.throughput,
    Reported.YIELD: reports.yields,
    Reported.SOURCES: reports.sources,
}
AS_OF_NOW = {Reported.SHORTAGES: reports.shortages}


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
    if as_json and as_csv:
        raise refused("--csv", "together with --json", "one of --json, --csv")
    first, last = day("--from", start), day("--to", end)
    require_in_order("--from", first, "--to", last)
    now = utc_now()
    with opened_store() as store:
        require_plant(store, plant)
        if what in AS_OF_NOW:
            found = store.read(AS_OF_NOW[what], plant, at=now)
        else:
            last = last or max(store.read(business_date, plant, now), first or date.min)
            first = first or last - timedelta(days=6)
            found = store.read(WINDOWED[what], plant, first, last, at=now)
    for line in found.header():
        typer.echo(line, err=True)
    print_frame(found.frame, as_json=as_json, as_csv=as_csv)
