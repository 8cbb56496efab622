"""What a unit's visits to one operation boil down to: the meaning of a `unit_operation` row.

Pure, and the only definition there is: batches are followed and plants rebuilt with it. Instants
and dates are values of the store (texts on SQLite), which compare and sort as instants do.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

VERDICTS = frozenset({"passed", "failed"})


class Step(NamedTuple):
    """A live unit_step; sorts by (occurred_at, source_key), the order of completion."""

    occurred_at: Any
    source_key: str
    source: str
    serial: str
    operation: str
    product: str
    build: str
    line: str
    result: str
    started_at: Any
    business_on: Any
    shift: str
    duration_ms: int | None


class Run(NamedTuple):
    """A live test_run; sorts by (started_at, source_key), the order of verdicts."""

    started_at: Any
    source_key: str
    source: str
    serial: str
    operation: str
    product: str
    line: str
    station: str
    verdict: str
    occurred_at: Any
    business_on: Any
    shift: str


class Unit(NamedTuple):
    """A unit_operation row; see `db.models.rollup.UnitOperation`."""

    plant: str
    serial: str
    operation: str
    product: str = ""
    build: str = ""
    line: str = ""
    started_at: Any = None
    last_at: Any = None
    completed_at: Any = None
    completed_on: Any = None
    completed_shift: str = ""
    completed_line: str = ""
    completed_ms: int | None = None
    first_verdict: str = ""
    first_verdict_at: Any = None
    first_verdict_on: Any = None
    first_verdict_shift: str = ""
    first_verdict_line: str = ""
    first_verdict_station: str = ""
    last_verdict: str = ""
    run_count: int = 0
    verdict_count: int = 0


_NO_STEP = Step(None, "", "", "", "", "", "", "", "", None, None, "", None)
_NO_RUN = Run(None, "", "", "", "", "", "", "", "", None, None, "")


def boil_down(plant: str, steps: list[Step], runs: list[Run]) -> Unit:
    """The unit_operation row of one unit at one operation, from all its live steps and runs.

    The completion is the first step with result completed. The first verdict is the first run that
    passed or failed; aborted and broken runs are none. Product, build and line are those of the
    latest step, of the latest run where there is no step.

    >>> step = Step(7, "1", "s", "R1", "burn_in", "N", "B", "A", "completed", 4, "day", "d", 3)
    >>> unit = boil_down("mp", [step._replace(occurred_at=9), step], [])
    >>> unit.completed_at, unit.last_at
    (7, 9)
    """
    steps.sort()
    runs.sort()
    done = next((step for step in steps if step.result == "completed"), _NO_STEP)
    verdicts = [run for run in runs if run.verdict in VERDICTS]
    first = verdicts[0] if verdicts else _NO_RUN
    latest: Step | Run = (steps or runs)[-1]
    visits: list[Step | Run] = [*steps, *runs]
    return Unit(
        plant=plant,
        serial=latest.serial,
        operation=latest.operation,
        product=latest.product,
        build=steps[-1].build if steps else "",
        line=latest.line,
        started_at=min([visit.started_at for visit in visits]),
        last_at=max([visit.occurred_at for visit in visits]),
        completed_at=done.occurred_at,
        completed_on=done.business_on,
        completed_shift=done.shift,
        completed_line=done.line,
        completed_ms=done.duration_ms,
        first_verdict=first.verdict,
        first_verdict_at=first.occurred_at,
        first_verdict_on=first.business_on,
        first_verdict_shift=first.shift,
        first_verdict_line=first.line,
        first_verdict_station=first.station,
        last_verdict=verdicts[-1].verdict if verdicts else "",
        run_count=len(runs),
        verdict_count=len(verdicts),
    )


def units_of(plant: str, steps: Iterable[Step], runs: Iterable[Run]) -> list[Unit]:
    """The rows of all units and operations that these visits belong to."""
    histories: dict[tuple[str, str], tuple[list[Step], list[Run]]] = {}
    for step in steps:
        histories.setdefault((step.serial, step.operation), ([], []))[0].append(step)
    for run in runs:
        histories.setdefault((run.serial, run.operation), ([], []))[1].append(run)
    return [boil_down(plant, *history) for history in histories.values()]


_WHO = ("plant", "serial", "operation", "product")
_WHEN = ("line", "started_at", "occurred_at")
_DONE = ("occurred_at", "business_on", "shift", "line", "duration_ms")
_FIRST = ("verdict", "occurred_at", "business_on", "shift", "line", "station", "verdict")
_BLANK = Unit("", "", "")


def lone_step(names: Sequence[str]) -> Callable[[Sequence[Any]], Unit]:
    """What boils down a unit_step row (columns `names`) that is all the unit did at the operation.

    The same as `boil_down`, several times as fast: nearly every row of a backlog is of this kind.
    """
    visit = itemgetter(*(names.index(name) for name in (*_WHO, "build", *_WHEN)))
    done = itemgetter(*(names.index(name) for name in _DONE))
    result, no_step, no_run = names.index("result"), _BLANK[8:13], _BLANK[13:]

    def boil_down_step(row: Sequence[Any]) -> Unit:
        completion = done(row) if row[result] == "completed" else no_step
        return Unit._make((*visit(row), *completion, *no_run))

    return boil_down_step


def lone_run(names: Sequence[str]) -> Callable[[Sequence[Any]], Unit]:
    """The same for a test_run row that is all there is of its unit at its operation."""
    who = itemgetter(*(names.index(name) for name in _WHO))
    when = itemgetter(*(names.index(name) for name in _WHEN))
    first = itemgetter(*(names.index(name) for name in _FIRST))
    verdict, no_step, no_first = names.index("verdict"), _BLANK[8:13], _BLANK[13:20]

    def boil_down_run(row: Sequence[Any]) -> Unit:
        is_verdict = row[verdict] in VERDICTS
        seen = first(row) if is_verdict else no_first
        return Unit._make((*who(row), "", *when(row), *no_step, *seen, 1, int(is_verdict)))

    return boil_down_run
