"""`rackline reconcile`."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import typer

from db.clock import utc_now
from db.ingest.ledger import Finding
from db.queries.source_days import OLDER, source_days
from db.settings import Settings, load_settings
from etl.manual import chosen, context_by_hand, open_for_loads
from etl.plant_file import PlantFile
from etl.pulls import pulls_of, read_plants
from etl.reconcile.due import reconcile_now
from etl.runner import Pull
from rackline.opened import opened_store, print_frame, require_plant, store_trouble
from rackline.options import JsonOption, PlantOption, day, require_in_order
from rackline.printing import print_rows

app = typer.Typer(add_completion=False)


@app.command()
def reconcile(
    sources: Annotated[list[str] | None, typer.Argument(help="Sources, as plant.feed")] = None,
    *,
    plant: PlantOption = None,
    start: Annotated[str | None, typer.Option("--from", help="First business date")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last business date")] = None,
    is_trusting: Annotated[
        bool, typer.Option("--trust-deletes", help="Believe deletions, however many")
    ] = False,
    is_list: Annotated[
        bool, typer.Option("--list", help="Compare nothing, print what is known of each day")
    ] = False,
    is_gaps: Annotated[
        bool, typer.Option("--gaps", help="The same of days that differ or were never compared")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    first, last = day("--from", start), day("--to", end)
    require_in_order("--from", first, "--to", last)
    if is_list or is_gaps:
        _print_ledger(plant, is_gap=is_gaps, as_json=as_json)
        return
    held = load_settings()
    plants = read_plants(held)
    pulls = chosen((pull for one in plants for pull in pulls_of(one)), sources or [], plant)
    with store_trouble():
        findings = _compared(held, plants, pulls, (first, last), is_trusting=is_trusting)
    print_rows([_row(found) for found in findings], as_json=as_json)
    raise typer.Exit(int(any(found.state != "agreed" for found in findings)))


def _print_ledger(plant: str | None, *, is_gap: bool, as_json: bool) -> None:
    with opened_store() as store:
        require_plant(store, plant)
        frame = store.read(source_days, plant=plant, is_gap=is_gap, at=utc_now())
    print_frame(frame, as_json=as_json)


def _compared(
    held: Settings,
    plants: Sequence[PlantFile],
    pulls: Sequence[Pull],
    span: tuple[date | None, date | None],
    *,
    is_trusting: bool,
) -> list[Finding]:
    engine = open_for_loads(held, plants)
    context = context_by_hand(engine, lambda read_count: None)
    findings = []
    for pull in pulls:
        for found in reconcile_now(context, pull, *span, is_trusting=is_trusting):
            findings.append(found)
            typer.echo(_said(found), err=True)
        pull.connector.close()
    engine.dispose()
    return findings


def _said(found: Finding) -> str:
    repaired = found.repaired
    return (
        f"{found.source} {_day(found.business_on)}: {found.message or found.state}; repaired "
        f"{repaired.new} new, {repaired.changed} changed, {repaired.deleted} deleted"
    )


def _day(business_on: date) -> str:
    return "older" if business_on == OLDER else business_on.isoformat()


def _row(found: Finding) -> dict[str, Any]:
    return {
        "source": found.source,
        "business_on": _day(found.business_on),
        "state": found.state,
        "source_count": found.source_count,
        "held_count": found.held_count,
        "repaired_new": found.repaired.new,
        "repaired_changed": found.repaired.changed,
        "repaired_deleted": found.repaired.deleted,
        "message": found.message,
    }
