"""Reaching every source and looking at its columns, before anything is loaded from it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from db.errors import SourceError
from etl.runner import Pull


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look at one source found; `problem` is '' when it can be loaded."""

    source: str
    connector: str
    columns: tuple[str, ...]
    problem: str = ""


def check_sources(pulls: Iterable[Pull]) -> Iterator[Finding]:
    """Look at each source in turn; one that cannot be reached does not hide the others."""
    for pull in pulls:
        columns: tuple[str, ...] = ()
        problem = ""
        try:
            columns = pull.connector.probe().columns
            pull.feed.check_columns(columns)
        except SourceError as error:
            problem = str(error)
        finally:
            pull.connector.close()
        yield Finding(pull.code, pull.entry.connector, columns, problem)
