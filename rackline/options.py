"""Options that several commands share, and how their words are read."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from db.domain.vocabulary import RejectionReason
from db.errors import COMMAND_LINE, ConfigError, Fault

PlantOption = Annotated[str | None, typer.Option("--plant", help="Code of one plant")]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="One reason")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV")]


def refused(option: str, value: object, allowed: str) -> ConfigError:
    """What is raised for an option whose value cannot be used."""
    return ConfigError([Fault(COMMAND_LINE, option, value, allowed)])


def require_reason(reason: str | None) -> None:
    """Raise ConfigError for a reason that no record waits for."""
    known = [str(one) for one in RejectionReason]
    if reason is not None and reason not in known:
        raise refused("--reason", reason, "one of " + ", ".join(known))


def instant(option: str, text: str | None) -> datetime | None:
    """An instant as given; zoneless is UTC. Raises ConfigError."""
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise refused(option, text, "an ISO instant such as 2026-11-01T06:00Z") from error
    return at.replace(tzinfo=at.tzinfo or UTC) if at else None


def day(option: str, text: str | None) -> date | None:
    """A date as given. Raises ConfigError."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise refused(option, text, "a date such as 2026-11-01") from error


def require_in_order(first: str, start: Any, last: str, end: Any) -> None:
    """Raise ConfigError when a window ends before it begins.

    >>> require_in_order("--from", date(2026, 11, 2), "--to", date(2026, 11, 1))
    Traceback (most recent call last):
    db.errors.ConfigError: 1 fault in the command line, nothing was started:
      command line: --from = '2026-11-02'; allowed: nothing later than --to, 2026-11-01
    Give an allowed value; for the options: rackline --help
    """
    if start and end and start > end:
        raise refused(first, str(start), f"nothing later than {last}, {end}")
