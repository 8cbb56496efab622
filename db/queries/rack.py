"""One serial: its route with times, its tests and repairs, what is in it, what does not fit."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlmodel
from sqlmodel import Session, col

from db.clock import utc_now
from db.domain.calendar import HOUR
from db.domain.serial_uses import serial_of
from db.domain.vocabulary import StepResult, Verdict
from db.domain.yields import VERDICT_RULES, deciding_run
from db.models import Build, Defect, Quarantine, TestRun, UnitStep
from db.queries.genealogy import genealogy
from db.queries.notes import notes
from db.queries.plants import Home, home, iso, iso_or_none
from db.queries.rack_shapes import (
    DeviationShape,
    RackShape,
    RepairShape,
    RunShape,
    StepShape,
    TreeShape,
    UseShape,
)
from db.queries.scope import Scope
from db.queries.serial_uses import uses_of_serial
from db.queries.yield_failed import racks_of

choose: Any = sqlmodel.select
SEALING = ("leak", "ground", "hipot")
"""Words in the names of tests that a part swapped later makes void."""
MOST_HELD = 50


def rack_page(
    session: Session, scope: Scope, plant: str, serial: str, at: datetime | None = None
) -> RackShape:
    """The page of a rack, tray or module; raises NotInScope. An unknown serial gives a sentence."""
    now = at or utc_now()
    own = home(session, plant, scope)
    steps = _rows(session, UnitStep, plant, serial, UnitStep.started_at)
    runs = _rows(session, TestRun, plant, serial, TestRun.started_at)
    defects = _rows(session, Defect, plant, serial, Defect.occurred_at)
    tree = genealogy(session, scope, plant, serial, now)
    held = _held(session, plant, serial_of(serial)[0])
    uses = uses_of_serial(session, own.plant, serial)
    parent = racks_of(session, plant, [serial]).get(serial, "")
    is_known = bool(steps or runs or defects or parent or tree["as_now"] or tree["swaps"])
    page: Any = {
        "plant": own.code, "plant_name": own.plant.name, "zone": own.plant.zone,
        "zone_label": own.plant.zone_label, "as_of_at": iso(now), "serial": serial,
        "parent": parent, "genealogy": tree, "held_count": len(held),
        "route": list(_route(own, steps)), "runs": list(_told(own, runs)),
        "repairs": [_repair(row) for row in defects],
        "uses": uses,
        "deviations": [*_doubts(serial, uses), *_deviations(own, steps, runs, tree, held)],
        "notes": notes(session, scope, plant, "rack", [serial], at=now),
        "rule_sentence": VERDICT_RULES["first_attempt"].sentence,
        "sentence": "" if is_known else f"No record of {serial} at {own.plant.name}.",
    }  # fmt: skip
    whole: RackShape = page | _identity(session, own, [*steps, *runs])
    return whole


def _rows(session: Session, model: Any, plant: str, serial: str, order: Any) -> Sequence[Any]:
    found: Sequence[Any] = session.exec(
        choose(model)
        .where(model.plant == plant, model.serial == serial, col(model.deleted_at).is_(None))
        .order_by(col(order), col(model.source_key))
    ).all()
    return found


def _held(session: Session, plant: str, serial: str) -> list[Quarantine]:
    """Open quarantined records that name the serial."""
    sought = serial.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = session.exec(
        choose(Quarantine)
        .where(
            Quarantine.plant == plant,
            col(Quarantine.released_at).is_(None),
            col(Quarantine.payload).like(f'%"{sought}"%', escape="\\"),
        )
        .limit(MOST_HELD)
    )
    return list(rows)


def _identity(session: Session, own: Home, visits: Sequence[Any]) -> Any:
    latest = max(visits, key=lambda row: row.occurred_at, default=None)
    build = next((row.build for row in reversed(visits) if getattr(row, "build", "")), "")
    kind = session.exec(
        choose(Build.kind).where(Build.plant == own.code, Build.build == build)
    ).first()
    done = [
        row.occurred_at
        for row in visits
        if isinstance(row, UnitStep)
        and row.operation == own.output
        and row.result == StepResult.COMPLETED
    ]
    return {
        "product": latest.product if latest else "", "build": build, "build_kind": kind or "",
        "line": latest.line if latest else "", "operation": latest.operation if latest else "",
        "started_at": iso_or_none(min((row.started_at for row in visits), default=None)),
        "completed_at": iso_or_none(min(done, default=None)),
        "state": _state(own, visits, latest, is_done=bool(done)),
    }  # fmt: skip


def _state(own: Home, visits: Sequence[Any], latest: Any, *, is_done: bool) -> str:
    kinds = {operation.code: operation.kind for operation in own.operations}
    if latest is None:
        return "unknown"
    is_packed = any(
        isinstance(row, UnitStep)
        and kinds.get(row.operation) == "pack"
        and row.result == StepResult.COMPLETED
        for row in visits
    )
    if is_packed:
        return "shipped"
    if is_done:
        return "done"
    is_bad = getattr(latest, "result", getattr(latest, "verdict", "")) == "failed"
    return "rework" if is_bad or kinds.get(latest.operation) == "repair" else "in_process"


def _route(own: Home, steps: Sequence[UnitStep]) -> Iterator[StepShape]:
    names = {operation.code: operation.name for operation in own.operations}
    left_at: datetime | None = None
    for step in steps:
        queued = None if left_at is None else max(0.0, (step.started_at - left_at) / HOUR)
        yield StepShape(
            operation=step.operation,
            operation_name=names.get(step.operation, ""),
            line=step.line,
            station=step.station,
            slot=step.slot,
            started_at=iso(step.started_at),
            ended_at=iso_or_none(step.ended_at),
            result=step.result,
            hours=None if step.ended_at is None else (step.ended_at - step.started_at) / HOUR,
            queue_hours=queued,
        )
        left_at = step.ended_at or left_at


def _told(own: Home, runs: Sequence[TestRun]) -> Iterator[RunShape]:
    rules = {op.code: VERDICT_RULES.get(op.first_verdict) for op in own.operations}
    deciding = set()
    for operation in {run.operation for run in runs}:
        rule = rules.get(operation) or VERDICT_RULES["first_attempt"]
        first = deciding_run([run for run in runs if run.operation == operation], rule)
        deciding.add(id(first))
    for run in runs:
        yield RunShape(
            operation=run.operation,
            station=run.station,
            slot=run.slot,
            started_at=iso(run.started_at),
            ended_at=iso_or_none(run.ended_at),
            verdict=run.verdict,
            verdict_raw=run.verdict_raw,
            program=" ".join(filter(None, (run.program, run.program_revision))),
            firmware=run.firmware,
            fixture=run.fixture,
            is_first=id(run) in deciding,
        )


def _repair(row: Defect) -> RepairShape:
    return RepairShape(
        found_at=iso(row.occurred_at),
        operation=row.operation,
        station=row.station,
        symptom=row.symptom,
        defect=row.defect,
        action=row.action,
        part=row.part,
        lot=row.lot,
        component_serial=row.component_serial,
    )


def _doubts(key: str, uses: Sequence[UseShape]) -> Iterator[DeviationShape]:
    """That what is told of a serial may be of two units."""
    for use in uses:
        if use["key"] == key and use["doubt"]:
            sentence = f"It {use['doubt']}."
            yield DeviationShape(kind="reused", operation="", at=use["doubt_at"], sentence=sentence)


def _deviations(
    own: Home,
    steps: Sequence[UnitStep],
    runs: Sequence[TestRun],
    tree: TreeShape,
    held: Sequence[Quarantine],
) -> Iterator[DeviationShape]:
    yield from _skipped(own, steps, runs)
    yield from _open_fails(runs)
    yield from _not_tested_again(own, runs, tree)
    for record in held:
        yield DeviationShape(
            kind="held",
            operation="",
            at=iso(record.first_seen_at),
            sentence=f"A record of {record.source} is in quarantine: {record.reason} "
            f"in {record.field or 'it'}.",
        )


def _skipped(
    own: Home, steps: Sequence[UnitStep], runs: Sequence[TestRun]
) -> Iterator[DeviationShape]:
    """Operations of the route of this kind of unit that a later one was reached without."""
    seen = {row.operation for row in steps} | {row.operation for row in runs}
    route = [op for op in own.operations if op.kind != "repair"]
    reached = [i for i, op in enumerate(route) if op.code in seen]
    if not reached:
        return
    levels = {route[i].level for i in reached}
    is_rack = any(int(level.removeprefix("L")) >= 11 for level in levels)
    for operation in route[reached[0] : reached[-1]]:
        is_whole_rack = int(operation.level.removeprefix("L")) >= 11
        if operation.code in seen or not is_rack or not is_whole_rack:
            continue
        if operation.kind == "pack" or operation.level not in levels:
            continue
        yield DeviationShape(
            kind="skipped",
            operation=operation.code,
            at=None,
            sentence=f"{operation.name} ({operation.code}) has no visit, later operations have.",
        )


def _open_fails(runs: Sequence[TestRun]) -> Iterator[DeviationShape]:
    last = {run.operation: run for run in runs if run.verdict in (Verdict.PASSED, Verdict.FAILED)}
    for run in last.values():
        if run.verdict == Verdict.FAILED:
            yield DeviationShape(
                kind="open_fail",
                operation=run.operation,
                at=iso(run.occurred_at),
                sentence=f"Its last verdict at {run.operation} is failed.",
            )


def _not_tested_again(
    own: Home, runs: Sequence[TestRun], tree: TreeShape
) -> Iterator[DeviationShape]:
    """Something was taken out after a leak or ground test had passed, and none came after it."""
    tests = [op for op in own.operations if any(word in op.name.lower() for word in SEALING)]
    for operation in tests:
        passed = [
            run.occurred_at
            for run in runs
            if run.operation == operation.code and run.verdict == Verdict.PASSED
        ]
        swapped = [at for _, link in tree["swaps"] if (at := link["removed_at"])]
        late = [at for at in swapped if passed and at > iso(max(passed))]
        if late:
            yield DeviationShape(
                kind="no_retest",
                operation=operation.code,
                at=max(late),
                sentence=f"A part was swapped after the last passed {operation.name}; "
                "it has not been repeated.",
            )
