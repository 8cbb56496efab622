"""What people do with an alarm: take it on, close it with its reason, open it again, mute it."""

from datetime import datetime, timedelta

from sqlmodel import Session

from db.clock import utc_now
from db.desk.entry import LONGEST_REASON, NotAccepted, accept, locked_alarm, name, record, words

LONGEST_MUTE = timedelta(days=30)


def acknowledge_alarm(session: Session, plant: str, alarm_id: int, by: str) -> None:
    """Say who takes an open alarm on; NotAccepted when it is closed or taken by another."""
    accept(name("by", by))
    alarm, now = locked_alarm(session, plant, alarm_id), utc_now()
    if alarm.state == "acknowledged" and alarm.acknowledged_by == by.strip():
        return
    if alarm.state != "open":
        who = alarm.closed_by or alarm.acknowledged_by
        raise NotAccepted([f"alarm {alarm_id} is {alarm.state} by {who} already"])
    alarm.state, alarm.acknowledged_by, alarm.acknowledged_at = "acknowledged", by.strip(), now
    record(session, alarm, by.strip(), "acknowledged")


def close_alarm(session: Session, plant: str, alarm_id: int, by: str, reason: str) -> None:
    """Close an alarm with what was found; NotAccepted without a reason or when it is closed."""
    accept(name("by", by), words("reason", reason, LONGEST_REASON))
    alarm, now = locked_alarm(session, plant, alarm_id), utc_now()
    if alarm.state == "closed":
        raise NotAccepted([f"alarm {alarm_id} was closed by {alarm.closed_by} already"])
    alarm.state, alarm.closed_by, alarm.closed_at = "closed", by.strip(), now
    alarm.closed_reason = reason.strip()
    record(session, alarm, by.strip(), "closed", reason.strip())


def reopen_alarm(session: Session, plant: str, alarm_id: int, by: str) -> None:
    """Open a closed alarm again; what was said when it was closed stays in its history."""
    accept(name("by", by))
    alarm = locked_alarm(session, plant, alarm_id)
    if alarm.state != "closed":
        raise NotAccepted([f"alarm {alarm_id} is {alarm.state}, not closed"])
    alarm.state, alarm.acknowledged_by, alarm.acknowledged_at = "open", "", None
    alarm.closed_by, alarm.closed_at, alarm.closed_reason = "", None, ""
    record(session, alarm, by.strip(), "reopened")


def mute_alarm(session: Session, plant: str, alarm_id: int, by: str, until: datetime) -> None:
    """Keep an alarm out of the badges until an instant, at most 30 days ahead.

    An `until` in the past ends the muting now.
    """
    now = utc_now()
    faults = name("by", by)
    if until.tzinfo is None:
        faults.append("until: an instant with its zone")
    elif until > now + LONGEST_MUTE:
        faults.append(f"until: at most {LONGEST_MUTE.days} days ahead")
    accept(faults)
    alarm = locked_alarm(session, plant, alarm_id)
    alarm.muted_by, alarm.muted_until_at = by.strip(), until
    kind = "muted" if until > now else "unmuted"
    record(session, alarm, by.strip(), kind, f"until {until.isoformat(timespec='minutes')}")
