"""Columns of the sources that came, went or changed their kind: schema drift as people see it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from db.models import SourceColumn
from db.queries.plants import iso
from db.queries.shapes import DriftShape

TOLD = timedelta(days=30)
"""How long a change is told."""


def drifts(session: Session, plants: Iterable[str], at: datetime) -> dict[str, list[DriftShape]]:
    """By source, the changes of its columns in the last 30 days, the newest first."""
    seen, gone, changed = (
        col(getattr(SourceColumn, name)) for name in ("first_seen_at", "gone_at", "changed_at")
    )
    since = at - TOLD
    rows = session.exec(
        select(SourceColumn).where(
            col(SourceColumn.plant).in_(list(plants)),
            or_(col(SourceColumn.is_original).is_(False) & (seen > since), gone > since,
                changed > since),
        )
    )  # fmt: skip
    found: dict[str, list[DriftShape]] = defaultdict(list)
    for row in rows:
        found[row.source] += _changes(row, since)
    return {
        source: sorted(told, key=lambda it: (it["at"], it["column"]), reverse=True)
        for source, told in found.items()
    }


def _changes(row: SourceColumn, since: datetime) -> list[DriftShape]:
    told = [
        ("new", row.kind, None if row.is_original else row.first_seen_at),
        ("gone", row.kind, row.gone_at),
        ("of another kind", f"{row.was}, now {row.kind}", row.changed_at),
    ]
    return [
        DriftShape(column=row.name, what=what, kind=kind, at=iso(at))
        for what, kind, at in told
        if at is not None and at > since
    ]


def held_columns(session: Session) -> dict[str, dict[str, str]]:
    """By source, the columns it had when it was last read, and their kinds."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in session.exec(select(SourceColumn).where(col(SourceColumn.gone_at).is_(None))):
        found[row.source][row.name] = row.kind
    return dict(found)
