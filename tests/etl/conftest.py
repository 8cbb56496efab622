"""Counting what a load asks of the store."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event


@pytest.fixture
def statements() -> Iterator[Callable[[Engine], list[str]]]:
    """Call with an engine to get a list that fills with every statement it runs from then on."""
    watched: list[tuple[Engine, Any]] = []

    def watch(engine: Engine) -> list[str]:
        said: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            said.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        watched.append((engine, note))
        return said

    yield watch
    for engine, note in watched:
        event.remove(engine, "before_cursor_execute", note)
