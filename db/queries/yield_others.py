"""Yields beyond first pass, over the units whose first verdict lies in the window."""

from collections.abc import Sequence
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
from db.domain.yields import COUNTED, first_pass_ratio, share
from db.models import DayYield, Defect, UnitOperation
from db.queries.keys import hidden, inline
from db.queries.yield_shapes import OtherYieldsShape
from db.queries.yield_window import Window, in_rollup, in_units, is_by_unit

choose: Any = sqlmodel.select
SHOWN_SKIPPED = 20
MOST_ROLLED = 5_000
"""Racks that the unit-rolled yield is made of, newest first."""


def other_yields(session: Session, window: Window, firsts: int) -> OtherYieldsShape:
    """Final and rolled yield, retests, defects, and runs without a verdict, of `firsts` units."""
    retests, no_verdict = _runs(session, window)
    passed, scrapped, still_open = _last(session, window, firsts)
    final = final_yield(passed, scrapped, still_open)
    found, failed = _no_trouble(session, window)
    defects = _defects(session, window)
    rolled = _rolled(session, window)
    counted: Any = {
        "final_disposed_ratio": final.disposed_ratio,
        "final_started_ratio": final.started_ratio,
        "passed_count": passed,
        "scrapped_count": scrapped,
        "open_count": still_open,
        "retest_ratio": retest_ratio(retests, firsts),
        "retest_count": retests,
        "ntf_ratio": share(found, failed),
        "ntf_count": found,
        "defects_per_unit": defects_per_unit(defects, firsts),
        "defect_count": defects,
        "no_verdict_count": no_verdict,
    }
    whole: OtherYieldsShape = counted | rolled
    return whole


def _last(session: Session, window: Window, firsts: int) -> tuple[int, int, int]:
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
    not_passed = [
        *_first_tested(window),
        unit.last_verdict == inline(Verdict.FAILED.value),
    ]
    scraps = func.sum(case((is_scrap, 1), else_=0))
    open_or_bad, found = session.exec(choose(func.count(), scraps).where(*not_passed)).one()
    scrapped = int(found or 0)
    return firsts - open_or_bad, scrapped, open_or_bad - scrapped


def _first_tested(window: Window) -> tuple[Any, ...]:
    """Conditions on `unit_operation`: the first verdict lies in the window."""
    at = col(UnitOperation.first_verdict_at)
    return *in_units(window), at >= window.since_at, at < window.until_at


def _runs(session: Session, window: Window) -> tuple[int, int]:
    """Verdicts after the first, and runs without one: of the window, or of the units narrowed to,
    whose runs the rollups do not tell apart."""
    day, unit = DayYield, UnitOperation
    if is_by_unit(window):
        again = func.sum(col(unit.verdict_count) - 1)
        none = func.sum(col(unit.run_count) - col(unit.verdict_count))
        where = [*_first_tested(window), unit.run_count > 1]
    else:
        again = func.sum(col(day.passed_count) + col(day.failed_count) - col(day.first_count))
        none = func.sum(day.no_verdict_count)
        days = col(day.business_on).between(window.since_on, window.until_on)
        where = [*in_rollup(window), days]
    row = session.exec(choose(again, none).where(*where)).one()
    retests, no_verdict = (int(value or 0) for value in row)
    return max(0, retests), no_verdict


def _no_trouble(session: Session, window: Window) -> tuple[int, int]:
    """Of the failed first verdicts, those passed later with nothing found or nothing written."""
    unit = UnitOperation
    fault = (
        choose(Defect.serial)
        .where(
            Defect.plant == col(unit.plant),
            Defect.serial == col(unit.serial),
            hidden(Defect.occurred_at) >= col(unit.first_verdict_at),
            Defect.defect != "NTF",
            col(Defect.deleted_at).is_(None),
        )
        .exists()
    )
    sound = (col(unit.last_verdict) == Verdict.PASSED.value) & ~fault
    count, found = session.exec(
        choose(func.count(), func.sum(case((sound, 1), else_=0))).where(
            *_first_tested(window), unit.first_verdict == inline(Verdict.FAILED.value)
        )
    ).one()
    return int(found or 0), count


def _defects(session: Session, window: Window) -> int:
    """Recorded in the window, on units that the filter means."""
    asked, unit = window.asked, UnitOperation
    where = [
        Defect.plant == window.plant,
        Defect.operation == asked.operation,
        col(Defect.occurred_at) >= window.since_at,
        col(Defect.occurred_at) < window.until_at,
        col(Defect.deleted_at).is_(None),
    ]
    if is_by_unit(window) or any((asked.line, asked.product, asked.station, asked.shift)):
        mine = choose(unit.serial).where(*in_units(window), unit.serial == col(Defect.serial))
        where.append(mine.correlate(Defect).exists())
    count: int = session.exec(choose(func.count()).where(*where)).one()
    return count


def _rolled(session: Session, window: Window) -> Any:
    """Over the plant's rack tests: racks that reached the last of them in the window."""
    routing = [
        op.code
        for op in window.home.operations
        if op.counts_for_first_pass and int(op.level.removeprefix("L")) == 11
    ]
    racks = _racks(window, routing)
    whole = case((racks.c.verdicts == len(routing), 1), else_=0)
    sound = case((racks.c.passed == len(routing), 1), else_=0)
    sums = func.count(), func.sum(whole), func.sum(sound), func.sum(racks.c.verdicts)
    row = session.exec(choose(*sums)).one()
    count, through, passed, verdicts = (int(value or 0) for value in row)
    is_any = bool(routing)
    skipped = count * len(routing) - verdicts
    return {
        "rolled_ratio": rolled_yield(_ratios(session, window, routing)),
        "unit_rolled_ratio": share(passed, through * is_any),
        "unit_rolled_count": through * is_any,
        "skipped": _skipped(session, window, racks, routing) if skipped else [],
        "skipped_count": skipped,
    }


def _racks(window: Window, routing: Sequence[str]) -> Any:
    """Racks that came through: how many first verdicts of the routing each has, and passed."""
    unit = UnitOperation
    done = (
        choose(unit.serial)
        .where(
            unit.plant == window.plant,
            unit.operation == (window.home.output or ""),
            col(unit.completed_at) >= window.since_at,
            col(unit.completed_at) < window.until_at,
        )
        .order_by(col(unit.completed_at).desc())
        .limit(MOST_ROLLED)
        .subquery()
    )
    verdict = (
        (col(unit.plant) == window.plant)
        & (col(unit.serial) == done.c.serial)
        & col(unit.operation).in_(routing)
        & col(unit.first_verdict).in_(COUNTED)
    )
    is_passed = col(unit.first_verdict) == Verdict.PASSED.value
    return (
        choose(
            done.c.serial,
            func.count(col(unit.operation)).label("verdicts"),
            func.sum(case((is_passed, 1), else_=0)).label("passed"),
        )
        .select_from(done)
        .join(UnitOperation, verdict, isouter=True)
        .group_by(done.c.serial)
        .subquery()
    )


def _skipped(
    session: Session, window: Window, racks: Any, routing: Sequence[str]
) -> list[tuple[str, str]]:
    """The first racks that miss a verdict, with the operations that they miss."""
    unit = UnitOperation
    serials = session.exec(
        choose(racks.c.serial)
        .where(racks.c.verdicts < len(routing))
        .order_by(racks.c.serial)
        .limit(SHOWN_SKIPPED)
    ).all()
    verdicts: dict[str, dict[str, str]] = {serial: {} for serial in serials}
    rows = session.exec(
        choose(unit.serial, unit.operation, unit.first_verdict).where(
            unit.plant == window.plant,
            col(unit.serial).in_(serials),
            col(unit.operation).in_(routing),
        )
    )
    for serial, operation, verdict in rows:
        verdicts[serial][operation] = verdict
    return list(unit_rolled(verdicts, routing).skipped[:SHOWN_SKIPPED])


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
