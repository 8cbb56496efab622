"""`rackline quarantine …`."""

import json
from typing import Annotated

import typer

from db.errors import RacklineError
from db.queries.quarantine import held_record, held_records
from rackline.opened import opened_store, print_frame, require_plant
from rackline.options import JsonOption, PlantOption, ReasonOption

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.command("list")
def list_held(
    plant: PlantOption = None, reason: ReasonOption = None, as_json: JsonOption = False
) -> None:
    """List the records that wait, the last seen first."""
    with opened_store() as store:
        require_plant(store, plant)
        frame = store.read(held_records, plant=plant, reason=reason)
    print_frame(frame, as_json=as_json)


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


@app.command()
def export(
    plant: PlantOption = None, reason: ReasonOption = None, as_json: JsonOption = False
) -> None:
    """Print the records that wait with all that their sources said, as CSV or JSON."""
    with opened_store() as store:
        require_plant(store, plant)
        frame = store.read(held_records, plant=plant, reason=reason, has_payload=True)
    print_frame(frame, as_json=as_json, as_csv=not as_json)
