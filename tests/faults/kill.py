"""Kills a draining process at every step it takes in the store, and looks at what people see then.

A child is forked for each kill point, counts its steps (each statement, the beginning and the first
row of each bulk insert, each commit, and file operations that a variant declares) and ends itself
with SIGKILL at the given one. The drain is then finished by this process, as a restarted scheduler
would, and the displayed numbers are compared with an independent count of the plant's log.
"""

import itertools
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from db.engine import make_engine
from db.ingest.dialect import DIALECTS

Shown = dict[str, Any]
_FORK = multiprocessing.get_context("forkserver")
_FORK.set_forkserver_preload(["tests.faults.variants"])


@dataclass(frozen=True)
class Variant:
    """A way to drain a plant, what it shows people then, and what it ought to show."""

    name: str
    prepare: Callable[[Engine], None]
    drain: Callable[[Engine, str, Path], None]
    shown: Callable[[Engine, str], Shown]
    wanted: Callable[[str], Shown]


class Steps:
    """Counts the steps of this process and kills it at one of them."""

    def __init__(self) -> None:
        self.count, self.kill_at = 0, -1

    def take(self, *_: Any) -> None:
        """One more step is about to be taken."""
        self.count += 1
        if self.count == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


STEPS = Steps()


def violations(variant: Variant, url: str, folder: Path) -> Iterator[str]:
    """For every step at which killing leaves a lasting wrong, say which and what."""
    engine = make_engine(url)
    try:
        variant.prepare(engine)
        for kill_at in itertools.count(1):
            plant = f"k{kill_at}"
            child = _FORK.Process(target=_child, args=(variant.name, url, plant, folder, kill_at))
            child.start()
            child.join()
            if (fault := _fault(variant, engine, plant, folder)) is not None:
                yield f"{variant.name} killed at step {kill_at}: {fault}"
            if child.exitcode != -signal.SIGKILL:
                assert child.exitcode == 0, f"the drain itself fails: exit code {child.exitcode}"
                assert kill_at > 1, "no step was counted: the harness sees nothing"
                return
    finally:
        engine.dispose()


def _fault(variant: Variant, engine: Engine, plant: str, folder: Path) -> str | None:
    """Finish the drain and compare; what is wrong then, if anything."""
    try:
        variant.drain(engine, plant, folder)
    except ValueError as error:
        return f"it can never be restarted: {error}"
    shown, wanted = variant.shown(engine, plant), variant.wanted(plant)
    wrong = [name for name in wanted if shown.get(name) != wanted[name]]
    return f"{', '.join(wrong)} shown wrong" if wrong else None


def _child(name: str, url: str, plant: str, folder: Path, kill_at: int) -> None:
    from tests.faults.variants import VARIANTS  # noqa: PLC0415  (it imports this module)

    STEPS.kill_at = kill_at
    engine = make_engine(url)
    event.listen(engine, "before_cursor_execute", STEPS.take)
    event.listen(engine, "commit", STEPS.take)
    for dialect in DIALECTS.values():
        dialect.insert = _counted(dialect.insert)  # type: ignore[method-assign]
    VARIANTS[name].drain(engine, plant, folder)


def _counted(insert: Callable[..., None]) -> Callable[..., None]:
    def counted_insert(connection: Any, table: str, columns: Any, rows: Iterable[Any]) -> None:
        STEPS.take()
        insert(connection, table, columns, _stepping(rows))

    return counted_insert


def _stepping(rows: Iterable[Any]) -> Iterator[Any]:
    for number, row in enumerate(rows):
        yield row
        if number == 0:
            STEPS.take()
