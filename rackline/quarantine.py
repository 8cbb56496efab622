"""`rackline quarantine …`."""

import json
from typing import Annotated

import typer

from db.desk.entry import open_desk
from db.desk.quarantine import discard_held
from db.domain.held_back import Group
from db.errors import RacklineError
from db.queries.quarantine import held_groups, held_record, held_records
from db.settings import load_settings
from etl.manual import chosen, context_by_hand, open_for_loads
from etl.pulls import pulls_of, read_plants
from etl.replay import Replay, replay
from rackline.opened import opened_store, print_frame, require_plant, store_trouble
from rackline.options import JsonOption, PlantOption, ReasonOption, require_reason
from rackline.printing import print_rows

app = typer.Typer(no_args_is_help=True, add_completion=False)
FieldOption = Annotated[str | None, typer.Option("--field", help="One field of ours")]


@app.command("list")
def list_held(
    plant: PlantOption = None, reason: ReasonOption = None, as_json: JsonOption = False
) -> None:
    """List the records that wait, the last seen first."""
    require_reason(reason)
    with opened_store() as store:
        require_plant(store, plant)
        frame = store.read(held_records, plant=plant, reason=reason)
    print_frame(frame, as_json=as_json)


@app.command()
def groups(plant: PlantOption = None, as_json: JsonOption = False) -> None:
    """Count the records that wait by source, reason and field, and say which numbers lack them."""
    with opened_store() as store:
        require_plant(store, plant)
        found = store.read(held_groups, plants=(plant,) if plant else ())
    print_rows([dict(group) for group in found], as_json=as_json)


@app.command()
def show(
    source: Annotated[str, typer.Argument(help="Source, as plant.feed")],
    record_key: Annotated[str, typer.Argument(help="Key of the record, from the list")],
) -> None:
    """Print one record whole, as JSON, with what its source said."""
    with opened_store() as store:
        record = store.read(held_record, source, record_key)
    if record is None:
        raise RacklineError(
            f"no record {record_key!r} of {source} in quarantine. Run: rackline quarantine list"
        )
    said = record.model_dump(mode="json") | {"payload": json.loads(record.payload)}
    typer.echo(json.dumps(said, indent=2, ensure_ascii=False))


@app.command("replay")
def replay_held(
    sources: Annotated[list[str] | None, typer.Argument(help="Sources, as plant.feed")] = None,
    *,
    plant: PlantOption = None,
    reason: ReasonOption = None,
    field: FieldOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read waiting records again by the plant files as they are now; what comes clean lands."""
    require_reason(reason)
    held = load_settings()
    plants = read_plants(held)
    pulls = chosen((pull for one in plants for pull in pulls_of(one)), sources or [], plant)
    done: list[Replay] = []
    with store_trouble():
        engine = open_for_loads(held, plants)
        context = context_by_hand(engine, lambda read_count: None)
        for pull in pulls:
            done.append(replay(context, pull, reason or "", field))
            if done[-1].waiting_count:
                typer.echo(f"{pull.code}: {done[-1].sentence()}", err=True)
        engine.dispose()
    rows = [
        one.summary.row() | {"waiting": one.waiting_count, "landed": one.landed_count}
        for one in done
        if one.waiting_count or one.summary.error
    ]
    print_rows(rows, as_json=as_json)
    raise typer.Exit(int(any(one.summary.error is not None for one in done)))


@app.command()
def discard(
    source: Annotated[str, typer.Argument(help="Source, as plant.feed")],
    *,
    reason: Annotated[str, typer.Option(help="One reason, from the groups")],
    field: Annotated[str, typer.Option(help="One field, from the groups")] = "",
    by: Annotated[str, typer.Option(help="Your name")],
    why: Annotated[str, typer.Option(help="Why they will never be wanted")],
) -> None:
    """Set a group's waiting records aside for good; they stay whole, with who did it and why."""
    require_reason(reason)
    with store_trouble():
        desk = open_desk(load_settings().database_url.get_secret_value())
        plant = source.partition(".")[0]
        typer.echo(desk.write(discard_held, plant, Group(source, reason, field), by, why))
        desk.close()


@app.command()
def export(
    plant: PlantOption = None, reason: ReasonOption = None, as_json: JsonOption = False
) -> None:
    """Print the records that wait with all that their sources said, as CSV or JSON."""
    require_reason(reason)
    with opened_store() as store:
        require_plant(store, plant)
        frame = store.read(held_records, plant=plant, reason=reason, has_payload=True)
    print_frame(frame, as_json=as_json, as_csv=not as_json)
