"""What a unit's visits to one operation boil down to: the meaning of a `unit_operation` row.

Pure, and the only definition there is: batches are followed and plants rebuilt with it. Instants
and dates are values of the store (texts on SQLite), which compare and sort as instants do.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

from db.ingest.dialect import Columns

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


_SAME = ("plant", "serial", "operation", "product", "line", "started_at")
_DONE = {
    "completed_at": "occurred_at",
    "completed_on": "business_on",
    "completed_shift": "shift",
    "completed_line": "line",
    "completed_ms": "duration_ms",
}
_FIRST = {
    "first_verdict": "verdict",
    "first_verdict_at": "occurred_at",
    "first_verdict_on": "business_on",
    "first_verdict_shift": "shift",
    "first_verdict_line": "line",
    "first_verdict_station": "station",
    "last_verdict": "verdict",
}
_BLANK = Unit("", "", "")


def columns_of(units: Sequence[Unit]) -> Columns:
    """The units' values by field.

    >>> columns_of([Unit("mp", "R1", "a"), Unit("mp", "R2", "a")])["serial"]
    ('R1', 'R2')
    """
    values = zip(*units, strict=True) if units else repeat((), len(Unit._fields))
    return dict(zip(Unit._fields, values, strict=True))


def lone_steps(rows: Columns) -> Columns:
    """What unit_step rows boil down to, each of which is all that its unit did at the operation.

    The same as `boil_down`, many times as fast: nearly every row of a backlog is of this kind.
    """
    is_done = [result == "completed" for result in rows["result"]]
    return _seen(rows) | {"build": rows["build"]} | _taken(rows, _DONE, is_done)


def lone_runs(rows: Columns) -> Columns:
    """The same for test_run rows that are each all there is of their unit at their operation."""
    is_verdict = [verdict in VERDICTS for verdict in rows["verdict"]]
    counts: Columns = {
        "run_count": (1,) * len(is_verdict),
        "verdict_count": [*map(int, is_verdict)],
    }
    return _seen(rows) | _taken(rows, _FIRST, is_verdict) | counts


def _seen(rows: Columns) -> Columns:
    """Units that were seen once, and no more is known of them."""
    many = len(rows["serial"])
    blank: Columns = {name: (value,) * many for name, value in _BLANK._asdict().items()}
    return blank | {name: rows[name] for name in _SAME} | {"last_at": rows["occurred_at"]}


def _taken(rows: Columns, names: Mapping[str, str], is_taken: list[bool]) -> Columns:
    """Fields of units that say what their row says where it is `taken`, else nothing."""
    if all(is_taken):
        return {to: rows[of] for to, of in names.items()}
    blank = _BLANK._asdict()
    return {
        to: [value if takes else blank[to] for value, takes in zip(rows[of], is_taken, strict=True)]
        for to, of in names.items()
    }
