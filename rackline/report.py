"""`rackline report`."""

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple

import typer

from db.clock import utc_now
from db.errors import COMMAND_LINE, ConfigError, Fault
from db.queries import reports, reports_of_units
from db.queries.capacity_frames import capacity_report
from db.queries.flow_shapes import DAY, NOW, FlowFilter
from db.queries.material import HORIZON_DAYS
from db.queries.material_frames import material_report
from db.queries.plants import business_date
from db.queries.reports import Report
from db.queries.reports_of_flow import flow_choices, flow_report
from db.queries.store import Store
from rackline.opened import opened_store, print_frame, require_plant
from rackline.options import CsvOption, JsonOption, day, refused, require_in_order

app = typer.Typer(add_completion=False)


class Reported(StrEnum):
    """The reports there are."""

    THROUGHPUT = "throughput"
    YIELD = "yield"
    FLOW = "flow"
    SHORTAGES = "shortages"
    CLEAR_TO_BUILD = "clear-to-build"
    LINE_STOPS = "line-stops"
    SOURCES = "sources"
    ALARMS = "alarms"
    GENEALOGY = "genealogy"
    CAPACITY = "capacity"


WINDOWED = {
    Reported.THROUGHPUT: reports.throughput,
    Reported.YIELD: reports.yields,
    Reported.SOURCES: reports.sources,
}
WINDOW, SUBJECT = ("--from", "--to"), ("--serial", "--lot")
TAKES: Mapping[Reported, tuple[str, ...]] = {
    **dict.fromkeys(WINDOWED, WINDOW),
    Reported.FLOW: ("--table", "--on", "--shift", "--line", "--operation"),
    Reported.SHORTAGES: ("--case", "--horizon"),
    Reported.LINE_STOPS: ("--case", "--horizon"),
    Reported.CLEAR_TO_BUILD: ("--case", "--horizon"),
    Reported.ALARMS: (),
    Reported.CAPACITY: (),
    Reported.GENEALOGY: SUBJECT,
}
"""Which options of its own each report takes; any other is refused, not passed over."""
OF_OUTLOOK = {Reported.SHORTAGES, Reported.CLEAR_TO_BUILD, Reported.LINE_STOPS}


class CaseOfReceipts(StrEnum):
    """What becomes of receipts: promises hold, suppliers are as late as ever, nothing arrives."""

    PROMISED = "promised"
    LATE = "late"
    NONE = "none"


class TableOfFlow(StrEnum):
    """The tables of the throughput page."""

    HOURS = "hours"
    BOTTLENECK = "bottleneck"
    OEE = "oee"
    CYCLE_TIMES = "cycle-times"
    WIP = "wip"


@app.command()
def report(
    what: Annotated[Reported, typer.Argument(help="What to report")],
    *,
    plant: Annotated[str, typer.Option(help="Code of the plant")],
    start: Annotated[str | None, typer.Option("--from", help="First business date")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last business date")] = None,
    case: Annotated[
        CaseOfReceipts | None,
        typer.Option(help="Material: promises hold, are late as ever, or nothing arrives"),
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(min=1, max=HORIZON_DAYS, help="Material: days from the as-of")
    ] = None,
    serial: Annotated[str, typer.Option(help="Genealogy: what is in this rack or tray")] = "",
    lot: Annotated[str, typer.Option(help='Genealogy: where "PART LOT" went')] = "",
    table: Annotated[
        TableOfFlow | None, typer.Option(help="Flow: which table; hours if none is named")
    ] = None,
    on: Annotated[str | None, typer.Option("--on", help="Flow: business date of the shift")] = None,
    shift: Annotated[
        str, typer.Option(help="Flow: now, last, day (a whole day) or a shift's code")
    ] = "",
    line: Annotated[str, typer.Option(help="Flow: one line; all if none is named")] = "",
    operation: Annotated[str, typer.Option(help="Flow: OEE of this, else the bottleneck's")] = "",
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    if as_json and as_csv:
        raise refused("--csv", "together with --json", "one of --json, --csv")
    _require_taken(
        what,
        {"--from": start, "--to": end, "--case": case, "--horizon": horizon, "--serial": serial,
         "--lot": lot, "--table": table, "--on": on, "--shift": shift, "--line": line,
         "--operation": operation},
    )  # fmt: skip
    first, last = day("--from", start), day("--to", end)
    require_in_order("--from", first, "--to", last)
    if what is Reported.GENEALOGY and bool(serial) == bool(lot):
        raise refused("--serial", serial or "missing", "a serial, or --lot with a part and its lot")
    which = shift or (DAY if on else NOW)
    wanted = FlowFilter(plant, line, which, day("--on", on), None, operation)
    asked = Asked(plant, utc_now(), first, last, case, horizon, serial, lot, wanted, table)
    with opened_store() as store:
        name = require_plant(store, plant)
        found = _read(store, what, asked)
    _print(found, name, as_json=as_json, as_csv=as_csv)


class Asked(NamedTuple):
    """What the options say."""

    plant: str
    now: datetime
    first: date | None
    last: date | None
    case: CaseOfReceipts | None
    horizon: int | None
    serial: str
    lot: str
    flow: FlowFilter
    table: TableOfFlow | None


def _read(store: Store, what: Reported, asked: Asked) -> Report:
    plant, now = asked.plant, asked.now
    if what in OF_OUTLOOK:
        return store.read(
            material_report,
            plant,
            what.value,
            at=now,
            case=(asked.case or CaseOfReceipts.PROMISED).value,
            horizon_days=asked.horizon,
        )
    if what is Reported.FLOW:
        _require_known(store, asked)
        return store.read(flow_report, (asked.table or TableOfFlow.HOURS).value, asked.flow, now)
    if what is Reported.CAPACITY:
        return store.read(capacity_report, plant, now)
    if what is Reported.ALARMS:
        return store.read(reports_of_units.alarms_report, plant, now)
    if what is Reported.GENEALOGY:
        return store.read(reports_of_units.genealogy_report, plant, asked.serial, asked.lot, now)
    last = asked.last or max(store.read(business_date, plant, now), asked.first or date.min)
    first = asked.first or last - timedelta(days=6)
    return store.read(WINDOWED[what], plant, first, last, at=now)


def _require_known(store: Store, asked: Asked) -> None:
    """Raise ConfigError for a line, shift or operation that the plant does not have."""
    known = store.read(flow_choices, asked.plant, asked.now)
    given = {"--line": asked.flow.line, "--shift": asked.flow.shift,
             "--operation": asked.flow.operation}  # fmt: skip
    faults = [
        Fault(COMMAND_LINE, option, value, f"one of {', '.join(known[option])}")
        for option, value in given.items()
        if value and value not in known[option]
    ]
    if faults:
        raise ConfigError(faults)


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
