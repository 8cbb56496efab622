"""The command line of Rackline, and nothing else. The only file that knows all three rooms."""

import typer

from db.migrations.migrate import migrate as migrate_store
from db.settings import load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def rackline() -> None:
    """See what your rack plants build, what stops them next, and how old each number is."""


@app.command()
def migrate() -> None:
    """Bring the store to the newest schema; does nothing when it is up to date."""
    migrate_store(load_settings().database_url.get_secret_value())


def main() -> None:
    """Entry point of the `rackline` command."""
    app()


if __name__ == "__main__":
    main()
