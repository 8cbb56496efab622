"""`rackline check`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer

from db.errors import RacklineError
from db.queries.findings import data_findings
from db.queries.source_columns import held_columns
from db.settings import load_settings
from etl.check import Finding, check_sources
from etl.pulls import pulls_of, read_plants
from rackline.opened import opened_store, print_frame
from rackline.options import JsonOption
from rackline.printing import print_rows, said

app = typer.Typer(add_completion=False)


@app.command()
def check(
    *,
    of_data: Annotated[
        bool,
        typer.Option("--data", help="What the stored data cannot tell, by plant; 1 if anything"),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    if of_data:
        _check_data(as_json=as_json)
    plants = read_plants(load_settings(), may_lack_names=False)
    pulls = [pull for plant in plants for pull in pulls_of(plant)]
    findings = []
    for finding in check_sources(pulls, _last_columns()):
        findings.append(finding)
        typer.echo(finding.problem or _reached(finding), err=True)
    rows = [asdict(one) | {"columns": ", ".join(one.columns)} for one in findings]
    print_rows(rows, as_json=as_json)
    raise typer.Exit(int(any(finding.problem for finding in findings)))


def _last_columns() -> Mapping[str, Mapping[str, str]]:
    """What the sources looked like when they were last loaded; nothing without a store."""
    try:
        with opened_store() as store:
            return store.read(held_columns)
    except RacklineError:
        return {}


def _check_data(*, as_json: bool) -> None:
    """The findings of the stored outlooks; ends the command."""
    with opened_store() as store:
        frame = store.read(data_findings)
    print_frame(frame, as_json=as_json)
    raise typer.Exit(int(not frame.empty))


def _reached(finding: Finding) -> str:
    """
    >>> _reached(Finding("mp.stock", "sql", sample_count=5, rejected={"bad_unit": 2}))
    'mp.stock: reached; of 5 sample records quarantine would hold: bad_unit 2'
    """
    held = f"; of {finding.sample_count} sample records quarantine would hold: "
    rejected = held + said(finding.rejected) if finding.rejected else ""
    told = f", read as {finding.told}" if finding.told else ""
    caution = f"; {finding.caution}" if finding.caution else ""
    drift = f"; since the last load: {finding.drift}" if finding.drift else ""
    return f"{finding.source}: reached{told}{rejected}{caution}{drift}"
