"""The command line of Rackline, and nothing else. The only package that knows all three rooms.

Data go to stdout, progress and messages to stderr. Exit codes: 0 done, 1 failed (a load failed, a
source could not be reached), 2 wrong configuration or command line, 3 schema out of date.

Each command is a module of its own name here and is imported when it is called, so that help and
slips of the keyboard cost none of what the others need.
"""

import pkgutil
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from db.errors import RacklineError

COMMANDS = {
    "demo": "Show three illustrative plants: simulator, scheduled loads and dashboard, "
    "until Ctrl-C.",
    "check": "Validate the plant files, reach every source, show its columns and how its records "
    "read, list every fault; with --data, what the loaded data cannot tell.",
    "migrate": "Bring the store to the newest schema; does nothing when it is up to date.",
    "load": "Load now: what is new, or the window of change times from --since to --until.",
    "reconcile": "Compare days of the sources with what is held and repair what differs; or list "
    "what is known of each day.",
    "run": "Load all sources on schedule until stopped; waits while another scheduler is live.",
    "serve": "Serve the dashboard until stopped.",
    "report": "Print the numbers behind the pages by business date of the plant; default: the "
    "last week.",
    "plant": "Bring a plant in: a first plant file from what its database holds.",
    "quarantine": "Records that could not be trusted.",
    "settings": "List every setting: its value now (secrets hidden), its default and what it is "
    "for.",
}
"""Every command and its help. Its module holds an `app` with the command or the group."""


def loaded(name: str) -> Any:
    """The command itself, from its module."""
    command = typer.main.get_command(pkgutil.resolve_name(f"{__name__}.{name}:app"))
    command.name, command.help = name, COMMANDS[name]
    return command


class Later(TyperCommand):
    """A command of which only the help is known until it is called."""

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> Any:
        """Read the command's arguments: from here on the command itself goes on."""
        return loaded(str(self.name)).make_context(info_name, args, *rest, **extra)


class Commands(TyperGroup):
    """Turns errors raised on purpose into their message on stderr and their exit code."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = {name: Later(name, help=said) for name, said in COMMANDS.items()}

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except RacklineError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(error.exit_code) from error


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False)


@app.callback()
def rackline() -> None:
    """See what your rack plants build, what stops them next, and how old each number is."""


def main() -> None:
    """Entry point of the `rackline` command."""
    app(prog_name="rackline")
