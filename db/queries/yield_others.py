"""Yields beyond first pass, over the units whose first verdict lies in the window."""

from typing import Any

import sqlmodel
from sqlmodel import Session, case, col, func

from db.domain.final_yields import (
    defects_per_unit,
    final_yield,
    retest_ratio,
    rolled_yield,
    unit_rolled,
)
from db.domain.vocabulary import Verdict
from db.domain.yields import first_pass_ratio, share
from db.models import DayYield, Defect, UnitOperation
from db.queries.yield_points import in_time
from db.queries.yield_shapes import OtherYieldsShape
from db.queries.yield_window import Window, in_rollup, in_units, is_by_unit

choose: Any = sqlmodel.select
SHOWN_SKIPPED = 20
MOST_ROLLED = 20_000
"""Units looked at one by one for the unit-rolled yield, newest first."""


def other_yields(session: Session, window: Window) -> OtherYieldsShape:
    """Final and rolled yield, retests, defects, and runs without a verdict."""
    passed, scrapped, still_open = _last(session, window)
    final = final_yield(passed, scrapped, still_open)
    sums = _runs(session, window)
    found, failed = _no_trouble(session, window)
    defects = _defects(session, window)
    rolled = _rolled(session, window)
    counted: Any = {
        "final_disposed_ratio": final.disposed_ratio,
        "final_started_ratio": final.started_ratio,
        "passed_count": passed,
        "scrapped_count": scrapped,
        "open_count": still_open,
        "retest_ratio": retest_ratio(sums["retests"], sums["firsts"]),
        "retest_count": sums["retests"],
        "ntf_ratio": share(found, failed),
        "ntf_count": found,
        "defects_per_unit": defects_per_unit(defects, sums["firsts"]),
        "defect_count": defects,
        "no_verdict_count": sums["no_verdict"],
    }
    whole: OtherYieldsShape = counted | rolled
    return whole


def _last(session: Session, window: Window) -> tuple[int, int, int]:
    """Units passed at their last verdict, scrapped, and neither."""
    unit = UnitOperation
    is_scrap = (
        choose(Defect.serial)
        .where(
            Defect.plant == col(unit.plant),
            Defect.serial == col(unit.serial),
            col(Defect.action).like("SCRAP%"),
            col(Defect.deleted_at).is_(None),
        )
        .exists()
    )
    not_passed = [*in_units(window), *in_time(window), unit.last_verdict == Verdict.FAILED.value]
    open_or_bad = session.exec(choose(func.count()).where(*not_passed)).one()
    scrapped = session.exec(choose(func.count()).where(*not_passed, is_scrap)).one()
    return _firsts(session, window) - open_or_bad, scrapped, open_or_bad - scrapped


def _firsts(session: Session, window: Window) -> int:
    """Units with a first verdict: from the rollups where these can tell."""
    if not is_by_unit(window):
        return _runs(session, window)["firsts"]
    count: int = session.exec(choose(func.count()).where(*in_units(window), *in_time(window))).one()
    return count


def _runs(session: Session, window: Window) -> dict[str, int]:
    row = session.exec(
        choose(
            func.sum(DayYield.first_count),
            func.sum(col(DayYield.passed_count) + col(DayYield.failed_count)),
            func.sum(DayYield.no_verdict_count),
        ).where(
            *in_rollup(window), col(DayYield.business_on).between(window.since_on, window.until_on)
        )
    ).one()
    firsts, verdicts, none = (int(value or 0) for value in row)
    return {"firsts": firsts, "retests": max(0, verdicts - firsts), "no_verdict": none}


def _no_trouble(session: Session, window: Window) -> tuple[int, int]:
    """Of the failed first verdicts, those passed later with nothing found or nothing written."""
    unit = UnitOperation
    fault = (
        choose(Defect.serial)
        .where(
            Defect.plant == col(unit.plant),
            Defect.serial == col(unit.serial),
            col(Defect.occurred_at) >= col(unit.first_verdict_at),
            Defect.defect != "NTF",
            col(Defect.deleted_at).is_(None),
        )
        .exists()
    )
    sound = (col(unit.last_verdict) == Verdict.PASSED.value) & ~fault
    count, found = session.exec(
        choose(func.count(), func.sum(case((sound, 1), else_=0))).where(
            *in_units(window), *in_time(window), unit.first_verdict == Verdict.FAILED.value
        )
    ).one()
    return int(found or 0), count


def _defects(session: Session, window: Window) -> int:
    asked = window.asked
    where = [
        Defect.plant == window.plant,
        Defect.operation == asked.operation,
        col(Defect.occurred_at) >= window.since_at,
        col(Defect.occurred_at) < window.until_at,
        col(Defect.deleted_at).is_(None),
    ]
    if asked.station:
        where.append(Defect.station == asked.station)
    count: int = session.exec(choose(func.count()).where(*where)).one()
    return count


def _rolled(session: Session, window: Window) -> Any:
    """Over the plant's rack tests: racks that reached the last of them in the window."""
    own = window.home
    routing = [
        op.code
        for op in own.operations
        if op.counts_for_first_pass and int(op.level.removeprefix("L")) == 11
    ]
    ratios = _ratios(session, window, routing)
    unit = UnitOperation
    done = (
        choose(unit.serial)
        .where(
            unit.plant == window.plant,
            unit.operation == (own.output or ""),
            col(unit.completed_at) >= window.since_at,
            col(unit.completed_at) < window.until_at,
        )
        .order_by(col(unit.completed_at).desc())
        .limit(MOST_ROLLED)
        .subquery()
    )
    rows = session.exec(
        choose(done.c.serial, unit.operation, unit.first_verdict)
        .select_from(done)
        .join(
            UnitOperation,
            (col(unit.plant) == window.plant)
            & (col(unit.serial) == done.c.serial)
            & col(unit.operation).in_(routing),
            isouter=True,
        )
    )
    verdicts: dict[str, dict[str, str]] = {}
    for serial, operation, verdict in rows:
        held = verdicts.setdefault(serial, {})
        if operation:
            held[operation] = verdict
    whole = unit_rolled(verdicts, routing)
    return {
        "rolled_ratio": rolled_yield(ratios),
        "unit_rolled_ratio": whole.ratio,
        "unit_rolled_count": whole.unit_count,
        "skipped": list(whole.skipped[:SHOWN_SKIPPED]),
        "skipped_count": len(whole.skipped),
    }


def _ratios(session: Session, window: Window, routing: list[str]) -> list[float | None]:
    rows = session.exec(
        choose(
            DayYield.operation,
            func.sum(DayYield.first_passed_count),
            func.sum(DayYield.first_count),
        )
        .where(
            DayYield.plant == window.plant,
            col(DayYield.operation).in_(routing),
            col(DayYield.business_on).between(window.since_on, window.until_on),
        )
        .group_by(col(DayYield.operation))
    )
    known = {operation: first_pass_ratio(passed, count) for operation, passed, count in rows}
    return [known.get(operation) for operation in routing]
