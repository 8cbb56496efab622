"""What the facts say that units carried and went through before their first verdicts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

import pandas as pd
from sqlalchemy import Connection, text

from db.domain.attribution.coded import Part, values_of_parts
from db.domain.attribution.factors import queue_age
from db.domain.vocabulary import Verdict
from db.ingest.dialect import dialect_of, key_list

SAMPLES = 64
UNIT = (
    "serial", "operation", "first_verdict_at", "first_verdict", "first_verdict_on", "product",
    "first_verdict_line", "first_verdict_station", "first_verdict_shift",
)  # fmt: skip
RUN = (
    "serial", "operation", "occurred_at", "verdict", "station", "slot", "fixture", "program",
    "program_revision", "firmware", "started_at",
)  # fmt: skip
STEP = ("serial", "operation", "station", "ended_at")
LINK = (
    "parent_serial", "child_serial", "part", "lot", "supplier", "part_revision", "occurred_at",
    "removed_at",
)  # fmt: skip
LIVE = "f.deleted_at IS NULL"
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """A first verdict with what the unit carried: (factor, value), each once."""

    row: Any
    held: frozenset[Pair]

    @property
    def sample(self) -> int:
        """Drawn from the serial, the same every time."""
        return crc32(self.row.serial.encode()) % SAMPLES


@dataclass(frozen=True, slots=True)
class Known:
    """What is read once for all units: where each (part, lot) came from, and who worked each shift
    (business date in the store's own value, shift code)."""

    countries: dict[Pair, str] = field(default_factory=dict)
    crews: dict[tuple[Any, str], str] = field(default_factory=dict)


@dataclass(slots=True)
class Facts:
    """Everything about some units that a case is made from, by serial."""

    units: Sequence[Any]
    known: Known
    runs: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    steps: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    links: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))


def cases_of_serials(
    connection: Connection, plant: str, serials: Sequence[str], known: Known
) -> list[Case]:
    """The cases of units at all their operations, from live facts."""
    facts = _facts(connection, plant, serials, known)
    ages = _queue_ages(facts)
    return [
        Case(unit, frozenset(pair for pair in _held(facts, unit, age) if pair[1]))
        for unit, age in zip(facts.units, ages, strict=True)
    ]


def known(connection: Connection, plant: str) -> Known:
    """What the plant's lots and its calendar say."""
    crews = connection.execute(
        text(
            "SELECT business_on, shift, crew FROM shiftinstance WHERE plant = :plant AND crew <> ''"
        ),
        {"plant": plant},
    )
    named = {(on, shift): crew for on, shift, crew in crews}
    return Known(_countries_of_lots(connection, plant), named)


def _countries_of_lots(connection: Connection, plant: str) -> dict[Pair, str]:
    rows = connection.execute(
        text(
            "SELECT part, lot, origin_country FROM lot "
            "WHERE plant = :plant AND origin_country <> '' AND deleted_at IS NULL"
        ),
        {"plant": plant},
    )
    return {(part, lot): country for part, lot, country in rows}


def rows_of(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    keys: Iterable[str],
    match: str,
    **given: Any,
) -> Sequence[Any]:
    """Rows of a table found by one index look-up a key (`k.value` in `match`)."""
    dialect = dialect_of(connection)
    source = dialect.LOOK_UP.format(outer=dialect.KEYS, table=table, match=match)
    chosen = ", ".join(f"f.{name}" for name in columns)
    values = {"keys": key_list(list(keys)), **given}
    return connection.execute(text(f"SELECT {chosen} FROM {source}"), values).all()


def _facts(connection: Connection, plant: str, serials: Sequence[str], known: Known) -> Facts:
    def found(table: str, columns: Sequence[str], keys: Iterable[str], match: str) -> Sequence[Any]:
        return rows_of(
            connection, table, columns, keys, f"f.plant = :plant AND {match}", plant=plant
        )

    mine = "f.serial = k.value"
    facts = Facts(
        found("unit_operation", UNIT, serials, f"{mine} AND f.first_verdict_at IS NOT NULL"),
        known,
    )
    for run in found("test_run", RUN, serials, f"{mine} AND {LIVE}"):
        key = run.serial, run.operation, run.occurred_at, run.verdict, run.station
        facts.runs.setdefault(key, run)
    for step in found("unit_step", STEP, serials, f"{mine} AND f.ended_at IS NOT NULL AND {LIVE}"):
        facts.steps[step.serial].append(step)
    parents: Iterable[str] = serials
    for _ in range(2):
        links = found("genealogy_link", LINK, parents, f"f.parent_serial = k.value AND {LIVE}")
        for link in links:
            facts.links[link.parent_serial].append(link)
        parents = {link.child_serial for link in links if link.child_serial} - set(facts.links)
    return facts


def _held(facts: Facts, unit: Any, age: str | None) -> Iterator[Pair]:
    yield "line", unit.first_verdict_line
    yield "station", unit.first_verdict_station
    yield "shift", unit.first_verdict_shift
    yield "crew", facts.known.crews.get((unit.first_verdict_on, unit.first_verdict_shift), "")
    run = _run(facts, unit)
    if run is not None:
        yield "slot", f"{run.station} {run.slot}" if run.slot else ""
        yield "fixture", run.fixture
        yield "program", f"{run.program} {run.program_revision}" if run.program else ""
        yield "firmware", run.firmware
        before = _step_before(facts, unit, run)
        yield "upstream_station", before.station if before is not None else ""
    yield "queue_age", age or ""
    yield from values_of_parts(_parts(facts, unit))


def _parts(facts: Facts, unit: Any) -> Iterator[Part]:
    """What the unit held at its verdict, itself and within its trays and modules."""
    at = unit.first_verdict_at
    outer = [link for link in facts.links.get(unit.serial, ()) if _is_in(link, at)]
    inner = (
        link
        for child in {one.child_serial for one in outer if one.child_serial}
        for link in facts.links.get(child, ())
        if _is_in(link, at)
    )
    for link in (*outer, *inner):
        country = facts.known.countries.get((link.part, link.lot), "")
        yield Part(link.part, link.lot, link.supplier, link.part_revision, country)


def _is_in(link: Any, at: Any) -> bool:
    return bool(link.occurred_at <= at and (link.removed_at is None or link.removed_at > at))


def _run(facts: Facts, unit: Any) -> Any:
    key = (
        unit.serial, unit.operation, unit.first_verdict_at, unit.first_verdict,
        unit.first_verdict_station,
    )  # fmt: skip
    return facts.runs.get(key)


def _step_before(facts: Facts, unit: Any, run: Any) -> Any:
    earlier = [
        step
        for step in facts.steps.get(unit.serial, ())
        if step.operation != unit.operation and step.ended_at <= run.started_at
    ]
    return max(earlier, key=lambda step: (step.ended_at, step.station), default=None)


def _queue_ages(facts: Facts) -> list[str | None]:
    """How long each unit waited between the step before and the run that gave its verdict."""
    hours: list[float | None] = []
    for unit in facts.units:
        run = _run(facts, unit)
        before = None if run is None else _step_before(facts, unit, run)
        if before is None:
            hours.append(None)
        else:
            waited = _instant(run.started_at) - _instant(before.ended_at)
            hours.append(max(0.0, waited.total_seconds() / 3600))
    return queue_age(pd.Series(hours, dtype=float))


def _instant(stored: Any) -> datetime:
    return stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)


def is_failed(case: Case) -> int:
    """1 when the first verdict was a fail."""
    return int(case.row.first_verdict == Verdict.FAILED.value)
