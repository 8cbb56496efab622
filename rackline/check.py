"""`rackline check`."""

from dataclasses import asdict

import typer

from db.settings import load_settings
from etl.check import check_sources
from etl.pulls import pulls_of, read_plants
from rackline.options import JsonOption
from rackline.printing import print_rows

app = typer.Typer(add_completion=False)


@app.command()
def check(as_json: JsonOption = False) -> None:
    pulls = [pull for plant in read_plants(load_settings()) for pull in pulls_of(plant)]
    findings = []
    for finding in check_sources(pulls):
        findings.append(finding)
        typer.echo(finding.problem or f"{finding.source}: reached", err=True)
    rows = [asdict(one) | {"columns": ", ".join(one.columns)} for one in findings]
    print_rows(rows, as_json=as_json)
    raise typer.Exit(int(any(finding.problem for finding in findings)))
