"""The store, opened for a command, and what is said when it cannot be used."""

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
import typer
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

from db.engine import told_url
from db.errors import RacklineError
from db.queries.plants import plant_names
from db.queries.store import Store, open_store
from db.settings import load_settings
from rackline.options import refused
from rackline.printing import print_table

UNUSABLE = {DatabaseError, InterfaceError, OperationalError}
"""No server, no such database, a file that is no store; their subclasses are faults of ours."""


@contextmanager
def opened_store() -> Iterator[Store]:
    """The store for reading, at the schema this program needs."""
    with store_trouble():
        store = open_store(load_settings().database_url.get_secret_value())
        try:
            store.check_schema()
            yield store
        finally:
            store.close()


@contextmanager
def store_trouble() -> Iterator[None]:
    """One sentence about a store that cannot be used; its password is never told."""
    try:
        yield
    except DBAPIError as error:
        if type(error) not in UNUSABLE:
            raise
        raise RacklineError(_sentence(error)) from error


def _sentence(error: DBAPIError) -> str:
    url = told_url(load_settings().database_url.get_secret_value())
    said = str(error.orig).strip().partition("\n")[0]
    return (
        f"the store {url} cannot be used: {said}. "
        "Start it, or mend RACKLINE_DATABASE_URL (rackline settings shows it)"
    )


def require_plant(store: Store, plant: str | None) -> str:
    """What people call a plant; raises ConfigError for one that the store does not hold. None asks
    for none, which is called nothing."""
    known = store.read(plant_names)
    if plant is not None and plant not in known:
        allowed = "one of " + ", ".join(known) if known else "none yet: rackline load brings them"
        raise refused("--plant", plant, allowed)
    return known[plant] if plant else ""


def print_frame(frame: pd.DataFrame, *, as_json: bool = False, as_csv: bool = False) -> None:
    """A frame on stdout: as a table for people unless asked otherwise."""
    if as_json:
        typer.echo(frame.to_json(orient="records", date_format="iso", indent=2))
    elif as_csv:
        typer.echo(frame.to_csv(index=False), nl=False)
    else:
        print_table(frame.columns, frame.itertuples(index=False))
