"""The fingerprint of each source: which columns it had, of what kind, since when."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Engine, select
from sqlmodel import Session

from db.engine import reading
from db.ingest import version
from db.ingest.dialect import storage_errors, table_of
from db.models import SourceColumn

COLUMNS = table_of(SourceColumn)


def held_kinds(engine: Engine, source: str) -> dict[str, str]:
    """Columns the source had when it was last read, and their kinds; none before its first load."""
    question = select(COLUMNS.c.name, COLUMNS.c.kind).where(
        COLUMNS.c.source == source, COLUMNS.c.gone_at.is_(None)
    )
    with storage_errors(), reading(engine) as connection:
        return {row.name: row.kind for row in connection.execute(question)}


def note_kinds(
    engine: Engine, plant: str, source: str, kinds: Mapping[str, str], now: datetime
) -> None:
    """Bring the fingerprint to what the source has now: new, gone, of another kind."""
    with storage_errors(), Session(engine) as session:
        of_source = select(SourceColumn).where(COLUMNS.c.source == source)
        held = {row.name: row for row in session.scalars(of_source)}
        is_first = not held
        for name, kind in kinds.items():
            row = held.pop(name, None)
            if row is None:
                session.add(
                    SourceColumn(
                        source=source,
                        name=name,
                        plant=plant,
                        kind=kind,
                        first_seen_at=now,
                        is_original=is_first,
                    )
                )
            elif row.gone_at is not None:
                row.gone_at, row.kind = None, kind or row.kind
            elif kind and row.kind != kind:
                if row.kind and not _overlap(row.kind, kind):
                    row.was, row.changed_at = row.kind, now
                row.kind = kind
        for row in held.values():
            row.gone_at = row.gone_at or now
        if not is_first:
            session.flush()
            version.bump(session.connection(), plant, now)
        session.commit()


def _overlap(one: str, other: str) -> bool:
    return bool(set(one.split("+")) & set(other.split("+")))
