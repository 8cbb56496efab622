"""Keeping the store's alarms equal to what the detector finds in the facts.

The detector looks at the same facts again and again; the same drops change nothing. Corrected facts
move an alarm or withdraw it, and its history says so. What people did with it is never touched.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from db.clock import utc_now
from db.domain.drops import Drop
from db.ingest import version
from db.ingest.dialect import dialect_of, storage_errors
from db.models import Alarm, AlarmEvent, FrozenLimit

DETECTOR = "detector"
DETECTOR_VERSION = "1"
SAME_WITHIN = timedelta(hours=36)
"""Two drops of one chart found so near to each other are one that moved."""
Chart = tuple[str, str]
"""A line and an operation."""


@dataclass(frozen=True, slots=True)
class FoundDrop:
    """A drop with the baseline it was judged by, and since when the yield is back."""

    drop: Drop
    limit_id: int | None = None
    recovered_at: datetime | None = None


def keep_drops(
    engine: Engine, plant: str, looked_at: dict[Chart, datetime], found: Sequence[FoundDrop]
) -> int:
    """Bring the plant's alarms to what was found; returns how many changed.

    `looked_at`: from when on each chart was looked at; older alarms stay as they are.
    """
    with storage_errors(), Session(engine) as session:
        dialect_of(session.connection()).lock_plant(session.connection(), plant)
        now, changed = utc_now(), 0
        rows = session.exec(select(Alarm).where(Alarm.plant == plant)).all()
        for chart, since in looked_at.items():
            held = [row for row in rows if (row.line, row.operation) == chart]
            here = [one for one in found if (one.drop.line, one.drop.operation) == chart]
            changed += _keep_chart(session, plant, (since, now), held, here)
        if changed:
            session.flush()
            version.bump(session.connection(), plant, now)
        session.commit()
        return changed


def _keep_chart(
    session: Session,
    plant: str,
    when: tuple[datetime, datetime],
    held: Sequence[Alarm],
    found: Sequence[FoundDrop],
) -> int:
    since, now = when
    left = [row for row in held if row.detected_at >= since]
    changed = 0
    for one in found:
        row = min(
            (row for row in left if _is_same(row, one.drop)),
            key=lambda row: abs(row.detected_at - one.drop.detected_at),
            default=None,
        )
        if row is None:
            _add(session, plant, one, now)
            changed += 1
        else:
            left.remove(row)
            changed += _update(session, row, one, now)
    for row in left:
        if row.withdrawn_at is None and row.state != "closed":
            row.withdrawn_at = now
            _tell(session, row, now, "withdrawn", "the facts it rested on were corrected")
            changed += 1
    return changed


def _is_same(row: Alarm, drop: Drop) -> bool:
    if row.detected_at == drop.detected_at or row.began_at == drop.began_at:
        return True
    early, late = drop.began_interval
    return row.began_from_at - SAME_WITHIN <= late and early <= row.began_to_at + SAME_WITHIN


def _add(session: Session, plant: str, one: FoundDrop, now: datetime) -> None:
    row = Alarm(
        plant=plant, line=one.drop.line, operation=one.drop.operation, found_at=now,
        **_figures(one),
    )  # fmt: skip
    session.add(row)
    session.flush()
    told = f"{one.drop.fails} of {one.drop.units} failed, {one.drop.expected_fails:.1f} expected"
    _tell(session, row, now, "detected", told)


def _figures(one: FoundDrop) -> dict[str, Any]:
    drop = one.drop
    rest = {
        "confidence": drop.confidence,
        "units_to_detection": drop.units_to_detection,
        "baseline_ratio": drop.baseline_ratio,
        "current_ratio": drop.current_ratio,
        "evidence": drop.evidence,
        "threshold": drop.threshold,
        "units_per_false_alarm": drop.units_per_false_alarm,
    }
    return {
        "began_at": drop.began_at,
        "began_from_at": drop.began_interval[0],
        "began_to_at": drop.began_interval[1],
        "detected_at": drop.detected_at,
        "units": drop.units,
        "fails": drop.fails,
        "expected_fails": drop.expected_fails,
        "evidence": json.dumps({name: float(value) for name, value in rest.items()}),
        "detector_version": DETECTOR_VERSION,
        "limit_id": one.limit_id,
        "recovered_at": one.recovered_at,
    }


def _update(session: Session, row: Alarm, one: FoundDrop, now: datetime) -> bool:
    """Whether anything of the alarm is other than it was."""
    before = {name: getattr(row, name) for name in _figures(one)}
    after = _figures(one)
    if before == after and row.withdrawn_at is None:
        return False
    for name, value in after.items():
        setattr(row, name, value)
    if row.withdrawn_at is not None:
        row.withdrawn_at = None
        _tell(session, row, now, "returned", "the facts are as they were")
    if before["began_at"] != after["began_at"]:
        _tell(
            session, row, now, "moved", f"it began {before['began_at']:%Y-%m-%d %H:%M} UTC before"
        )
    if before["recovered_at"] is None and after["recovered_at"] is not None:
        _tell(session, row, now, "recovered", "later verdicts are as before the drop")
    session.add(row)
    return True


def _tell(session: Session, row: Alarm, at: datetime, kind: str, said: str) -> None:
    assert row.id is not None
    session.add(row)
    session.add(
        AlarmEvent(
            alarm_id=row.id, plant=row.plant, happened_at=at, by=DETECTOR, kind=kind, text=said
        )
    )


def freeze_baselines(engine: Engine, plant: str, rows: Collection[FrozenLimit]) -> None:
    """Keep first versions of the detector's baselines; charts that have one keep theirs."""
    with storage_errors(), Session(engine) as session:
        dialect_of(session.connection()).lock_plant(session.connection(), plant)
        held = {
            (row.line, row.operation)
            for row in session.exec(
                select(FrozenLimit).where(
                    FrozenLimit.plant == plant, col(FrozenLimit.chart) == "cusum"
                )
            )
        }
        session.add_all(row for row in rows if (row.line, row.operation) not in held)
        session.commit()
