"""Counting by the first visit instead of the first attempt: which units' verdicts that turns.

Rollups, alarms and limits go by the first attempt. Under the other rule only units with several
runs can differ, so these alone are read, when somebody asks.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlmodel
from sqlmodel import Session, col

from db.domain.vocabulary import Verdict
from db.domain.yields import FIRST_ATTEMPT, VERDICT_RULES, VerdictRule, deciding_run
from db.models import TestRun, UnitOperation
from db.queries.yield_window import Window, in_units

choose: Any = sqlmodel.select


@dataclass(frozen=True, slots=True)
class Turned:
    """A unit whose verdict is another by the rule asked for; it counts where its first attempt
    did. `change` is what it adds to the units passed: 1 or -1."""

    serial: str
    at: datetime
    on: date
    shift: str
    line: str
    station: str
    product: str
    change: int


def rule_of(window: Window) -> VerdictRule:
    """The rule that the page counts by: the one asked for, else the operation's own."""
    code = window.asked.rule or (window.operation.first_verdict if window.operation else "")
    return VERDICT_RULES.get(code) or FIRST_ATTEMPT


def turned(session: Session, window: Window) -> list[Turned]:
    """The units of the window that the rule turns; none by the first attempt."""
    rule = rule_of(window)
    if rule.code == FIRST_ATTEMPT.code:
        return []
    return list(_turned(session, window, rule))


def _turned(session: Session, window: Window, rule: VerdictRule) -> Iterator[Turned]:
    unit, run = UnitOperation, TestRun
    rows = session.exec(
        choose(
            unit.serial, unit.first_verdict, unit.first_verdict_at, unit.first_verdict_on,
            unit.first_verdict_shift, unit.first_verdict_line, unit.first_verdict_station,
            unit.product, run.operation, run.started_at, run.source_key, run.verdict,
        )
        .join(
            TestRun,
            (col(run.plant) == col(unit.plant))
            & (col(run.serial) == col(unit.serial))
            & (col(run.operation) == col(unit.operation)),
        )
        .where(
            *in_units(window), unit.verdict_count > 1, col(run.deleted_at).is_(None),
            col(unit.first_verdict_at) >= window.since_at,
            col(unit.first_verdict_at) < window.until_at,
        )
    )  # fmt: skip
    runs: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        runs[row.serial].append(row)
    for serial, own in runs.items():
        decided, unit_row = deciding_run(own, rule), own[0]
        if decided is not None and decided.verdict != unit_row.first_verdict:
            yield Turned(
                serial, unit_row.first_verdict_at, unit_row.first_verdict_on,
                unit_row.first_verdict_shift, unit_row.first_verdict_line,
                unit_row.first_verdict_station, unit_row.product,
                1 if decided.verdict == Verdict.PASSED else -1,
            )  # fmt: skip
