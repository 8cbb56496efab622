"""What people do with quarantined records: have them read again, or set them aside for good."""

from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from db.clock import utc_now
from db.desk.entry import LONGEST_REASON, NotAccepted, accept, name, require_plant, wake, words
from db.domain.held_back import Group
from db.models import Quarantine, SourceRequest


def request_replay(session: Session, plant: str, group: Group, by: str) -> str:
    """Ask that a group's waiting records are read again by the plant file of now; returns what to
    say. NotAccepted when none of them waits."""
    accept(name("by", by))
    count = _count(session, plant, group)
    asked = SourceRequest(
        plant=plant,
        source=group.source,
        kind="replay",
        reason=group.reason,
        field=group.field,
        asked_by=by.strip(),
        asked_at=utc_now(),
    )
    session.add(asked)
    wake(session, plant)
    return f"Asked to read {count} again; what comes of it is told below."


def discard_held(session: Session, plant: str, group: Group, by: str, why: str) -> str:
    """Set a group's waiting records aside for good; they stay whole, with who did it and why, and
    wait again when their source sends them otherwise."""
    accept(name("by", by), words("reason", why, LONGEST_REASON))
    count = _count(session, plant, group)
    session.connection().execute(
        update(Quarantine)
        .where(*_of(plant, group))
        .values(released_at=utc_now(), discarded_by=by.strip(), discarded_reason=why.strip())
    )
    wake(session, plant)
    return f"{count} set aside for good."


def _count(session: Session, plant: str, group: Group) -> int:
    require_plant(session, plant)
    count = session.exec(
        select(func.count()).select_from(Quarantine).where(*_of(plant, group))
    ).one()
    if not count:
        raise NotAccepted([f"group: nothing of {group.source} waits for {group.reason} any more"])
    return count


def _of(plant: str, group: Group) -> tuple[Any, ...]:
    return (
        Quarantine.plant == plant,
        Quarantine.source == group.source,
        Quarantine.reason == group.reason,
        Quarantine.field == group.field,
        col(Quarantine.released_at).is_(None),
    )
