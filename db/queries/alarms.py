"""Drops that the detector found, with what people did about them."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlmodel import Session, col, select

from db.clock import utc_now
from db.domain.calendar import Shift
from db.models import Alarm, AlarmEvent
from db.queries.alarm_shapes import AlarmShape, AlarmsShape, EventShape, NoteShape
from db.queries.notes import notes
from db.queries.plants import Home, home, iso, iso_or_none
from db.queries.scope import Scope
from db.queries.shifts import shifts_between

MOST_ALARMS = 100
JUST_BEGUN = timedelta(hours=1)


def alarms(session: Session, scope: Scope, plant: str, at: datetime | None = None) -> AlarmsShape:
    """Everything the alarms page shows of a plant; raises NotInScope."""
    now = at or utc_now()
    own = home(session, plant, scope)
    rows = session.exec(
        select(Alarm)
        .where(Alarm.plant == plant)
        .order_by((col(Alarm.state) == "closed"), col(Alarm.began_at).desc())
        .limit(MOST_ALARMS)
    ).all()
    shapes = alarm_shapes(session, own, rows, now, scope)
    shapes.sort(key=_urgency)
    return AlarmsShape(
        plant=plant,
        as_of_at=iso(now),
        alarms=shapes,
        events=_events(session, [shape["id"] for shape in shapes]),
        open_count=sum(is_calling(shape) for shape in shapes),
        detector_sentence=_about(shapes),
    )


def is_calling(alarm: AlarmShape) -> bool:
    """Whether an alarm belongs into a badge: open, still standing and not muted."""
    return alarm["state"] == "open" and not (alarm["is_muted"] or alarm["is_withdrawn"])


def _urgency(alarm: AlarmShape) -> tuple[Any, ...]:
    is_over = alarm["state"] == "closed" or alarm["is_withdrawn"]
    return is_over, alarm["is_muted"], -alarm["excess_fails"]


def _about(shapes: Sequence[AlarmShape]) -> str:
    if not shapes:
        return "No drop has been found. Every line and operation has its own chart."
    rare = shapes[0]["units_per_false_alarm"]
    return (
        f"A chart sounds by chance alone about once in {rare:,.0f} units of its line and "
        f"operation. Detector {shapes[0]['detector_version']}."
    )


def drops_in(
    session: Session, plant: str, operation: str, span: tuple[datetime, datetime], line: str = ""
) -> Sequence[Alarm]:
    """Alarms of an operation that lie in a window, newest first; withdrawn ones are left out."""
    since, until = span
    question = select(Alarm).where(
        Alarm.plant == plant,
        Alarm.operation == operation,
        col(Alarm.withdrawn_at).is_(None),
        col(Alarm.detected_at) >= since,
        col(Alarm.began_at) < until,
    )
    if line:
        question = question.where(Alarm.line == line)
    return session.exec(question.order_by(col(Alarm.began_at).desc())).all()


def alarm_shapes(
    session: Session, own: Home, rows: Sequence[Alarm], at: datetime, scope: Scope
) -> list[AlarmShape]:
    """The alarms as screens are told of them, with their notes."""
    if not rows:
        return []
    begins = [row.began_at for row in rows]
    day = timedelta(days=1)
    shifts = shifts_between(session, own.code, min(begins) - day, max(begins) + day)
    keys = [str(row.id) for row in rows]
    written = notes(session, scope, own.code, "drop", keys, at=at)
    return [
        _shape(own, row, shifts, [n for n in written if n["subject_key"] == str(row.id)], at)
        for row in rows
    ]


def _shape(
    own: Home, row: Alarm, shifts: list[Shift], written: list[NoteShape], at: datetime
) -> AlarmShape:
    told = json.loads(row.evidence)
    assert row.id is not None
    is_muted = row.muted_until_at is not None and row.muted_until_at > at
    return AlarmShape(
        id=row.id,
        plant=row.plant,
        line=row.line,
        operation=row.operation,
        operation_name=next((o.name for o in own.operations if o.code == row.operation), ""),
        product=row.product,
        began_at=iso(row.began_at),
        began_interval=(iso(row.began_from_at), iso(row.began_to_at)),
        confidence=told.get("confidence", 0.0),
        shift_label=shift_label(row.began_at, shifts),
        detected_at=iso(row.detected_at),
        units_to_detection=told.get("units_to_detection", 0),
        units=row.units,
        fails=row.fails,
        expected_fails=row.expected_fails,
        excess_fails=row.fails - row.expected_fails,
        baseline_ratio=1 - told.get("baseline_ratio", 0.0),
        current_ratio=1 - told.get("current_ratio", 0.0),
        evidence=told.get("evidence", 0.0),
        threshold=told.get("threshold", 0.0),
        units_per_false_alarm=told.get("units_per_false_alarm", 0.0),
        detector_version=row.detector_version,
        state=row.state,  # type: ignore[typeddict-item]
        is_withdrawn=row.withdrawn_at is not None,
        recovered_at=iso_or_none(row.recovered_at),
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=iso_or_none(row.acknowledged_at),
        closed_by=row.closed_by,
        closed_at=iso_or_none(row.closed_at),
        closed_reason=row.closed_reason,
        muted_until=iso_or_none(row.muted_until_at) if is_muted else None,
        is_muted=is_muted,
        sentence=_sentence(row, shift_label(row.began_at, shifts)),
        notes=written,
    )


def shift_label(at: datetime, shifts: Sequence[Shift]) -> str:
    """Where an instant lies: "Night shift start" in a shift's first hour, else "in Night shift"."""
    shift = next((s for s in reversed(shifts) if s.start_at <= at < s.end_at), None)
    if shift is None:
        return "between shifts"
    return f"{shift.name} start" if at - shift.start_at < JUST_BEGUN else f"in {shift.name}"


def _sentence(row: Alarm, label: str) -> str:
    return (
        f"First pass at {row.operation} on {row.line} dropped {label}: {row.fails} of {row.units} "
        f"failed where {row.expected_fails:.1f} were to be expected."
    )


def _events(session: Session, ids: Sequence[int]) -> dict[int, list[EventShape]]:
    rows = session.exec(
        select(AlarmEvent)
        .where(col(AlarmEvent.alarm_id).in_(ids))
        .order_by(col(AlarmEvent.alarm_id), col(AlarmEvent.happened_at), col(AlarmEvent.id))
    )
    return {
        alarm_id: [
            EventShape(at=iso(e.happened_at), by=e.by, kind=e.kind, text=e.text) for e in events
        ]
        for alarm_id, events in groupby(rows, key=lambda event: event.alarm_id)
    }
