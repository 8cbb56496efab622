"""Notes: written once, never changed, done when their owner says so."""

import re
from datetime import date

from sqlmodel import Session, col, select

from db.clock import utc_now
from db.desk.entry import LONGEST_TEXT, NotAccepted, accept, name, require_plant, wake, words
from db.models import Alarm, Note

KEYS = {
    "drop": (re.compile(r"\d{1,9}"), "the id of an alarm"),
    "shift": (
        re.compile(r"\d{4}-\d{2}-\d{2}/[A-Za-z0-9]{1,8}"),
        "a date and a shift, 2026-07-06/N",
    ),
    "hour": (
        re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}Z/\S.{0,31}"),
        "a UTC hour and a line or all, 2026-07-06T11Z/L1",
    ),
    "station": (re.compile(r"\S.{0,31}"), "a station's code"),
    "rack": (re.compile(r"\S.{0,63}"), "a serial"),
    "lot": (re.compile(r"[^/]{1,64}/.{1,64}"), "a part and a lot, PART/LOT"),
}
"""Subject → what its key looks like."""


def write_note(
    session: Session,
    plant: str,
    subject: str,
    subject_key: str,
    *,
    text: str,
    author: str,
    owner: str = "",
    due_on: date | None = None,
) -> int:
    """Keep a note; returns its id. NotAccepted names every fault."""
    shape, expected = KEYS.get(subject, (None, f"one of {', '.join(KEYS)}"))
    faults: list[str] = []
    if shape is None:
        faults.append(f"subject: {expected}, not {subject!r}")
    elif not shape.fullmatch(subject_key):
        faults.append(f"subject_key: {expected}, not {subject_key!r}")
    accept(
        faults,
        words("text", text, LONGEST_TEXT),
        name("author", author),
        name("owner", owner, is_required=False),
        ["owner: who is to do it by then?"] if due_on and not owner.strip() else [],
    )
    require_plant(session, plant)
    if subject == "drop" and not _has_alarm(session, plant, int(subject_key)):
        raise NotAccepted([f"subject_key: there is no alarm {subject_key} at {plant}"])
    note = Note(
        plant=plant, subject=subject, subject_key=subject_key, text=text.strip(),
        author=author.strip(), owner=owner.strip(), due_on=due_on, written_at=utc_now(),
    )  # fmt: skip
    session.add(note)
    wake(session, plant)
    assert note.id is not None
    return note.id


def _has_alarm(session: Session, plant: str, alarm_id: int) -> bool:
    question = select(Alarm.id).where(Alarm.plant == plant, Alarm.id == alarm_id)
    return session.exec(question).first() is not None


def finish_note(session: Session, plant: str, note_id: int, by: str) -> None:
    """Say that what a note asks for is done; again changes nothing."""
    accept(name("by", by))
    note = session.exec(
        select(Note).where(Note.plant == plant, col(Note.id) == note_id).with_for_update()
    ).one_or_none()
    if note is None:
        raise NotAccepted([f"note: there is no note {note_id} at {plant}"])
    if note.done_at is None:
        note.done_at, note.done_by = utc_now(), by.strip()
        session.add(note)
        wake(session, plant)
