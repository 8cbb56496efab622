"""Racks done in a shift against its plan: the score, the hours, the next rack."""

from dataclasses import dataclass
from datetime import datetime
from math import fsum
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from db.domain.calendar import HOUR, HourSlot, Shift, hour_slots
from db.domain.limits import Limits
from db.domain.throughput import due_at, forecast, hour_level, pace_level, plan_until, takt_seconds
from db.models import HourOutput, PlanHour, UnitOperation
from db.queries.plants import Home, iso, iso_or_none
from db.queries.shapes import HourShape, NextRackShape, ScoreShape


def no_score(done: int = 0) -> ScoreShape:
    """Racks done, with nothing to judge them by."""
    return ScoreShape(
        done=done, target=None, plan_now=None, difference=None, forecast=None, level="none"
    )


@dataclass(frozen=True)
class ShiftOutput:
    """Racks done and planned by full hour in one shift. An empty plan means there is none."""

    shift: Shift
    done: dict[datetime, int]
    plan: dict[datetime, float]

    @property
    def done_count(self) -> int:
        """Racks done in the whole shift."""
        return sum(self.done.values())

    @property
    def target(self) -> float | None:
        """Racks planned for the whole shift; None when no plan is loaded."""
        return fsum(self.plan.values()) if self.plan else None


def shift_output(session: Session, home: Home, shift: Shift) -> ShiftOutput:
    """Read one shift's output and plan, hour by hour."""
    done = session.exec(
        select(HourOutput.hour_at, func.sum(HourOutput.completed_count))
        .where(
            HourOutput.plant == home.code,
            col(HourOutput.hour_at) > shift.start_at - HOUR,
            col(HourOutput.hour_at) < shift.end_at,
            HourOutput.operation == home.output,
            HourOutput.business_on == shift.business_on,
            HourOutput.shift == shift.code,
        )
        .group_by(col(HourOutput.hour_at))
    )
    plan = session.exec(
        select(PlanHour.hour_at, func.sum(PlanHour.planned_qty))
        .where(
            PlanHour.plant == home.code,
            col(PlanHour.hour_at) > shift.start_at - HOUR,
            col(PlanHour.hour_at) < shift.end_at,
            PlanHour.business_on == shift.business_on,
            PlanHour.shift == shift.code,
            col(PlanHour.deleted_at).is_(None),
        )
        .group_by(col(PlanHour.hour_at))
    )
    return ShiftOutput(
        shift,
        {hour_at: int(count) for hour_at, count in done},
        {hour_at: float(qty) for hour_at, qty in plan},
    )


def score(output: ShiftOutput, at: datetime, limits: Limits) -> ScoreShape:
    """A shift's racks against its plan so far; after its end, against the whole of it."""
    done, target = output.done_count, output.target
    if target is None:
        return no_score(done)
    plan_now = plan_until(output.plan, output.shift, at)
    hours = output.shift.planned_minutes / 60
    expected = forecast(done, plan_now, target, hours)
    return ScoreShape(
        done=done,
        target=target,
        plan_now=plan_now,
        difference=done - plan_now,
        forecast=expected,
        level=pace_level(done, plan_now, target, expected, limits),
    )


def hours(output: ShiftOutput, at: datetime, zone: ZoneInfo, limits: Limits) -> list[HourShape]:
    """The hours of a shift, past ones judged."""
    return [_hour(slot, output, at, limits) for slot in hour_slots(output.shift, zone)]


def _hour(slot: HourSlot, output: ShiftOutput, at: datetime, limits: Limits) -> HourShape:
    done, planned = output.done.get(slot.hour_at, 0), output.plan.get(slot.hour_at)
    is_past = slot.end_at <= at
    return HourShape(
        hour_at=iso(slot.hour_at),
        label=slot.label,
        done=done,
        planned=planned,
        phase="past" if is_past else "current" if slot.start_at <= at else "future",
        level=hour_level(done, planned, limits) if is_past or not planned else "normal",
    )


def next_rack(
    session: Session, home: Home, output: ShiftOutput | None, at: datetime
) -> NextRackShape:
    """The rhythm: takt is the working time left ÷ the plan left; the next rack is due a takt of
    working time after the last one (after the shift's start, when the last was before it)."""
    last = session.exec(
        select(UnitOperation.completed_at)
        .where(
            UnitOperation.plant == home.code,
            UnitOperation.operation == home.output,
            col(UnitOperation.completed_at) <= at,
        )
        .order_by(col(UnitOperation.completed_at).desc())
        .limit(1)
    ).first()
    takt = due = None
    if output is not None and output.target is not None:
        shift = output.shift
        left = output.target - plan_until(output.plan, shift, at)
        takt = takt_seconds(shift.working_minutes(at, shift.end_at), left if left > 1e-6 else None)
        due = takt and due_at(max(last or shift.start_at, shift.start_at), shift, takt)
    return NextRackShape(
        last_completed_at=iso_or_none(last), takt_seconds=takt, due_at=iso_or_none(due or None)
    )
