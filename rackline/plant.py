"""`rackline plant …`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from db.errors import RacklineError
from db.settings import load_settings
from etl.new_plant.found import Looker
from etl.new_plant.write import Who, draft
from rackline.options import refused

app = typer.Typer(no_args_is_help=True, add_completion=False)
SCHEMA = Path(__file__).parents[1] / "docs" / "plant.schema.json"


@app.callback()
def plant() -> None:
    """A group even while it holds one command."""


@app.command()
def new(
    code: Annotated[str, typer.Argument(help="Code of the plant: a small letter, then up to 15")],
    url: Annotated[str, typer.Option(help="SQLAlchemy URL of its database, read only")],
    *,
    name: Annotated[str, typer.Option(help="Name on the screens")] = "",
    city: Annotated[str, typer.Option(help="City")] = "",
    state: Annotated[str, typer.Option(help="Two letters of the state")] = "TX",
    zone: Annotated[str, typer.Option(help="IANA zone")] = "America/Chicago",
    out: Annotated[Path | None, typer.Option(help="File; default: in the plants folder")] = None,
) -> None:
    """Look at a plant's database and write a first, commented plant file of what is found."""
    if zone not in available_timezones():
        raise refused("--zone", zone, "an IANA zone name such as America/Chicago")
    folder = load_settings().plants_dir
    file = out or folder / f"{code}.toml"
    if file.exists():
        raise RacklineError(f"{file} is there already; move it away, or name another with --out")
    who = Who(code, (name or code)[:16], city or name or code, state, zone, _label(zone),
              _without_password(code, url), str(SCHEMA))  # fmt: skip
    looker = Looker.at(url)
    try:
        text = draft(who, looker)
    finally:
        looker.close()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    typer.echo(f"wrote {file}; put right what has a question mark, then: rackline check", err=True)


def _label(zone: str) -> str:
    """What the zone is called on screen, as its people do.

    >>> _label("America/Chicago"), _label("UTC")
    ('CT', 'UTC')
    """
    said = datetime(2026, 1, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)).strftime("%Z")
    return f"{said[0]}T" if len(said) == 3 and said.endswith("ST") else said[:4]


def _without_password(code: str, url: str) -> str:
    """The URL with the password as a name to be set in the environment.

    >>> _without_password("nw", "postgresql+psycopg://reader:geheim@mes.example/mes")
    'postgresql+psycopg://reader:${NW_PASSWORD}@mes.example/mes'
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise refused("--url", url, "a SQLAlchemy URL such as postgresql+psycopg://…") from error
    if parsed.password is None:
        return url
    shown = parsed.set(password="PASSWORD").render_as_string(hide_password=False)
    return shown.replace(":PASSWORD@", f":${{{code.upper()}_PASSWORD}}@")
