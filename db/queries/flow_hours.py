"""Plan, output and reasons of each hour of a window: the hour-by-hour board."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from math import fsum
from typing import Any

import sqlmodel
from sqlmodel import Session, col, func

from db.domain.calendar import HOUR, HourSlot, Shift, hour_slots
from db.domain.misses import Hour, Reason, Stop, is_missed, reasons
from db.domain.throughput import (
    attainment,
    attainment_of_mix,
    forecast,
    hour_level,
    pace_level,
    plan_until,
    takt_seconds,
)
from db.models import HourOutput, Note, PlanHour
from db.queries.alarm_shapes import NoteShape
from db.queries.flow_shapes import FlowHourShape, OutputShape, ReasonShape
from db.queries.flow_window import Window
from db.queries.notes import note_shape
from db.queries.plants import Home, iso

choose: Any = sqlmodel.select
ALL_LINES = "all"
Key = tuple[str, datetime]
"""A shift's code and a full hour: at a shift's change in mid-hour the same hour is in both."""


@dataclass(frozen=True)
class Cells:
    """Racks done and planned by hour, line and product."""

    done: Mapping[tuple[Key, str, str], int]
    plan: Mapping[tuple[Key, str, str], float]
    outside_count: int
    """Racks done on the business day outside every shift."""

    @property
    def is_planned(self) -> bool:
        """Whether a plan is loaded at all; one of zero racks is a plan."""
        return bool(self.plan)


def cells(session: Session, own: Home, window: Window, line: str) -> Cells:
    """What was done and planned in a window, by the rules of the wall (db.queries.output)."""
    done: dict[tuple[Key, str, str], int] = {}
    plan: dict[tuple[Key, str, str], float] = {}
    wanted = {(one.business_on, one.code) for one in window.shifts}
    outside = 0
    rows = session.exec(
        _summed(own, window, line, HourOutput, HourOutput.completed_count).where(
            HourOutput.operation == own.output
        )
    )
    for hour_at, business_on, shift, on, product, count in rows:
        if (business_on, shift) in wanted:
            done[(shift, hour_at), on, product] = int(count)
        elif not shift and business_on == window.business_on:
            outside += int(count)
    planned = session.exec(
        _summed(own, window, line, PlanHour, PlanHour.planned_qty).where(
            col(PlanHour.deleted_at).is_(None)
        )
    )
    for hour_at, business_on, shift, on, product, qty in planned:
        if (business_on, shift) in wanted:
            plan[(shift, hour_at), on, product] = float(qty)
    return Cells(done, plan, outside)


def _summed(own: Home, window: Window, line: str, model: Any, measure: Any) -> Any:
    """A measure of the window by hour, shift, line and product."""
    keys = [model.hour_at, model.business_on, model.shift, model.line, model.product]
    first = window.start.replace(minute=0, second=0, microsecond=0)
    question = choose(*keys, func.sum(measure)).where(
        model.plant == own.code, col(model.hour_at) >= first, col(model.hour_at) < window.end
    )
    return (question.where(model.line == line) if line else question).group_by(*keys)


def hour_key(hour_at: datetime, line: str) -> str:
    """How notes name an hour of a line, or of all of them.

    >>> hour_key(datetime(2026, 7, 6, 11, tzinfo=UTC), "")
    '2026-07-06T11Z/all'
    """
    return f"{hour_at.astimezone(UTC):%Y-%m-%dT%HZ}/{line or ALL_LINES}"


@dataclass(frozen=True)
class Board:
    """A window hour by hour, before reasons and notes."""

    rows: list[FlowHourShape]
    asked: list[Hour]
    """The same hours as the domain asks for their reasons; those that missed nothing are empty."""


def board(own: Home, window: Window, found: Cells, line: str) -> Board:
    """Each hour with what is due, done and cumulated."""
    done, plan = _by_hour(found.done), _by_hour(found.plan)
    by_line = _by_line(found.plan)
    slots = [(shift, slot) for shift in window.shifts for slot in hour_slots(shift, own.zone)]
    rows = [_row(own, window, shift, slot, done=done, plan=plan if found.is_planned else None,
                 line=line) for shift, slot in slots]  # fmt: skip
    _cumulate(rows, is_planned=found.is_planned)
    asked = [
        Hour(slot.start_at, slot.end_at, by_line.get((shift.code, slot.hour_at), {}),
             row["done"], slot.working_minutes)
        for (shift, slot), row in zip(slots, rows, strict=True)
    ]  # fmt: skip
    return Board(rows, asked)


def _row(
    own: Home,
    window: Window,
    shift: Shift,
    slot: HourSlot,
    *,
    done: Mapping[Key, float],
    plan: Mapping[Key, float] | None,
    line: str,
) -> FlowHourShape:
    key = (shift.code, slot.hour_at)
    made = int(done.get(key, 0))
    planned = plan.get(key) if plan is not None else None
    is_past, has_begun = slot.end_at <= window.until, slot.start_at < window.until
    due = None if planned is None else plan_until({slot.hour_at: planned}, shift, window.until)
    return FlowHourShape(
        key=hour_key(slot.hour_at, line),
        hour_at=iso(slot.hour_at),
        start_at=iso(slot.start_at),
        end_at=iso(slot.end_at),
        label=slot.label,
        shift=shift.code,
        working_minutes=slot.working_minutes,
        planned=planned,
        due=due if has_begun else None,
        done=made,
        difference=None if due is None or not has_begun else made - due,
        cumulative_due=None,
        cumulative_done=None,
        cumulative_difference=None,
        phase="past" if is_past else "current" if has_begun else "future",
        level=hour_level(made, planned, own.limits) if is_past or not planned else "normal",
        is_missed=is_past and is_missed(planned, made, own.limits),
        reasons=[],
        notes=[],
    )


def _cumulate(rows: Sequence[FlowHourShape], *, is_planned: bool) -> None:
    due = list(accumulate(row["due"] or 0.0 for row in rows))
    done = list(accumulate(row["done"] for row in rows))
    for row, planned, made in zip(rows, due, done, strict=True):
        if row["phase"] == "future":
            continue
        row["cumulative_done"] = made
        if is_planned:
            row["cumulative_due"] = planned
            row["cumulative_difference"] = made - planned


def add_reasons(found: Board, stops: Sequence[Stop]) -> list[tuple[Reason, ...]]:
    """Say of each missed hour why; returns the reasons of those hours."""
    told = []
    for row, hour in zip(found.rows, found.asked, strict=True):
        if row["is_missed"]:
            because = reasons(hour, stops)
            row["reasons"] = [_reason(one) for one in because]
            told.append(because)
    return told


def _reason(one: Reason) -> ReasonShape:
    return ReasonShape(
        kind=one.kind,
        racks=one.racks,
        text=one.text,
        station=one.station,
        minutes=one.minutes,
        hours_before=one.hours_before,
    )


def add_notes(session: Session, own: Home, window: Window, found: Board, line: str) -> None:
    """What people wrote about each hour, newest first; of a line also what is about all lines."""
    rows = {row["hour_at"]: row for row in found.rows}
    lines = [ALL_LINES, *([line] if line else [one.code for one in own.lines])]
    hours = [datetime.fromisoformat(at) for at in rows]
    keys = {hour_key(at, on): iso(at) for at in hours for on in lines}
    if not keys:
        return
    question = choose(Note).where(
        Note.plant == own.code, Note.subject == "hour", col(Note.subject_key).in_(list(keys))
    )
    today = own.calendar.business_date(window.until)
    for note in session.exec(question.order_by(col(Note.written_at).desc(), col(Note.id).desc())):
        shape: NoteShape = note_shape(note, today)
        rows[keys[note.subject_key]]["notes"].append(shape)


def output(own: Home, window: Window, found: Cells) -> OutputShape:
    """The window's score, by the rules of the wall."""
    done = sum(found.done.values())
    due, target = _due(window, found), fsum(found.plan.values()) if found.is_planned else None
    expected = forecast(done, due, target, window.working_minutes / 60)
    products = _by_product(found.done), _by_product(found.plan)
    passed = (window.until - window.start) / HOUR
    by_mix = _mix_due(window, found)
    return OutputShape(
        done=done,
        target=target,
        due=due,
        difference=None if due is None else done - due,
        forecast=expected,
        level=pace_level(done, due, target, expected, own.limits),
        attainment_ratio=attainment(done, due),
        mix_ratio=attainment_of_mix(products[0], by_mix),
        product_count=len({*products[0], *products[1]}),
        per_hour=done / passed if passed > 0 else None,
        takt_seconds=takt_seconds(window.working_minutes, target),
        pace_seconds=takt_seconds(window.worked_minutes, done),
        outside_count=found.outside_count,
    )


def _due(window: Window, found: Cells) -> float | None:
    if not found.is_planned:
        return None
    return fsum(_mix_due(window, found).values())


def _mix_due(window: Window, found: Cells) -> dict[str, float]:
    """Plan so far by product."""
    plans: dict[tuple[str, str], dict[datetime, float]] = defaultdict(lambda: defaultdict(float))
    for ((shift, hour_at), _, product), qty in found.plan.items():
        plans[shift, product][hour_at] += qty
    due: dict[str, float] = defaultdict(float)
    of_code = {one.code: one for one in window.shifts}
    for (shift, product), plan in plans.items():
        due[product] += plan_until(plan, of_code[shift], window.until)
    return dict(due)


def _by_hour(found: Mapping[tuple[Key, str, str], float]) -> dict[Key, float]:
    total: dict[Key, float] = defaultdict(float)
    for (key, _, _), racks in found.items():
        total[key] += racks
    return total


def _by_line(found: Mapping[tuple[Key, str, str], float]) -> dict[Key, dict[str, float]]:
    total: dict[Key, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (key, line, _), racks in found.items():
        total[key][line] += racks
    return total


def _by_product(found: Mapping[tuple[Key, str, str], float]) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for (_, _, product), racks in found.items():
        total[product] += racks
    return dict(total)
