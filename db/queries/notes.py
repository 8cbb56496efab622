"""Notes people wrote, on what they wrote them."""

from collections.abc import Collection
from datetime import date, datetime

from sqlmodel import Session, col, select

from db.clock import utc_now
from db.models import Note
from db.queries.alarm_shapes import NoteShape
from db.queries.plants import business_date, iso, iso_or_none
from db.queries.scope import Scope

MOST_NOTES = 200


def notes(
    session: Session,
    scope: Scope,
    plant: str,
    subject: str = "",
    subject_keys: Collection[str] = (),
    *,
    is_open_only: bool = False,
    at: datetime | None = None,
) -> list[NoteShape]:
    """A plant's notes, newest first, of one subject and of some keys if given; NotInScope."""
    today = business_date(session, plant, at or utc_now(), scope)
    question = select(Note).where(Note.plant == plant)
    if subject:
        question = question.where(Note.subject == subject)
    if subject_keys:
        question = question.where(col(Note.subject_key).in_(list(subject_keys)))
    if is_open_only:
        question = question.where(col(Note.done_at).is_(None))
    question = question.order_by(col(Note.written_at).desc(), col(Note.id).desc())
    return [note_shape(row, today) for row in session.exec(question.limit(MOST_NOTES))]


def note_shape(note: Note, today: date) -> NoteShape:
    """A note as screens are told of it; overdue when its day is past and it is not done."""
    assert note.id is not None
    return NoteShape(
        id=note.id,
        plant=note.plant,
        subject=note.subject,  # type: ignore[typeddict-item]
        subject_key=note.subject_key,
        text=note.text,
        author=note.author,
        owner=note.owner,
        due_on=note.due_on.isoformat() if note.due_on else None,
        written_at=iso(note.written_at),
        done_at=iso_or_none(note.done_at),
        is_overdue=note.done_at is None and note.due_on is not None and note.due_on < today,
    )
