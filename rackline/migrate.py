"""`rackline migrate`."""

import typer

from db.migrations.migrate import migrate as migrate_store
from db.settings import load_settings
from rackline.opened import store_trouble

app = typer.Typer(add_completion=False)


@app.command()
def migrate() -> None:
    with store_trouble():
        migrate_store(load_settings().database_url.get_secret_value())
